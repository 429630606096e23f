"""What a dump brings back is what was dumped, to the byte, on either engine; what is wrong is refused, unwritten."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings

from graphdb.dump import dump, write_dump
from graphdb.dump.restore import import_dump
from graphdb.store import Store
from tests import random_stores, relation_sample, sample
from tests.conftest import empty
from tests.random_stores import Contents
from tests.whole_graph import whole_graph

SLOW = settings(
    max_examples=settings.default.max_examples // 8,  # pyright: ignore[reportOptionalMemberAccess]
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@SLOW
@given(contents=random_stores.contents())
def test_any_store_comes_back_whole_on_the_other_engine(
    embedded_store: Store, neo4j_store: Store, tmp_path: Path, contents: Contents
) -> None:
    for store in (embedded_store, neo4j_store):
        empty(store)
    contents.fill(embedded_store)
    lines = list(dump(embedded_store))
    file, other = tmp_path / "store.jsonl.gz", tmp_path / "other.jsonl.gz"
    write_dump(embedded_store, file)
    import_dump(neo4j_store, file)
    assert list(dump(neo4j_store)) == lines
    assert whole_graph(neo4j_store) == whole_graph(embedded_store)
    write_dump(neo4j_store, other)
    assert other.read_bytes() == file.read_bytes()
    empty(embedded_store)
    import_dump(embedded_store, other)
    assert list(dump(embedded_store)) == lines
    assert whole_graph(embedded_store) == whole_graph(neo4j_store)


def test_what_is_there_is_replaced_and_the_rest_stays(store: Store, tmp_path: Path) -> None:
    relation_sample.fill(store)
    write_dump(store, tmp_path / "store.jsonl.gz")
    before = whole_graph(store)
    import_dump(store, tmp_path / "store.jsonl.gz")
    assert whole_graph(store) == before
    circuit = sample.circuit_id("country_capital/France")
    store.write([("UNWIND $rows AS row MATCH (r:Relation {id: 'antonym'}) SET r.name = 'changed'", [{}])])
    store.write(
        [("UNWIND $rows AS row MATCH (:Circuit {id: row.id})-[:HAS_NODE]->(n) DETACH DELETE n", [{"id": circuit}])]
    )
    import_dump(store, tmp_path / "store.jsonl.gz")
    assert whole_graph(store) == before
