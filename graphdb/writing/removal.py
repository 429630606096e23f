"""Takes circuits out of a store, with what the summaries say of them."""

from collections.abc import Sequence

from graphdb.store import Store, Transaction
from graphdb.store.score_files import remove_scores
from graphdb.writing.stored_circuits import circuits_of
from graphdb.writing.summaries import Counted, Tally
from graphdb.writing.summary_writers import apply

_NAMED = (
    "UNWIND $ids AS id MATCH (c:Circuit {id: id}) "
    "RETURN c.fact_id AS fact_id, c.model_id AS model_id, c.artifact AS artifact"
)


def remove_circuits(store: Store, ids: Sequence[str]) -> None:
    """Delete circuits of facts in one transaction, and then their score files. Ids of no circuit are passed over."""

    def work(transaction: Transaction) -> list[str]:
        tally = Tally()
        files = replace_circuits(transaction, ids, [], tally)
        apply(transaction, tally)
        return files

    with store.writing():
        remove_scores(store.data_folder, store.transact(work))


def replace_circuits(transaction: Transaction, ids: Sequence[str], new: Sequence[Counted], tally: Tally) -> list[str]:
    """Delete the circuits of facts of these ids and tally what that and the new ones change; write none of those.

    Ids of no circuit are passed over, so it is safe to repeat. Returns the names of the score files that were named.
    """
    named = transaction.read(_NAMED, ids=ids)
    gone = set(ids)
    facts = [*(row["fact_id"] for row in named), *(each.fact_id for each in new)]
    # What a component serves in other models stays as it is: their parts cancel, and need not be read.
    models = {*(row["model_id"] for row in named), *(each.model_id for each in new)}
    before = circuits_of(transaction.read, facts, models)
    tally.count(before, -1)
    tally.count([*(each for each in before if each.id not in gone), *new])
    if named:
        delete_subgraphs(transaction, "Circuit", ids)
    return [row["artifact"] for row in named if row["artifact"]]


def delete_subgraphs(transaction: Transaction, label: str, ids: Sequence[str]) -> None:
    """Delete circuits of a label with their own nodes and edges."""
    rows = [{"id": each} for each in ids]
    transaction.write(
        [
            (f"UNWIND $rows AS row MATCH (:{label} {{id: row.id}})-[:HAS_NODE]->(n) DETACH DELETE n", rows),
            (f"UNWIND $rows AS row MATCH (c:{label} {{id: row.id}}) DETACH DELETE c", rows),
        ]
    )
