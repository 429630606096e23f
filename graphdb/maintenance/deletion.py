"""Deletes a circuit, a run, a relation or a model with all that hangs on it.

In transactions of bounded size, each of which leaves a whole store and right summaries: an interrupted deletion is
repeated with the same command.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from graphdb.errors import unknown
from graphdb.maintenance.deletable import What
from graphdb.store import Store, Transaction
from graphdb.store.score_files import remove_scores
from graphdb.writing.removal import delete_subgraphs, remove_circuits
from graphdb.writing.stored_circuits import recalls_of
from graphdb.writing.summaries import Tally
from graphdb.writing.summary_writers import apply

CIRCUITS = 20
"""Circuits a transaction."""
NODES = 500
"""Other nodes a transaction."""


_LABELS = {
    What.CIRCUIT: ("Circuit", "RelationCircuit"),
    What.RUN: ("Run",),
    What.RELATION: ("Relation",),
    What.MODEL: ("Model",),
}
_CIRCUITS = {
    What.CIRCUIT: "MATCH (c:Circuit {id: $id})",
    What.RUN: "MATCH (:Run {id: $id})<-[:FROM_RUN]-(c:Circuit)",
    What.RELATION: "MATCH (:Relation {id: $id})<-[:OF_RELATION]-(:Fact)<-[:EXPLAINS]-(c:Circuit)",
    What.MODEL: "MATCH (:Model {id: $id})<-[:IN_MODEL]-(c:Circuit)",
}
_RELATION_CIRCUITS = {
    What.CIRCUIT: "MATCH (c:RelationCircuit {id: $id})",
    What.RELATION: "MATCH (:Relation {id: $id})<-[:EXPLAINS]-(c:RelationCircuit)",
    What.MODEL: "MATCH (:Model {id: $id})<-[:IN_MODEL]-(c:RelationCircuit)",
}
_RECALLS = {
    What.RELATION: "MATCH (:Relation {id: $id})<-[:OF_RELATION]-(:Fact)<-[:RECALLS]-(c:Recall)",
    What.MODEL: "MATCH (:Model {id: $id})<-[:BY_MODEL]-(c:Recall)",
}
_ATTEMPTS = {
    What.RELATION: "MATCH (:Relation {id: $id})<-[:OF_RELATION]-(:Fact)<-[:SOUGHT]-(c:Attempt)",
    What.MODEL: "MATCH (:Model {id: $id})<-[:IN_MODEL]-(c:Attempt)",
}
_HANGING = {
    "HeadRole": {
        What.RELATION: "MATCH (:Relation {id: $id})<-[:IN_RELATION]-(c:HeadRole)",
        What.MODEL: "MATCH (c:HeadRole {model_id: $id})",
    },
    "RoleCheck": {
        What.RELATION: "MATCH (:Relation {id: $id})<-[:IN_RELATION]-(c:RoleCheck)",
        What.MODEL: "MATCH (:Model {id: $id})<-[:IN_MODEL]-(c:RoleCheck)",
    },
    "FactLens": {
        What.RELATION: "MATCH (:Relation {id: $id})<-[:OF_RELATION]-(:Fact)<-[:OF_FACT]-(c:FactLens)",
        What.MODEL: "MATCH (:Model {id: $id})<-[:IN_MODEL]-(c:FactLens)",
    },
    "Demonstration": {
        What.RELATION: "MATCH (:Relation {id: $id})<-[:IN_RELATION]-(c:Demonstration)",
        What.MODEL: "MATCH (:Model {id: $id})<-[:IN_MODEL]-(c:Demonstration)",
    },
    "DemonstrationHead": {
        What.RELATION: "MATCH (:Relation {id: $id})<-[:IN_RELATION]-(c:DemonstrationHead)",
        What.MODEL: "MATCH (c:DemonstrationHead {model_id: $id})",
    },
    "Rival": {
        What.RELATION: "MATCH (:Relation {id: $id})<-[:OF_RELATION]-(:Fact)<-[:OF_FACT]-(c:Rival)",
        What.MODEL: "MATCH (:Model {id: $id})<-[:IN_MODEL]-(c:Rival)",
    },
    **{
        label: {
            What.RELATION: "MATCH (:Relation {id: $id})<-[:OF_RELATION]-(:Fact)<-[:OF_FACT]-(:Edit)<-[:OF_EDIT]-"
            f"(c:{label})",
            What.MODEL: f"MATCH (e:Edit)<-[:OF_EDIT]-(c:{label}) WHERE e.model_id = $id OR e.variant_id = $id",
        }
        for label in ("EditEffects", "EditChange", "EditCircuit", "EditAction", "EditLens")
    },
    "Edit": {
        What.RELATION: "MATCH (:Relation {id: $id})<-[:OF_RELATION]-(:Fact)<-[:OF_FACT]-(c:Edit)",
        What.MODEL: "MATCH (c:Edit) WHERE c.model_id = $id OR c.variant_id = $id",
    },
    "HopCheck": {
        What.RELATION: "MATCH (:Relation {id: $id})<-[:IN_RELATION]-(c:HopCheck)",
        What.MODEL: "MATCH (:Model {id: $id})<-[:IN_MODEL]-(c:HopCheck)",
    },
    "HopFact": {
        What.RELATION: "MATCH (:Relation {id: $id})<-[:OF_RELATION]-(:Fact)<-[:OF_FACT]-(c:HopFact)",
        What.MODEL: "MATCH (:Model {id: $id})<-[:IN_MODEL]-(c:HopFact)",
    },
}
"""Label of what is said of heads, facts, edits, demonstrations and two hops -> where it is found."""
_LATER = {
    What.CIRCUIT: (),
    What.RUN: (("Run", "MATCH (c:Run {id: $id})"),),
    What.RELATION: (
        ("Fact", "MATCH (:Relation {id: $id})<-[:OF_RELATION]-(c:Fact)"),
        ("Relation", "MATCH (c:Relation {id: $id})"),
    ),
    What.MODEL: (
        ("Run", "MATCH (:Model {id: $id})<-[:OF_MODEL]-(c:Run)"),
        ("Component", "MATCH (:Model {id: $id})<-[:IN_MODEL]-(c:Component)"),
        ("Model", "MATCH (c:Model {id: $id})"),
    ),
}
"""What goes last, what was named at the very end, so that a deletion can be repeated until it is done."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a deletion takes."""

    circuits: int = 0
    relation_circuits: int = 0
    nodes: int = 0
    """Nodes of the circuits."""
    edges: int = 0
    recalls: int = 0
    attempts: int = 0
    facts: int = 0
    runs: int = 0
    roles: int = 0
    """What is said of heads in relations, and what cutting them costs."""
    lenses: int = 0
    rivals: int = 0
    edits: int = 0
    hops: int = 0
    """What is said of two-hop relations and their facts."""
    demonstrations: int = 0
    """What demonstrations change in relations, and what heads do with them."""
    transfers: int = 0
    files: int = 0
    """Files of this machine: scores of circuits, changes of edits."""


