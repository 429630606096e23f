"""Completes circuits whose own nodes and edges a bulk road has written."""

from collections.abc import Sequence

from graphdb.records import Circuit
from graphdb.removal import replace_circuits
from graphdb.statements import create, node_row, pair
from graphdb.store import Store, Transaction
from graphdb.summaries import Tally
from graphdb.summary_writers import apply
from graphdb.writers import counted

_WAITING = (
    "UNWIND $ids AS id MATCH (c:Circuit {id: id}) WHERE NOT (c)-[:EXPLAINS]->(:Fact) RETURN c.id AS id ORDER BY id"
)


def complete(store: Store, circuits: Sequence[Circuit]) -> None:
    """Give circuits their properties, fact, model and run, and count them in the summaries, in one transaction.

    Until then they explain no fact, so no summary holds them: an import that ended in between is repeated, and finds
    them as circuits to replace. Those that are complete are passed over.
    """

    def work(transaction: Transaction) -> None:
        waiting = {row["id"] for row in transaction.read(_WAITING, ids=[each.id for each in circuits])}
        new = [each for each in circuits if each.id in waiting]
        tally = Tally()
        replace_circuits(transaction, [], [counted(each) for each in new], tally)
        transaction.write(
            [
                (
                    "UNWIND $rows AS row MATCH (n:Circuit {id: row.id}) SET n = row",
                    [node_row("Circuit", each) for each in new],
                ),
                (create("Circuit", "EXPLAINS", "Fact"), [pair(each.id, each.fact_id) for each in new]),
                (create("Circuit", "IN_MODEL", "Model"), [pair(each.id, each.model_id) for each in new]),
                (create("Circuit", "FROM_RUN", "Run"), [pair(each.id, each.run_id) for each in new]),
            ]
        )
        apply(transaction, tally)

    if circuits:
        store.transact(work)
