"""Circuits of relations: the rules by hand, and on a small model what is stored against runs of single facts."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.stats import bootstrap

from graphdb.errors import UserError
from graphdb.store import Store, open_store
from graphdb.tables import records
from graphdb.topology import BoolArray, Topology
from ingest.compute.prompt_runs import Runs
from ingest.discovery.recall import recall
from ingest.discovery.search import Trial
from ingest.discovery.stored_tasks import StoredCircuit, stored_circuits
from ingest.facts.prompts import Prompt
from ingest.facts.sets import FactSet, read_facts
from ingest.facts.task import Task
from ingest.measures import controls
from ingest.measures.bootstrap import DRAWS, interval
from ingest.model import LanguageModel
from ingest.model_files import ModelFolder
from ingest.options import Options, Silent
from ingest.pipeline import ingest, prepare_all
from ingest.relations.circuits import mean_scores, smallest_vote, split, vote_shares
from ingest.relations.judgement import Labels, Part, hits, judge, run_all
from ingest.relations.pipeline import choose, relation_circuits
from ingest.settings import Settings
from tests.ingest.pairs import pair_tasks

TOP = Topology(n_layers=12, n_heads=4, n_kv_heads=2)
METHOD = "secant"
OPTIONS = Options(Settings(METHOD, "quick"), include_unknown=True)
RELATIONS = ("first", "second")


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> list[FactSet]:
    """Two relations of words, and one with too few facts."""
    lines = ["relation,subject,object,prompt"]
    for word in range(1, 13):
        lines += [f"first,w{word},w{word + 20},w56 w57 {{}} w58", f"second,w{word},w{word + 36},{{}} w59"]
    lines += [f"third,w{word},w{word + 13},w55 {{}} w54" for word in range(1, 6)]
    path = tmp_path_factory.mktemp("facts") / "facts.csv"
    path.write_text("\n".join(lines))
    return read_facts(path)


@pytest.fixture(scope="module")
def store(
    facts: list[FactSet], small_folders: dict[str, ModelFolder], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    """A store of the circuits of all facts, without any of relations."""
    with open_store(tmp_path_factory.mktemp("relations") / "store") as opened:
        ingest(facts, small_folders["llama"], OPTIONS, opened, Silent())
        yield opened


def rows(store: Store, query: str, **parameters: object) -> list[dict[str, Any]]:
    return records(store.query(query, **parameters))


def contents(store: Store) -> dict[str, pd.DataFrame]:
    tables = {name: store.query(name) for name in ("relation_circuits", "transfer", "circuits", "models")}
    ids = tables["relation_circuits"]["circuit"]
    return tables | {str(each): store.query("relation_circuit_edges", relation_circuit=each) for each in ids}


def mask_of(store: Store, top: Topology, circuit: str) -> BoolArray:
    mask = np.zeros(top.allowed.shape, bool)
    for edge in rows(store, "relation_circuit_edges", relation_circuit=circuit):
        slot = top.slot_names.index((edge["target"], edge["channel"]))
        mask[top.source_names.index(edge["source"]), slot] = True
    return mask


@torch.no_grad()
def alone(model: LanguageModel, task: Task, mask: BoolArray) -> tuple[float, float]:
    """f and Hit@10 of a circuit on one fact, in runs of its own: means over the donors that judge."""
    runs = Runs(model.weights, [task])
    figures = []
    for donor in task.judges:
        pair = runs.pair([donor])
        final = runs.run_circuit(pair, controls.as_mask(runs, mask[None])).final
        figures.append((float(runs.faithfulness(pair, final)), float(runs.ranks(final) <= 10)))
    f, hit = np.mean(figures, 0)
    return float(f), float(hit)


# The rules and figures by hand


def test_the_mean_gives_every_fact_the_same_weight() -> None:
    scores = np.array([[2, -2, 0], [30, 10, 0]], np.float32)
    # Shares (1/2, 1/2) and (3/4, 1/4), mean total 22; the plain means are 16 and 4.
    assert mean_scores(scores) == pytest.approx(np.array([0.625, 0.375, 0]) * 22)
    assert mean_scores(np.array([[2, -2], [1, 1]], np.float32)) == pytest.approx([1.5, -1.5])


def paths(*layers: int) -> BoolArray:
    """Paths embed -> MLP of the layer -> logits, two edges each: mask [edge]."""
    mask = np.zeros(TOP.allowed.shape, bool)
    for layer in layers:
        mask[0, TOP.mlp_slot(layer)] = mask[TOP.head_source(layer) + TOP.n_heads, -1] = True
    return TOP.pack(mask)


def test_an_edges_vote_is_the_share_of_circuits_that_hold_it() -> None:
    votes = vote_shares(np.stack([paths(0), paths(0, 1), paths(0, 1, 2), paths(0, 1, 2, 3)]))
    assert sorted(votes[votes > 0]) == [0.25, 0.25, 0.5, 0.5, 0.75, 0.75, 1, 1]
    assert set(votes[paths(1)]) == {0.75}


@pytest.mark.parametrize(
    ("needed", "share", "edges"), [(1, 1, 2), (4, 0.75, 4), (5, 0.5, 6), (8, 0.25, 8), (9, 0.25, 8)]
)
def test_the_vote_takes_the_largest_share_that_is_faithful_enough(needed: int, share: float, edges: int) -> None:
    votes = vote_shares(np.stack([paths(0), paths(0, 1), paths(0, 1, 2), paths(0, 1, 2, 3)]))

    def rising(mask: BoolArray) -> Trial:
        assert mask.sum() in (2, 4, 6, 8)  # whole levels only
        enough = mask.sum() >= needed
        return Trial(mask, np.array([1.0 if enough else mask.sum() / 100], np.float32))

    found, at = smallest_vote(TOP, votes, rising, 0.85)
    assert (at, found.mask.sum()) == (share, edges)


def test_circuits_that_share_nothing_have_an_empty_vote_at_most() -> None:
    found, _ = smallest_vote(TOP, np.zeros(TOP.n_edges), lambda mask: Trial(mask, np.zeros(1, np.float32)), 0.85)
    assert not found.mask.any()


def test_the_interval_of_a_mean_by_hand() -> None:
    assert interval(np.ones(3, np.float32)) == (1, 1)
    # The mean of two draws from {0, 1} is 0 or 1 in a quarter of the cases each.
    assert interval(np.array([0, 1], np.float32)) == (0, 1)
    # Of four facts one hits: a draw has 3 hits or fewer with 99.6%, 2 or fewer with 94.9%.
    assert interval(np.array([0, 1, 0, 0], np.float32)) == (0, 0.75)
    wide, narrow = np.tile([0, 1], 5).astype(np.float32), np.tile([0, 1], 200).astype(np.float32)
    assert np.ptp(interval(narrow)) < np.ptp(interval(wide)) / 3


def test_the_interval_is_that_of_scipy_and_holds_for_one_fact() -> None:
    values = np.random.default_rng(1).normal(size=40).astype(np.float32)
    rng = np.random.default_rng(0)
    other = bootstrap((values,), np.mean, n_resamples=DRAWS, method="percentile", rng=rng).confidence_interval
    assert interval(values) == pytest.approx((other.low, other.high), abs=1e-6)
    assert interval(values[:1]) == (values[0], values[0])  # where scipy's raises


def test_facts_are_divided_in_the_same_way_whatever_their_order() -> None:
    prompts = [Prompt(f"r/{number}", "", (number,), (1,)) for number in range(7)]
    circuits = [StoredCircuit(Task(prompt, (), 1, 1, 1, 0), "", "corrupt") for prompt in prompts]
    one, two = split("r", circuits), split("r", circuits[::-1])
    assert one == two
    assert (len(one.train), len(one.held_out)) == (5, 2)
    assert set(one.train) | set(one.held_out) == set(circuits)


def test_shuffled_labels_tell_what_is_only_the_relations_prior(llama: LanguageModel) -> None:
    """Answer 7 is first of the logits, 31 among the ten best, 30 not; the relation's facts answer 7, 30, 30 and 31."""
    runs = Runs(llama.weights, pair_tasks()[:1])
    labels = Labels.of(runs, [("", 7), ("", 30), ("", 30), ("", 31)])
    assert dict(zip(labels.tokens.tolist(), labels.share[0].tolist(), strict=True)) == pytest.approx(
        {7: 0, 30: 2 / 3, 31: 1 / 3}
    )
    logits = torch.zeros(1, 60)
    logits[0, 7], logits[0, 40:49], logits[0, 30], logits[0, 31] = 5, 4, 3, 4
    hit, shuffled = hits(logits, runs.answers, labels)
    assert hit.tolist() == [1]
    assert shuffled.tolist() == pytest.approx([1 / 3])  # 31 ties with the tenth


