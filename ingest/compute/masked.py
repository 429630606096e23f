"""Run the model with a circuit only: edges outside it carry what the ablated run carries.

Every fact of a batch has a mask of its own. The input of slot t is

    ablated residual stream + sum over s before t of mask[s, t] * (live write of s - ablated write of s)

so that an empty mask gives the ablated run and a full one the clean run (method.md, section 4).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from graphdb.topology import Topology
from ingest.compute.contraction import carry
from ingest.compute.parts import Part, of_heads, parts
from ingest.model.forward import (
    AttentionTrace,
    KeysValues,
    MlpTrace,
    attend,
    embed,
    head_writes,
    mlp_from_normed,
    normalise,
    post,
)
from ingest.model.weights import Attention, Weights

BLOCK = 5
"""Layers whose slots are read from all earlier sources in one product: fewer passes over the sources' writes."""


@dataclass(frozen=True)
class Ablation:
    """What edges outside a circuit carry, suffix positions only."""

    start: int
    prefix: KeysValues
    reads: tuple[Tensor, ...]
    """Residual stream [b, p, d] that attention 0, MLP 0, attention 1, ..., and the logits read."""
    writes: Tensor  # [b, s, p, d]
    is_run: bool
    """Whether the model ran so: a block that reads what is read here then writes what is written here."""

    def take(self, rows: Tensor) -> "Ablation":
        """Return the ablated runs of these rows [r] alone."""
        prefix = [(keys[rows], values[rows]) for keys, values in self.prefix]
        return Ablation(self.start, prefix, tuple(read[rows] for read in self.reads), self.writes[rows], self.is_run)


def zero_ablation(weights: Weights, like: Tensor) -> Ablation:
    """Every source writes zero, at every position of `like` [b, p, d]: what is read is what output biases leave."""
    stream, reads = torch.zeros_like(like), list[Tensor]()
    for block in weights.attention:
        reads.append(stream)
        if block.o_bias is not None:
            stream = stream + post(block.post_norm, block.o_bias)
        reads.append(stream)
    writes = like.new_zeros(len(like), weights.topology.n_sources, *like.shape[1:])
    return Ablation(0, [], (*reads, stream), writes, is_run=False)


@dataclass(frozen=True)
class HeadsRun:
    """A layer's heads that were run, for some facts."""

    part: Part
    block: Attention
    """Of these heads alone."""
    trace: AttentionTrace
    """With x [r, t, p, d]: each slot reads its own."""


@dataclass(frozen=True)
class MlpRun:
    """A layer's MLP, run for some facts."""

    part: Part
    trace: MlpTrace


@dataclass(frozen=True)
class CircuitRun:
    """A run with circuits. `attention` and `mlp` are empty unless they were asked for."""

    final: Tensor  # [b, p, d] residual stream before unembedding
    live: Tensor  # [b, s, p, d] live less ablated writes; of what no edge leads from, zero
    attention: tuple[HeadsRun | None, ...] = ()
    """Of each layer; None where none of its heads was run."""
    mlp: tuple[MlpRun | None, ...] = ()


@dataclass(frozen=True)
class Carried:
    """What the sources before number `source` carry to the slots from number `slot` on."""

    source: int
    slot: int
    stream: Tensor  # [b, t, p * d]


def blocks(top: Topology, start: int = 0) -> Iterator[tuple[range, slice]]:
    """Yield (layers, their slots) from layer `start` on, `BLOCK` layers at a time."""
    for first in range(start, top.n_layers, BLOCK):
        layers = range(first, min(first + BLOCK, top.n_layers))
        yield layers, slice(top.attention_slots(first).start, top.mlp_slot(layers[-1]) + 1)


def run_masked(weights: Weights, tokens: Tensor, ablation: Ablation, mask: Tensor, *, keep: bool = False) -> CircuitRun:
    """Run the clean suffix tokens [b, p] with `mask` [b, s, t]; `keep` the blocks' traces too."""
    live = torch.zeros_like(ablation.writes)
    torch.sub(embed(weights, tokens, ablation.start), ablation.writes[:, 0], out=live[:, 0])
    needed = parts(weights, mask, keep=keep, is_run=ablation.is_run)
    return run_rest(weights, ablation, mask, live, needed, keep=keep)


