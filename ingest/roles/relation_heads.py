"""Relation heads: heads whose attention to the template's words makes the relation's objects likely, by any path.

R = sum over e of (z - z')_e dm_rel/dz_e: the first-order effect on m_rel of cutting a head's attention to the template
at the last position, where z' is what the head carries when the rest is renormalised. With p_T its attention there and
z_T what it carries from there, z - z' = (z_T - p_T z) / (1 - p_T). What the head writes reaches the logits mostly
through MLPs, which the gradient sees and direct logit attribution does not.

The price is that of one position's backward pass for each metric: 1 / positions of a whole prompt's, beside the one
forward pass that all scores share.

Axes as in `ingest.model.forward`; k = metric.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from ingest.compute.backward import SECANT, post_back, slot_gradients
from ingest.model.forward import AttentionTrace, Trace, grouped
from ingest.model.weights import Attention, Weights
from ingest.roles.last_position import LastPosition, without


@torch.no_grad()
def linearised_knockouts(weights: Weights, last: LastPosition, group: int, directions: Tensor) -> Tensor:
    """Return R of every head for each metric [k, b, l, h]: what cutting its attention to a group costs, in logits.

    `directions` [k, b, d] are the metrics in what the unembedding reads: weighted sums of its rows.
    """
    cut = last.of(group)[:, None]
    blocks = zip(weights.attention, last.trace.attention, strict=True)
    changes = [carried_from(block, trace, cut) for block, trace in blocks]  # of each layer [b, h, e]
    found = directions.new_zeros(*directions.shape[:2], len(changes), weights.topology.n_heads)
    for layer, gradient in head_gradients(weights, last, directions):
        found[:, :, layer] = (changes[layer] * gradient).sum(-1)
    return found


def carried_from(block: Attention, trace: AttentionTrace, cut: Tensor) -> Tensor:
    """What the heads carry less what they would carry without the positions `cut` [b, 1, P]: z - z' [b, h, e]."""
    rest = without(trace.log_p[:, :, -1], cut)
    return torch.einsum("bhP,bPhe->bhe", trace.log_p[:, :, -1].exp() - rest.exp(), grouped(block, trace.values))


def head_gradients(weights: Weights, last: LastPosition, directions: Tensor) -> Iterator[tuple[int, Tensor]]:
    """Yield (layer, exact gradient of each metric at z [k, b, h, e]) from the last layer to the first.

    All metrics go through the layers together: at one position the time goes into reading the weights.
    """
    run = _repeated(last.trace, len(directions))
    gradients = slot_gradients(weights, SECANT, run, run, directions.flatten(0, 1), last.start)
    stream = next(gradients)[1].sum(1)
    for layer in reversed(range(weights.topology.n_layers)):
        block, trace = weights.attention[layer], run.attention[layer]
        stream = stream + next(gradients)[1].sum(1)
        at_out = post_back(block.post_norm, SECANT, trace.out, trace.out, stream)
        yield layer, torch.einsum("bd,hed->bhe", at_out[:, -1], block.o).unflatten(0, directions.shape[:2])
        stream = stream + next(gradients)[1].sum(1)


def _repeated(trace: Trace, times: int) -> Trace:
    """The run of a batch, so many times one after the other; a backward pass sees that both its runs are the same."""
    rows = torch.arange(len(trace.embed), device=trace.embed.device).repeat(times)
    every = trace.rows(rows)
    return Trace(every.embed, tuple(every.attention), tuple(every.mlp), every.final)