# On a small model


@pytest.mark.slow
def test_stored_circuits_give_the_tasks_of_the_ingest(store: Store, facts: list[FactSet], llama: LanguageModel) -> None:
    cases, _ = prepare_all(facts, llama, Settings())
    tasks = recall(llama, cases, {}, OPTIONS, Silent()).tasks
    for relation in RELATIONS:
        stored = stored_circuits(store, llama, relation, METHOD)
        assert len(stored) >= 6
        assert [each.task for each in stored] == [tasks[each.task.prompt.fact_id] for each in stored]


def test_circuits_found_with_other_answers_are_refused(store: Store, llama: LanguageModel) -> None:
    fact = store.query("circuits", relation="third")["fact"][0]
    change = "UNWIND $rows AS row MATCH (f:Fact {id: row.fact}) SET f.accepted = [row.answer]"
    store.write([(change, [{"fact": fact, "answer": "w50"}])])
    with pytest.raises(UserError, match=f"{fact}.*ingest it again"):
        stored_circuits(store, llama, "third", METHOD)


@pytest.fixture(scope="module")
def filled(store: Store, llama: LanguageModel) -> Store:
    """The same store with the relations' circuits."""
    relation_circuits(store, llama, RELATIONS, METHOD, 0.85, Silent())
    return store


