"""Runs batches as tasks of a Ray, on however many machines, each with one torch thread.

Weights are put into Ray's object store once, from where each machine gets them once; on a CPU its tasks map them, on a
GPU each process copies them there once. A task that is killed, or its machine, is run again. When the driver ends,
however that is, Ray ends what it left.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from itertools import islice
from typing import Any

import ray
from ray.exceptions import RayError, RayTaskError

from graphdb.errors import UserError
from ingest.discovery.discovery import Found
from ingest.execution.finder import Batch, Executor, Finder, Within
from ingest.execution.here import here
from ingest.execution.ray_cluster import LOCAL, check_same, connected, installed
from ingest.execution.sent_weights import received, sent
from ingest.model.weights import Weights

LIVES = 3
"""Times that a batch may be killed before it is given up."""
PERIOD = 0.2
"""Seconds between two looks at what tasks tell."""


def on_ray(address: str, workers: int | None) -> Executor:
    """Return what runs batches on a Ray, so many at once; None: as many as it has CPUs, or GPUs for a model on one.

    The executor raises UserError as `connected` does, for a batch that is killed again and again, and for a machine
    that comes later and has other versions.
    """
    return partial(_run, address, workers)


def _run(
    address: str, workers: int | None, find: Finder, batches: Sequence[Batch], within: Within
) -> Iterator[list[Found]]:
    """Yield what is found in each batch, in order."""
    with connected(address, workers):
        tasks = _Tasks(find, batches, None if address == LOCAL else workers)  # a local Ray itself has so many CPUs
        try:
            for number in range(len(batches)):
                yield tasks.wait_for(number, within)
        finally:
            tasks.cancel()


class _Told:
    """Keeps how far batches in hand are: number of a batch -> how many facts of it are as good as done."""

    def __init__(self) -> None:
        self._facts = dict[int, float]()

    def tell(self, batch: int, facts: float) -> None:
        self._facts[batch] = facts

    def facts(self) -> dict[int, float]:
        return self._facts


class _Tasks:
    """Batches in the cluster's hands: as many as run at once, and results that wait for those before them."""

    def __init__(self, find: Finder, batches: Sequence[Batch], at_once: int | None) -> None:
        self._batches, self._at_once = batches, at_once
        self._device = find.model.weights.embed.device.type
        bare = replace(find, model=replace(find.model, weights=None, handle=None))  # neither is sent with it
        self._told: Any = ray.remote(_Told).options(num_cpus=0).remote()
        # In a list a reference stays one: a process gets the weights when it first needs them, and keeps them.
        self._common = (ray.put(installed()), [ray.put(sent(find.model.weights))], self._device, ray.put(bare))
        # A process that has been on a GPU is kept, too: `max_calls`.
        task = ray.remote(num_gpus=int(self._device == "cuda"), max_calls=0, max_retries=0)(_find)
        self._task: Any = task
        self._waiting = iter(range(len(batches)))
        self._running, self._found = dict[Any, int](), dict[int, list[Found]]()
        self._killed = Counter[int]()

    def wait_for(self, number: int, within: Within) -> list[Found]:
        """Return what is found in the batch of this number; say meanwhile how far it and those behind it are."""
        while number not in self._found:
            for each in islice(self._waiting, max(self._most() - len(self._running), 0)):
                self._start(each)
            done, _ = ray.wait([*self._running], timeout=PERIOD)
            for task in done:
                self._take(task)
            within(self._in_hand(number))
        return self._found.pop(number)

    def cancel(self) -> None:
        """End what runs still."""
        for task in self._running:
            ray.cancel(task, force=True)

    def _most(self) -> int:
        """Batches at once. Where the cluster's size decides, one more lies ready, so that none waits for the driver."""
        if self._at_once:
            return self._at_once
        kind = "GPU" if self._device == "cuda" else "CPU"
        if there := int(ray.cluster_resources().get(kind, 0)):
            return there + 1
        raise UserError(f"ray: the cluster has no {kind}; add a machine that has, or say with --workers how many come")

    def _start(self, number: int) -> None:
        self._running[self._task.remote(*self._common, self._told, number, self._batches[number])] = number

    def _take(self, task: Any) -> None:
        """Keep what a task found; start it again if it was killed."""
        number = self._running.pop(task)
        try:
            self._found[number] = ray.get(task)
        except RayTaskError as error:
            raise error.cause from error
        except RayError as error:
            self._killed[number] += 1
            if self._killed[number] == LIVES:
                raise UserError(
                    f"ray: {LIVES} times a task was killed while it found circuits ({type(error).__name__}), probably "
                    "for want of memory: give fewer --workers, or a smaller --batch"
                ) from error
            self._start(number)

    def _in_hand(self, number: int) -> float:
        try:
            told: Any = ray.get(self._told.facts.remote(), timeout=PERIOD)
        except RayError:  # the machine that kept it is gone, or is busy: this is for show alone
            return 0
        return sum(facts for batch, facts in told.items() if batch >= number)


def _find(
    versions: Mapping[str, str], weights: Sequence[Any], device: str, find: Finder, told: Any, number: int, batch: Batch
) -> list[Found]:
    """Find the circuits of a batch, in a process of Ray's."""
    check_same(ray.util.get_node_ip_address(), installed(), versions)
    find = replace(find, model=replace(find.model, weights=_weights(weights[0], device)))
    (found,) = here(find, [batch], lambda facts: told.tell.remote(number, facts))
    return found


@lru_cache(maxsize=1)
def _weights(reference: Any, device: str) -> Weights:
    return received(ray.get(reference), device)