def count(store: Store, what: What, name: str) -> Counts:
    """Return how much a deletion would take; UserError with the nearest ids where nothing has the name."""
    _require(store, what, name)
    circuits = store.read(f"{_CIRCUITS[what]} RETURN c.id AS id, c.artifact AS artifact", {"id": name})
    rules = _ids(store, _RELATION_CIRCUITS.get(what), name)
    sizes = [*_sizes(store, "Circuit", list(circuits["id"])), *_sizes(store, "RelationCircuit", rules)]
    changes = _changes(store, what, name)
    later = {label: len(_ids(store, select, name)) for label, select in _LATER[what]}
    return Counts(
        circuits=len(circuits),
        relation_circuits=len(rules),
        nodes=sum(nodes for nodes, _ in sizes),
        edges=sum(edges for _, edges in sizes),
        recalls=len(_ids(store, _RECALLS.get(what), name)),
        attempts=len(_ids(store, _ATTEMPTS.get(what), name)),
        facts=later.get("Fact", 0),
        runs=later.get("Run", 0),
        roles=sum(len(_ids(store, _HANGING[label].get(what), name)) for label in ("HeadRole", "RoleCheck")),
        lenses=len(_ids(store, _HANGING["FactLens"].get(what), name)),
        rivals=len(_ids(store, _HANGING["Rival"].get(what), name)),
        edits=len(_ids(store, _HANGING["Edit"].get(what), name)),
        hops=sum(len(_ids(store, _HANGING[label].get(what), name)) for label in ("HopCheck", "HopFact")),
        demonstrations=sum(
            len(_ids(store, _HANGING[label].get(what), name)) for label in ("Demonstration", "DemonstrationHead")
        ),
        transfers=_transfers(store, name, rules),
        files=sum((store.data_folder / each).is_file() for each in (*circuits["artifact"], *changes) if each),
    )


