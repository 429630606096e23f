"""Writes edits of models, and what they changed."""

from collections.abc import Sequence

from graphdb.edit_records import Edit, EditEffects
from graphdb.store import Store
from graphdb.writing.statements import link, merge, node_row, pair


def write_edits(store: Store, edits: Sequence[Edit]) -> None:
    """Write edits whose fact, model and variant are there, and whose changes are saved."""
    store.write(
        [
            (merge("Edit"), [node_row("Edit", each) for each in edits]),
            (link("Edit", "OF_FACT", "Fact"), [pair(each.id, each.fact_id) for each in edits]),
            (link("Edit", "IN_MODEL", "Model"), [pair(each.id, each.model_id) for each in edits]),
            (link("Edit", "MAKES", "Model"), [pair(each.id, each.variant_id) for each in edits]),
        ]
    )


def write_edit_effects(store: Store, effects: Sequence[EditEffects]) -> None:
    """Write what edits and their shams changed; the edits must be there."""
    store.write(
        [
            (merge("EditEffects"), [node_row("EditEffects", each) for each in effects]),
            (link("EditEffects", "OF_EDIT", "Edit"), [pair(each.id, each.variant_id) for each in effects]),
        ]
    )
