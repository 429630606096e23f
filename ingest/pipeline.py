"""The write path, in order: facts, prompts, model, recall, circuits, store.

An ingest is a list of batches. What a batch gives depends on model, facts and settings alone, and it is written in
one transaction; so an interrupted ingest goes on with the batches that are not in the store, and ends as if it
had never stopped.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from graphdb import writers
from graphdb.artifacts import save_scores
from graphdb.records import Recall, Run
from graphdb.store import Store
from ingest.discovery import NO_EFFECT, Settings, Task, discover
from ingest.facts import FactSet
from ingest.model import LanguageModel, load
from ingest.model_files import ModelFolder
from ingest.options import Options, Progress, check
from ingest.prompts import chunks, prepare
from ingest.recall import recall
from ingest.resume import Stored, end_run, is_finished, run_record

POSITIONS = 80
"""Positions run in a batch, at most: they bound an ingest's memory, whatever the prompts' length."""


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


def ingest(sets: Sequence[FactSet], folder: ModelFolder, options: Options, store: Store, progress: Progress) -> Report:
    """Find the circuits of all facts in a model and write them to the store; go on where an earlier call stopped.

    Raises UserError for bad options, a model that fails its check, and a store that cannot be written.
    """
    check(options)
    this_run = run_record(sets, options, folder)
    if not is_finished(store, this_run):
        model = load(folder)
        _write_frame(store, model, sets, this_run)
        cases = [case for each in sets for case in prepare(each, model.encode)]
        recalls, tasks = recall(model, cases, options, progress)
        stored = Stored(store, model.record.id)
        writers.write_batch(store, [each for each in recalls.values() if each.fact_id not in tasks], ())
        progress.stage("circuits", len(tasks))
        for batch in batches(tasks.values(), options.batch):
            if not stored.holds(model, batch, recalls, options.settings):
                _do_batch(model, batch, recalls, options.settings, store, this_run.id)
            progress.advance(len(batch))
        end_run(store, this_run)
    return _report(sets, this_run, store)


def batches(tasks: Iterable[Task], size: int) -> list[list[Task]]:
    """Split tasks into batches of at most `size` prompts equal in length, with at most `POSITIONS` to run in all.

    Prompts with a common prefix of equal length come together: only what follows it is run.
    """
    by_length: dict[int, list[Task]] = defaultdict(list)
    for task in sorted(tasks, key=lambda task: (task.start, task.prompt.fact_id)):
        by_length[len(task.prompt.tokens)].append(task)
    return [
        list(batch)
        for length, group in sorted(by_length.items())
        for batch in chunks(group, max(1, min(size, POSITIONS // (length - group[0].start))))
    ]


def _do_batch(
    model: LanguageModel,
    batch: Sequence[Task],
    recalls: Mapping[str, Recall],
    settings: Settings,
    store: Store,
    run_id: str,
) -> None:
    """Find the circuits of a batch and write them, scores first: a circuit in the store has its file."""
    found = discover(model, batch, settings, run_id)
    for each in found:
        if each.circuit is not None and each.scores is not None:
            save_scores(store.data_folder, each.circuit.id, each.scores)
    mine = [recalls[task.prompt.fact_id] for task in batch]
    reasoned = [replace(recall, reason=each.reason) for recall, each in zip(mine, found, strict=True)]
    writers.write_batch(store, reasoned, [each.circuit for each in found if each.circuit is not None])


def _write_frame(store: Store, model: LanguageModel, sets: Sequence[FactSet], this_run: Run) -> None:
    writers.write_model(store, model.record)
    writers.write_relations(store, [each.relation for each in sets])
    writers.write_facts(store, [fact for each in sets for fact in each.facts])
    writers.write_run(store, this_run)


def _report(sets: Sequence[FactSet], this_run: Run, store: Store) -> Report:
    """Count what the store now holds of the facts."""
    facts = {fact.id for each in sets for fact in each.facts}
    recalls = store.query("recalls", model=this_run.model_id)
    reasons = recalls[recalls["fact"].isin(facts)]["reason"]
    without = Counter(_kind(reason) for reason in reasons if reason)
    return Report(this_run.id, this_run.model_id, len(facts), len(facts) - without.total(), dict(without))


def _kind(reason: str) -> str:
    """A reason without its figures, so that facts can be counted by it."""
    return NO_EFFECT if reason.startswith(NO_EFFECT) else reason
