"""Rivals in the graph: what replaces them, what goes with relation and model, and what a dump brings back."""

from dataclasses import replace
from pathlib import Path

from graphdb.dump.restore import import_dump
from graphdb.dump.writer import digest, write_dump
from graphdb.maintenance.check import check
from graphdb.maintenance.deletable import What
from graphdb.maintenance.deletion import count, delete
from graphdb.store import Store, open_store
from graphdb.writing.rival_writers import write_rivals
from tests import rival_sample
from tests.whole_graph import whole_graph


def test_rivals_of_the_same_facts_replace_those_that_were_there(store: Store) -> None:
    rival_sample.fill(store)
    before = whole_graph(store)
    rival_sample.fill(store)
    assert whole_graph(store) == before
    write_rivals(store, [replace(rival_sample.RIVALS[0], movers=None)])
    assert sum(store.query("rivals")["movers"].isna()) == 2
    assert check(store) == []


def test_a_relation_and_a_model_take_their_rivals_with_them(store: Store) -> None:
    rival_sample.fill(store)
    assert count(store, What.RELATION, "country_capital").rivals == 2
    delete(store, What.RELATION, "country_capital")
    assert len(store.query("rivals")) == 3
    assert check(store) == []
    assert count(store, What.MODEL, "toy").rivals == 3
    delete(store, What.MODEL, "toy")
    assert store.read("MATCH (v:Rival) RETURN v.id AS id").empty


def test_a_dump_brings_rivals_back(store: Store, tmp_path: Path) -> None:
    rival_sample.fill(store)
    path = tmp_path / "dump.jsonl"
    assert write_dump(store, path)["rival"] == len(rival_sample.RIVALS)
    with open_store(tmp_path / "other") as other:
        import_dump(other, path)
        assert whole_graph(other) == whole_graph(store)
        assert digest(other) == digest(store)
