"""F, the measure of everything: one forward pass of the model, logits at the last position only."""

import time
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from benchmarks.timing import Clock, median_seconds
from ingest.compute.batching import batches
from ingest.discovery.recall import recall
from ingest.facts.sets import FactSet
from ingest.facts.task import Task
from ingest.model import LanguageModel
from ingest.model.forward import last_logits, run
from ingest.model.weights import Weights
from ingest.options import Options, Silent
from ingest.pipeline import prepare_all

ROUNDS = 3


def find_batches(model: LanguageModel, sets: Sequence[FactSet], options: Options) -> list[list[Task]]:
    """Return the batches in which an ingest of `sets` seeks circuits, in its order."""
    cases, twins = prepare_all(sets, model, options.settings)
    tasks = recall(model, cases, twins, options, Silent()).tasks
    return batches(tasks.values(), model.weights, options.batch)


def spread(found: Sequence[list[Task]], count: int) -> list[list[Task]]:
    """Return the batches of `count` facts that lie evenly among all facts, each batch once."""
    owner = [number for number, batch in enumerate(found) for _ in batch]
    chosen = {owner[(2 * place + 1) * len(owner) // (2 * count)]: None for place in range(count)}
    return [found[number] for number in chosen]


def single(tasks: Sequence[Task]) -> list[Task]:
    """Return the tasks with their first donor alone, which does everything."""
    return [replace(task, donors=task.donors[:1], n_find=1, n_size=0, twin=None) for task in tasks]


def prompt_tokens(tasks: Sequence[Task]) -> Tensor:
    """Return the clean prompts [b, p]."""
    return torch.tensor([task.prompt.tokens for task in tasks])


@torch.no_grad()
def forward_seconds(weights: Weights, tasks: Sequence[Task], clock: Clock = time.perf_counter) -> float:
    """Return the median time of the forward pass on a batch: F for each of its facts."""
    tokens = prompt_tokens(tasks)
    return median_seconds(lambda: last_logits(weights, run(weights, tokens).final), ROUNDS, clock)
