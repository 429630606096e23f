"""Writes edits of models, and what they changed."""

from collections.abc import Sequence

from graphdb.conditions.edits import Edit, EditAction, EditChange, EditCircuit, EditEffects, EditLens
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


def write_edit_changes(store: Store, changes: Sequence[EditChange]) -> None:
    """Write what edits and their shams do to other facts, one by one; the edits must be there."""
    store.write(
        [
            (merge("EditChange"), [node_row("EditChange", each) for each in changes]),
            (link("EditChange", "OF_EDIT", "Edit"), [pair(each.id, each.variant_id) for each in changes]),
        ]
    )


def write_edit_circuits(store: Store, circuits: Sequence[EditCircuit]) -> None:
    """Write circuits of facts beside those before an edit; edit and facts must be there."""
    store.write(
        [
            (merge("EditCircuit"), [node_row("EditCircuit", each) for each in circuits]),
            (link("EditCircuit", "OF_EDIT", "Edit"), [pair(each.id, each.variant_id) for each in circuits]),
            (link("EditCircuit", "OF_FACT", "Fact"), [pair(each.id, each.fact_id) for each in circuits]),
        ]
    )


def write_edit_actions(store: Store, actions: Sequence[EditAction]) -> None:
    """Write where edits and their shams act; the edits must be there."""
    store.write(
        [
            (merge("EditAction"), [node_row("EditAction", each) for each in actions]),
            (link("EditAction", "OF_EDIT", "Edit"), [pair(each.id, each.variant_id) for each in actions]),
        ]
    )


def write_edit_lenses(store: Store, lenses: Sequence[EditLens]) -> None:
    """Write where old and new objects appear; the edits must be there."""
    store.write(
        [
            (merge("EditLens"), [node_row("EditLens", each) for each in lenses]),
            (link("EditLens", "OF_EDIT", "Edit"), [pair(each.id, each.variant_id) for each in lenses]),
        ]
    )
