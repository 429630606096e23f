"""The embedded engine's bulk import: its graph batch, in the process that owns the store."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from graphdb.records import Circuit
from graphdb.store import Store
from graphdb.store.types import Row
from graphdb.writing.bulk.completion import Completion
from graphdb.writing.bulk.subgraphs import FLOW, INCLUDED, NODE, Subgraphs, fits, subgraphs
from graphdb.writing.statements import node_row
from graphdb.writing.writers import CircuitWriter, group_sizes, write_batch

if TYPE_CHECKING:
    from arcadedb_embedded import Database

EDGE_TYPES = ("HAS_NODE", "INSTANCE_OF", "INCLUDES", "FLOWS", "FEEDS")


@contextmanager
def bulk_writer(store: Store) -> Iterator[CircuitWriter]:
    """Yield what writes circuits; the last of them are complete when this ends.

    The store must be open in this process as its owner.
    """
    completion = Completion(store)
    yield partial(_write_circuits, store, completion)
    completion.end()


def _write_circuits(store: Store, completion: Completion, circuits: Sequence[Circuit]) -> None:
    """Write those that are new by bulk import, and those that are there by replacing them over Bolt."""
    stored = set(
        store.read(
            "UNWIND $ids AS id MATCH (c:Circuit {id: id}) RETURN c.id AS id", {"ids": [each.id for each in circuits]}
        )["id"]
    )
    new = [each for each in circuits if each.id not in stored and fits(each)]
    with store.still():
        _write_subgraphs(store, new)
    completion.add(new)
    taken = {each.id for each in new}
    write_batch(store, circuits=[each for each in circuits if each.id not in taken])


def _write_subgraphs(store: Store, circuits: Sequence[Circuit]) -> None:
    database: Any = store.owned_database()
    _make_types(database)
    rows = subgraphs(circuits, group_sizes(store))
    batch = database._java_db.batch().withBatchSize(len(rows.flows) + 4 * len(rows.nodes) + 1).build()
    try:
        _fill(batch, circuits, rows, _components(database, {each.model_id for each in circuits}))
    finally:
        batch.close()


def _make_types(database: "Database") -> None:
    """Make the types that the first circuit over Bolt would make."""
    for name in EDGE_TYPES:
        database.command("sql", f"CREATE EDGE TYPE {name} IF NOT EXISTS")


def _components(database: "Database", models: Iterable[str]) -> dict[str, str]:
    """Return component id -> record id."""
    found = database.query(
        "sql", "SELECT id, @rid AS rid FROM Component WHERE model_id IN :models", {"models": [*models]}
    )
    return {row.get("id"): str(row.get("rid")) for row in found}


def _fill(batch: Any, circuits: Sequence[Circuit], rows: Subgraphs, places: dict[str, str]) -> None:
    """Write all nodes, and hand all edges to the batch; `places`: id -> record id, of components."""
    places |= _vertices(batch, "Circuit", [node_row("Circuit", each) for each in circuits])
    places |= _vertices(batch, "CircuitNode", [{each.name: row[each.name] for each in NODE} for row in rows.nodes])
    for kind, source, target, names in (
        ("HAS_NODE", "circuit_id", "id", ()),
        ("INSTANCE_OF", "id", "component_id", ()),
        ("INCLUDES", "circuit_id", "component_id", [each.name for each in INCLUDED]),
    ):
        _edges(
            batch, kind, [_edge(row, places[str(row[source])], places[str(row[target])], names) for row in rows.nodes]
        )
    for kind, ends, names in (("FLOWS", rows.flows, [each.name for each in FLOW]), ("FEEDS", rows.feeds, ())):
        _edges(batch, kind, [_edge(row, places[str(row["source"])], places[str(row["target"])], names) for row in ends])


def _edge(row: Row, source: str, target: str, names: Iterable[str]) -> dict[str, object]:
    return {"_src": source, "_dst": target, **{name: row[name] for name in names}}


def _vertices(batch: Any, kind: str, rows: Sequence[Row]) -> dict[Any, str]:
    """Write nodes; return id -> record id."""
    import jpype

    given = [{name: value for name, value in row.items() if value is not None} for row in rows]
    written = jpype.JClass("com.arcadedb.python.VertexBatcher").createVerticesJson(batch, kind, json.dumps(given))
    return dict(zip((row["id"] for row in rows), str(written).split(";"), strict=True)) if rows else {}


def _edges(batch: Any, kind: str, rows: Sequence[dict[str, object]]) -> None:
    import jpype

    if rows:
        jpype.JClass("com.arcadedb.python.EdgeBatcher").newEdgesJson(batch, kind, json.dumps(rows))
