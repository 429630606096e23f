"""What earlier ingests left in a store: which run a command goes on, and which circuits stand."""

import hashlib
import importlib.metadata
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime

from graphdb.records import Kind, Run
from graphdb.store import Store
from graphdb.writing import writers
from ingest.discovery.circuit_records import circuit_id
from ingest.discovery.discovery import fingerprint
from ingest.facts.other_words import partners
from ingest.facts.sets import FactSet
from ingest.facts.task import Task
from ingest.measures.measure import References
from ingest.model import LanguageModel, ModelHandle
from ingest.options import Options
from ingest.settings import Settings

PACKAGES = ("knowledge-circuits", "torch", "transformer-lens", "transformers")
"""Their versions are part of a run's identity."""
EXECUTION = ("workers", "ray")
"""Options that are none of it: circuits are the same."""


class Stored:
    """What earlier runs left in the store of one model."""

    def __init__(self, store: Store, model_id: str) -> None:
        circuits, attempts = store.query("fingerprints", model=model_id), store.query("attempts", model=model_id)
        self._done = {*zip(circuits["circuit"], circuits["fingerprint"], strict=True)}
        self._done |= {*zip(attempts["attempt"], attempts["fingerprint"], strict=True)}

    def holds(self, model: LanguageModel, batch: Sequence[Task], settings: Settings, references: References) -> bool:
        """Whether each task's circuit is there, or that this method finds none."""
        ids = [circuit_id(model.record.id, task.prompt.fact_id, settings.label) for task in batch]
        prints = [fingerprint(model, task, settings, references) for task in batch]
        return self._done.issuperset(zip(ids, prints, strict=True))


def run_record(sets: Sequence[FactSet], options: Options, handle: ModelHandle) -> Run:
    """The run of this command; the same command, model, facts and versions give the same id."""
    chosen = {name: value for name, value in asdict(options).items() if name not in EXECUTION}
    # Other relations' words belong to a run whose donors they can be.
    more = [asdict(each) for each in partners(sets)] if options.settings.contrast == Kind.RELATION else []
    facts = [(asdict(each.relation), *(list(map(asdict, part)) for part in (each.facts, each.donors))) for each in sets]
    versions = {package: importlib.metadata.version(package) for package in PACKAGES}
    identity = json.dumps((chosen, handle.id, handle.weights_sha256, versions, facts, *more), sort_keys=True)
    return Run(
        id=hashlib.sha256(identity.encode()).hexdigest()[:16],
        model_id=handle.id,
        method=options.settings.label,
        settings=json.dumps(chosen, sort_keys=True),
        versions=json.dumps(versions, sort_keys=True),
        weights_sha256=handle.weights_sha256,
        seed=options.settings.seed,
        started=_now(),
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _circuits_of(store: Store, this_run: Run) -> tuple[int, int, str]:
    """Circuits that point to the run, circuits that did when it ended, and its end."""
    rows = store.query("runs", model=this_run.model_id)
    for row in rows[rows["run"] == this_run.id].to_dict("records"):
        return row["circuits"], row["n_circuits"], row["ended"]
    return 0, 0, ""


def is_finished(store: Store, this_run: Run) -> bool:
    """Whether the run has ended and no later one replaced a circuit of it."""
    circuits, n_circuits, ended = _circuits_of(store, this_run)
    return bool(ended) and circuits == n_circuits


def end_run(store: Store, this_run: Run) -> None:
    """Note in the store that the run has ended, and with how many circuits."""
    circuits, _, _ = _circuits_of(store, this_run)
    writers.write_run(store, replace(this_run, ended=_now(), n_circuits=circuits))
