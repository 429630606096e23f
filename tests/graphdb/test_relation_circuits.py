"""Circuits of relations in the store, on both engines, and their sizes in both counts."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from graphdb.circuits.collapse import size
from graphdb.queries.library import all_queries
from graphdb.records import Edge
from graphdb.store import Store
from graphdb.tables import records
from graphdb.topology import Topology
from graphdb.writing.relation_writers import write_relation_circuits
from tests import sample
from tests.conftest import Kept
from tests.graphdb.test_queries import REQUIRED
from tests.graphdb.test_writers import counts
from tests.relation_sample import CAPITAL, CURRENCY, RELATION_CIRCUITS, fill, mask_of


@pytest.fixture
def filled(kept: Kept) -> Store:
    """Only to be read."""
    return kept(fill)


@pytest.fixture
def changed(store: Store) -> Store:
    """The same, to be written into."""
    fill(store)
    return store


def test_written_twice_they_are_there_once(changed: Store) -> None:
    first = counts(changed)
    write_relation_circuits(changed, RELATION_CIRCUITS)
    assert counts(changed) == first
    assert first["RelationCircuit"] == 2
    assert first["TRANSFERS"] == 6


def test_they_leave_the_circuits_of_facts_alone(store: Store) -> None:
    """Nothing of a relation's circuit counts as a circuit of a fact, nor as a use of a component."""
    sample.fill(store)
    given = {p.name: REQUIRED[p.name] for query in all_queries() for p in query.parameters if p.name in REQUIRED}

    def answers() -> dict[str, pd.DataFrame]:
        asked = {
            query: {p.name: given[p.name] for p in query.parameters if p.default is None} for query in all_queries()
        }
        return {query.name: store.query(query.name, **values) for query, values in asked.items()}

    before = answers()
    write_relation_circuits(store, RELATION_CIRCUITS)
    changed = {name for name, frame in answers().items() if not frame.equals(before[name])}
    assert changed == {"relation_circuits", "relation_circuit_edges", "transfer"}


def test_a_circuit_found_again_replaces_that_circuit(changed: Store) -> None:
    new = replace(CAPITAL, edges=(Edge("embed", "logits", "logits", 0.5, rank=1),), transfers=CAPITAL.transfers[:2])
    write_relation_circuits(changed, [new])
    edges = changed.query("relation_circuit_edges", relation_circuit=CAPITAL.id)
    assert list(edges["edge"]) == ["embed->logits.logits"]
    assert len(changed.query("relation_circuit_edges", relation_circuit=CURRENCY.id)) == 3
    assert len(changed.query("transfer")) == 3
    assert changed.read("MATCH (n:CircuitNode) WHERE NOT (n)<-[:HAS_NODE]-() RETURN n.id AS id").empty


def test_nothing_is_written_when_a_part_fails(changed: Store) -> None:
    before = counts(changed)
    bad = replace(CURRENCY, transfers=(replace(CURRENCY.transfers[0], n_facts=object()),))  # type: ignore[arg-type]
    with pytest.raises((TypeError, ValueError), match="object"):
        write_relation_circuits(changed, [replace(CAPITAL, edges=()), bad])
    assert counts(changed) == before


def test_relation_circuits_stand_beside_what_they_are_compared_with(filled: Store) -> None:
    capital, currency = records(filled.query("relation_circuits"))
    assert (capital["circuit"], capital["rule"], capital["edges"], capital["facts_train"]) == (CAPITAL.id, "mean", 5, 4)
    assert (capital["faithfulness_train"], capital["faithfulness"]) == (0.9375, 0.875)
    assert (capital["low"], capital["high"], capital["faithfulness_random"]) == (0.75, 1, 0.0625)
    assert (capital["hit10"], capital["hit10_random"], capital["hit10_model"]) == (0.75, 0.125, 1)
    assert (currency["relation"], currency["vote_share"]) == ("country_currency", 0.5)
    assert filled.query("relation_circuits", relation="antonym").empty
    assert len(filled.query("relation_circuits", model="toy", method=sample.METHOD, relation="country_capital")) == 1


