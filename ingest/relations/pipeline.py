"""From the circuits of facts in a store to the circuits of relations in the same store; nothing is scored anew.

Every relation is divided, its circuit is found by both rules, and every circuit runs on the held-out facts of every
relation: the transfer matrix. All is written in one transaction at the end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from graphdb.circuits.collapse import size
from graphdb.circuits.rethreshold import edges_of
from graphdb.components import edge_id
from graphdb.errors import UserError, unknown
from graphdb.records import RelationCircuit, Transfer
from graphdb.store import Store
from graphdb.store.score_files import load_scores
from graphdb.tables import records
from graphdb.topology import BoolArray, Topology
from graphdb.writing.relation_writers import write_relation_circuits
from ingest.discovery.search import Floats
from ingest.discovery.stored_tasks import StoredCircuit, check_weights, stored_circuits
from ingest.measures import controls
from ingest.measures.random_circuit import random_circuit
from ingest.model import LanguageModel
from ingest.options import Progress
from ingest.relations.circuits import LEAST_FACTS, RelationFound, Split, find_both, split
from ingest.relations.judgement import Part, judge

RANDOM_DRAWS = 3
"""Random circuits on the facts of a circuit's own relation; on those of others the first of them runs alone."""
TRAIN, HELD_OUT = "train", "held_out"


@dataclass(frozen=True, slots=True)
class Chosen:
    """Relations to find circuits for, and how many facts with circuits those have that are left out."""

    relations: tuple[str, ...]
    too_few: dict[str, int]


def choose(store: Store, names: Sequence[str], model_id: str, method: str) -> Chosen:
    """Return the relations of these names, or all, that have `LEAST_FACTS` circuits of a model and a method.

    Raises UserError for a name that the store does not have, and where no relation has enough.
    """
    rows = store.query("relations", model=model_id, method=method)
    explained = dict(zip(rows["relation"], rows["explained"].astype(int), strict=True))
    for name in names:
        if name not in explained:
            raise unknown("relation", name, explained, "give relations of the store")
    wanted = {name: count for name, count in explained.items() if (name in names if names else count)}
    enough = tuple(name for name, count in wanted.items() if count >= LEAST_FACTS)
    if not enough:
        raise UserError(
            f"no relation has {LEAST_FACTS} facts with a circuit of {model_id} by {method}: "
            "`kcircuits ingest` finds more, --model and --method name others"
        )
    return Chosen(enough, {name: count for name, count in wanted.items() if count < LEAST_FACTS})


def relation_circuits(
    store: Store, model: LanguageModel, relations: Sequence[str], method: str, target: float, progress: Progress
) -> list[RelationCircuit]:
    """Find, judge and store the circuits of relations, two of each; a repeated call writes the same.

    Raises UserError where the store's circuits were found with other weights.
    """
    models = store.query("models")
    (stored,) = records(models[models["model"] == model.record.id])
    check_weights(stored, model.record.id, model.record.weights_sha256)
    splits = [split(name, stored_circuits(store, model, name, method)) for name in relations]
    found = list[tuple[Split, RelationFound]]()
    progress.stage("relation circuits", sum(len(each.train) for each in splits))
    for each in splits:
        scores, circuits = _training_data(store, model, each, method)
        found += [(each, one) for one in find_both(model, each, scores, circuits, target)]
        progress.advance(len(each.train))
    drawn = [[one.mask, *_draws(model.weights.topology, one)] for _, one in found]
    progress.stage("transfer", sum(len(each.train) + len(each.held_out) for each in splits))
    judged = [_judge(model, each, found, drawn, progress) for each in splits]
    built = [
        _record(model, relation, one, tuple(chain.from_iterable(rows)), method, target)
        for (relation, one), *rows in zip(found, *judged, strict=True)
    ]
    write_relation_circuits(store, built)
    return built


def _training_data(store: Store, model: LanguageModel, relation: Split, method: str) -> tuple[Floats, BoolArray]:
    """Scores and circuits of the training facts, each [fact, edge]."""
    rows = store.query("edge_memberships", relation=relation.relation_id, model=model.record.id, method=method)
    members = dict(zip(rows["fact"], rows["members"], strict=True))
    number = _edge_numbers(model.weights.topology)
    circuits = np.zeros((len(relation.train), len(number)), bool)
    for row, each in zip(circuits, relation.train, strict=True):
        row[[number[name] for name in members.get(each.task.prompt.fact_id, ())]] = True
    scores = np.stack([load_scores(store.data_folder, each.artifact) for each in relation.train])
    return scores.astype(np.float32), circuits


def _edge_numbers(top: Topology) -> dict[str, int]:
    """Name of each native edge, as `graphdb.records.Edge` gives it -> its number."""
    return {edge_id(*name): number for number, name in enumerate(top.edge_names(top.allowed))}


def _judge(
    model: LanguageModel,
    relation: Split,
    found: Sequence[tuple[Split, RelationFound]],
    drawn: Sequence[Sequence[BoolArray]],
    progress: Progress,
) -> list[list[Transfer]]:
    """What a relation's facts say of each circuit found: both parts of its own ones, the held-out part of others."""
    own = [each is relation for each, _ in found]
    mine = [masks for masks, is_own in zip(drawn, own, strict=True) if is_own]
    every = [masks if is_own else masks[:2] for masks, is_own in zip(drawn, own, strict=True)]
    on_train = iter(judge(model, _part(relation, TRAIN), mine, progress.advance))
    held_out = judge(model, _part(relation, HELD_OUT), every, progress.advance)
    return [[next(on_train), row] if is_own else [row] for is_own, row in zip(own, held_out, strict=True)]


def _part(relation: Split, name: str) -> Part:
    both = (*relation.train, *relation.held_out)
    tasks = [each.task for each in (relation.train if name == TRAIN else relation.held_out)]
    answers = [(each.task.beginning, each.task.answer) for each in both]
    return Part(relation.relation_id, name, tasks, answers, both[0].ablation)


def _draws(top: Topology, found: RelationFound) -> list[BoolArray]:
    """Random circuits of the circuit's size and layer profile."""
    generator = np.random.default_rng(controls.seed_of(0, f"{found.relation_id}|{found.rule}"))
    return [random_circuit(top, found.mask, generator) for _ in range(RANDOM_DRAWS)]


def _record(
    model: LanguageModel,
    relation: Split,
    found: RelationFound,
    transfers: tuple[Transfer, ...],
    method: str,
    target: float,
) -> RelationCircuit:
    top = model.weights.topology
    counted = size(top, found.mask)
    return RelationCircuit(
        id=f"{model.record.id}|{relation.relation_id}|{method}|{found.rule}",
        model_id=model.record.id,
        relation_id=relation.relation_id,
        method=method,
        rule=found.rule,
        ablation=relation.train[0].ablation,
        facts_train=_facts(relation.train),
        facts_held_out=_facts(relation.held_out),
        target=target,
        reached=found.faithfulness_size >= target,
        faithfulness_size=found.faithfulness_size,
        vote_share=found.vote_share,
        n_edges=counted.edges,
        n_nodes=counted.nodes,
        n_edges_collapsed=counted.edges_collapsed,
        n_nodes_collapsed=counted.nodes_collapsed,
        edges=edges_of(found.effects, top, found.mask, found.scores),
        transfers=transfers,
    )


def _facts(circuits: Sequence[StoredCircuit]) -> tuple[str, ...]:
    return tuple(each.task.prompt.fact_id for each in circuits)
