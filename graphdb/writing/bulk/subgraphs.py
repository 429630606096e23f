"""Circuits' own nodes and edges as rows, for the bulk imports of both engines."""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from graphdb import schema
from graphdb.records import Circuit
from graphdb.store.types import Row
from graphdb.writing.statements import edge_row, feed_rows, node_rows

NODE = schema.node("CircuitNode").properties
INCLUDED = schema.relationship("Circuit", "INCLUDES", "Component").properties
FLOW = schema.relationship("CircuitNode", "FLOWS", "CircuitNode").properties


class Subgraphs(NamedTuple):
    """Rows as `graphdb.writing.statements` has them: ends by the ids of their nodes."""

    nodes: list[Row]
    flows: list[Row]
    feeds: list[Row]


def subgraphs(circuits: Iterable[Circuit], group_sizes: dict[str, int]) -> Subgraphs:
    """Return the rows of circuits; `group_sizes` as `graphdb.writing.writers.group_sizes`."""
    rows = Subgraphs([], [], [])
    for each in circuits:
        rows.nodes.extend(node_rows(each))
        rows.flows.extend(edge_row(each, edge) for edge in each.edges)
        rows.feeds.extend(feed_rows(each, group_sizes[each.model_id]))
    return rows


def fits(circuit: Circuit) -> bool:
    """Whether files and JSON can carry the circuit: a sum of weights may have left the finite numbers."""
    return math.isfinite(sum(abs(edge.weight) for edge in circuit.edges))


def values(row: Row, properties: Sequence[schema.Property]) -> Iterator[object]:
    """Yield what the row holds of these properties; a list as the text that Neo4j's files have it."""
    return (_text(row[each.name]) for each in properties)


def _text(value: object) -> object:
    return ";".join(map(repr, value)) if isinstance(value, list) else value
