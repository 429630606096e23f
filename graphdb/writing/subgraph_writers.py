"""Writes the own graphs of circuits: their nodes, and the edges between those."""

from collections.abc import Mapping, Sequence

from graphdb import schema
from graphdb.store import Transaction
from graphdb.writing.statements import AnyCircuit, create, edge_row, feed_rows, from_row, node_rows

BY_PLACE = 20_000
"""Edges of a circuit that one statement holds, some 2 MB of the 16 of a message; the rest find their ends by id."""
_EDGE = tuple(each.name for each in schema.relationship("CircuitNode", "FLOWS", "CircuitNode").properties)
"""What follows the places of an edge's ends in its row: a list takes less of Bolt than a map."""


def write_subgraphs(
    transaction: Transaction, label: str, circuits: Sequence[AnyCircuit], group_sizes: Mapping[str, int]
) -> None:
    """Write the nodes and edges of circuits that are there without; their components must be there.

    A statement for each circuit holds its nodes in a list, so that edges find their ends by place: in half the time
    that an index takes for each end. It makes no edge unless every node is in its place, in the order of the rows.
    """
    for each in circuits:
        nodes = node_rows(each)
        places = {row["name"]: place for place, row in enumerate(nodes)}
        edges = [
            [
                *(places[edge.source], places[edge.target], edge.id),
                *(edge.channel, edge.weight, edge.rank, edge.search_rank),
            ]
            for edge in each.edges[:BY_PLACE]
        ]
        (row,) = transaction.read(_statement(label), circuit=each.id, nodes=nodes, names=list(places), edges=edges)
        assert row["written"] == len(edges), f"{each.id}: {row['written']} of {len(edges)} edges have both their ends"
    rest = [edge_row(each, edge) for each in circuits for edge in each.edges[BY_PLACE:]]
    feeds = [row for each in circuits for row in feed_rows(each, group_sizes[each.model_id])]
    between = ("FLOWS", rest), ("FEEDS", feeds)
    transaction.write([(create("CircuitNode", kind, "CircuitNode"), rows) for kind, rows in between])


def _statement(label: str) -> str:
    node = from_row(schema.node("CircuitNode").properties)
    edge = ", ".join(f"{name}: edge[{place}]" for place, name in enumerate(_EDGE, start=2))
    return (
        f"MATCH (c:{label} {{id: $circuit}}) UNWIND $nodes AS row MATCH (k:Component {{id: row.component_id}}) "
        f"CREATE (c)-[:HAS_NODE]->(n:CircuitNode {node})-[:INSTANCE_OF]->(k) {_included(label)}"
        "WITH collect(n) AS nodes WHERE [n IN nodes | n.name] = $names "
        "UNWIND $edges AS edge WITH edge, nodes[edge[0]] AS source, nodes[edge[1]] AS target "
        f"CREATE (source)-[:FLOWS {{{edge}}}]->(target) RETURN count(*) AS written"
    )


def _included(label: str) -> str:
    """The shortcut past the node, which the circuits of facts have."""
    if label != "Circuit":
        return ""
    return f"CREATE (c)-[:INCLUDES {from_row(schema.relationship(label, 'INCLUDES', 'Component').properties)}]->(k) "