def delete(store: Store, what: What, name: str) -> None:
    """Delete what has this id, and all that hangs on it; UserError with the nearest ids where nothing has it."""
    _require(store, what, name)
    for ids in _batches(store, _CIRCUITS[what], name, CIRCUITS):
        remove_circuits(store, ids)
    for ids in _batches(store, _RELATION_CIRCUITS.get(what), name, CIRCUITS):
        store.transact(lambda transaction, ids=ids: delete_subgraphs(transaction, "RelationCircuit", ids))
    for ids in _batches(store, _RECALLS.get(what), name, NODES):
        store.transact(lambda transaction, ids=ids: _remove_recalls(transaction, ids))
    changes = _changes(store, what, name)
    hanging = (("Attempt", _ATTEMPTS.get(what)), *((label, selects.get(what)) for label, selects in _HANGING.items()))
    for label, select in (*hanging, *_LATER[what]):
        statement = f"UNWIND $rows AS row MATCH (n:{label} {{id: row.id}}) DETACH DELETE n"
        for ids in _batches(store, select, name, NODES):
            store.write([(statement, [{"id": each} for each in ids])])
    remove_scores(store.data_folder, changes)


def _changes(store: Store, what: What, name: str) -> list[str]:
    """Return the names of the files of the edits that a deletion takes."""
    select = _HANGING["Edit"].get(what)
    return list(store.read(f"{select} RETURN c.artifact AS artifact", {"id": name})["artifact"]) if select else []


def _require(store: Store, what: What, name: str) -> None:
    """Raise UserError with the nearest ids where nothing has the name."""
    for label in _LABELS[what]:
        if not store.read(f"MATCH (n:{label} {{id: $id}}) RETURN n.id AS id", {"id": name}).empty:
            return
    choices = [each for label in _LABELS[what] for each in _ids(store, f"MATCH (c:{label})", name)]
    raise unknown(str(what), name, choices)


def _ids(store: Store, select: str | None, name: str) -> list[str]:
    return list(store.read(f"{select} RETURN c.id AS id ORDER BY id", {"id": name})["id"]) if select else []


def _batches(store: Store, select: str | None, name: str, size: int) -> Iterator[list[str]]:
    ids = _ids(store, select, name)
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def _sizes(store: Store, label: str, ids: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield nodes and edges, a few circuits at a time."""
    nodes = f"UNWIND $ids AS id MATCH (:{label} {{id: id}})-[:HAS_NODE]->(n)"
    for start in range(0, len(ids), NODES):
        chunk = {"ids": list(ids[start : start + NODES])}
        edges = store.read(f"{nodes}-[e:FLOWS]->() RETURN count(e) AS n", chunk)
        yield int(store.read(f"{nodes} RETURN count(n) AS n", chunk)["n"][0]), int(edges["n"][0])


def _transfers(store: Store, name: str, rules: Sequence[str]) -> int:
    """Return how many relationships say how circuits of these ids, or any onto the relation of this name, transfer."""
    statement = (
        "MATCH (c:RelationCircuit)-[t:TRANSFERS]->(r:Relation) WHERE c.id IN $ids OR r.id = $name RETURN count(t) AS n"
    )
    return int(store.read(statement, {"ids": list(rules), "name": name})["n"][0])


def _remove_recalls(transaction: Transaction, ids: Sequence[str]) -> None:
    """Delete recalls, with what the summaries say of them."""
    gone = set(ids)
    named = transaction.read("UNWIND $ids AS id MATCH (k:Recall {id: id}) RETURN k.fact_id AS fact_id", ids=ids)
    before = recalls_of(transaction.read, (row["fact_id"] for row in named))
    tally = Tally()
    tally.count_recalls(before.values(), -1)
    tally.count_recalls(value for name, value in before.items() if name not in gone)
    rows = [{"id": each} for each in ids]
    transaction.write([("UNWIND $rows AS row MATCH (k:Recall {id: row.id}) DETACH DELETE k", rows)])
    apply(transaction, tally)
