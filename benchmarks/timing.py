"""Stopwatches."""

import time
from collections.abc import Callable
from statistics import median

Clock = Callable[[], float]
"""The time, or with `time.process_time` the processor's time for this process."""


def seconds(work: Callable[[], object], clock: Clock = time.perf_counter) -> float:
    """Return how long one call takes."""
    start = clock()
    work()
    return clock() - start


def median_seconds(work: Callable[[], object], rounds: int, clock: Clock = time.perf_counter) -> float:
    """Return the median of some calls, after one that is not counted."""
    work()
    return median(seconds(work, clock) for _ in range(rounds))
