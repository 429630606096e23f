"""What a store of many circuits is asked, and how long each answer may take."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.report import Row
from benchmarks.store.stores import Place
from benchmarks.timing import median_seconds
from graphdb.store import Store

ROUNDS = 7
GROWTH = 1.5
"""From a tenth of the circuits to all of them, the first screens' questions take at most this many times as long."""
PATHS = """
MATCH (:Circuit {id: $circuit})-[:HAS_NODE]->(s:CircuitNode {name: 'embed'})
MATCH p = (s)-[:FLOWS|FEEDS*1..4]->(t) WHERE t.name = 'logits'
RETURN count(p) AS paths
"""


@dataclass(frozen=True, slots=True)
class Subject:
    """What the questions are about: a circuit of median size, its relation, and a head that the median fact uses."""

    circuit: str
    relation: str
    model: str
    method: str
    head: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question with the seconds that it may take."""

    name: str
    ask: Callable[[Store, Subject], object]
    at_most: float
    what: str
    first_screen: bool = False


QUESTIONS = (
    Question(
        "shared components",
        lambda s, of: s.query("shared_components", model=of.model, method=of.method),
        0.2,
        "`shared_components` of one model, which the Overview page shows",
        first_screen=True,
    ),
    Question(
        "component × relation",
        lambda s, of: s.query("relation_memberships", model=of.model, method=of.method),
        0.5,
        "`relation_memberships` of one model, a row a relation, which comparisons read",
        first_screen=True,
    ),
    Question(
        "relation profile",
        lambda s, of: s.query("relation_components", relation=of.relation, model=of.model, method=of.method),
        0.2,
        "`relation_components` of one model",
        first_screen=True,
    ),
    Question(
        "relations that use a head",
        lambda s, of: s.query("component_profile", component=of.head, model=of.model, method=of.method),
        0.2,
        "`component_profile` of one model",
        first_screen=True,
    ),
    Question(
        "cells of component × relation",
        lambda s, of: s.query("component_usage", model=of.model, method=of.method),
        0.5,
        "`component_usage` of one model, a row for each cell, which the Relations page draws",
        first_screen=True,
    ),
    Question(
        "circuit by id",
        lambda s, of: s.query("circuit_edges", circuit=of.circuit),
        0.05,
        "`circuit_edges` of a circuit of median size",
    ),
    Question(
        "edges in every fact",
        lambda s, of: s.query("edges_in_every_fact", relation=of.relation),
        0.5,
        "`edges_in_every_fact` of a relation, in all models",
    ),
    Question(
        "facts that use a head",
        lambda s, of: s.query("facts_using_component", component=of.head),
        0.2,
        "`facts_using_component`, of a head that a median number of circuits hold",
    ),
    Question(
        "paths of at most 4 hops",
        lambda s, of: s.read(PATHS, {"circuit": of.circuit}),
        0.1,
        "from embedding to logits in a circuit of median size, counted",
    ),
)


def subject(store: Store) -> Subject:
    """Choose what the questions are about."""
    circuits = store.read(
        "MATCH (c:Circuit)-[:EXPLAINS]->(f:Fact) RETURN c.id AS circuit, c.n_edges AS edges, c.model_id AS model, "
        "c.method AS method, f.relation_id AS relation ORDER BY edges, circuit"
    )
    chosen = circuits.iloc[len(circuits) // 2].astype(str)
    heads = store.read(
        "MATCH (s:ComponentSummary {model_id: $model}) MATCH (k:Component {id: s.component_id, kind: 'head'}) "
        "RETURN k.name AS head, s.n_circuits AS circuits ORDER BY circuits, head",
        {"model": chosen["model"]},
    )
    head = heads.iloc[len(heads) // 2]["head"]
    return Subject(chosen["circuit"], chosen["relation"], chosen["model"], chosen["method"], str(head))


def asked(place: Place) -> dict[str, float]:
    """Return the median seconds of each question, warm."""
    about = subject(place.store)
    return {each.name: median_seconds(lambda each=each: each.ask(place.store, about), ROUNDS) for each in QUESTIONS}


def question_rows(engine: str, what: str, times: dict[str, float]) -> Iterator[Row]:
    """Yield a row for each question."""
    for each in QUESTIONS:
        how = f"{each.what}; over {what}, warm, median of {ROUNDS}, as a DataFrame"
        yield Row(f"{each.name}, {engine}", times[each.name], "s", how, at_most=each.at_most)


def growth_row(engine: str, what: str, few: dict[str, float], many: dict[str, float]) -> Row:
    """Return how much longer the first screens' questions take: the one that grows most, and each of them."""
    ratios = {each.name: many[each.name] / few[each.name] for each in QUESTIONS if each.first_screen}
    listed = ", ".join(f"{name} {ratio:.2f}" for name, ratio in ratios.items())
    how = f"{what}; the most of {listed}"
    return Row(f"growth of the first screens' questions, {engine}", max(ratios.values()), "×", how, at_most=GROWTH)
