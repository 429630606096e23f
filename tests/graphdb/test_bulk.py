"""The bulk imports end in the same graph as Bolt does."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from graphdb.dump import digest, restore, write_dump
from graphdb.engines.neo4j import neo4j_local
from graphdb.records import Circuit, Fact
from graphdb.store import Store, open_store
from graphdb.writing.bulk import completion, neo4j_admin
from graphdb.writing.bulk.completion import Completion
from graphdb.writing.writers import write_batch, write_facts
from tests import relation_sample, sample
from tests.conftest import empty
from tests.random_stores import NASTY
from tests.whole_graph import Line, whole_graph

Graph = tuple[list[Line], list[Line]]


def _circuit_of(model: str, fact: Fact) -> Circuit:
    circuit = sample.CIRCUITS[0]
    contrast = replace(circuit.contrast, fact_id=fact.id)
    return replace(circuit, id=f"{model}|{fact.id}|secant", fact_id=fact.id, contrast=contrast)


@pytest.fixture(autouse=True)
def bulk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every dump is a bulk import."""
    monkeypatch.setattr(restore, "BULK_EDGES", 0)


@pytest.fixture(scope="module")
def dumped(embedded_store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Graph]]:
    """A dump with circuits of facts of odd names, some with no edge or weights beyond all sums, and its graph."""
    empty(embedded_store)
    relation_sample.fill(embedded_store)
    facts = [Fact(f"antonym/{name}", "antonym", name, "x") for name in NASTY]
    model = sample.MODEL.id
    circuits = [_circuit_of(model, each) for each in facts]
    circuits[0] = replace(circuits[0], edges=())
    circuits[1] = replace(circuits[1], edges=tuple(replace(each, weight=1.7e308) for each in circuits[1].edges))
    circuits[2] = replace(circuits[2], edges=tuple(replace(each, weight=5e-324) for each in circuits[2].edges))
    write_facts(embedded_store, facts)
    write_batch(embedded_store, [], circuits)
    file = tmp_path_factory.mktemp("dump") / "store.jsonl.gz"
    write_dump(embedded_store, file)
    yield file, whole_graph(embedded_store)
    empty(embedded_store)


@pytest.mark.parametrize(("together", "batch"), [(3, 1), (3, 100), (completion.TOGETHER, restore.BULK_BATCH)])
def test_the_embedded_engine_loads_the_same_graph(
    dumped: tuple[Path, Graph], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, together: int, batch: int
) -> None:
    file, graph = dumped
    completed = list[str]()
    add = Completion.add
    monkeypatch.setattr(completion, "TOGETHER", together)
    monkeypatch.setattr(restore, "BULK_BATCH", batch)
    monkeypatch.setattr(
        Completion, "add", lambda self, new: (completed.extend(each.id for each in new), add(self, new))
    )
    with open_store(tmp_path / "store") as store:
        restore.import_dump(store, file)
        assert whole_graph(store) == graph
        assert len(completed) == len(sample.CIRCUITS) + len(NASTY) - 1
        assert len(store.query("facts_using_component", component="a0.h1")) > 0
        restore.import_dump(store, file)
        assert whole_graph(store) == graph
        assert len(completed) == len(sample.CIRCUITS) + len(NASTY) - 1


def test_an_import_that_ended_between_nodes_and_summaries_is_repeated(
    dumped: tuple[Path, Graph], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, graph = dumped

    def end(*_: object) -> None:
        raise KeyboardInterrupt

    with open_store(tmp_path / "store") as store:
        with monkeypatch.context() as patch:
            patch.setattr(Completion, "end", end)
            with pytest.raises(KeyboardInterrupt):
                restore.import_dump(store, file)
        assert not store.read("MATCH (n:CircuitNode) RETURN n LIMIT 1").empty
        restore.import_dump(store, file)
        assert whole_graph(store) == graph


@pytest.mark.usefixtures("neo4j_jars")
def test_a_local_neo4j_loads_the_same_graph(
    dumped: tuple[Path, Graph], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, graph = dumped
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    server = neo4j_local.start(port=0)
    try:
        monkeypatch.setenv("NEO4J_USERNAME", server.user)
        monkeypatch.setenv("NEO4J_PASSWORD", server.password)
        with open_store(server.uri) as store:
            assert neo4j_admin.local_server(store)
            restore.import_dump(store, file)
            assert neo4j_local.status() != server, "the server was not stopped for an import"
            assert whole_graph(store) == graph
            names = set(store.read("SHOW CONSTRAINTS YIELD name RETURN name")["name"])
            assert {"circuit_id", "circuitnode_id", "component_id"} <= names
            assert neo4j_admin.local_server(store) is None, "a used store is not imported into"
            before = digest(store)
            restore.import_dump(store, file)
            assert digest(store) == before
    finally:
        neo4j_local.stop()
