"""What finds the circuits of a batch, wherever it runs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch

from graphdb.errors import UserError
from ingest.discovery.discovery import Found, discover
from ingest.facts.task import Task
from ingest.measures.measure import References
from ingest.model import LanguageModel
from ingest.settings import Settings

Batch = Sequence[Task]
Within = Callable[[float], None]
"""Is told how much of the batches in hand is done: facts, in parts."""
RUNS = 60
"""Runs and attributions of a batch, before one has told how many they are."""


@dataclass(frozen=True)
class Finder:
    """Finds the circuits of batches: a pure function of what it holds and the batch."""

    model: LanguageModel
    settings: Settings
    references: References
    run_id: str

    def __call__(self, batch: Batch, within: Within = lambda _: None) -> list[Found]:
        """Find the circuits of a batch; in halves where the device has too little memory for it.

        Raises UserError where it has too little even for one fact.
        """
        pace = Pace(len(batch), within)
        try:
            found = discover(self.model, batch, self.settings, self.references, self.run_id, pace.step)
        except torch.OutOfMemoryError:
            if len(batch) == 1:
                raise UserError(
                    f"fact {batch[0].prompt.fact_id}: the device has too little memory for even one fact; "
                    "give --device cpu, or --dtype bfloat16"
                ) from None
        else:
            pace.end()
            return found
        half = len(batch) // 2
        return [found for part in (batch[:half], batch[half:]) for found in self(part)]


class Pace:
    """How far a batch is, as far as the number of steps that the last one took can tell."""

    _expected = RUNS

    def __init__(self, facts: int, within: Within) -> None:
        self._facts, self._within, self._steps = facts, within, 0

    def step(self) -> None:
        """A run or an attribution is done."""
        self._steps += 1
        self._within(self._facts * min(self._steps / Pace._expected, 1))

    def end(self) -> None:
        """The batch is done."""
        Pace._expected = max(self._steps, 1)


Executor = Callable[[Finder, Sequence[Batch], Within], Iterator[list[Found]]]
"""Yields what the finder finds in each batch, in the order of the batches; within each, one torch thread computes."""
