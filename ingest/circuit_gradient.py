"""Gradient of a loss with respect to a circuit's mask, carried back through the circuit only.

    dL/dmask[s, t] = sum over p of < live - ablated write of s, gradient at what slot t reads >

where the gradient at a source's write is the sum over later slots t of mask[s, t] times the gradient at t. It is
exact: a test compares every entry with autograd's. Axes as in `ingest.forward`; s = source, t = slot.
"""

import torch
from torch import Tensor

from ingest.forward import AttentionTrace, inverse_rms
from ingest.masked import CircuitRun, blocks
from ingest.sweep import SECANT, mlp_back, norm_back, slots_back
from ingest.weights import Attention, Weights


def mask_gradient(weights: Weights, run: CircuitRun, mask: Tensor, at_final: Tensor, start: int) -> Tensor:
    """Return dL/dmask [b, s, t] of a run that kept its traces; entries that are no edges mean nothing.

    `at_final` [b, d] is the gradient of the loss at the residual stream before unembedding, last position.
    """
    top = weights.topology
    at_writes = run.live.new_zeros(run.live.shape).flatten(2)  # [b, s, p * d]
    flat = run.live.flatten(2)
    gradient = mask.new_zeros(mask.shape)
    logits = torch.zeros_like(run.final)
    logits[:, -1] = at_final
    _push(mask[:, :, -1:], logits.flatten(1)[:, None], at_writes)
    gradient[:, :, -1:] = flat @ logits.flatten(1)[:, :, None]
    for layers, slots in reversed(list(blocks(top))):
        first, after = top.head_source(layers[0]), top.mlp_slot(layers[-1]) // top.slots_per_layer
        at_slots = flat.new_zeros(len(flat), slots.stop - slots.start, flat.shape[2])
        for layer in reversed(layers):
            _layer_back(weights, run, mask, at_writes, at_slots, slots.start, layer, start)
        _push(mask[:, :first, slots], at_slots, at_writes[:, :first])
        n_read = top.head_source(after) + top.n_heads
        gradient[:, :n_read, slots] = flat[:, :n_read] @ at_slots.mT
    return gradient


def _push(mask: Tensor, at_slots: Tensor, at_writes: Tensor) -> None:
    """Add to the gradient at the writes [b, s, p * d] what comes back from slots [b, t, p * d]."""
    at_writes.baddbmm_(mask, at_slots)


def _layer_back(
    weights: Weights,
    run: CircuitRun,
    mask: Tensor,
    at_writes: Tensor,
    at_slots: Tensor,
    first_slot: int,
    layer: int,
    start: int,
) -> None:
    """Carry the gradient through a layer: from all later slots of its block into `at_slots`."""
    top, shape = weights.topology, run.final.shape[1:]
    first, mlp, slot = top.head_source(layer), top.head_source(layer) + top.n_heads, top.mlp_slot(layer)
    stop = first_slot + at_slots.shape[1]

    def gathered(sources: slice, later: int) -> Tensor:
        at = at_writes[:, sources]
        if later < stop:
            at = torch.baddbmm(at, mask[:, sources, later:stop], at_slots[:, later - first_slot :])
        return at.unflatten(2, shape)

    at_mlp = gathered(slice(mlp, mlp + 1), slot + 1)[:, 0]
    trace = run.mlp[layer]
    at_slots[:, slot - first_slot] = mlp_back(weights.mlp[layer], SECANT, trace, trace, at_mlp).flatten(1)
    at_heads = _heads_back(weights.attention[layer], run.attention[layer], gathered(slice(first, mlp), slot), start)
    heads = top.attention_slots(layer)
    at_slots[:, heads.start - first_slot : heads.stop - first_slot] = at_heads.flatten(2)


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
