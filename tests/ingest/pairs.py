"""Clean and corrupt runs of a small model, for tests of what is computed from them."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ingest.forward import Trace, last_logits, run, writes
from ingest.masked import Ablation
from ingest.model import LanguageModel

CLEAN = torch.tensor([[1, 2, 3, 4, 5, 6, 7], [1, 2, 3, 14, 5, 6, 8]])
CORRUPT = torch.tensor([[1, 2, 9, 4, 5, 6, 7], [1, 2, 3, 11, 5, 6, 8]])
ANSWER, FOIL = torch.tensor([7, 8]), torch.tensor([20, 21])
START = 2


@dataclass(frozen=True)
class Pairs:
    """Two pairs of prompts, run from the first position at which one of them differs."""

    tokens: Tensor
    clean: Trace
    ablation: Ablation
    direction: Tensor
    difference: Tensor


@torch.no_grad()
def run_pairs(model: LanguageModel) -> Pairs:
    weights = model.weights
    prefix = run(weights, CLEAN[:, :START]).keys_values()
    clean, corrupt = (run(weights, tokens[:, START:], START, prefix) for tokens in (CLEAN, CORRUPT))
    ablation = Ablation(START, prefix, corrupt, writes(weights, corrupt))
    direction = weights.unembed[ANSWER] - weights.unembed[FOIL]
    return Pairs(CLEAN[:, START:], clean, ablation, direction, writes(weights, clean) - ablation.writes)


def metric(model: LanguageModel, final: Tensor) -> Tensor:
    """logit(answer) - logit(foil) of each pair."""
    logits = last_logits(model.weights, final)
    return (logits.gather(1, ANSWER[:, None]) - logits.gather(1, FOIL[:, None]))[:, 0]
