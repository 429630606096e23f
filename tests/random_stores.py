"""Random contents of a store, drawn by Hypothesis: any text, any finite number, circuits of any size."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace
from itertools import product
from types import NoneType
from typing import Any, get_args, get_type_hints

import numpy as np
from hypothesis import strategies as st

from graphdb import schema
from graphdb.conditions.demonstrations import Demonstration, DemonstrationHead, Labels
from graphdb.conditions.rivals import Rival, RivalKind
from graphdb.dump.checks import FOUND
from graphdb.records import (
    Attempt,
    Circuit,
    Contrast,
    Edge,
    Fact,
    Kind,
    Model,
    NodePlaces,
    Reason,
    Recall,
    Relation,
    RelationCircuit,
    Run,
    Transfer,
    Weights,
)
from graphdb.role_records import GROUPS, FactLens, FactRole, HeadRole, LensKind, RoleCheck, RoleKind
from graphdb.store import Store
from graphdb.store.score_files import save_scores
from graphdb.topology import Topology
from graphdb.writing.demonstration_writers import restore_demonstration_heads, restore_demonstrations
from graphdb.writing.relation_writers import write_relation_circuits
from graphdb.writing.rival_writers import write_rivals
from graphdb.writing.role_writers import write_lenses, write_role_checks, write_roles
from graphdb.writing.writers import write_batch, write_facts, write_model, write_relations, write_run

NASTY = [
    "",
    '"',
    "\\",
    "'",
    "\n",
    "\r\n",
    "\t",
    "\x00",
    "\x1f",
    ";",
    ",",
    "|",
    "é",
    "e\u0301",
    "🜚",
    "\u2028",
    "=1+1",
    "{}",
]
TEXT = st.text(max_size=8) | st.sampled_from(NASTY)
NAME = st.text(st.characters(codec="utf-8", exclude_characters="/|"), min_size=1, max_size=6)
WHOLE = st.integers(-(2**62), 2**62)
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
OF_TYPE = {
    "string": TEXT,
    "integer": WHOLE,
    "float": NUMBER,
    "boolean": st.booleans(),
    "strings": st.lists(TEXT, max_size=3).map(tuple),
    "floats": st.lists(NUMBER, max_size=3).map(tuple),
}
SHAPES = (Topology(1, 1, 1), Topology(2, 4, 2))


@dataclass(frozen=True)
class Contents:
    models: Sequence[Model]
    relations: Sequence[Relation]
    facts: Sequence[Fact]
    runs: Sequence[Run]
    recalls: Sequence[Recall]
    attempts: Sequence[Attempt]
    circuits: Sequence[Circuit]
    relation_circuits: Sequence[RelationCircuit]
    roles: Sequence[HeadRole]
    checks: Sequence[RoleCheck]
    lenses: Sequence[FactLens]
    rivals: Sequence[Rival]
    demonstrations: Sequence[Demonstration]
    demonstration_heads: Sequence[DemonstrationHead]
    with_scores: bool

    def fill(self, store: Store) -> None:
        for model in self.models:
            write_model(store, model)
        write_relations(store, self.relations)
        write_facts(store, self.facts)
        for run in self.runs:
            write_run(store, run)
        circuits = [self._with_scores(store, each) for each in self.circuits]
        write_batch(store, self.recalls, circuits, self.attempts)
        write_relation_circuits(store, self.relation_circuits)
        write_roles(store, self.roles)
        write_role_checks(store, self.checks)
        write_lenses(store, self.lenses)
        write_rivals(store, self.rivals)
        restore_demonstrations(store, self.demonstrations)
        restore_demonstration_heads(store, self.demonstration_heads)

    def _with_scores(self, store: Store, circuit: Circuit) -> Circuit:
        if not self.with_scores:
            return circuit
        saved = save_scores(store.data_folder, circuit.id, np.arange(len(circuit.edges), dtype=np.float16))
        return replace(circuit, artifact=saved.name, artifact_sha256=saved.sha256)


def record(draw: st.DrawFn, of: type, label: str, present: Collection[str] = (), **given: Any) -> Any:
    """A record with random properties, apart from those given; those `present` are never absent."""
    names, hints = {each.name for each in fields(of)}, get_type_hints(of)
    drawn = {}
    for each in schema.node(label).properties:
        if each.name in names and each.name not in given:
            may_lack = NoneType in get_args(hints[each.name]) and each.name not in present
            absent = st.none() if may_lack else st.nothing()
            drawn[each.name] = draw(absent | OF_TYPE[each.type])
    return of(**drawn, **given)


@st.composite
def edges(draw: st.DrawFn, top: Topology) -> tuple[Edge, ...]:
    sources, slots = np.nonzero(top.allowed)
    chosen = draw(st.lists(st.sampled_from(range(len(sources))), unique=True, max_size=6))
    names = [(top.source_names[sources[each]], top.slot_names[slots[each]]) for each in chosen]
    return tuple(
        Edge(source, target, channel, draw(NUMBER), rank, draw(st.integers(0, 9)))
        for rank, (source, (target, channel)) in enumerate(names, start=1)
    )


@st.composite
def contents(draw: st.DrawFn) -> Contents:
    """A store with up to two models, three relations and a few facts, circuits with no edges among theirs."""
    tops = dict(zip(draw(st.lists(NAME, unique=True, min_size=1, max_size=2)), SHAPES, strict=False))
    models = [_model(draw, name, top) for name, top in tops.items()]
    relations = [record(draw, Relation, "Relation", id=each) for each in draw(_names(3))]
    facts = [_fact(draw, relation, each) for relation in relations for each in draw(_names(2))]
    runs = [record(draw, Run, "Run", id=each, model_id=draw(st.sampled_from(models)).id) for each in draw(_names(2))]
    pairs = [(model, fact) for model in models for fact in facts]
    recalls = [_recall(draw, model, fact) for model, fact in pairs if draw(st.booleans())]
    attempts = [_attempt(draw, *each) for each in pairs if draw(st.booleans())]
    circuits = [_circuit(draw, *each, runs, tops[each[0].id]) for each in pairs if draw(st.booleans())]
    of_relations = [_relation_circuit(draw, models[0], each, tops[models[0].id]) for each in relations]
    roles = [_head_role(draw, *each, facts, tops[each[0].id]) for each in product(models, relations)]
    checks = [_role_check(draw, models[0], each) for each in relations if draw(st.booleans())]
    lenses = [_lens(draw, *each) for each in pairs if draw(st.booleans())]
    shown = [_demonstration(draw, models[0], each) for each in relations if draw(st.booleans())]
    with_shown = [_demonstration_head(draw, models[0], each, tops[models[0].id]) for each in relations]
    rivals = [_rival(draw, *each) for each in pairs if draw(st.booleans())]
    of_heads = (roles, checks, lenses, rivals, shown, with_shown)
    return Contents(
        models, relations, facts, runs, recalls, attempts, circuits, of_relations, *of_heads, draw(st.booleans())
    )


def _names(most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(NAME, unique=True, min_size=1, max_size=most)


def _model(draw: st.DrawFn, name: str, top: Topology) -> Model:
    shape: dict[str, Any] = {"n_layers": top.n_layers, "n_heads": top.n_heads, "n_kv_heads": top.n_kv_heads}
    return record(draw, Model, "Model", id=name, **shape)


def _fact(draw: st.DrawFn, relation: Relation, name: str) -> Fact:
    return record(draw, Fact, "Fact", id=f"{relation.id}/{name}", relation_id=relation.id, subject=name)


def _recall(draw: st.DrawFn, model: Model, fact: Fact) -> Recall:
    ends = {"model_id": model.id, "fact_id": fact.id}
    return record(draw, Recall, "Recall", id=f"{model.id}|{fact.id}", **ends)


def _circuit(draw: st.DrawFn, model: Model, fact: Fact, runs: Sequence[Run], top: Topology) -> Circuit:
    method = draw(TEXT)
    ends = {"model_id": model.id, "fact_id": fact.id, "run_id": draw(st.sampled_from(runs)).id, "method": method}
    contrast, judged_on = _contrast(draw, model, fact), draw(st.sampled_from(["find", "unseen"]))
    files = {"artifact": "", "artifact_sha256": "", "contrast": contrast, "judged_on": judged_on}
    files |= {"edges": (found := draw(edges(top))), "weights": draw(st.sampled_from(Weights))}
    leaving = sorted({edge.source for edge in found}) if draw(st.booleans()) else []
    attention = st.lists(NUMBER, min_size=len(contrast.tokens), max_size=len(contrast.tokens)).map(tuple)
    parts = st.tuples(NUMBER, NUMBER, NUMBER, attention)
    files |= {"places": tuple(NodePlaces(each, *draw(parts)) for each in leaving)}
    return record(draw, Circuit, "Circuit", FOUND, id=f"{model.id}|{fact.id}|{method}", **ends, **files)


def _contrast(draw: st.DrawFn, model: Model, fact: Fact) -> Contrast:
    """One of a fact with a donor that finds, perhaps one that chooses the size, and one that is unseen."""
    size = draw(st.lists(TEXT, max_size=1))
    texts = st.lists(TEXT, min_size=2 + len(size), max_size=2 + len(size)).map(tuple)
    donors = {"donors_find": (draw(TEXT),), "donors_size": tuple(size), "donors_unseen": (draw(TEXT),)}
    given = {"model_id": model.id, "fact_id": fact.id, "kind": draw(st.sampled_from(Kind))}
    return record(draw, Contrast, "Contrast", **given, **donors, corrupt_prompts=draw(texts), foils=draw(texts))


def _attempt(draw: st.DrawFn, model: Model, fact: Fact) -> Attempt:
    method = draw(TEXT)
    chosen = {"contrast_kind": draw(st.sampled_from(Kind)), "code": draw(st.sampled_from(Reason))}
    ends = {"model_id": model.id, "fact_id": fact.id, "method": method}
    return record(draw, Attempt, "Attempt", id=f"{model.id}|{fact.id}|{method}", **ends, **chosen)


def _relation_circuit(draw: st.DrawFn, model: Model, relation: Relation, top: Topology) -> RelationCircuit:
    method, rule = draw(TEXT), draw(TEXT)
    ends = {"model_id": model.id, "relation_id": relation.id, "method": method, "rule": rule}
    figures = [each for each in fields(Transfer) if each.type in ("float", "float | None", float, float | None)]
    drawn = {each.name: draw(NUMBER) for each in figures}
    parts = [Transfer(relation_id=relation.id, part=part, n_facts=2, **drawn) for part in ("train", "held_out")]
    name = f"{model.id}|{relation.id}|{method}|{rule}"
    more = {"edges": draw(edges(top)), "transfers": tuple(parts)}
    return record(draw, RelationCircuit, "RelationCircuit", id=name, **ends, **more)


def _head_role(draw: st.DrawFn, model: Model, relation: Relation, facts: Sequence[Fact], top: Topology) -> HeadRole:
    heads = [part.name for part in top.components if part.kind == "head"]
    groups = st.lists(NUMBER, min_size=len(GROUPS), max_size=len(GROUPS)).map(tuple)
    held = [each for each in facts if each.relation_id == relation.id and draw(st.booleans())]
    ends = {"model_id": model.id, "relation_id": relation.id, "component": draw(st.sampled_from(heads))}
    given = {"role": draw(st.sampled_from(RoleKind)), "attention": draw(groups), "direct": draw(groups)}
    return record(draw, HeadRole, "HeadRole", **ends, **given, facts=tuple(_fact_role(draw, each) for each in held))


def _fact_role(draw: st.DrawFn, fact: Fact) -> FactRole:
    given = {"role": draw(st.sampled_from(RoleKind)), "writes": tuple(draw(st.lists(TEXT, max_size=2)))}
    return FactRole(fact_id=fact.id, mover=draw(NUMBER), relation=draw(NUMBER), **given)


def _role_check(draw: st.DrawFn, model: Model, relation: Relation) -> RoleCheck:
    ends = {"model_id": model.id, "relation_id": relation.id, "role": draw(st.sampled_from(RoleKind))}
    return record(draw, RoleCheck, "RoleCheck", **ends)


def _lens(draw: st.DrawFn, model: Model, fact: Fact) -> FactLens:
    blocks = tuple(draw(st.lists(TEXT, max_size=3)))
    curves = {name: tuple(draw(NUMBER) for _ in blocks) for name in ("object", "others", "wrong", "probability")}
    ranks = {"rank": tuple(draw(WHOLE) for _ in blocks), "blocks": blocks, "lens": draw(st.sampled_from(LensKind))}
    return record(draw, FactLens, "FactLens", model_id=model.id, fact_id=fact.id, **curves, **ranks)


def _rival(draw: st.DrawFn, model: Model, fact: Fact) -> Rival:
    parts = tuple(draw(st.lists(TEXT, max_size=3)))
    given: dict[str, Any] = dict.fromkeys(("for_object", "for_rival"), parts)
    given |= {f"{name}_values": tuple(draw(NUMBER) for _ in parts) for name in list(given)}
    kind = draw(st.sampled_from(RivalKind))
    return record(draw, Rival, "Rival", model_id=model.id, fact_id=fact.id, rival_kind=kind, **given)


def _demonstration(draw: st.DrawFn, model: Model, relation: Relation) -> Demonstration:
    ends = {"model_id": model.id, "relation_id": relation.id, "labels": draw(st.sampled_from(Labels))}
    return record(draw, Demonstration, "Demonstration", **ends)


def _demonstration_head(draw: st.DrawFn, model: Model, relation: Relation, top: Topology) -> DemonstrationHead:
    heads = [part.name for part in top.components if part.kind == "head"]
    ends = {"model_id": model.id, "relation_id": relation.id, "component": draw(st.sampled_from(heads))}
    return record(draw, DemonstrationHead, "DemonstrationHead", **ends)
