"""Statements and rows that writers share: what the schema declares, and the own graph of a circuit."""

from collections import defaultdict
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from graphdb import schema
from graphdb.components import feeds
from graphdb.conditions.demonstrations import Demonstration, DemonstrationHead
from graphdb.conditions.edits import Edit, EditAction, EditChange, EditCircuit, EditEffects, EditLens
from graphdb.conditions.hops import HopCheck, HopFact
from graphdb.conditions.rivals import Rival
from graphdb.records import (
    Attempt,
    Circuit,
    Contrast,
    Fact,
    Model,
    NodePlaces,
    Recall,
    Relation,
    RelationCircuit,
    Run,
)
from graphdb.role_records import FactLens, HeadRole, RoleCheck
from graphdb.store.types import Row
from graphdb.writing.summaries import Part

AnyCircuit = Circuit | RelationCircuit
"""What has edges in one model: the circuit of a fact or of a relation."""


def circuit_parts(circuit: AnyCircuit) -> dict[str, Part]:
    """Component id -> its part in the circuit; the score is the sum of |weight| that it writes, or else reads."""
    written = defaultdict[str, list[float]](list)
    read = defaultdict[str, list[float]](list)
    for edge in circuit.edges:
        written[edge.source].append(abs(edge.weight))
        read[edge.target].append(abs(edge.weight))
    return {
        f"{circuit.model_id}/{name}": Part(sum(written[name] or read[name]), len(written[name]), len(read[name]))
        for name in dict.fromkeys([*read, *written])
    }


def node_rows(circuit: AnyCircuit) -> list[Row]:
    """One row a node of the circuit."""
    places = {each.component: each for each in circuit.places} if isinstance(circuit, Circuit) else {}
    return [
        {
            "id": f"{circuit.id}|{component_id}",
            "circuit_id": circuit.id,
            "component_id": component_id,
            "name": (name := component_id.removeprefix(f"{circuit.model_id}/")),
            **part._asdict(),
            "role": "",
            **_place_row(places.get(name)),
        }
        for component_id, part in circuit_parts(circuit).items()
    ]


def _place_row(places: NodePlaces | None) -> Row:
    parts = ("subject", "template", "last")
    row: Row = {f"at_{part}": getattr(places, part) if places else None for part in parts}
    return row | {"attention": list(places.attention) if places and places.attention else None}


class OwnGraph(NamedTuple):
    """The own graph of a circuit as rows. Edges have their ends as places in `nodes`."""

    nodes: list[Row]
    flows: list[tuple[int, int, str, str, float, int, int]]
    """After the ends, what the schema declares of FLOWS, in its order."""
    feeds: list[tuple[int, int]]
    """From each kv-head of the circuit to the heads of its group that are in it."""


def own_graph(circuit: AnyCircuit, group_size: int) -> OwnGraph:
    """Return the rows of a circuit's nodes and edges; `group_size`: heads that share a kv-head."""
    nodes = node_rows(circuit)
    places = {str(row["name"]): place for place, row in enumerate(nodes)}
    flows = [
        (places[edge.source], places[edge.target], edge.id, edge.channel, edge.weight, edge.rank, edge.search_rank)
        for edge in circuit.edges
    ]
    ends = ((edge.source, edge.target, edge.channel) for edge in circuit.edges)
    return OwnGraph(nodes, flows, [(places[kv], places[head]) for kv, head in feeds(ends, group_size)])


AnyRecord = (
    Model
    | Relation
    | Fact
    | Recall
    | Contrast
    | Attempt
    | Run
    | AnyCircuit
    | HeadRole
    | RoleCheck
    | FactLens
    | Rival
    | Edit
    | EditEffects
    | EditChange
    | EditCircuit
    | EditAction
    | EditLens
    | HopCheck
    | HopFact
    | Demonstration
    | DemonstrationHead
)


def node_row(label: str, record: AnyRecord) -> dict[str, object]:
    """Return the properties that the schema declares for the label, as the record has them."""
    return {each.name: _plain(getattr(record, each.name)) for each in schema.node(label).properties}


def _plain(value: object) -> object:
    """Return a value as drivers take it: a list for a tuple, a text for one of an enumeration."""
    if isinstance(value, tuple):
        return list(value)
    return value.value if isinstance(value, StrEnum) else value


def pair(source: object, target: object, **properties: object) -> dict[str, object]:
    """The row of a relationship: the ids of its ends, and its properties."""
    return {"source": source, "target": target, **properties}


def merge(label: str, kind: str = "") -> str:
    """The statement that makes nodes or replaces their properties."""
    labels = f"{label}:{kind}" if kind else label
    return f"UNWIND $rows AS row MERGE (n:{labels} {{id: row.id}}) SET n += row"


def link(source: str, kind: str, target: str) -> str:
    """The statement that relates nodes that may be related already."""
    return f"{_ends(source, target)} MERGE (a)-[:{kind}]->(b)"


def create(source: str, kind: str, target: str) -> str:
    """The statement that relates nodes that are not, with the properties that the schema declares."""
    declared = schema.relationship(source, kind, target).properties
    return f"{_ends(source, target)} CREATE (a)-[:{kind} {from_row(declared)}]->(b)"


def from_row(properties: Iterable[schema.Property]) -> str:
    """The map that takes properties from a statement's row."""
    return "{" + ", ".join(f"{each.name}: row.{each.name}" for each in properties) + "}"


def _ends(source: str, target: str) -> str:
    return f"UNWIND $rows AS row MATCH (a:{source} {{id: row.source}}) MATCH (b:{target} {{id: row.target}})"
