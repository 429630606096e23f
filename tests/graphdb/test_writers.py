from dataclasses import replace

import pytest

from graphdb.records import Circuit, Edge
from graphdb.store import Store
from graphdb.topology import Topology
from graphdb.writing import subgraph_writers, writers
from tests import sample
from tests.conftest import empty
from tests.whole_graph import whole_graph


def counts(store: Store) -> dict[str, int]:
    """Number of nodes by first label and of relationships by type."""
    nodes = store.read("MATCH (n) UNWIND labels(n) AS name RETURN name, count(*) AS n")
    relationships = store.read("MATCH ()-[r]->() RETURN type(r) AS name, count(*) AS n")
    return dict(nodes.itertuples(index=False)) | dict(relationships.itertuples(index=False))


def fingerprints(store: Store) -> dict[str, str]:
    rows = store.query("fingerprints", model="toy")
    return dict(zip(rows["circuit"], rows["fingerprint"], strict=True))


def edges_of(store: Store, circuit: Circuit) -> set[tuple[str, str, str, float, int]]:
    rows = store.read(
        "MATCH (:Circuit {id: $id})-[:HAS_NODE]->(a)-[e:FLOWS]->(b) "
        "RETURN a.name AS a, b.name AS b, e.channel AS channel, e.weight AS weight, e.rank AS rank, e.edge_id AS id",
        {"id": circuit.id},
    )
    assert set(rows["id"]) == {edge.id for edge in circuit.edges}
    return set(rows.drop(columns="id").itertuples(index=False, name=None))


def edges_in(circuit: Circuit) -> set[tuple[str, str, str, float, int]]:
    return {(edge.source, edge.target, edge.channel, edge.weight, edge.rank) for edge in circuit.edges}


def test_everything_written_is_there_once(store: Store) -> None:
    sample.fill(store)
    first = counts(store)
    sample.fill(store)
    assert counts(store) == first
    assert first["Fact"] == first["OF_RELATION"] == len(sample.FACTS)
    assert first["Recall"] == first["RECALLS"] == first["BY_MODEL"] == len(sample.RECALLS)
    assert first["Circuit"] == first["EXPLAINS"] == first["FROM_RUN"] == len(sample.CIRCUITS)
    assert first["FLOWS"] == sum(len(circuit.edges) for circuit in sample.CIRCUITS)
    assert first["CircuitNode"] == first["HAS_NODE"] == first["INSTANCE_OF"] == first["INCLUDES"]
    for circuit in sample.CIRCUITS:
        assert edges_of(store, circuit) == edges_in(circuit)


def test_a_model_has_all_its_components(store: Store) -> None:
    writers.write_model(store, sample.MODEL)
    found = store.read("MATCH (c:Component)-[:IN_MODEL]->(:Model {id: 'toy'}) RETURN c.name AS name, labels(c) AS l")
    expected = {*sample.TOPOLOGY.source_names, *(name for name, _ in sample.TOPOLOGY.slot_names)}
    assert set(found["name"]) == expected
    assert len(found) == len(expected) == 1 + 2 * (4 + 2 + 1) + 1
    labels = dict(zip(found["name"], map(set, found["l"]), strict=True))
    assert labels["a1.kv0"] == {"Component", "KVHead"}
    assert labels["m0"] == {"Component", "MLP"}


def test_components_without_grouping_have_no_kv_heads() -> None:
    kinds = [part.kind for part in Topology(n_layers=2, n_heads=3, n_kv_heads=3).components]
    assert kinds == ["embed", *["head"] * 3, "mlp", *["head"] * 3, "mlp", "logits"]


