"""Edits into the store: the variant, the file that makes it again, what was changed, and what else changed."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from graphdb.conditions.edits import Edit
from graphdb.errors import UserError, unknown
from graphdb.records import Fact
from graphdb.store import Store
from graphdb.store.score_files import CHANGE, save_content
from graphdb.tables import records
from graphdb.writing.edit_writers import write_edit_changes, write_edit_effects, write_edits
from graphdb.writing.writers import link_variants, write_facts, write_model, write_relations
from ingest.editing.bench import Bench
from ingest.editing.change import Change, open_change, save_change
from ingest.editing.edit import Edited, edit_with
from ingest.editing.prompts.request import Request
from ingest.editing.variant import EditedModel
from ingest.facts.sets import FactSet, builtin_relations
from ingest.model import LanguageModel, ModelHandle


def write_edit(store: Store, model: LanguageModel, facts: FactSet, fact: Fact, edited: Edited) -> Edit:
    """Write an edit of a fact, its variant and what it changed, and return it with its file; it may be repeated.

    Raises UserError where the file cannot be written.
    """
    with store.writing():
        saved = save_content(store.data_folder, edited.record.id, _content(edited), CHANGE)
        record = replace(edited.record, artifact=saved.name, artifact_sha256=saved.sha256)
        write_relations(store, [facts.relation])
        write_facts(store, [fact])
        write_model(store, model.record)
        write_model(store, edited.model.record)
        link_variants(store, [edited.model.record])
        write_edits(store, [record])
        write_edit_changes(store, edited.changes)
        write_edit_effects(store, [edited.effects, edited.sham])  # last: by these an edit is known to stand
    return record


@dataclass(frozen=True, slots=True)
class Stored:
    """An edit that the store has."""

    variant_id: str
    change: Change
    stood: bool
    """Whether it was there before."""


def make_stored(store: Store, bench: Bench, request: Request, facts: FactSet) -> Stored:
    """Make an edit and write it; one that the store has is passed over."""
    if change := standing(store, bench, request):
        return Stored(EditedModel(bench.model.handle, change).id, change, stood=True)
    edited = edit_with(bench, request)
    write_edit(store, bench.model, facts, request.fact, edited)
    return Stored(edited.record.id, edited.change, stood=False)


def standing(store: Store, bench: Bench, request: Request) -> Change | None:
    """Return the change of an edit that the store has and that this request would give again; None where it has none.

    What was measured of it has to have been asked of as many facts.
    """
    model, beside = bench.model.record, bench.known.beside(request.fact).facts
    same = sum(each.relation_id == request.fact.relation_id for each in beside)
    wanted = {
        "prompt": request.words.text,
        "object": request.to,
        "method": bench.method.value,
        "layer": bench.layer,
        "seed": bench.seed,
        "moment": bench.moment.sha256 if bench.moment else "",
        "n_neighbourhood": same,
        "n_other": len(beside) - same,
        "changes": len(beside),
    }
    rows: list[dict[str, Any]] = records(store.query("edit_effects", model=model.id, fact=request.fact.id))
    for row in rows:
        path = store.data_folder / row["artifact"]
        if all(row[name] == value for name, value in wanted.items()) and path.is_file():
            change = open_change(path)
            if change.base_sha256 == model.weights_sha256:
                return change
    return None


def _content(edited: Edited) -> bytes:
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "change"
        save_change(edited.change, path)
        return path.read_bytes()


def edited_handle(store: Store, edit_id: str, parent: ModelHandle) -> EditedModel:
    """Return the variant that an edit of the store makes, as a handle.

    Raises UserError for an edit that the store does not have, and one of another model, or whose file is gone.
    """
    rows: list[dict[str, Any]] = records(store.query("edits"))
    edits = {row["edit"]: row for row in rows}
    if edit_id not in edits:
        raise unknown("edit", edit_id, edits, "give the id of an edit; `kcircuits query edits` lists them")
    if edits[edit_id]["model"] != parent.id:
        raise UserError(
            f"edit {edit_id} is of model {edits[edit_id]['model']}, not of {parent.id}: give that as --model"
        )
    return EditedModel(parent, open_change(store.data_folder / edits[edit_id]["artifact"]))


def sets_beside(sets: Sequence[FactSet]) -> tuple[FactSet, ...]:
    """Return these relations and the packaged ones: what edits are to leave alone."""
    return tuple({each.relation.id: each for each in (*builtin_relations(), *sets)}.values())
