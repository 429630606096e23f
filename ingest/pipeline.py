"""The write path, in order: facts, prompts, model, recall, circuits, store.

An ingest is a list of batches. What a batch gives depends on model, facts and settings alone, and it is written in
one transaction; so an interrupted ingest goes on with the batches that are not in the store, and ends as if it
had never stopped.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch

from graphdb.errors import UserError
from graphdb.records import Circuit, Recall, Run
from graphdb.store import Store
from graphdb.store.score_files import remove_drafts, save_scores
from graphdb.writing import writers
from ingest.compute.batching import batches
from ingest.discovery.discovery import Found, discover
from ingest.discovery.recall import recall
from ingest.discovery.references import references
from ingest.discovery.resume import SOUGHT_BY, Stored, end_run, is_finished, run_record
from ingest.facts.prompts import Case, prepare
from ingest.facts.sets import FactSet
from ingest.facts.task import Task
from ingest.measures.measure import References
from ingest.model import LanguageModel, ModelHandle, load
from ingest.options import Options, Progress, check
from ingest.settings import Settings


@dataclass(frozen=True, slots=True)
class Report:
    """What an ingest did."""

    run_id: str
    model_id: str
    facts: int
    circuits: int
    """Facts that have their circuit in the store now."""
    without: Mapping[str, int]
    """Reason -> facts without a circuit."""


def ingest(sets: Sequence[FactSet], handle: ModelHandle, options: Options, store: Store, progress: Progress) -> Report:
    """Find the circuits of all facts in a model and write them to the store; go on where an earlier call stopped.

    The handle is what `ingest.model_files.resolve` returns or, for weights changed in memory, `ingest.model.changed`.

    Raises UserError for bad options, a model that fails its check, a store that cannot be written, and while another
    process finds circuits of the same relations in the same model.
    """
    check(options)
    this_run = run_record(sets, options, handle)
    with store.claim(handle.id, [each.relation.id for each in sets]):
        if not is_finished(store, this_run):
            model = load(handle, getattr(torch, options.dtype), options.device)
            _go_on(model, sets, this_run, options, store, progress)
    return _report(sets, this_run, store)


def _go_on(
    model: LanguageModel, sets: Sequence[FactSet], this_run: Run, options: Options, store: Store, progress: Progress
) -> None:
    """Find the circuits that are not in the store, batch after batch, and end the run."""
    write_frame(store, model, sets, this_run)
    cases, twins = prepare_all(sets, model)
    recalls, tasks = recall(model, cases, twins, options, progress)
    stored = Stored(store, model.record.id)
    writers.write_batch(store, [each for each in recalls.values() if each.fact_id not in tasks], ())
    others = references(model, options.settings)
    progress.stage("circuits", len(tasks))
    for batch in batches(tasks.values(), model.weights, options.batch, options.settings.ablation):
        if not stored.holds(model, batch, recalls, options.settings, others):
            found = find(model, batch, options.settings, others, this_run.id)
            write_found(store, found, [recalls[task.prompt.fact_id] for task in batch], options.settings.label)
        progress.advance(len(batch))
    end_run(store, this_run)


def prepare_all(sets: Sequence[FactSet], model: LanguageModel) -> tuple[list[Case], dict[str, Case]]:
    """Return the cases of all facts, and by fact id the cases in their relations' second templates."""
    cases = [case for each in sets for case in prepare(each, model.encode)]
    two = [each for each in sets if len(each.relation.templates) > 1]
    twins = {case.prompt.fact_id: case for each in two for case in prepare(each, model.encode, template=1)}
    return cases, twins


def find(
    model: LanguageModel, batch: Sequence[Task], settings: Settings, others: References, run_id: str
) -> list[Found]:
    """Find the circuits of a batch; in halves where the device has too little memory for it.

    Raises UserError where it has too little even for one fact.
    """
    try:
        return discover(model, batch, settings, others, run_id)
    except torch.OutOfMemoryError:
        if len(batch) == 1:
            raise UserError(
                f"fact {batch[0].prompt.fact_id}: the device has too little memory for even one fact; "
                "give --device cpu, or --dtype bfloat16"
            ) from None
    half = len(batch) // 2
    return [found for part in (batch[:half], batch[half:]) for found in find(model, part, settings, others, run_id)]


def write_found(store: Store, found: Sequence[Found], recalls: Sequence[Recall], label: str) -> None:
    """Write the circuits of a batch, scores first: a circuit in the store has its file.

    Why a fact has none is noted with the method's label: another method may find one.
    """
    reasons = [each.reason and f"{each.reason}{SOUGHT_BY}{label}" for each in found]
    reasoned = [replace(recall, reason=reason) for recall, reason in zip(recalls, reasons, strict=True)]
    with store.writing():
        circuits = [_with_scores(store, each) for each in found]
        writers.write_batch(store, reasoned, [each for each in circuits if each is not None])


def _with_scores(store: Store, found: Found) -> Circuit | None:
    """Write the scores of a circuit, if there is one, and return it with their file."""
    if found.circuit is None or found.scores is None:
        return found.circuit
    saved = save_scores(store.data_folder, found.circuit.id, found.scores)
    return replace(found.circuit, artifact=saved.name, artifact_sha256=saved.sha256)


def write_frame(store: Store, model: LanguageModel, sets: Sequence[FactSet], this_run: Run) -> None:
    """Write what circuits hang on: model, relations, facts and their run; clear away what a killed writer left."""
    with store.writing():
        remove_drafts(store.data_folder)
    writers.write_model(store, model.record)
    writers.write_relations(store, [each.relation for each in sets])
    writers.write_facts(store, [fact for each in sets for fact in each.facts])
    writers.write_run(store, this_run)


def _report(sets: Sequence[FactSet], this_run: Run, store: Store) -> Report:
    """Count what the store now holds of the facts."""
    facts = {fact.id for each in sets for fact in each.facts}
    recalls = store.query("recalls", model=this_run.model_id)
    reasons = recalls[recalls["fact"].isin(facts)]["reason"]
    without = Counter(reason.partition(SOUGHT_BY)[0].partition(":")[0] for reason in reasons if reason)
    return Report(this_run.id, this_run.model_id, len(facts), len(facts) - without.total(), dict(without))