def test_circuits_found_with_other_weights_are_refused(store: Store, llama: LanguageModel) -> None:
    other = replace(llama, record=replace(llama.record, weights_sha256="f" * 64))
    with pytest.raises(UserError, match=r"has weights of SHA-256 f{12}, the store's circuits of .* were found with"):
        relation_circuits(store, other, RELATIONS, METHOD, 0.85, Silent())
    assert store.query("relation_circuits").empty


def test_an_interrupted_command_writes_nothing(store: Store, llama: LanguageModel) -> None:
    class Stop(Silent):
        def stage(self, name: str, total: int) -> None:
            if name == "transfer":
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        relation_circuits(store, llama, RELATIONS, METHOD, 0.85, Stop())
    assert store.query("relation_circuits").empty


def test_every_cell_of_the_matrix_is_what_the_facts_alone_give(filled: Store, llama: LanguageModel) -> None:
    transfer = rows(filled, "transfer")
    assert len(transfer) == 2 * 2 * 2
    held_out = {name: split(name, stored_circuits(filled, llama, name, METHOD)).held_out for name in RELATIONS}
    for row in transfer:
        circuit = f"small-llama|{row['circuit_of']}|{METHOD}|{row['rule']}"
        mask = mask_of(filled, llama.weights.topology, circuit)
        figures = [alone(llama, each.task, mask) for each in held_out[row["facts_of"]]]
        assert row["n_facts"] == len(figures)
        assert (row["faithfulness"], row["hit10"]) == pytest.approx(tuple(np.mean(figures, 0)), abs=1e-4)
        assert row["low"] <= row["faithfulness"] <= row["high"]


def test_the_diagonal_is_what_stands_beside_the_circuit(filled: Store) -> None:
    cells = {(row["rule"], row["circuit_of"], row["facts_of"]): row for row in rows(filled, "transfer")}
    for row in rows(filled, "relation_circuits"):
        own = cells[row["rule"], row["relation"], row["relation"]]
        assert (row["faithfulness"], row["hit10"], row["facts"]) == (own["faithfulness"], own["hit10"], own["n_facts"])
        assert row["facts_train"] + row["facts"] == len(filled.query("circuits", relation=row["relation"]))


