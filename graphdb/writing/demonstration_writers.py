"""Writes what demonstrations change in relations, and what heads do with them."""

from collections.abc import Sequence

from graphdb.conditions.demonstrations import Demonstration, DemonstrationHead
from graphdb.store import Store
from graphdb.store.types import Statement
from graphdb.writing.statements import link, merge, node_row, pair

_REMOVE = (
    "UNWIND $rows AS row MATCH (:Relation {{id: row.relation_id}})<-[:IN_RELATION]-(n:{label}) "
    "WHERE n.model_id = row.model_id AND n.wording = row.wording AND n.shots = row.shots DETACH DELETE n"
)


def write_demonstrations(
    store: Store, demonstrations: Sequence[Demonstration], heads: Sequence[DemonstrationHead]
) -> None:
    """Write what one number of demonstrations changes in one relation, with its heads, in one transaction.

    Model and relation must be there. All that was there of that number is replaced.
    """
    first = demonstrations[0]
    part = {name: getattr(first, name) for name in ("model_id", "relation_id", "wording", "shots")}
    removed = [(_REMOVE.format(label=label), [part]) for label in ("Demonstration", "DemonstrationHead")]
    store.write([*removed, *_demonstrations(demonstrations), *_heads(heads)])


def restore_demonstrations(store: Store, demonstrations: Sequence[Demonstration]) -> None:
    """Write what demonstrations change, of any relations; model and relations must be there."""
    store.write(_demonstrations(demonstrations))


def restore_demonstration_heads(store: Store, heads: Sequence[DemonstrationHead]) -> None:
    """Write what heads do with demonstrations, of any relations; these and the model must be there."""
    store.write(_heads(heads))


def _demonstrations(rows: Sequence[Demonstration]) -> list[Statement]:
    return [
        (merge("Demonstration"), [node_row("Demonstration", each) for each in rows]),
        (link("Demonstration", "IN_RELATION", "Relation"), [pair(each.id, each.relation_id) for each in rows]),
        (link("Demonstration", "IN_MODEL", "Model"), [pair(each.id, each.model_id) for each in rows]),
    ]


def _heads(rows: Sequence[DemonstrationHead]) -> list[Statement]:
    return [
        (merge("DemonstrationHead"), [node_row("DemonstrationHead", each) for each in rows]),
        (link("DemonstrationHead", "IN_RELATION", "Relation"), [pair(each.id, each.relation_id) for each in rows]),
        (link("DemonstrationHead", "OF_COMPONENT", "Component"), [pair(each.id, each.component_id) for each in rows]),
    ]
