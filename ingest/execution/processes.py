"""Runs batches in processes of this machine, each with one torch thread and the same weights in memory.

The weights go into a file without a name, which the workers map: no copy for each, and nothing that a killed driver
could leave behind. A worker that is killed takes its pool with it; what it had in hand is run again in a new one. When
the driver ends, however that is, its workers do.
"""

import ctypes
import multiprocessing
import os
import signal
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from queue import Empty
from typing import IO, Any

import torch

from graphdb.errors import UserError
from ingest.discovery.discovery import Found
from ingest.execution.finder import Batch, Executor, Finder, Within
from ingest.execution.here import here

LIVES = 3
"""Pools that may break, one after the other, before a batch is given up."""
PERIOD = 0.2
"""Seconds between two looks at what the workers tell."""
WORTHWHILE = 20.0
"""Seconds of work for which workers are started: each of them takes some to start."""
DIE_WITH_PARENT = 1
"""PR_SET_PDEATHSIG of prctl(2)."""


@dataclass(frozen=True, slots=True)
class _Told:
    """How far a worker is: the number of its batch, and how many facts of it are as good as done."""

    batch: int
    facts: float


def processes(workers: int) -> Executor:
    """Return what runs batches in so many processes."""
    return partial(_run, workers)


def _run(workers: int, find: Finder, batches: Sequence[Batch], within: Within) -> Iterator[list[Found]]:
    """Yield what is found in each batch, in order: the first here, which tells whether workers are worth it."""
    begun = time.monotonic()
    yield from here(find, batches[:1], within)
    rest = batches[1:]
    little = (time.monotonic() - begun) * len(rest) < WORTHWHILE
    yield from (here(find, rest, within) if little else _in_pools(workers, find, rest, within))


def _in_pools(workers: int, find: Finder, batches: Sequence[Batch], within: Within) -> Iterator[list[Found]]:
    """Yield what workers find. Raises UserError where they are killed again and again."""
    with tempfile.TemporaryFile() as file:
        torch.save(find.model.weights, file)
        file.flush()
        done, lives = 0, LIVES
        while lives:
            try:
                for found in _in_pool(workers, find, file, batches[done:], within):
                    yield found
                    done, lives = done + 1, LIVES
                return
            except BrokenProcessPool:
                lives -= 1
    raise UserError(
        f"{LIVES} times a worker process was killed while it found circuits, probably for want of memory: "
        "give --workers 1, or a smaller --batch"
    )


def _in_pool(
    workers: int, find: Finder, file: IO[bytes], batches: Sequence[Batch], within: Within
) -> Iterator[list[Found]]:
    context = multiprocessing.get_context("spawn")
    told = context.Queue()
    weights = f"/proc/{os.getpid()}/fd/{file.fileno()}"
    bare = replace(find, model=replace(find.model, weights=None, handle=None))  # neither is sent
    pool = ProcessPoolExecutor(workers, context, _begin, (os.getpid(), weights, bare, told))
    try:
        waiting = iter(enumerate(batches))
        # One batch more than there are workers lies ready, so that none of them waits for the driver.
        running = [pool.submit(_find, *each) for each in islice(waiting, workers + 1)]
        progress = dict[int, float]()
        for number in range(len(batches)):
            yield _result(running.pop(0), number, told, progress, within)
            running += [pool.submit(_find, *each) for each in islice(waiting, 1)]
    finally:
        for worker in list((pool._processes or {}).values()):
            worker.kill()
        pool.shutdown(wait=True, cancel_futures=True)
        told.close()


def _result(
    future: "Future[list[Found]]", number: int, told: Any, progress: dict[int, float], within: Within
) -> list[Found]:
    """Wait for the batch of this number, and pass on meanwhile how far it and those behind it are."""
    while not wait([future], PERIOD).done:
        try:
            while True:
                news = told.get_nowait()
                progress[news.batch] = news.facts
        except Empty:
            within(sum(facts for batch, facts in progress.items() if batch >= number))
    return future.result()


_finder: Finder | None = None
_told: Any = None


def _begin(driver: int, weights: str, find: Finder, told: Any) -> None:
    """Make a worker ready: it ends with its driver, leaves Ctrl-C to it, and maps the weights."""
    global _finder, _told
    ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != driver:
        os._exit(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(1)
    mapped = torch.load(weights, mmap=True, weights_only=False)  # the driver's own file
    _finder, _told = replace(find, model=replace(find.model, weights=mapped)), told


def _find(number: int, batch: Batch) -> list[Found]:
    assert _finder is not None, "the worker was made ready"
    return _finder(batch, lambda facts: _told.put(_Told(number, facts)))
