"""What the summaries say is what the circuits say, exactly, whatever was written, replaced and deleted before."""

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphdb.queries.library import all_queries
from graphdb.records import Circuit, Edge, Recall
from graphdb.store import Store, Transaction
from graphdb.writing import rebuild
from graphdb.writing.removal import remove_circuits
from graphdb.writing.summaries import LARGEST, SQUARE, STEP, steps
from graphdb.writing.writers import write_batch, write_facts, write_model, write_relations, write_run
from tests import sample
from tests.conftest import empty

MODELS = ("toy", "twin")
METHODS = ("eap", "secant")
FACTS = sample.FACTS[1:4]
TOP = sample.TOPOLOGY
SOURCES, SLOTS = TOP.source_names, TOP.slot_names
NATIVE = [(SOURCES[s], *SLOTS[t]) for s in range(len(SOURCES)) for t in range(len(SLOTS)) if TOP.allowed[s, t]]
FIGURES = {name: st.floats(-1e7, 1e7) for name in ("faithfulness", "completeness", "hit10_random")} | {
    "judged_on": st.sampled_from(["find", "size", "unseen"]),
    "lacks": st.sampled_from(["", "size: 0 of 1, unseen: 1 of 2", "unseen: 0 of 2"]),
    "reached": st.booleans(),
    "n_edges_searched": st.integers(0, 1000),
    "cmd": st.none() | st.floats(0, 1),
}


def circuit(name: tuple[str, str, str], edges: dict[int, float], figures: dict[str, Any]) -> Circuit:
    model, fact, method = name
    return replace(
        sample.CIRCUITS[0],
        id="|".join(name),
        model_id=model,
        fact_id=fact,
        method=method,
        n_edges=len(edges),
        edges=tuple(Edge(*NATIVE[index], weight, rank) for rank, (index, weight) in enumerate(edges.items(), start=1)),
        **figures,
    )


def recall(model: str, fact: str, known: bool) -> Recall:
    return replace(sample.RECALLS[0], id=f"{model}|{fact}", model_id=model, fact_id=fact, known=known)


NAMES = st.tuples(st.sampled_from(MODELS), st.sampled_from([each.id for each in FACTS]), st.sampled_from(METHODS))
WEIGHTS = st.dictionaries(st.integers(0, len(NATIVE) - 1), st.floats(-2e6, 2e6), max_size=6)
CIRCUITS = st.lists(
    st.builds(circuit, NAMES, WEIGHTS, st.fixed_dictionaries(FIGURES)), max_size=3, unique_by=lambda c: c.id
)
RECALLS = st.lists(
    st.builds(recall, st.sampled_from(MODELS), st.sampled_from([each.id for each in FACTS]), st.booleans()),
    max_size=2,
    unique_by=lambda each: each.id,
)
STEPS = st.lists(st.tuples(RECALLS, CIRCUITS) | st.sets(NAMES, min_size=1, max_size=4), max_size=4)


def frame(store: Store) -> None:
    """Write what circuits hang on."""
    for model in MODELS:
        write_model(store, replace(sample.MODEL, id=model))
    write_relations(store, sample.RELATIONS)
    write_facts(store, FACTS)
    write_run(store, sample.RUN)


def wrong(store: Store) -> set[str]:
    """Ids of the summaries that are not what the circuits sum up to."""

    def work(transaction: Transaction) -> set[str]:
        found = set[str]()
        for relation in sample.RELATIONS:
            wanted = rebuild.expected(transaction.read, relation.id)
            stored = rebuild.stored(transaction.read, relation.id)
            found.update(name for label in wanted for name in rebuild.differing(wanted[label], stored[label]))
        for model in MODELS:
            wanted = rebuild.expected_components(transaction.read, model)
            found.update(rebuild.differing(wanted, rebuild.stored_components(transaction.read, model)))
        return found

    return store.transact(work)


