"""Takes circuits out of a store, with what the summaries say of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from graphdb.store import Store, Transaction
from graphdb.store.score_files import remove_scores
from graphdb.writing.stored_circuits import circuits_of
from graphdb.writing.summaries import Counted, Tally
from graphdb.writing.summary_writers import apply

_NAMED = (
    "UNWIND $ids AS id MATCH (c:Circuit {id: id}) "
    "RETURN c.fact_id AS fact_id, c.model_id AS model_id, c.contrast_id AS contrast_id, c.artifact AS artifact"
)
_LEFT = "UNWIND $rows AS row MATCH (x:Contrast {id: row.id}) WHERE NOT (x)<-[:OF_CONTRAST]-() DETACH DELETE x"


@dataclass(frozen=True, slots=True)
class Replaced:
    """What circuits that are gone had named."""

    files: tuple[str, ...]
    """Names of their score files."""
    contrasts: tuple[str, ...]
    """Ids of their contrasts."""


def remove_circuits(store: Store, ids: Sequence[str]) -> None:
    """Delete circuits of facts in one transaction, and then their score files. Ids of no circuit are passed over."""

    def work(transaction: Transaction) -> Replaced:
        tally = Tally()
        replaced = replace_circuits(transaction, ids, [], tally)
        remove_contrasts(transaction, replaced.contrasts)
        apply(transaction, tally)
        return replaced

    with store.writing():
        remove_scores(store.data_folder, store.transact(work).files)


def replace_circuits(transaction: Transaction, ids: Sequence[str], new: Sequence[Counted], tally: Tally) -> Replaced:
    """Delete the circuits of facts of these ids and tally what that and the new ones change; write none of those.

    Ids of no circuit are passed over, so it is safe to repeat. Contrasts stay, see `remove_contrasts`.
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
    return Replaced(
        tuple(row["artifact"] for row in named if row["artifact"]), tuple({row["contrast_id"] for row in named})
    )


def remove_contrasts(transaction: Transaction, ids: Iterable[str]) -> None:
    """Delete those of these contrasts that no circuit explains any more."""
    transaction.write([(_LEFT, [{"id": each} for each in sorted(ids)])])


def delete_subgraphs(transaction: Transaction, label: str, ids: Sequence[str]) -> None:
    """Delete circuits of a label with their own nodes and edges."""
    rows = [{"id": each} for each in ids]
    transaction.write(
        [
            (f"UNWIND $rows AS row MATCH (:{label} {{id: row.id}})-[:HAS_NODE]->(n) DETACH DELETE n", rows),
            (f"UNWIND $rows AS row MATCH (c:{label} {{id: row.id}}) DETACH DELETE c", rows),
        ]
    )
