"""The embedded engine's bulk import: its graph batch, in the process that owns the store."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any

from graphdb.records import Circuit
from graphdb.store import Store
from graphdb.store.types import Row
from graphdb.writing.bulk.completion import Completion
from graphdb.writing.bulk.subgraphs import FLOW, INCLUDED, NODE, fits
from graphdb.writing.statements import OwnGraph, node_row, own_graph
from graphdb.writing.writers import CircuitWriter, group_sizes, write_batch

if TYPE_CHECKING:
    from arcadedb_embedded import Database

EDGE_TYPES = ("HAS_NODE", "INSTANCE_OF", "INCLUDES", "FLOWS", "FEEDS")
_NODE = tuple(each.name for each in NODE)
_INCLUDED = tuple(each.name for each in INCLUDED)
_FLOW = ("_src", "_dst", *(each.name for each in FLOW))


@contextmanager
def bulk_writer(store: Store) -> Iterator[CircuitWriter]:
    """Yield what writes circuits; the last of them are complete when this ends.

    The store must be open in this process as its owner.
    """
    completion = Completion(store)
    yield _Import(store, completion).write
    completion.end()


class _Import:
    """Writes circuits, and remembers where the components of their models are."""

    def __init__(self, store: Store, completion: Completion) -> None:
        self._store, self._completion = store, completion
        self._components: dict[str, dict[str, str]] = {}
        """Model id -> component id -> record id."""

    def write(self, circuits: Sequence[Circuit]) -> None:
        """Write those that are new by bulk import, and those that are there by replacing them over Bolt."""
        ids = [each.id for each in circuits]
        found = self._store.read("UNWIND $ids AS id MATCH (c:Circuit {id: id}) RETURN c.id AS id", {"ids": ids})
        stored = set(found["id"])
        new = [each for each in circuits if each.id not in stored and fits(each)]
        with self._store.still():
            self._subgraphs(new)
        self._completion.add(new)
        taken = {each.id for each in new}
        write_batch(self._store, circuits=[each for each in circuits if each.id not in taken])

    def _subgraphs(self, circuits: Sequence[Circuit]) -> None:
        database: Any = self._store.owned_database()
        _make_types(database)
        for model_id in {each.model_id for each in circuits} - self._components.keys():
            self._components[model_id] = _components(database, model_id)
        sizes = group_sizes(self._store)
        graphs = [own_graph(each, sizes[each.model_id]) for each in circuits]
        most = sum(len(each.flows) + 4 * len(each.nodes) for each in graphs) + 1
        batch = database._java_db.batch().withBatchSize(most).build()
        try:
            _fill(batch, circuits, graphs, self._components)
        finally:
            batch.close()


def _make_types(database: "Database") -> None:
    """Make the types that the first circuit over Bolt would make."""
    for name in EDGE_TYPES:
        database.command("sql", f"CREATE EDGE TYPE {name} IF NOT EXISTS")


def _components(database: "Database", model_id: str) -> dict[str, str]:
    """Return component id -> record id."""
    found = database.query("sql", "SELECT id, @rid AS rid FROM Component WHERE model_id = :model", {"model": model_id})
    return {row.get("id"): str(row.get("rid")) for row in found}


def _fill(
    batch: Any, circuits: Sequence[Circuit], graphs: Sequence[OwnGraph], components: Mapping[str, dict[str, str]]
) -> None:
    """Write all nodes, and hand all edges to the batch."""
    owners = _vertices(batch, "Circuit", (node_row("Circuit", each) for each in circuits))
    own_nodes = ({name: row[name] for name in _NODE} for each in graphs for row in each.nodes)
    nodes = iter(_vertices(batch, "CircuitNode", own_nodes))
    rows = {kind: list[Row]() for kind in ("INCLUDES", "FLOWS")}
    plain = {kind: list[tuple[str, str]]() for kind in ("HAS_NODE", "INSTANCE_OF", "FEEDS")}
    for circuit, graph, owner in zip(circuits, graphs, owners, strict=True):
        own = list(islice(nodes, len(graph.nodes)))
        parts = [components[circuit.model_id][str(row["component_id"])] for row in graph.nodes]
        plain["HAS_NODE"] += ((owner, node) for node in own)
        plain["INSTANCE_OF"] += zip(own, parts, strict=True)
        plain["FEEDS"] += ((own[kv], own[head]) for kv, head in graph.feeds)
        rows["INCLUDES"] += (
            {"_src": owner, "_dst": part, **{name: row[name] for name in _INCLUDED}}
            for part, row in zip(parts, graph.nodes, strict=True)
        )
        rows["FLOWS"] += (
            dict(zip(_FLOW, (own[source], own[target], *values), strict=True))
            for source, target, *values in graph.flows
        )
    for kind, ends in plain.items():
        _plain_edges(batch, kind, ends)
    for kind, edges in rows.items():
        _edges(batch, kind, edges)


def _vertices(batch: Any, kind: str, rows: Iterable[Row]) -> list[str]:
    """Write nodes; return their record ids."""
    import jpype

    given = [{name: value for name, value in row.items() if value is not None} for row in rows]
    written = jpype.JClass("com.arcadedb.python.VertexBatcher").createVerticesJson(batch, kind, json.dumps(given))
    return str(written).split(";") if given else []


def _plain_edges(batch: Any, kind: str, ends: Sequence[tuple[str, str]]) -> None:
    """Hand edges without properties to the batch."""
    import jpype

    if ends:
        sources, targets = (";".join(each) for each in zip(*ends, strict=True))
        jpype.JClass("com.arcadedb.python.EdgeBatcher").newEdgesJoined(batch, sources, kind, targets)


def _edges(batch: Any, kind: str, rows: Sequence[Row]) -> None:
    """Hand edges with their properties to the batch."""
    import jpype

    if rows:
        jpype.JClass("com.arcadedb.python.EdgeBatcher").newEdgesJson(batch, kind, json.dumps(rows))
