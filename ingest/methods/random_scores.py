"""Random scores, seeded by the fact: what every method must beat."""

import hashlib

import numpy as np
import torch
from torch import Tensor

from ingest.compute.prompt_runs import Rounds, Runs
from ingest.methods.base import Effort, Method


def _score(runs: Runs, rounds: Rounds, effort: Effort) -> Tensor:  # noqa: ARG001
    n = runs.weights.topology.n_edges
    seeds = [
        hashlib.sha256(repr((task.prompt.fact_id, *at)).encode()).digest()
        for task, *at in zip(runs.tasks, *rounds, strict=True)
    ]
    drawn = np.stack([np.random.default_rng(int.from_bytes(seed[:8])).random(n, np.float32) for seed in seeds])
    return torch.from_numpy(drawn).to(runs.tokens.device)


RANDOM = Method("random", "random scores: the floor", "0", "a control", _score)