def test_a_vote_holds_only_edges_that_enough_training_circuits_hold(filled: Store, llama: LanguageModel) -> None:
    stored = stored_circuits(filled, llama, "second", METHOD)
    train = {each.task.prompt.fact_id for each in split("second", stored).train}
    members = {row["fact"]: row["members"] for row in rows(filled, "edge_memberships", relation="second")}
    held = Counter(edge for fact in train for edge in members[fact])
    (vote,) = [row for row in rows(filled, "relation_circuits", relation="second") if row["rule"] == "vote"]
    edges = filled.query("relation_circuit_edges", relation_circuit=vote["circuit"])["edge"]
    assert len(edges) == vote["edges"] > 0
    assert min(held[edge] for edge in edges) / len(train) >= vote["vote_share"]


def test_the_whole_model_is_wholly_faithful_and_the_empty_circuit_not_at_all(
    store: Store, llama: LanguageModel
) -> None:
    tasks = [each.task for each in stored_circuits(store, llama, "first", METHOD)]
    top = llama.weights.topology
    part = Part("first", "held_out", tasks, [("", task.answer) for task in tasks], "corrupt")
    figures = run_all(llama, part, [top.allowed, top.allowed & False], lambda _: None)
    assert figures.faithfulness[0] == pytest.approx(np.ones(len(tasks)), abs=1e-4)
    assert figures.faithfulness[1] == pytest.approx(np.zeros(len(tasks)), abs=1e-4)
    assert figures.faithfulness_shuffled[1] == pytest.approx(np.zeros(len(tasks)), abs=1e-4)
    assert figures.hit10[0].tolist() == [float(task.rank <= 10) for task in tasks]
    (row,) = judge(llama, part, [[top.allowed, top.allowed & False, top.allowed]], lambda _: None)
    assert row.faithfulness_random == pytest.approx(0.5, abs=1e-4)  # the mean of its two draws
    assert row.hit10 == row.hit10_model


def test_labels_that_are_the_answer_itself_give_its_own_faithfulness(store: Store, llama: LanguageModel) -> None:
    """Whoever accepts no answer draws the label that its own fact has: shuffled and right figures are then one."""
    task = stored_circuits(store, llama, "first", METHOD)[0].task
    open_task = replace(task, prompt=replace(task.prompt, answers=()))
    mask = llama.weights.topology.allowed & (
        np.random.default_rng(0).random(llama.weights.topology.allowed.shape) < 0.8
    )
    part = Part("first", "held_out", [open_task], [("", task.answer)], "corrupt")
    figures = run_all(llama, part, [mask], lambda _: None)
    assert figures.faithfulness_shuffled == pytest.approx(figures.faithfulness, abs=1e-5)
    assert figures.hit10_shuffled == pytest.approx(figures.hit10)


def test_a_relation_with_one_answer_has_no_shuffled_figures(store: Store, llama: LanguageModel) -> None:
    task = stored_circuits(store, llama, "first", METHOD)[0].task
    part = Part("first", "held_out", [task], [("", task.answer)], "corrupt")
    (row,) = judge(llama, part, [[llama.weights.topology.allowed] * 2], lambda _: None)
    assert (row.faithfulness_shuffled, row.hit10_shuffled, row.hit10_model_shuffled) == (None, None, None)


def test_the_same_command_leaves_the_same_store(filled: Store, llama: LanguageModel) -> None:
    before = contents(filled)
    relation_circuits(filled, llama, RELATIONS, METHOD, 0.85, Silent())
    after = contents(filled)
    assert before.keys() == after.keys()
    for name, frame in before.items():
        pd.testing.assert_frame_equal(frame, after[name], obj=str(name))


def test_relations_with_too_few_facts_are_left_out_and_named(store: Store) -> None:
    chosen = choose(store, (), "small-llama", METHOD)
    assert chosen.relations == RELATIONS
    assert set(chosen.too_few) == {"third"}
    assert choose(store, ["second"], "small-llama", METHOD).relations == ("second",)


@pytest.mark.parametrize(
    ("names", "method", "reason"),
    [
        (["fist"], METHOD, "nearest: first"),
        (["third"], METHOD, "no relation has 6 facts"),
        ([], "eap", "small-llama by eap: `kcircuits ingest`"),
    ],
)
def test_what_cannot_be_found_is_said(store: Store, names: list[str], method: str, reason: str) -> None:
    with pytest.raises(UserError, match=reason):
        choose(store, names, "small-llama", method)