@given(steps=STEPS)
@settings(
    max_examples=settings.default.max_examples // 8,  # pyright: ignore[reportOptionalMemberAccess]
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_summaries_are_what_the_circuits_sum_up_to(store: Store, steps: list[Any]) -> None:
    empty(store)
    frame(store)
    for step in steps:
        if isinstance(step, set):
            remove_circuits(store, ["|".join(name) for name in step])
        else:
            write_batch(store, *step)
        assert wrong(store) == set()


def test_summaries_of_hundreds_of_components_are_replaced(store: Store) -> None:
    frame(store)
    write_model(store, replace(sample.MODEL, n_layers=30, n_heads=9, n_kv_heads=3))
    heads = [f"a{layer}.h{head}" for layer in range(30) for head in range(9)]

    def through(fact: str, names: list[str]) -> Circuit:
        ends = [("embed", name, "q") for name in names] + [(name, "logits", "logits") for name in names]
        edges = tuple(Edge(*each, 0.5, rank) for rank, each in enumerate(ends, start=1))
        return replace(circuit(("toy", fact, "secant"), {}, {}), n_edges=len(edges), edges=edges)

    italy, japan = FACTS[0].id, FACTS[1].id
    for each in through(italy, heads), through(japan, heads), through(italy, heads[100:]):
        write_batch(store, [], [each])
        assert wrong(store) == set()
    uses = store.read("MATCH (:Component)-[u:USED_BY]->(:Relation) RETURN u.component_id AS id, u.method AS method")
    assert len(uses) == len(uses.drop_duplicates()) == 2 * (len(heads) + 2)


def test_nothing_is_left_of_circuits_that_are_deleted(store: Store) -> None:
    sample.fill(store)
    remove_circuits(store, [each.id for each in sample.CIRCUITS])
    assert store.read("MATCH (n) WHERE n:FactSummary OR n:CircuitSummary OR n:ComponentSummary RETURN n.id AS id").empty
    assert store.read("MATCH ()-[u:USED_BY]->() RETURN u.method AS method").empty
    assert not list(store.data_folder.glob("*.npy"))


def test_a_summary_that_is_wrong_is_found_and_rebuilt(store: Store) -> None:
    sample.fill(store)
    store.write(
        [
            ("UNWIND $rows AS row MATCH (n:CircuitSummary {relation_id: 'antonym'}) SET n.faithfulness = 1", [{}]),
            ("UNWIND $rows AS row MATCH (:Relation {id: 'antonym'})<-[u:USED_BY]-({name: 'm1'}) DELETE u", [{}]),
            ("UNWIND $rows AS row MATCH (n:ComponentSummary {component_id: 'toy/m0'}) SET n.n_in = 0", [{}]),
        ]
    )
    assert wrong(store) == {"toy|antonym|secant|find", "toy/m1|", "toy/m1|secant", "toy/m0|", "toy/m0|secant"}
    store.transact(lambda t: rebuild.rebuild_relation(t, "antonym"))
    store.transact(lambda t: rebuild.rebuild_components(t, "toy"))
    assert wrong(store) == set()


def test_a_fact_of_several_circuits_has_one_share(store: Store) -> None:
    """Of Italy's scores m0 has 3 of 4; of those of a second circuit, with other edges, 2.5 of 5, and a1.kv1 .75."""
    frame(store)
    second = replace(sample.CIRCUITS[2], id=sample.circuit_id(FACTS[0].id, "eap"), fact_id=FACTS[0].id, method="eap")
    write_batch(store, [], [sample.CIRCUITS[1], second])
    rows = store.read(
        "MATCH (k:Component)-[u:USED_BY]->() WHERE k.id IN ['toy/m0', 'toy/a1.kv1'] "
        "RETURN k.name AS component, u.method AS method, u.share AS share, u.share_squares AS squares"
    )
    found = {(row[0], row[1]): (row[2] * STEP, row[3] * STEP**2 * SQUARE) for row in rows.to_numpy().tolist()}
    assert found["m0", "secant"] == (0.75, 0.75**2)
    assert found["m0", "eap"] == (0.5, 0.5**2)
    assert found["m0", ""] == (0.625, 0.625**2)
    assert found["a1.kv1", ""] == pytest.approx((0.075, 0.075**2), abs=STEP)


def test_queries_divide_by_the_step() -> None:
    """A query's file runs where it is pasted, so it has the number, and no parameter."""
    large = [number for query in all_queries() for number in re.findall(r"\b\d{4,}(?:\.\d+)?", query.text)]
    assert len(large) > 10
    assert {float(number) for number in large} == {1 / STEP, 1 / STEP / SQUARE}


def test_figures_are_counted_in_steps() -> None:
    assert (steps(1.0), steps(STEP / 2), steps(-STEP / 2)) == (2**24, 0, -1)
    assert steps(1e300) == steps(LARGEST) == 2**44
    with pytest.raises(ValueError, match="NaN"):
        steps(float("nan"))
