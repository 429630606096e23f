"""Circuits rerun from one block on: nothing before it changes when edges into its slots are toggled.

Blocks have numbers: 2 l is the attention of layer l, 2 l + 1 its MLP, 2 n_layers the logits. Axes as in
`ingest.model.forward`; r = row, a circuit against one ablated run; s = source, t = slot.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from graphdb.topology import BoolArray, Topology
from ingest.compute.masked import Ablation, Carried, run_rest
from ingest.compute.parts import Part, parts
from ingest.model.weights import Weights


def n_blocks(top: Topology) -> int:
    """Number of blocks, the logits among them."""
    return 2 * top.n_layers + 1


def block_slots(top: Topology, number: int) -> slice:
    """Slots that a block reads."""
    layer, is_mlp = divmod(number, 2)
    if layer == top.n_layers:
        return slice(top.n_slots - 1, top.n_slots)
    return slice(top.mlp_slot(layer), top.mlp_slot(layer) + 1) if is_mlp else top.attention_slots(layer)


def block_sources(top: Topology, number: int) -> slice:
    """Sources that a block writes: a layer's heads, or its MLP."""
    layer, is_mlp = divmod(number, 2)
    first, mlp = top.head_source(layer), top.head_source(layer) + top.n_heads
    return slice(mlp, mlp + 1) if is_mlp else slice(first, mlp)


def heard_slots(weights: Weights, mask: BoolArray, number: int) -> BoolArray:
    """Slots of a block [b, t] whose inputs change what edges of mask [b, s, t] carry on.

    A head's slots are heard if an edge leads from the head. A post-norm divides what each head writes by the size of
    their sum, so behind one all heads of a layer are heard together.
    """
    top = weights.topology
    layer, is_mlp = divmod(number, 2)
    if layer == top.n_layers:
        return np.ones((len(mask), 1), bool)
    heard = np.any(mask[:, block_sources(top, number), block_slots(top, number).stop :], axis=-1)
    if is_mlp:
        return heard
    if weights.attention[layer].post_norm is not None:
        heard = np.repeat(np.any(heard, axis=-1, keepdims=True), top.n_heads, 1)
    groups = np.any(heard.reshape(len(mask), top.n_kv_heads, top.group_size), axis=-1)
    return np.concatenate((heard, groups, groups), 1)


@dataclass(frozen=True)
class Rest:
    """Circuits that can be rerun from one block on."""

    weights: Weights
    ablation: Ablation
    mask: Tensor  # [r, s, t]; its edges into the block play no part
    live: Tensor  # [r, s, p, d] live less ablated writes; those of the block and behind it are scratch
    before: Carried
    """What sources before the block carry to its slots, which is scratch, and to all later ones."""
    number: int
    """Of the block."""

    @cached_property
    def needed(self) -> Sequence[Part | None]:
        """What is run of each block."""
        found = parts(self.weights, self.mask, keep=False, is_run=self.ablation.is_run)
        return [None] * self.number + found[self.number :]

    def rows(self, rows: Tensor) -> "Rest":
        """Return these rows [r], copied."""
        before = Carried(self.before.source, self.before.slot, self.before.stream[rows])
        return Rest(self.weights, self.ablation.take(rows), self.mask[rows], self.live[rows], before, self.number)

    def final(self, edges: Tensor) -> Tensor:
        """Residual stream before unembedding [r, p, d], with these edges [r, s, t] into the block's slots."""
        carried = edges.mT @ self.live[:, : self.before.source].flatten(2)
        self.before.stream[:, : edges.shape[2]] = carried
        run = run_rest(self.weights, self.ablation, self.mask, self.live, self.needed, self.before, self.number)
        return run.final


def rest_from(weights: Weights, ablation: Ablation, mask: Tensor, live: Tensor, number: int) -> Rest:
    """Prepare the circuits `mask` [r, s, t] to be rerun from a block on.

    `live` [r, s, p, d] comes from a run with any mask that has the same edges into all earlier blocks.
    """
    top = weights.topology
    start = block_slots(top, number).start
    n_read = int(top.n_read[start])
    stream = mask[:, :n_read, start:].mT @ live[:, :n_read].flatten(2)
    return Rest(weights, ablation, mask, live, Carried(n_read, start, stream), number)


def stacked(ablations: Sequence[Ablation]) -> Ablation:
    """Put ablated runs of the same facts one behind the other: [donor, b] as one axis."""
    layers = zip(*(each.prefix for each in ablations), strict=True)
    prefix = [(torch.cat([keys for keys, _ in layer]), torch.cat([values for _, values in layer])) for layer in layers]
    reads = tuple(torch.cat(read) for read in zip(*(each.reads for each in ablations), strict=True))
    return Ablation(
        ablations[0].start, prefix, reads, torch.cat([each.writes for each in ablations]), ablations[0].is_run
    )
