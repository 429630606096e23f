"""Writes the own graphs of circuits: their nodes, and the edges between those."""

from collections.abc import Mapping, Sequence

from graphdb import schema
from graphdb.store import Transaction
from graphdb.store.types import Row
from graphdb.writing.statements import AnyCircuit, create, from_row, own_graph, pair

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
    rest, feeds = list[Row](), list[Row]()
    for each in circuits:
        nodes, flows, fed = own_graph(each, group_sizes[each.model_id])
        ids, names, edges = [row["id"] for row in nodes], [row["name"] for row in nodes], flows[:BY_PLACE]
        (row,) = transaction.read(_statement(label), circuit=each.id, nodes=nodes, names=names, edges=edges)
        assert row["written"] == len(edges), f"{each.id}: {row['written']} of {len(edges)} edges have both their ends"
        rest += [
            pair(ids[source], ids[target], **dict(zip(_EDGE, values, strict=True)))
            for source, target, *values in flows[BY_PLACE:]
        ]
        feeds += [pair(ids[kv], ids[head]) for kv, head in fed]
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
