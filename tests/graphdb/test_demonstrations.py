"""Demonstrations in the graph: what replaces them, what goes with them, and what a dump brings back."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from graphdb.dump.restore import import_dump
from graphdb.dump.writer import digest, write_dump
from graphdb.errors import UserError
from graphdb.maintenance.check import check
from graphdb.maintenance.deletable import What
from graphdb.maintenance.deletion import count, delete
from graphdb.store import Store, open_store
from graphdb.writing.demonstration_writers import write_demonstrations
from tests import demonstration_sample
from tests.demonstration_sample import CURRENCY, HEADS, OWN
from tests.whole_graph import whole_graph

ALL = "MATCH (n) WHERE n:Demonstration OR n:DemonstrationHead RETURN n.id AS id ORDER BY id"


def test_what_is_written_twice_is_there_once(store: Store) -> None:
    demonstration_sample.fill(store)
    before = whole_graph(store)
    demonstration_sample.fill(store)
    assert whole_graph(store) == before
    assert check(store) == []


def test_a_number_of_shots_is_replaced_whole_and_no_other(store: Store) -> None:
    demonstration_sample.fill(store)
    more = replace(OWN, shots=3)
    write_demonstrations(store, [more], [])
    write_demonstrations(store, [replace(OWN, n_facts=2)], HEADS[:1])
    there = [each for each in store.read(ALL)["id"] if "country_capital" in each]
    assert there == sorted((OWN.id, more.id, HEADS[0].id)), "shuffled labels and two heads are gone"


def test_a_relation_and_a_model_take_them_with_them(store: Store) -> None:
    demonstration_sample.fill(store)
    assert count(store, What.RELATION, OWN.relation_id).demonstrations == 2 + 3
    delete(store, What.RELATION, OWN.relation_id)
    assert check(store) == []
    assert all(CURRENCY.relation_id in each for each in store.read(ALL)["id"])
    assert count(store, What.MODEL, OWN.model_id).demonstrations == 1 + 2
    delete(store, What.MODEL, OWN.model_id)
    assert store.read(ALL).empty


def test_a_dump_brings_them_back(store: Store, tmp_path: Path) -> None:
    demonstration_sample.fill(store)
    path = tmp_path / "dump.jsonl"
    counts = write_dump(store, path)
    assert (counts["demonstration"], counts["demonstration_head"]) == (3, 5)
    with open_store(tmp_path / "other") as other:
        import_dump(other, path)
        assert whole_graph(other) == whole_graph(store)
        assert digest(other) == digest(store)


@pytest.mark.parametrize(
    ("kind", "wrong", "expected"),
    [
        ("demonstration", {"labels": "any", "id": "toy|country_capital|0|1|any"}, "labels is 'any'"),
        ("demonstration", {"shots": 2}, "does not fit"),
        ("demonstration_head", {"component": "a1.m"}, "does not fit"),
        ("demonstration_head", {"component": "m0", "id": "toy|country_capital|0|1|m0"}, "'m0' is no head"),
        ("demonstration_head", {"relation_id": "none"}, "relation_id 'none'"),
    ],
)
def test_a_dump_with_a_wrong_one_is_refused(
    store: Store, tmp_path: Path, kind: str, wrong: dict[str, object], expected: str
) -> None:
    demonstration_sample.fill(store)
    path = tmp_path / "dump.jsonl"
    write_dump(store, path)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    next(line for line in lines if line.get("kind") == kind).update(wrong)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with open_store(tmp_path / "other") as other:
        with pytest.raises(UserError, match=expected):
            import_dump(other, path)
        assert other.query("models").empty
