"""Which facts are run together, and how much memory that takes.

A batch of b facts whose donors and themselves have u different prompts, p positions after their common prefix (under
zero ablation: all positions), takes at most

    N (p d_model S (2.2 u + 9 b) + 10 S T b)  bytes beside the model's weights,

N bytes a number, S sources, T slots. Each different prompt has its trace and its writes (2.2 numbers for each position,
dimension and source). A fact of a batch has, while its circuit is pruned, what two donors carry (2.4), a run with what
each of its slots reads (3.5), the gradients there (1.6) and what is on its way (1.5); and ten arrays of the size of
all edges. `make bench` holds the formula against the measured peak.
"""

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import zip_longest

import torch
from torch import Tensor

from ingest.compute.prompt_runs import CORRUPT, first_position
from ingest.facts.prompts import fact_hash
from ingest.facts.task import Task
from ingest.model.weights import Weights

MEMORY_SHARE = 1 / 32
"""Share of the machine's memory that a batch may take: the whole machine's, so that the batches stay the same."""
POSITIONS = 96
"""Positions of facts in a batch, at most, on a CPU: more of them are no faster there."""
PER_PROMPT, PER_FACT, PER_EDGE = 2.2, 9.0, 10.0
"""Numbers for each source, position and dimension of a different prompt and of a fact, and for each edge of a fact."""


def batches(tasks: Iterable[Task], weights: Weights, size: int | None, ablation: str = CORRUPT) -> list[list[Task]]:
    """Split tasks into batches of one shape, of at most `size` facts, or as many as memory allows.

    Prompts with a common prefix of equal length come together, since only what follows it is run; and so do facts of
    a relation whose donors are the same prompts.
    """
    by_shape: dict[tuple[int, ...], list[Task]] = defaultdict(list)
    for task in sorted(tasks, key=lambda task: (task.start, task.relation_id, fact_hash(task.prompt.fact_id))):
        by_shape[task.shape].append(task)
    return [batch for _, group in sorted(by_shape.items()) for batch in _cut(group, weights, size, ablation)]


def in_turn(batches: Iterable[list[Task]]) -> list[list[Task]]:
    """Put batches of different relations in turn, so that the first of them show all relations."""
    by_relation: dict[str, list[list[Task]]] = defaultdict(list)
    for batch in batches:
        by_relation[batch[0].relation_id].append(batch)
    return [batch for turn in zip_longest(*by_relation.values()) for batch in turn if batch is not None]


def _cut(group: Sequence[Task], weights: Weights, size: int | None, ablation: str) -> list[list[Task]]:
    """Cut a sorted group wherever one fact more would be too many."""
    cut: list[list[Task]] = []
    for task in group:
        if cut and _fits([*cut[-1], task], weights, size, ablation):
            cut[-1].append(task)
        else:
            cut.append([task])
    return cut


def _fits(tasks: Sequence[Task], weights: Weights, size: int | None, ablation: str) -> bool:
    if size is not None:
        return len(tasks) <= size
    positions = len(tasks[0].prompt.tokens) - first_position(tasks, ablation)
    on_cpu = weights.embed.device.type == "cpu"
    few = not on_cpu or len(tasks) * positions <= POSITIONS
    return few and batch_bytes(tasks, weights, ablation) <= MEMORY_SHARE * device_memory(weights.embed)


def batch_bytes(tasks: Sequence[Task], weights: Weights, ablation: str = CORRUPT) -> float:
    """Largest memory that a batch takes beside the weights, in bytes."""
    prompts = {prompt.tokens for task in tasks for prompt in (task.prompt, *task.donors)}
    positions = len(tasks[0].prompt.tokens) - first_position(tasks, ablation)
    top = weights.topology
    unit = positions * weights.d_model * top.n_sources
    edges = PER_EDGE * top.n_sources * top.n_slots
    numbers = unit * (PER_PROMPT * len(prompts) + PER_FACT * len(tasks)) + edges * len(tasks)
    return weights.embed.element_size() * numbers


def device_memory(tensor: Tensor) -> int:
    """Memory of the device that holds the tensor, in bytes."""
    if tensor.device.type == "cuda":
        return torch.cuda.get_device_properties(tensor.device).total_memory
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