def test_the_transfer_matrix_has_the_held_out_facts_alone(filled: Store) -> None:
    rows = records(filled.query("transfer"))
    cells = {(row["circuit_of"], row["facts_of"]): row["faithfulness"] for row in rows}
    capital, currency = "country_capital", "country_currency"
    assert cells == {
        (capital, capital): 0.875,
        (capital, currency): 0.5,
        (currency, capital): 0.25,
        (currency, currency): 0.625,
    }
    assert {row["n_facts"] for row in rows} == {2}
    assert set(filled.query("transfer", rule="vote")["circuit_of"]) == {currency}


def test_edges_come_heaviest_first(filled: Store) -> None:
    rows = records(filled.query("relation_circuit_edges", relation_circuit=CAPITAL.id))
    assert [row["edge"] for row in rows] == [edge.id for edge in CAPITAL.edges]
    assert [row["rank"] for row in rows] == [1, 2, 3, 4, 5]


def test_what_a_circuit_was_found_with_can_be_read_back(filled: Store) -> None:
    rows: dict[str, Any] = {str(row["fact"]): row for row in records(filled.query("circuit_tasks"))}
    row = rows["country_capital/France"]
    circuit = sample.CIRCUITS[0]
    parts = tuple(tuple(row[f"donors_{part}"]) for part in ("find", "size", "unseen"))
    contrast = circuit.contrast
    assert parts == (contrast.donors_find, contrast.donors_size, contrast.donors_unseen)
    assert (row["corrupt_prompts"], row["foils"]) == (list(contrast.corrupt_prompts), list(contrast.foils))
    assert (row["circuit"], row["answer"], row["rank_model"]) == (circuit.id, " Paris", 1)
    found = records(filled.query("relation_facts", relation="antonym"))
    facts: dict[str, Any] = {str(row["fact"]): row for row in found}
    assert set(facts) == {"antonym/hot", "antonym/big"}
    assert facts["antonym/big"]["prompt"] == "Big is the opposite of"
    assert list(facts["antonym/big"]["accepted"]) == ["small", "little"]


def test_collapsed_counts_by_hand() -> None:
    """a1.kv1 serves heads 2 and 3: both are in Japan's circuit, so its key edge counts twice."""
    japan = size(sample.TOPOLOGY, mask_of(sample.edges(sample.CAPITAL_OF_JAPAN_EDGES)))
    assert (japan.edges, japan.edges_collapsed) == (5, 6)
    assert (japan.nodes, japan.nodes_collapsed) == (6, 5)


def test_a_head_that_writes_to_nothing_is_no_end_of_a_collapsed_edge() -> None:
    """France's a0.kv0 could feed heads 0 and 1, but only head 1 is there."""
    france = size(sample.TOPOLOGY, mask_of(sample.edges(sample.FRANCE_EDGES)))
    assert (france.edges, france.edges_collapsed) == (6, 6)
    assert (france.nodes, france.nodes_collapsed) == (8, 6)


def test_q_k_and_v_of_a_head_are_one_collapsed_edge() -> None:
    table = (("embed", "a0.h1", "q", 3.0), ("embed", "a0.kv0", "k", 2.0), ("embed", "a0.kv0", "v", 1.5))
    merged = size(sample.TOPOLOGY, mask_of(sample.edges((*table, ("a0.h1", "logits", "logits", 1.0)))))
    assert (merged.edges, merged.edges_collapsed, merged.nodes, merged.nodes_collapsed) == (4, 2, 4, 3)


@pytest.mark.parametrize("n_kv_heads", [16, 4])
def test_a_whole_gpt2_medium_has_the_papers_count_whatever_its_kv_heads(n_kv_heads: int) -> None:
    top = Topology(24, 16, n_kv_heads)
    assert size(top, top.allowed).edges_collapsed == 80_965


def test_an_empty_circuit_has_nothing() -> None:
    assert size(sample.TOPOLOGY, np.zeros_like(sample.TOPOLOGY.allowed)).edges_collapsed == 0
