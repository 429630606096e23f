"""Finds nodes that lack a link: to the one node that they name, or circuits' nodes to a circuit."""

from graphdb import schema
from graphdb.maintenance.findings import Findings
from graphdb.schema.declarations import Relationship
from graphdb.store import Store, Transaction
from graphdb.writing.removal import delete_subgraphs, remove_circuits
from graphdb.writing.statements import pair

NODES = 500
"""Nodes a transaction."""
CIRCUITS = 20
RELINKED = "linked again, or deleted where what it names is not there"


def check_links(store: Store, found: Findings) -> None:
    """Find, in the order in which one follows from another, what is not linked as the schema says."""
    for each in schema.RELATIONSHIPS:
        if each.key:
            _check(store, found, each)
    for label, link, what in (("CircuitNode", "HAS_NODE", "nodes"), ("Contrast", "OF_CONTRAST", "contrasts")):
        orphans = _ids(store, f"MATCH (n:{label}) WHERE NOT (n)<-[:{link}]-() RETURN n.id AS id")
        if found.add(f"{what} of no circuit", orphans, "deleted"):
            _delete(store, label, orphans)


def _check(store: Store, found: Findings, link: Relationship) -> None:
    """Find the sources that lack the link to the one target that they name."""
    loose = _loose(store, link)
    if found.add(f"{link.source} without {link.target}", loose, RELINKED):
        for start in range(0, len(loose), NODES):
            chunk = loose[start : start + NODES]
            store.transact(lambda transaction, chunk=chunk: _relink(transaction, link, chunk))
        _delete(store, link.source, _loose(store, link))


def _loose(store: Store, link: Relationship) -> list[str]:
    return _ids(
        store,
        f"MATCH (n:{link.source}) WHERE NOT (n)-[:{link.type}]->(:{link.target}) RETURN n.id AS id",
    )


def _ids(store: Store, statement: str) -> list[str]:
    return sorted(store.read(statement)["id"])


def _relink(transaction: Transaction, link: Relationship, ids: list[str]) -> None:
    named = transaction.read(
        f"UNWIND $ids AS id MATCH (n:{link.source} {{id: id}}) RETURN id, n.{link.key} AS target", ids=ids
    )
    statement = (
        f"UNWIND $rows AS row MATCH (a:{link.source} {{id: row.source}}) MATCH (b:{link.target} {{id: row.target}}) "
        f"MERGE (a)-[:{link.type}]->(b)"
    )
    transaction.write([(statement, [pair(row["id"], row["target"]) for row in named if row["target"] is not None])])


def _delete(store: Store, label: str, ids: list[str]) -> None:
    """Delete nodes with what is theirs alone."""
    size = CIRCUITS if label.endswith("Circuit") else NODES
    for start in range(0, len(ids), size):
        chunk = ids[start : start + size]
        if label == "Circuit":
            remove_circuits(store, chunk)
        elif label == "RelationCircuit":
            store.transact(lambda transaction, chunk=chunk: delete_subgraphs(transaction, label, chunk))
        else:
            rows = [{"id": each} for each in chunk]
            store.write([(f"UNWIND $rows AS row MATCH (n:{label} {{id: row.id}}) DETACH DELETE n", rows)])
