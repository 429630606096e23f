"""The write path, in order: facts, prompts, model, recall, circuits, roles, rivals, store.

An ingest is a list of batches. What a batch gives depends on model, facts and settings alone, and it is written in
one transaction; so an interrupted ingest goes on with the batches that are not in the store, and ends as if it
had never stopped.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch

from graphdb.records import Circuit, Kind, Reason, Recall, Run
from graphdb.store import Store
from graphdb.store.score_files import remove_drafts, save_scores
from graphdb.writing import writers
from ingest.compute.batching import batches, in_turn
from ingest.discovery.cases import cases_of, twins_of
from ingest.discovery.circuit_records import attempt_record
from ingest.discovery.coverage import donor_line
from ingest.discovery.discovery import Found
from ingest.discovery.recall import Why, recall
from ingest.discovery.references import others
from ingest.discovery.resume import Stored, end_run, is_finished, run_record
from ingest.execution.finder import Executor, Finder
from ingest.execution.here import here
from ingest.execution.processes import processes
from ingest.facts.prompts import Case
from ingest.facts.sets import FactSet
from ingest.facts.task import Task
from ingest.measures.measure import References
from ingest.measures.stability import stability_sampled
from ingest.model import LanguageModel, ModelHandle, load
from ingest.options import Options, Progress, check
from ingest.rivals.pipeline import write_rivals_of
from ingest.roles.pipeline import write_roles_of
from ingest.settings import Settings


@dataclass(frozen=True, slots=True)
class Report:
    """What an ingest did."""

    run_id: str
    model_id: str
    facts: int
    circuits: int
    """Facts that have their circuit in the store now."""
    without: Mapping[Reason, int]
    """Why -> facts without a circuit."""


def ingest(sets: Sequence[FactSet], handle: ModelHandle, options: Options, store: Store, progress: Progress) -> Report:
    """Find the circuits of all facts in a model and write them to the store; go on where an earlier call stopped.

    The handle is what `ingest.model_files.resolve` returns or, for weights changed in memory, `ingest.model.changed`.

    Raises UserError for bad options, a model that fails its check, a store that cannot be written, and while another
    process finds circuits of the same relations in the same model.
    """
    check(options)
    this_run = run_record(sets, options, handle)
    with store.claim(handle.id, [each.relation.id for each in sets], this_run.id):
        if not is_finished(store, this_run):
            model = load(handle, getattr(torch, options.dtype), options.device)
            _go_on(model, sets, this_run, options, store, progress)
    return _report(sets, this_run, store)


def _go_on(
    model: LanguageModel, sets: Sequence[FactSet], this_run: Run, options: Options, store: Store, progress: Progress
) -> None:
    """Find the circuits that are not in the store, batch after batch, and end the run."""
    write_frame(store, model, sets, this_run)
    cases, twins = prepare_all(sets, model, options.settings)
    recalled = recall(model, cases, twins, options, progress)
    for each in sets:
        progress.note(donor_line(each, recalled))
    stored = Stored(store, model.record.id)
    recalls = recalled.recalls if options.settings.first_words else {}
    write_not_sought(store, model, cases, recalled.why_not, recalls, options.settings.label)
    references = References(others(model, options.settings, [each.relation.id for each in sets]))
    tasks = stability_sampled(recalled.tasks.values(), options.settings)
    progress.stage("circuits", len(tasks))
    sought = list[Sequence[Task]]()
    for batch in in_turn(batches(tasks, model.weights, options.batch, options.settings.ablation)):
        if stored.holds(model, batch, options.settings, references):
            progress.advance(len(batch))
        else:
            sought.append(batch)
    find = Finder(model, options.settings, references, this_run.id)
    for batch, found in zip(sought, executor(options.workers, options.ray)(find, sought, progress.within), strict=True):
        write_found(store, found, _of(recalls, (task.prompt.fact_id for task in batch)))
        progress.advance(len(batch))
    if options.roles and options.settings.contrast == Kind.SUBJECT:
        known = {name: task.answer for name, task in recalled.tasks.items() if recalled.recalls[name].known}
        write_roles_of(store, model, sets, known, options, progress)
        if options.wrong_answers:
            write_rivals_of(store, model, sets, known, options, progress)
    end_run(store, this_run)


def executor(workers: int | None, ray: str = "") -> Executor:
    """Return what runs batches, with so many workers; `ray`: address of the Ray that has them, empty: of none."""
    if ray:
        from ingest.execution.on_ray import on_ray  # an extra, and seconds

        return on_ray(ray, workers)
    return processes(workers) if workers and workers > 1 else here


def prepare_all(
    sets: Sequence[FactSet], model: LanguageModel, settings: Settings
) -> tuple[list[Case], dict[str, Case]]:
    """Return the cases of all facts, and by fact id those in second words."""
    cases = [case for each in sets for case in cases_of(each, sets, model.encode, settings)]
    twins = [case for each in sets for case in twins_of(each, sets, model.encode, settings)]
    return cases, {case.prompt.fact_id: case for case in twins}


def write_not_sought(
    store: Store,
    model: LanguageModel,
    cases: Sequence[Case],
    why_not: Mapping[str, Why],
    recalls: Mapping[str, Recall],
    label: str,
) -> None:
    """Write how the model recalls the facts whose circuits are not sought, and why they are not."""
    without = [case for case in cases if case.prompt.fact_id in why_not]
    attempts = [attempt_record(model, case, label, why_not[case.prompt.fact_id]) for case in without]
    writers.write_batch(store, _of(recalls, (case.prompt.fact_id for case in without)), attempts=attempts)


def _of(recalls: Mapping[str, Recall], facts: Iterable[str]) -> list[Recall]:
    return [recalls[fact] for fact in facts if fact in recalls]


def write_found(store: Store, found: Sequence[Found], recalls: Sequence[Recall]) -> None:
    """Write the circuits of a batch, scores first: a circuit in the store has its file."""
    with store.writing():
        circuits = [_with_scores(store, each) for each in found]
        attempts = [each.attempt for each in found if each.attempt is not None]
        writers.write_batch(store, recalls, [each for each in circuits if each is not None], attempts)


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
    found = store.query("circuit_list", model=this_run.model_id, method=this_run.method)["fact"]
    attempts = store.query("attempts", model=this_run.model_id, method=this_run.method)
    without = attempts[attempts["fact"].isin(facts.difference(found))]["reason"]
    reasons = {Reason(code): count for code, count in without.value_counts(sort=False).items()}
    return Report(this_run.id, this_run.model_id, len(facts), len(facts.intersection(found)), reasons)
