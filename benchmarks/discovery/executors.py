"""How much faster two workers find circuits than one: processes of this machine, and tasks of a local Ray."""

from collections.abc import Iterator, Sequence
from itertools import islice
from statistics import median
from unittest.mock import patch

from benchmarks.report import Row
from benchmarks.timing import seconds
from ingest.execution import processes as execution
from ingest.execution.finder import Executor, Finder
from ingest.execution.here import here
from ingest.execution.on_ray import on_ray
from ingest.execution.processes import processes
from ingest.execution.ray_cluster import LOCAL, connected
from ingest.facts.task import Task
from ingest.measures.measure import References
from ingest.model import LanguageModel
from ingest.settings import Settings

WORKERS = 2
FACTS, BATCH = 12, 2
ROUNDS = 3


def executor_rows(model: LanguageModel, found: Sequence[Sequence[Task]]) -> Iterator[Row]:
    """Yield how many times as fast two workers are; the three ways take turns, so that all see the same machine."""
    pieces = (batch[start : start + BATCH] for batch in found for start in range(0, len(batch) - BATCH + 1, BATCH))
    work = list(islice(pieces, FACTS // BATCH))
    find = Finder(model, Settings(effort="quick"), References(), "")
    ways: dict[str, Executor] = {"here": here, "processes": processes(WORKERS), "Ray": on_ray(LOCAL, WORKERS)}
    with connected(LOCAL, WORKERS), patch.object(execution, "WORTHWHILE", 0):
        _run(ways["Ray"], find, work[:WORKERS])
        rounds = [{name: _run(way, find, work) for name, way in ways.items()} for _ in range(ROUNDS)]
    for name, start in (("processes", "their start included"), ("Ray", "which runs already")):
        ratios = [each["here"] / each[name] for each in rounds]
        listed = ", ".join(f"{each['here']:.0f} s : {each[name]:.0f} s" for each in rounds)
        how = f"{FACTS} facts in batches of {BATCH}, effort quick: time of one worker over that of two, {start}"
        yield Row(f"two workers, {name}", median(ratios), "×", f"{how}; median of {ROUNDS} turns ({listed})")


def _run(way: Executor, find: Finder, work: Sequence[Sequence[Task]]) -> float:
    return seconds(lambda: list(way(find, work, lambda _: None)))