def run_rest(
    weights: Weights,
    ablation: Ablation,
    mask: Tensor,
    live: Tensor,
    needed: Sequence[Part | None],
    before: Carried | None = None,
    first: int = 0,
    *,
    keep: bool = False,
) -> CircuitRun:
    """Run the `needed` parts of the blocks from number `first` on. What they write goes to `live`.

    `needed` has None for every block before `first`. `before` holds what comes from the sources before that; None:
    only the embedding, which `live` has. `live` must be finite where nothing is run.
    """
    top = weights.topology
    attention, mlp = list[HeadsRun | None](), list[MlpRun | None]()
    for layers, slots in blocks(top, first // 2):
        carried = _carried(before, live, mask, top.head_source(layers[0]), slots)
        for layer in layers:
            heads, at_mlp = needed[2 * layer : 2 * layer + 2]
            attention += [heads and _run_heads(weights, ablation, live, mask, carried, layer, heads)] * keep
            mlp += [at_mlp and _run_mlp(weights, ablation, live, mask, carried, layer, at_mlp)] * keep
    to_logits = _carried(before, live, mask, top.n_sources, slice(top.n_slots - 1, top.n_slots)).stream
    final = ablation.reads[-1] + to_logits.view_as(ablation.reads[-1])
    return CircuitRun(final, live, tuple(attention), tuple(mlp))


def _carried(before: Carried | None, live: Tensor, mask: Tensor, first: int, slots: slice) -> Carried:
    """What the sources before `first`, or all those in `before`, carry to these slots."""
    if before is None:
        return Carried(first, slots.start, carry(mask[:, :first, slots].mT, live.flatten(2)[:, :first]))
    start = max(slots.start, before.slot)
    stream = before.stream[:, start - before.slot : slots.stop - before.slot]
    if first <= before.source:
        return Carried(before.source, start, stream)
    among = slice(before.source, first)
    stream = stream + carry(mask[:, among, start : slots.stop].mT, live.flatten(2)[:, among])
    return Carried(first, start, stream)


def _read(ablated: Tensor, live: Tensor, mask: Tensor, carried: Carried, n_read: int, part: Part) -> Tensor:
    """Input of each slot of a part [r, t, p, d]: ablated residual stream [b, p, d] plus live differences."""
    first, rows = carried.source, part.rows[:, None]
    read = carried.stream[rows, part.slots - carried.slot]
    if n_read > first:
        read += carry(mask[rows, first:n_read, part.slots], live.flatten(2)[:, first:n_read], part.rows)
    return read.unflatten(2, ablated.shape[1:]) + ablated[part.rows, None]


def _run_heads(
    weights: Weights, ablation: Ablation, live: Tensor, mask: Tensor, carried: Carried, layer: int, part: Part
) -> HeadsRun:
    """Run heads of a layer and put what they write into `live`."""
    block, rows = of_heads(weights.attention[layer], part), part.rows[:, None]
    read = _read(ablation.reads[2 * layer], live, mask, carried, weights.topology.head_source(layer), part)
    n_heads, n_kv = len(block.q), len(block.k)
    parts = normalise(block.norm, read).split((n_heads, n_kv, n_kv), 1)
    kinds = ((block.q, block.q_bias), (block.k, block.k_bias), (block.v, block.v_bias))
    q, k, v = (_project_each(y, weight, bias) for y, (weight, bias) in zip(parts, kinds, strict=True))
    prefix = _prefix_of(ablation, layer, part)
    trace = attend(block, read, q, k, v, ablation.start, prefix)
    live[rows, part.sources] = head_writes(block, trace.z, trace.out) - ablation.writes[rows, part.sources]
    return HeadsRun(part, block, trace)


def _prefix_of(ablation: Ablation, layer: int, part: Part) -> tuple[Tensor, Tensor] | None:
    """Keys and values [r, P, k, e] of a part before the suffix."""
    if not ablation.prefix:
        return None
    keys, values = (each[part.rows[:, None], :, part.kv_heads].transpose(1, 2) for each in ablation.prefix[layer])
    return keys, values


def _run_mlp(
    weights: Weights, ablation: Ablation, live: Tensor, mask: Tensor, carried: Carried, layer: int, part: Part
) -> MlpRun:
    """Run a layer's MLP and put what it writes into `live`."""
    top, block = weights.topology, weights.mlp[layer]
    source = top.head_source(layer) + top.n_heads
    read = _read(ablation.reads[2 * layer + 1], live, mask, carried, source, part)[:, 0]
    trace = mlp_from_normed(block, read, normalise(block.norm, read))
    live[part.rows, source] = post(block.post_norm, trace.out) - ablation.writes[part.rows, source]
    return MlpRun(part, trace)


def _project_each(y: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Project each head's own normed input [b, heads, p, d] by weight [heads, d, e]: [b, p, heads, e]."""
    out = torch.einsum("bhpd,hde->bphe", y, weight)
    return out if bias is None else out + bias
