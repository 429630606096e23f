"""What a whole ingest costs in F a fact, and how good the circuits are that it finds."""

import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.plain import forward_seconds
from benchmarks.report import Row
from graphdb.store import Store, open_store
from ingest.execution.here import one_thread
from ingest.facts.sets import FactSet
from ingest.facts.task import Task
from ingest.model import LanguageModel
from ingest.model_files import ModelFolder
from ingest.options import Options
from ingest.pipeline import Report, ingest


class Clock:
    """Progress of an ingest: times every batch, and after it, off the clock, the plain forward pass of its facts."""

    def __init__(self, model: LanguageModel, batches: Sequence[Sequence[Task]]) -> None:
        self.batches: list[float] = []
        self.forwards: list[float] = []
        self.before = 0.0
        """Seconds until the first circuit is sought: model, prompts, recall."""
        self._model, self._work, self._stage = model, iter(batches), ""
        self._since = time.perf_counter()

    def stage(self, name: str, total: int) -> None:  # noqa: ARG002
        self._stage = name
        if name == "circuits":
            self.before = self.lap()

    def advance(self, facts: int) -> None:
        if self._stage != "circuits":
            return
        self.batches.append(self.lap())
        tasks = next(self._work)
        assert len(tasks) == facts, "an ingest has its batches in the order of `find_batches`"
        self.forwards.append(forward_seconds(self._model.weights, tasks))
        self._since = time.perf_counter()

    def within(self, facts: float) -> None:
        pass

    def note(self, line: str) -> None:
        print(line)

    def lap(self) -> float:
        """Return the seconds since the last lap."""
        now = time.perf_counter()
        lap, self._since = now - self._since, now
        return lap


def ingest_rows(
    model: LanguageModel,
    model_folder: ModelFolder,
    sets: Sequence[FactSet],
    batches: Sequence[Sequence[Task]],
    folder: Path,
) -> list[Row]:
    """Ingest `sets` into a new embedded store in `folder`, and read from it how good the circuits are.

    All in one thread, F too: each worker of an ingest has one.
    """
    with one_thread(), open_store(folder) as store:
        clock = Clock(model, batches)
        report = ingest(sets, model_folder, Options(), store, clock)
        after = clock.lap()
        return [_cost_row(clock, after, report, sum(map(len, batches))), *_quality_rows(store)]


def _cost_row(clock: Clock, after: float, report: Report, n_tasks: int) -> Row:
    forward = sum(clock.forwards) / n_tasks
    whole = (clock.before + sum(clock.batches) + after) / report.circuits / forward
    typical = median(batch / plain for batch, plain in zip(clock.batches, clock.forwards, strict=True))
    how = (
        f"{report.facts} packaged facts into a new embedded store, per circuit found ({report.circuits}); all is in: "
        f"loading the model, prompts and recall ({clock.before / report.circuits / forward:.2g} F), discovery and "
        f"storing (median batch {typical:.3g} F a fact); F = {forward * 1000:.1f} ms, all in one thread"
    )
    return Row("whole ingest", whole, "F a fact", how, at_most=60)


def _quality_rows(store: Store) -> list[Row]:
    """Quality stands beside speed, so that a change that is faster and worse shows."""
    circuits = store.query("circuits")
    how = f"{len(circuits)} circuits of the whole ingest above, default settings"
    return [
        Row("circuit size", circuits["edges"].median(), "edges", f"median of the {how}"),
        Row("faithfulness", circuits["faithfulness"].median(), "", f"median of the {how}"),
        Row(
            "faithfulness, random circuits",
            circuits["faithfulness_random"].median(),
            "",
            "the same for random circuits of equal size and layer profile",
        ),
        Row("faithfulness reached", circuits["reached"].mean(), "", f"share of the {how}"),
    ]
