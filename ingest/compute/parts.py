"""The parts of a model that the circuits of a batch need: a circuit of 200 edges has a twelfth of the heads.

Blocks have numbers: 2 l is the attention of layer l, 2 l + 1 its MLP. Axes: b = fact, s = source, t = slot.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from graphdb.topology import BoolArray, Topology
from ingest.model.weights import Attention, Weights

Indices = tuple[NDArray[np.int64], ...]
"""The fields of a `Part` as arrays."""


@dataclass(frozen=True)
class Part:
    """What is run of a block: some facts and, in attention, some heads for all of them."""

    rows: Tensor
    """[r] facts."""
    heads: Tensor
    """[h] query heads; of an MLP, none."""
    kv_heads: Tensor
    """[k] those that the heads read."""
    sources: Tensor
    """[h or 1] what is written."""
    slots: Tensor
    """[t] what is read: of attention q, then k, then v."""


def parts(weights: Weights, mask: Tensor, *, keep: bool, is_run: bool) -> list[Part | None]:
    """Return what circuits `mask` [b, s, t] need of each block, None where it is nothing.

    A component is needed if an edge leads from it. For a gradient (`keep`) what it would write counts without one too:
    nothing new where no edge leads to it, if the ablation is a run of the model (`is_run`).
    """
    top, edges = weights.topology, mask != 0
    leads_on, is_led_to = (each.cpu().numpy() for each in (edges.any(2), edges.any(1)))
    if keep and not is_run:
        leads_on = np.ones_like(leads_on)
    found = list[Indices | None]()
    for layer in range(top.n_layers):
        first, mlp = top.head_source(layer), top.head_source(layer) + top.n_heads
        heads, at_mlp = leads_on[:, first:mlp], leads_on[:, mlp]
        if keep:
            heads = heads | _read_by_heads(top, is_led_to[:, top.attention_slots(layer)])
            at_mlp = at_mlp | is_led_to[:, top.mlp_slot(layer)]
        found += [_of_heads(weights, layer, heads), _of_mlp(top, layer, at_mlp)]
    return _at_device(found, mask.device)


def _read_by_heads(top: Topology, is_led_to: BoolArray) -> BoolArray:
    """Heads [b, h] of which an edge leads to a slot [b, t] of a layer's attention."""
    q, k, v = np.split(is_led_to, (top.n_heads, top.n_heads + top.n_kv_heads), 1)
    return q | np.repeat(k | v, top.group_size, 1)


def _of_heads(weights: Weights, layer: int, needed: BoolArray) -> Indices | None:
    """The fields of a `Part` of attention that facts need of these heads [b, h]."""
    top = weights.topology
    rows, heads = np.flatnonzero(needed.any(1)), np.flatnonzero(needed.any(0))
    if not len(rows):
        return None
    if weights.attention[layer].post_norm is not None:
        heads = np.arange(top.n_heads)  # it divides what each writes by the size of their sum
    kv_heads = np.unique(heads // top.group_size)
    keys = top.n_heads + kv_heads
    slots = top.attention_slots(layer).start + np.concatenate((heads, keys, keys + top.n_kv_heads))
    return rows, heads, kv_heads, top.head_source(layer) + heads, slots


def _of_mlp(top: Topology, layer: int, needed: BoolArray) -> Indices | None:
    """The fields of a `Part` of an MLP that these facts [b] need."""
    rows, none = np.flatnonzero(needed), np.arange(0)
    if not len(rows):
        return None
    source, slot = top.head_source(layer) + top.n_heads, top.mlp_slot(layer)
    return rows, none, none, np.array([source]), np.array([slot])


def _at_device(found: Sequence[Indices | None], device: torch.device) -> list[Part | None]:
    """Return the parts, brought to the device in one copy."""
    arrays = [array for each in found if each is not None for array in each]
    if not arrays:
        return [None] * len(found)
    pieces = iter(torch.from_numpy(np.concatenate(arrays)).to(device).split([len(array) for array in arrays]))
    return [None if each is None else Part(*islice(pieces, len(each))) for each in found]


def of_heads(block: Attention, part: Part) -> Attention:
    """Return an attention block that has some heads only."""
    if len(part.heads) == len(block.q):
        return block
    heads, kv_heads = part.heads, part.kv_heads
    size = len(block.q) // len(block.k)
    groups = torch.bincount(heads // size, minlength=len(block.k))[kv_heads]
    return replace(
        block,
        q=block.q[heads],
        k=block.k[kv_heads],
        v=block.v[kv_heads],
        o=block.o[heads],
        q_bias=None if block.q_bias is None else block.q_bias[heads],
        k_bias=None if block.k_bias is None else block.k_bias[kv_heads],
        v_bias=None if block.v_bias is None else block.v_bias[kv_heads],
        groups=tuple(groups.tolist()),
    )
