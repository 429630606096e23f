"""Completes circuits whose own nodes and edges a bulk import has written."""

from collections.abc import Sequence
from dataclasses import replace

from graphdb.records import Circuit
from graphdb.store import Store, Transaction
from graphdb.writing.removal import replace_circuits
from graphdb.writing.role_writers import mark_circuits
from graphdb.writing.statements import node_row
from graphdb.writing.summaries import Counted, Tally
from graphdb.writing.summary_writers import apply
from graphdb.writing.writers import circuit_links, counted

TOGETHER = 2_000
"""Circuits of a transaction: what many add to the summaries costs hardly more to write than what a few add."""
_WAITING = (
    "UNWIND $ids AS id MATCH (c:Circuit {id: id}) WHERE NOT (c)-[:EXPLAINS]->(:Fact) RETURN c.id AS id ORDER BY id"
)


class Completion:
    """Gives circuits their properties, fact, model and run, and counts them in the summaries, many at a time.

    Until then they explain no fact, so no summary holds them: an import that ended in between is repeated, and finds
    them as circuits to replace.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting = dict[str, tuple[Circuit, Counted]]()
        """By circuit id; without their edges."""

    def add(self, circuits: Sequence[Circuit]) -> None:
        """Take circuits in, and complete those that wait when they are many."""
        self._waiting |= {each.id: (replace(each, edges=()), counted(each)) for each in circuits}
        if len(self._waiting) >= TOGETHER:
            self.end()

    def end(self) -> None:
        """Complete all that wait, in one transaction; those that are complete already are passed over."""
        if self._waiting:
            self._store.transact(self._complete)
            self._waiting.clear()

    def _complete(self, transaction: Transaction) -> None:
        new = [self._waiting[row["id"]] for row in transaction.read(_WAITING, ids=list(self._waiting))]
        circuits, tally = [each for each, _ in new], Tally()
        replace_circuits(transaction, [], [each for _, each in new], tally)
        rows = [node_row("Circuit", each) for each in circuits]
        transaction.write([("UNWIND $rows AS row MATCH (n:Circuit {id: row.id}) SET n = row", rows)])
        transaction.write(circuit_links(circuits))
        mark_circuits(transaction, circuits)
        apply(transaction, tally)
