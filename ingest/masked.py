"""Run the model with a circuit only: edges outside it carry what the corrupt run carries.

Every fact of a batch has a mask of its own. The input of slot t is

    corrupt residual stream + sum over s before t of mask[s, t] * (live write of s - corrupt write of s)

so that an empty mask gives the corrupt run and a full one the clean run (method.md, section 4).
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from ingest.forward import (
    KeysValues,
    Trace,
    attend,
    embed,
    head_writes,
    mlp_from_normed,
    normalise,
    post,
)
from ingest.weights import Attention, Weights


@dataclass(frozen=True)
class Ablation:
    """What a masked run needs of the corrupt run, suffix positions only."""

    start: int
    prefix: KeysValues
    trace: Trace
    writes: Tensor  # [b, s, p, d]


def run_masked(weights: Weights, tokens: Tensor, ablation: Ablation, mask: Tensor) -> Tensor:
    """Run the clean suffix [b, p] with `mask` [b, s, t]: the residual stream [b, p, d] before unembedding."""
    top = weights.topology
    live = torch.empty_like(ablation.writes)
    live[:, 0] = embed(weights, tokens, ablation.start) - ablation.writes[:, 0]
    for layer in range(top.n_layers):
        first, slots, block = top.head_source(layer), top.attention_slots(layer), weights.attention[layer]
        after, slot, mlp = first + top.n_heads, top.mlp_slot(layer), weights.mlp[layer]
        read = _read(ablation.trace.attention[layer].x, live[:, :first], mask[:, :first, slots])
        live[:, first:after] = _run_heads(block, read, ablation, layer) - ablation.writes[:, first:after]
        x = _read(ablation.trace.mlp[layer].x, live[:, :after], mask[:, :after, slot : slot + 1])[:, 0]
        out = mlp_from_normed(mlp, x, normalise(mlp.norm, x)).out
        live[:, after] = post(mlp.post_norm, out) - ablation.writes[:, after]
    return _read(ablation.trace.final, live, mask[:, :, -1:])[:, 0]


def _read(corrupt: Tensor, live: Tensor, mask: Tensor) -> Tensor:
    """Input of each slot [b, t, p, d]: corrupt residual stream [b, p, d] plus live differences [b, s, p, d]."""
    carried = mask.mT @ live.flatten(2)
    return corrupt[:, None] + carried.unflatten(2, corrupt.shape[1:])


def _run_heads(block: Attention, read: Tensor, ablation: Ablation, layer: int) -> Tensor:
    """What each head writes [b, h, p, d] when its slots read `read` [b, t, p, d]."""
    n_heads, n_kv = len(block.q), len(block.k)
    parts = normalise(block.norm, read).split((n_heads, n_kv, n_kv), 1)
    kinds = ((block.q, block.q_bias), (block.k, block.k_bias), (block.v, block.v_bias))
    q, k, v = (_project_each(y, weight, bias) for y, (weight, bias) in zip(parts, kinds, strict=True))
    trace = attend(block, read, q, k, v, ablation.start, ablation.prefix[layer] if ablation.prefix else None)
    return head_writes(block, trace.z, trace.out)


def _project_each(y: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Project each head's own normed input [b, heads, p, d] by weight [heads, d, e]: [b, p, heads, e]."""
    out = torch.einsum("bhpd,hde->bphe", y, weight)
    return out if bias is None else out + bias
