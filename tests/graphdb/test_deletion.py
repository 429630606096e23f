"""What a deletion takes is what it counted, and it leaves a store that a check finds whole."""

import pytest

from graphdb.errors import UserError
from graphdb.maintenance import deletion
from graphdb.maintenance.check import check
from graphdb.maintenance.deletable import What
from graphdb.store import Store
from tests import relation_sample, sample

FRANCE = sample.CIRCUITS[0].id
CAPITALS = sample.CIRCUITS[:3]


@pytest.fixture
def filled(store: Store) -> Store:
    relation_sample.fill(store)
    return store


def count(store: Store, pattern: str) -> int:
    return int(store.read(f"MATCH {pattern} RETURN count(*) AS n")["n"][0])


def test_a_circuit(filled: Store) -> None:
    assert deletion.count(filled, What.CIRCUIT, FRANCE) == deletion.Counts(circuits=1, nodes=8, edges=6, files=1)
    deletion.delete(filled, What.CIRCUIT, FRANCE)
    assert FRANCE not in set(filled.query("circuits")["circuit"])
    assert len(list(filled.data_folder.glob("*.npy"))) == 4
    assert check(filled) == []
    deletion.delete(filled, What.CIRCUIT, relation_sample.CAPITAL.id)
    assert count(filled, "(:RelationCircuit)") == 1
    assert check(filled) == []


def test_a_relation_goes_with_all_that_is_about_it(filled: Store) -> None:
    counts = deletion.count(filled, What.RELATION, "country_capital")
    edges = sum(len(each.edges) for each in (*CAPITALS, relation_sample.CAPITAL))
    assert (counts.circuits, counts.relation_circuits, counts.edges, counts.files) == (3, 1, edges, 3)
    assert (counts.recalls, counts.facts, counts.transfers) == (3, 3, 4)
    deletion.delete(filled, What.RELATION, "country_capital")
    assert set(filled.query("relations")["relation"]) == {"country_currency", "antonym"}
    assert (count(filled, "(:Fact)"), count(filled, "(:Recall)"), count(filled, "()-[:TRANSFERS]->()")) == (4, 4, 2)
    assert set(filled.query("component_usage")["relation"]) == {"country_currency", "antonym"}
    assert check(filled) == []


def test_a_run_goes_with_its_circuits(filled: Store) -> None:
    counts = deletion.count(filled, What.RUN, "run-1")
    assert (counts.circuits, counts.runs, counts.recalls) == (5, 1, 0)
    deletion.delete(filled, What.RUN, "run-1")
    assert count(filled, "(:Circuit)") == count(filled, "(:Run)") == 0
    assert count(filled, "(:Recall)") == 7
    assert check(filled) == []


def test_nothing_but_facts_is_left_of_a_model(filled: Store) -> None:
    assert deletion.count(filled, What.MODEL, "toy").recalls == 7
    deletion.delete(filled, What.MODEL, "toy")
    labels = set(filled.read("MATCH (n) UNWIND labels(n) AS label RETURN DISTINCT label")["label"])
    assert labels == {"Meta", "Relation", "Fact"}
    assert list(filled.data_folder.glob("*.npy")) == []
    assert check(filled) == []


def test_an_interrupted_deletion_is_repeated(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deletion, "CIRCUITS", 1)
    monkeypatch.setattr(deletion, "NODES", 1)
    writes = 0
    transact = Store.transact

    def failing(self: Store, work: object) -> object:
        nonlocal writes
        writes += 1
        if writes % 3 == 0:
            raise KeyboardInterrupt
        return transact(self, work)  # type: ignore[arg-type]

    monkeypatch.setattr(Store, "transact", failing)
    for _ in range(20):
        try:
            deletion.delete(filled, What.RELATION, "country_capital")
        except KeyboardInterrupt:
            continue
        except UserError:
            break
    monkeypatch.undo()
    assert check(filled) == []
    assert set(filled.query("relations")["relation"]) == {"country_currency", "antonym"}


def test_what_is_not_there_is_said(filled: Store) -> None:
    with pytest.raises(UserError, match="country_capital"):
        deletion.delete(filled, What.RELATION, "country_capitol")
