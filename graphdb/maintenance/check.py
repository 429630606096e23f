"""Verifies a store: constraints, links, circuits, summaries, score files and runs; mends what follows from the rest.

It goes through the store a relation at a time, each in a transaction of its own, so that memory stays bounded and an
ingest can go on in between.
"""

from graphdb import schema
from graphdb.maintenance.check_circuits import check_circuits
from graphdb.maintenance.check_links import check_links
from graphdb.maintenance.check_roles import check_roles
from graphdb.maintenance.check_scores import check_scores
from graphdb.maintenance.findings import Finding, Findings
from graphdb.store import Store, Transaction
from graphdb.writing import rebuild

REBUILT = "rebuilt from the circuits"
OF = {**dict.fromkeys(rebuild.LABELS, ("relation_id", "Relation")), "ComponentSummary": ("component_id", "Component")}
"""Label of summaries -> the property that names what they are of, and its label."""


def check(store: Store, *, repair: bool = False) -> list[Finding]:
    """Return what is wrong with a store; with `repair`, what can be mended is mended."""
    found = Findings(repair)
    _check_constraints(store, found)
    check_links(store, found)
    for relation in ids_of(store, "Relation"):
        found.within(store, lambda transaction, found, name=relation: _check_relation(transaction, found, name))
    for model in ids_of(store, "Model"):
        found.within(store, lambda transaction, found, name=model: _check_components(transaction, found, name))
    found.within(store, _check_stale)
    check_scores(store, found)
    runs = store.read("MATCH (u:Run) WHERE u.ended = '' RETURN u.id AS id ORDER BY id")["id"]
    found.add("runs that never ended", runs, "the same `kcircuits ingest` goes on with it", mendable=False)
    return found.all()


def ids_of(store: Store, label: str) -> list[str]:
    """Return the ids of all nodes of a label that has few."""
    return list(store.read(f"MATCH (n:{label}) RETURN n.id AS id ORDER BY id")["id"])


def _check_constraints(store: Store, found: Findings) -> None:
    there = set(store.read("SHOW CONSTRAINTS YIELD name RETURN name")["name"])
    missing = [each for each in schema.NODES if each.constraint_name not in there]
    if found.add("constraints missing", (each.constraint_name for each in missing), "created"):
        store.define([each.constraint for each in missing])


def _check_relation(transaction: Transaction, found: Findings, relation: str) -> None:
    check_circuits(transaction, found, relation)
    check_roles(transaction, found, relation)
    wanted, stored = rebuild.expected(transaction.read, relation), rebuild.stored(transaction.read, relation)
    wrong = [name for label in wanted for name in rebuild.differing(wanted[label], stored[label])]
    if found.add("summaries wrong", wrong, REBUILT):
        rebuild.rebuild_relation(transaction, relation)


def _check_components(transaction: Transaction, found: Findings, model: str) -> None:
    wanted, stored = rebuild.expected_components, rebuild.stored_components
    wrong = rebuild.differing(wanted(transaction.read, model), stored(transaction.read, model))
    if found.add("summaries wrong", wrong, REBUILT):
        rebuild.rebuild_components(transaction, model)


def _check_stale(transaction: Transaction, found: Findings) -> None:
    """Find summaries of relations and components that are not there."""
    for label, (name, of) in OF.items():
        rows = transaction.read(
            f"MATCH (n:{label}) OPTIONAL MATCH (o:{of} {{id: n.{name}}}) WITH n, o WHERE o IS NULL RETURN n.id AS id"
        )
        if found.add("summaries of what is not there", (row["id"] for row in rows), "deleted"):
            transaction.write([(f"UNWIND $rows AS row MATCH (n:{label} {{id: row.id}}) DELETE n", rows)])
