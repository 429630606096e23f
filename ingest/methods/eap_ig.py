"""Edge attribution patching with integrated gradients (Hanna, Pezzelle and Belinkov 2024, arXiv 2403.17806)."""

import torch
from torch import Tensor

from ingest.compute.attribution import linear_scores, over_donors
from ingest.compute.backward import SECANT
from ingest.compute.prompt_runs import Pair, Rounds, Runs
from ingest.methods.base import Effort, Method
from ingest.model.forward import run_from


def pair_scores(runs: Runs, pair: Pair, steps: int) -> Tensor:
    """Score every edge against one donor each: [b, n], the mean gradient at `steps` points between the embeddings."""
    total, corrupt = torch.zeros(1, device=runs.tokens.device), runs.corrupt(pair).embed
    for step in range(1, steps + 1):
        point = torch.lerp(corrupt, runs.clean.embed, step / steps)
        trace = run_from(runs.weights, point, runs.start, runs.prefix)
        total = total + linear_scores(runs, pair, SECANT, trace, trace)
    return total / steps


def _score(runs: Runs, rounds: Rounds, effort: Effort) -> Tensor:
    return over_donors(runs, rounds, lambda runs, pair: pair_scores(runs, pair, effort.steps))


EAP_IG = Method(
    "eap-ig",
    "the gradient averaged over k points on the line from the corrupt to the clean embedding",
    "1 + r (1 + 2 k)",
    "Hanna, Pezzelle and Belinkov 2024",
    _score,
)
