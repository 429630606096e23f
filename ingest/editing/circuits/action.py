"""Where an edit acts, and what carries it to the logits.

An edit changes what one MLP writes, at every position. Given the changed value at one position alone, the rest of the
model tells how much of the edit's effect comes from there. At the last position direct logit attribution, with the
final norm's scale held at what it is in each run, divides the change over the components (`ingest.lens.closed`).

Axes: p = position, s = source (order of `graphdb.topology`), d = model.
"""

from collections.abc import Collection
from dataclasses import dataclass

import torch
from torch import Tensor

from ingest.editing.layers import hidden, resume
from ingest.editing.prompts.wording import Asked
from ingest.lens.closed import frozen_norm
from ingest.model.forward import Trace, normalise, run, writes
from ingest.model.weights import Weights


@dataclass(frozen=True, slots=True)
class Pair:
    """The two tokens whose logits are compared."""

    old: int
    new: int

    def direction(self, weights: Weights) -> Tensor:
        """Unembedding of the new less that of the old one [d]."""
        return weights.unembed[self.new] - weights.unembed[self.old]


@dataclass(frozen=True, slots=True)
class Places:
    """Logit of the new token less the old one's: before, and by how much it grows with the edit at some positions."""

    before: float
    everywhere: float
    at_subject: float
    at_last: float


@dataclass(frozen=True, slots=True)
class Carried:
    """By how much more components write the new token than the old one at the last position; they add up to all."""

    direct: float
    movers: float
    heads: float
    mlps: float
    rest: float


@torch.no_grad()
def places(before: Weights, after: Weights, layer: int, asked: Asked, pair: Pair) -> Places:
    """Run the model with the edited MLP of `layer` at all positions, at the subject's last token, and at the last."""
    mlp = run(before, _tokens(before, asked)).mlp[layer]
    block = after.mlp[layer]
    changed = hidden(block, mlp) @ block.down
    changed = changed if block.down_bias is None else changed + block.down_bias
    outs = mlp.out.repeat(4, 1, 1)
    outs[1] = changed[0]
    outs[2, asked.at], outs[3, -1] = changed[0, asked.at], changed[0, -1]
    final = resume(before, layer, mlp.x.expand(4, -1, -1), outs, 0, [])
    logits = (normalise(before.final_norm, final[:, -1]) @ pair.direction(before)).tolist()
    return Places(logits[0], *(each - logits[0] for each in logits[1:]))


@torch.no_grad()
def carried(before: Weights, after: Weights, layer: int, asked: Asked, pair: Pair, movers: Collection[str]) -> Carried:
    """Divide the change over the edited MLP, movers, other heads, the MLPs behind, and what comes before."""
    traces = [run(each, _tokens(each, asked)) for each in (before, after)]
    one, two = (attribution(each, trace, pair) for each, trace in zip((before, after), traces, strict=True))
    change, total = two - one, _logits(after, traces[1], pair) - _logits(before, traces[0], pair)
    top = before.topology
    numbers = top.source_numbers
    mlps = [numbers[f"m{each}"] for each in range(top.n_layers)]
    moving = [numbers[each] for each in movers]
    others = sorted(set(range(1, top.n_sources)) - set(mlps) - set(moving))
    parts = [float(change[rows].sum()) for rows in ([mlps[layer]], moving, others, mlps[layer + 1 :])]
    return Carried(*parts, rest=total - sum(parts))


def attribution(weights: Weights, trace: Trace, pair: Pair) -> Tensor:
    """What each source adds to the logit of the new token over that of the old one [s], of a run of one prompt.

    Output biases, and that of the final norm, belong to no source.
    """
    written = frozen_norm(weights.final_norm, writes(weights, trace)[0, :, -1], trace.final[0, -1:])
    return written @ pair.direction(weights)


def _logits(weights: Weights, trace: Trace, pair: Pair) -> float:
    return float(normalise(weights.final_norm, trace.final[0, -1]) @ pair.direction(weights))


def _tokens(weights: Weights, asked: Asked) -> Tensor:
    return torch.tensor([asked.tokens], device=weights.embed.device)
