"""F, the measure of everything: one forward pass of the model, logits at the last position only."""

from collections.abc import Sequence

import torch

from benchmarks.timing import median_seconds
from ingest.task import Task
from ingest.facts import FactSet
from ingest.forward import last_logits, run
from ingest.model import LanguageModel
from ingest.options import Options
from ingest.pipeline import batches
from ingest.prompts import prepare
from ingest.recall import recall
from ingest.weights import Weights

ROUNDS = 3


class Silent:
    """Progress that shows nothing."""

    def stage(self, name: str, total: int) -> None: ...
    def advance(self, facts: int) -> None: ...
    def note(self, line: str) -> None: ...


def find_batches(model: LanguageModel, sets: Sequence[FactSet], options: Options) -> list[list[Task]]:
    """Return the batches in which an ingest of `sets` seeks circuits, in its order."""
    cases = [case for each in sets for case in prepare(each, model.encode)]
    _, tasks = recall(model, cases, options, Silent())
    return batches(tasks.values(), options.batch)


def prompt_tokens(tasks: Sequence[Task]) -> torch.Tensor:
    """Return the clean prompts [b, p]."""
    return torch.tensor([task.prompt.tokens for task in tasks])


@torch.no_grad()
def forward_seconds(weights: Weights, tasks: Sequence[Task]) -> float:
    """Return the median time of the forward pass on a batch: F for each of its facts."""
    tokens = prompt_tokens(tasks)
    return median_seconds(lambda: last_logits(weights, run(weights, tokens).final), ROUNDS)
