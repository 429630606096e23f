"""Writes the circuits of relations, and how they carry the facts of each other."""

from collections.abc import Sequence
from dataclasses import asdict

from graphdb.records import RelationCircuit
from graphdb.store import Store, Transaction
from graphdb.writing.removal import delete_subgraphs
from graphdb.writing.statements import create, node_row, pair
from graphdb.writing.subgraph_writers import write_subgraphs
from graphdb.writing.writers import group_sizes

LABEL = "RelationCircuit"


def write_relation_circuits(store: Store, circuits: Sequence[RelationCircuit]) -> None:
    """Write circuits of relations in one transaction: all of them are there whole, or none.

    Their model and all relations they are judged on must be there. A circuit that is there is replaced.
    """
    sizes = group_sizes(store)
    transfers = [pair(each.id, row.relation_id, **asdict(row)) for each in circuits for row in each.transfers]
    statements = [
        (f"UNWIND $rows AS row CREATE (n:{LABEL}) SET n = row", [node_row(LABEL, each) for each in circuits]),
        (create(LABEL, "EXPLAINS", "Relation"), [pair(each.id, each.relation_id) for each in circuits]),
        (create(LABEL, "IN_MODEL", "Model"), [pair(each.id, each.model_id) for each in circuits]),
        (create(LABEL, "TRANSFERS", "Relation"), transfers),
    ]

    def work(transaction: Transaction) -> None:
        delete_subgraphs(transaction, LABEL, [each.id for each in circuits])
        transaction.write(statements)
        write_subgraphs(transaction, LABEL, circuits, sizes)

    store.transact(work)
