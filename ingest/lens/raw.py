"""The raw logit lens: final norm and unembedding of the residual stream after each block (nostalgebraist 2020)."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ingest.model.forward import normalise, token_ranks
from ingest.model.weights import Weights


@dataclass(frozen=True)
class Reading:
    """What a lens reads of a batch after each block, over the whole vocabulary."""

    logits: Tensor  # [b, n, r] of the tokens asked for
    rank: Tensor  # [b, n] of each fact's answer among all tokens, 1 = best
    probability: Tensor  # [b, n] of each fact's answer, 0 to 1


def raw_reading(weights: Weights, streams: Tensor, tokens: Tensor, answers: Tensor) -> Reading:
    """Read the streams [b, n, d]: logits of `tokens` [r], rank and probability of `answers` [b].

    Logits over the vocabulary are held for one block at a time: [b, v].
    """
    found = [_read(weights, stream, tokens, answers) for stream in streams.unbind(1)]
    return Reading(*(torch.stack(each, 1) for each in zip(*found, strict=True)))


def _read(weights: Weights, stream: Tensor, tokens: Tensor, answers: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    logits = normalise(weights.final_norm, stream) @ weights.unembed.T
    own = logits.gather(1, answers[:, None])[:, 0]
    return logits[:, tokens], token_ranks(logits, answers), (own - logits.logsumexp(-1)).exp()