def test_kv_heads_feed_the_heads_of_their_group_in_the_circuit(store: Store) -> None:
    sample.fill(store)
    feeds = store.read(
        "MATCH (a:CircuitNode)-[:FEEDS]->(b:CircuitNode) WHERE a.circuit_id = b.circuit_id "
        "RETURN a.circuit_id AS circuit, a.name AS a, b.name AS b"
    )
    expected = {
        (sample.circuit_id("country_capital/France"), "a0.kv0", "a0.h1"),
        (sample.circuit_id("country_capital/France"), "a1.kv1", "a1.h2"),
        (sample.circuit_id("country_capital/Japan"), "a1.kv1", "a1.h2"),
        (sample.circuit_id("country_capital/Japan"), "a1.kv1", "a1.h3"),
    }
    assert set(feeds.itertuples(index=False, name=None)) == expected


def test_a_nodes_score_is_what_it_writes_or_else_what_it_reads(store: Store) -> None:
    sample.fill(store)
    found = store.read(
        "MATCH (c:Circuit {id: $id})-[:HAS_NODE]->(n)-[:INSTANCE_OF]->(k)<-[i:INCLUDES]-(c) "
        "RETURN n.name AS name, n.score AS score, i.score AS included",
        {"id": sample.circuit_id("country_capital/France")},
    ).set_index("name")
    assert found["score"].to_dict() == found["included"].to_dict()
    assert found["score"]["embed"] == 2.0 + 1.0
    assert found["score"]["m0"] == 0.5
    assert found["score"]["logits"] == 3.0 + 0.75
    assert found["score"]["a0.kv0"] == 2.0


def test_edges_beyond_those_of_one_message_are_written_alike(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    sample.fill(store)
    before = whole_graph(store)
    empty(store)
    monkeypatch.setattr(subgraph_writers, "BY_PLACE", 2)
    sample.fill(store)
    assert whole_graph(store) == before


def test_a_circuit_written_again_replaces_that_circuit_and_nothing_else(store: Store) -> None:
    sample.fill(store)
    before = counts(store)
    old, other = sample.CIRCUITS[0], sample.CIRCUITS[1]
    new = replace(old, fingerprint="new", n_edges=1, edges=(Edge("embed", "logits", "logits", 0.5, rank=1),))
    writers.write_batch(store, [], [new])
    after = counts(store)
    assert edges_of(store, new) == edges_in(new)
    assert edges_of(store, other) == edges_in(other)
    assert after["FLOWS"] == before["FLOWS"] - len(old.edges) + 1
    assert after["CircuitNode"] == after["HAS_NODE"] == after["INSTANCE_OF"] == after["INCLUDES"]
    assert store.read("MATCH (n:CircuitNode) WHERE NOT (n)<-[:HAS_NODE]-() RETURN n.id AS id").empty
    assert fingerprints(store)[old.id] == "new"


def test_fingerprints_are_those_of_the_model(store: Store) -> None:
    sample.fill(store)
    assert fingerprints(store) == {each.id: each.fingerprint for each in sample.CIRCUITS}


def test_a_run_that_goes_on_keeps_its_start(store: Store) -> None:
    writers.write_model(store, sample.MODEL)
    writers.write_run(store, replace(sample.RUN, ended=""))
    writers.write_run(store, replace(sample.RUN, started="2027-01-01T00:00:00+00:00", ended="2027-01-02"))
    runs = store.read("MATCH (r:Run)-[:OF_MODEL]->(:Model) RETURN r.started AS started, r.ended AS ended")
    assert runs.to_dict("records") == [{"started": sample.RUN.started, "ended": "2027-01-02"}]


def test_nothing_of_a_batch_is_written_when_a_part_of_it_fails(store: Store) -> None:
    sample.fill(store)
    before = counts(store)
    bad = replace(sample.CIRCUITS[1], n_edges=object())  # type: ignore[arg-type]
    with pytest.raises((TypeError, ValueError), match="object"):
        writers.write_batch(store, [], [sample.CIRCUITS[0], bad])
    assert counts(store) == before


def test_an_empty_batch_writes_nothing(store: Store) -> None:
    writers.write_batch(store, [], [])
    assert counts(store) == {"Meta": 1}
