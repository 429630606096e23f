"""Gradient of a loss with respect to a circuit's mask, carried back through the circuit only.

    dL/dmask[s, t] = sum over p of < live - ablated write of s, gradient at what slot t reads >

where the gradient at a source's write is the sum over later slots t of mask[s, t] times the gradient at t. It is
exact: a test compares every entry with autograd's. Axes as in `ingest.model.forward`; s = source, t = slot.
"""

import torch
from torch import Tensor

from ingest.compute.backward import SECANT, mlp_back, norm_back, slots_back
from ingest.compute.contraction import carry
from ingest.compute.masked import CircuitRun, blocks
from ingest.compute.parts import Part
from ingest.model.forward import AttentionTrace, inverse_rms
from ingest.model.weights import Attention, Weights

SOURCES = 32
"""Sources whose parts by position are computed at a time: what is held meanwhile is as small as they are few."""


def mask_gradient(weights: Weights, run: CircuitRun, mask: Tensor, at_final: Tensor, start: int) -> Tensor:
    """Return dL/dmask [b, s, t] of a run that kept its traces; entries that are no edges mean nothing.

    `at_final` [b, d] is the gradient of the loss at the residual stream before unembedding, last position.
    """
    return _back(weights, run, mask, at_final, start)[0]


def mask_and_position_gradient(
    weights: Weights, run: CircuitRun, mask: Tensor, at_final: Tensor, start: int
) -> tuple[Tensor, Tensor]:
    """Return `mask_gradient` [b, s, t], and how the sum over each source's edges divides over positions [b, s, p]."""
    gradient, at_slots = _back(weights, run, mask, at_final, start)
    places = run.live.new_empty(run.live.shape[:3])
    for some in (slice(first, first + SOURCES) for first in range(0, mask.shape[1], SOURCES)):
        at_writes = carry(mask[:, some], at_slots.flatten(2)).unflatten(2, at_slots.shape[2:])
        places[:, some] = (at_writes * run.live[:, some]).sum(-1)
    return gradient, places


def _back(weights: Weights, run: CircuitRun, mask: Tensor, at_final: Tensor, start: int) -> tuple[Tensor, Tensor]:
    """The gradient by the mask [b, s, t], and at what each slot reads [b, t, p, d]."""
    top, flat = weights.topology, run.live.flatten(2)
    at_slots = flat.new_empty(len(flat), top.n_slots, *run.final.shape[1:])
    at_slots[:, -1, :-1] = 0
    at_slots[:, -1, -1] = at_final
    gradient = mask.new_zeros(mask.shape)
    gradient[:, :, -1:] = flat @ at_slots[:, -1:].flatten(2).mT
    for layers, slots in reversed(list(blocks(top))):
        for layer in reversed(layers):
            _layer_back(weights, run, mask, at_slots, layer, start)
        n_read = int(top.n_read[slots.stop - 1])
        gradient[:, :n_read, slots] = flat[:, :n_read] @ at_slots[:, slots].flatten(2).mT
    return gradient, at_slots


def _layer_back(weights: Weights, run: CircuitRun, mask: Tensor, at_slots: Tensor, layer: int, start: int) -> None:
    """Carry the gradient at all later slots back through a layer, to its own ones: `at_slots` [b, t, p, d]."""
    top = weights.topology
    slot = top.mlp_slot(layer)

    def at_writes(part: Part, later: int) -> Tensor:
        edges = mask[part.rows[:, None], part.sources, later:]
        return carry(edges, at_slots.flatten(2)[:, later:], part.rows).unflatten(2, at_slots.shape[2:])

    at_slots[:, top.attention_slots(layer).start : slot + 1] = 0
    if behind := run.mlp[layer]:
        at_mlp = at_writes(behind.part, slot + 1)[:, 0]
        at_slots[behind.part.rows, slot] = mlp_back(weights.mlp[layer], SECANT, behind.trace, behind.trace, at_mlp)
    if heads := run.attention[layer]:
        at_heads = at_writes(heads.part, slot)
        at_slots[heads.part.rows[:, None], heads.part.slots] = _heads_back(heads.block, heads.trace, at_heads, start)


def _heads_back(block: Attention, trace: AttentionTrace, at_writes: Tensor, start: int) -> Tensor:
    """Gradient at what each head writes [b, h, p, d] -> gradient at what each slot reads [b, t, p, d].

    A post-norm scales what head h writes by r = 1 / rms(sum of all heads): besides r, each head gets what its
    share in the sum changes of r, dr/dout = -r^3 out / d.
    """
    if block.post_norm is not None:
        out, r = inverse_rms(block.post_norm, trace.out)
        at_writes = at_writes * block.post_norm.weight
        written = (at_writes * torch.einsum("bphe,hed->bhpd", trace.z, block.o)).sum((1, 3))[..., None]
        at_writes = at_writes * r[:, None] - (r**3 / out.shape[-1] * written * out)[:, None]
    at_z = torch.einsum("bhpd,hed->bphe", at_writes, block.o)
    return norm_back(block.norm, trace.x, trace.x, slots_back(block, SECANT, trace, trace, at_z, start))
