"""Finds circuits whose stored nodes and edges are not what the circuit says of them."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from graphdb import schema
from graphdb.components import n_nodes
from graphdb.maintenance.findings import Findings
from graphdb.store import Transaction
from graphdb.writing.stored_circuits import Read, parts_of
from graphdb.writing.summaries import Part

CIRCUITS = 50
"""Circuits that are read at once."""
AGAIN = "ingest the fact again"

_SELECT = {
    "Circuit": "MATCH (:Relation {id: $relation})<-[:OF_RELATION]-(:Fact)<-[:EXPLAINS]-(c:Circuit)",
    "RelationCircuit": "MATCH (:Relation {id: $relation})<-[:EXPLAINS]-(c:RelationCircuit)",
}
_ACROSS = (
    "UNWIND $rows AS row MATCH (:{label} {{id: row.id}})-[:HAS_NODE]->(n)-[e:FLOWS|FEEDS]-(m) "
    "WHERE m.circuit_id <> row.id DELETE e"
)


@dataclass(slots=True)
class Graph:
    """The graph of a circuit, as it is stored."""

    scores: dict[str, float] = field(default_factory=dict)
    """Component id -> score of its node."""
    out: Counter[str] = field(default_factory=Counter)
    into: Counter[str] = field(default_factory=Counter)
    """Component id -> edges of the circuit that leave it, that reach it."""
    across: bool = False
    """Whether an edge joins it to another circuit."""

    def parts(self) -> dict[str, Part]:
        """Component id -> its part in the circuit."""
        return {name: Part(score, self.out[name], self.into[name]) for name, score in self.scores.items()}

    def size(self, *, kv_heads: bool) -> tuple[int, int]:
        """Edges and nodes, kv-heads counted or not."""
        names = [component.rpartition("/")[2] for component in self.scores]
        return self.out.total(), len(names) if kv_heads else n_nodes(names)


def check_circuits(transaction: Transaction, found: Findings, relation: str) -> None:
    """Check the circuits of a relation and of its facts."""
    for label, select in _SELECT.items():
        statement = f"{select} RETURN c.id AS id, c.n_edges AS n_edges, c.n_nodes AS n_nodes ORDER BY id"
        circuits = transaction.read(statement, relation=relation)
        for start in range(0, len(circuits), CIRCUITS):
            _check(transaction, found, label, circuits[start : start + CIRCUITS])


def _check(transaction: Transaction, found: Findings, label: str, circuits: list[dict[str, Any]]) -> None:
    ids = [row["id"] for row in circuits]
    graphs = graphs_of(transaction.read, label, ids)
    across = [name for name in ids if graphs[name].across]
    if found.add("edges between circuits", across, "deleted"):
        transaction.write([(_ACROSS.format(label=label), [{"id": name} for name in across])])
    kv_heads = label == "RelationCircuit"
    sizes = {row["id"]: (row["n_edges"], row["n_nodes"]) for row in circuits}
    damaged = [name for name in ids if graphs[name].size(kv_heads=kv_heads) != sizes[name]]
    found.add(f"{label} with other edges or nodes than it says", damaged, AGAIN, mendable=False)
    if damaged and found.repair and label == "Circuit":
        forget(transaction, damaged)
    if label == "Circuit":
        _check_shortcuts(transaction, found, {name: graphs[name].parts() for name in ids})


def forget(transaction: Transaction, ids: list[str]) -> None:
    """Let the next ingest find circuits anew: it passes over those whose fingerprint stands."""
    statement = "UNWIND $rows AS row MATCH (c:Circuit {id: row.id}) SET c.fingerprint = ''"
    transaction.write([(statement, [{"id": each} for each in ids])])


def graphs_of(read: Read, label: str, ids: list[str]) -> dict[str, Graph]:
    """Return circuit id -> its graph; an empty one for a circuit without nodes."""
    graphs = defaultdict[str, Graph](Graph)
    nodes = f"UNWIND $ids AS id MATCH (:{label} {{id: id}})-[:HAS_NODE]->(n:CircuitNode)"
    for row in read(f"{nodes} RETURN id, n.component_id AS component, n.score AS score", ids=ids):
        graphs[row["id"]].scores[row["component"]] = row["score"]
    for pattern, direction in (("(n)-[:FLOWS]->(m)", "out"), ("(n)<-[:FLOWS]-(m)", "into")):
        rows = read(
            f"{nodes} MATCH {pattern} RETURN id, n.component_id AS component, m.circuit_id = id AS own, count(*) AS n",
            ids=ids,
        )
        for row in rows:
            graph = graphs[row["id"]]
            graph.across |= not row["own"]
            getattr(graph, direction)[row["component"]] += row["n"] if row["own"] else 0
    return graphs


def _check_shortcuts(transaction: Transaction, found: Findings, wanted: dict[str, dict[str, Part]]) -> None:
    """Check the shortcuts from circuits to the components that they hold."""
    included = parts_of(transaction.read, list(wanted))
    wrong = [name for name, parts in wanted.items() if included.get(name, {}) != parts]
    if found.add("shortcuts to components wrong", wrong, "made anew from the circuit's nodes"):
        write_shortcuts(transaction, {name: wanted[name] for name in wrong})


def write_shortcuts(transaction: Transaction, wanted: dict[str, dict[str, Part]]) -> None:
    """Replace the shortcuts from circuits to the components that they hold."""
    names = [each.name for each in schema.relationship("Circuit", "INCLUDES", "Component").properties]
    properties = ", ".join(f"{name}: row.{name}" for name in names)
    create = (
        "UNWIND $rows AS row MATCH (c:Circuit {id: row.id}) MATCH (k:Component {id: row.component_id}) "
        f"CREATE (c)-[:INCLUDES {{{properties}}}]->(k)"
    )
    rows = [
        {"id": name, "component_id": component, **part._asdict()}
        for name, parts in wanted.items()
        for component, part in parts.items()
    ]
    delete = "UNWIND $rows AS row MATCH (:Circuit {id: row.id})-[i:INCLUDES]->() DELETE i"
    transaction.write([(delete, [{"id": name} for name in wanted]), (create, rows)])
