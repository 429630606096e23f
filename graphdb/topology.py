"""The native edges of a transformer: names of sources and slots, their numbering, and dangling-edge removal.

A *source* writes to the residual stream (`embed`, each head, each MLP); a *slot* reads it (each head's query,
each kv-head's key and value, each MLP, the logits). With grouped-query attention a kv-head's slots are one,
however many heads share them, so the count is native (method.md, section 1).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from graphdb.components import Component, EdgeName, parse

BoolArray = NDArray[np.bool_]
_Scalar = TypeVar("_Scalar", bound=np.generic)


@dataclass(frozen=True)
class Topology:
    """A model's shape: layers, heads a layer, kv-heads a layer."""

    n_layers: int
    n_heads: int
    n_kv_heads: int

    @property
    def n_sources(self) -> int:
        """S = 1 + L(H + 1)."""
        return 1 + self.n_layers * (self.n_heads + 1)

    @property
    def group_size(self) -> int:
        """Query heads that share one kv-head: head h reads kv-head h // group_size."""
        return self.n_heads // self.n_kv_heads

    @property
    def slots_per_layer(self) -> int:
        """H queries, K keys, K values, one MLP."""
        return self.n_heads + 2 * self.n_kv_heads + 1

    @property
    def n_slots(self) -> int:
        """T = L(H + 2K + 1) + 1."""
        return self.n_layers * self.slots_per_layer + 1

    @property
    def n_edges(self) -> int:
        """Pairs (source, slot) with the source before the slot."""
        return int(self.n_read.sum())

    def head_source(self, layer: int) -> int:
        """Index of the layer's first head among the sources; its MLP follows its last head."""
        return 1 + layer * (self.n_heads + 1)

    def attention_slots(self, layer: int) -> slice:
        """Slots of a layer's queries, keys and values, in this order."""
        start = layer * self.slots_per_layer
        return slice(start, start + self.slots_per_layer - 1)

    def mlp_slot(self, layer: int) -> int:
        """Slot of a layer's MLP."""
        return (layer + 1) * self.slots_per_layer - 1

    @cached_property
    def n_read(self) -> NDArray[np.int64]:
        """n_read[slot] = sources before the slot: it reads sources 0 .. n_read - 1."""
        counts = np.empty(self.n_slots, np.int64)
        for layer in range(self.n_layers):
            counts[self.attention_slots(layer)] = self.head_source(layer)
            counts[self.mlp_slot(layer)] = self.head_source(layer) + self.n_heads
        counts[-1] = self.n_sources
        return counts

    @cached_property
    def allowed(self) -> BoolArray:
        """allowed[source, slot] = the edge exists."""
        return np.arange(self.n_sources)[:, None] < self.n_read[None, :]

    @cached_property
    def source_names(self) -> tuple[str, ...]:
        """Component names of the sources, in order of computation."""
        names = ["embed"]
        for layer in range(self.n_layers):
            names += [f"a{layer}.h{head}" for head in range(self.n_heads)] + [f"m{layer}"]
        return tuple(names)

    @cached_property
    def slot_names(self) -> tuple[tuple[str, str], ...]:
        """(component, channel) of each slot. Without grouping, keys and values are the heads' own."""
        kv = "kv" if self.n_kv_heads < self.n_heads else "h"
        names: list[tuple[str, str]] = []
        for layer in range(self.n_layers):
            names += [(f"a{layer}.h{head}", "q") for head in range(self.n_heads)]
            names += [(f"a{layer}.{kv}{head}", channel) for channel in "kv" for head in range(self.n_kv_heads)]
            names.append((f"m{layer}", "mlp"))
        return (*names, ("logits", "logits"))

    @cached_property
    def components(self) -> tuple[Component, ...]:
        """Every component: sources, kv-heads if heads share them, logits."""
        names = dict.fromkeys([*self.source_names, *(name for name, _ in self.slot_names)])
        return tuple(map(parse, names))

    @cached_property
    def source_numbers(self) -> dict[str, int]:
        """Name of each source -> its number."""
        return {name: number for number, name in enumerate(self.source_names)}

    @cached_property
    def slot_numbers(self) -> dict[tuple[str, str], int]:
        """(component, channel) of each slot -> its number."""
        return {name: number for number, name in enumerate(self.slot_names)}

    def places(self, edges: Iterable[EdgeName]) -> tuple[list[int], list[int]]:
        """Return the numbers of the edges' sources, and of their slots."""
        pairs = [(self.source_numbers[source], self.slot_numbers[target, channel]) for source, target, channel in edges]
        return [source for source, _ in pairs], [slot for _, slot in pairs]

    def mask(self, edges: Iterable[EdgeName]) -> BoolArray:
        """Return mask[source, slot] = the edge is one of these."""
        mask = np.zeros(self.allowed.shape, bool)
        mask[self.places(edges)] = True
        return mask

    def edge_names(self, mask: BoolArray) -> list[EdgeName]:
        """Return the names of a mask's edges [source, slot], in the order in which `pack` gives their values."""
        ends = zip(*np.nonzero(mask), strict=True)
        return [(self.source_names[source], *self.slot_names[slot]) for source, slot in ends]

    def pack(self, matrix: NDArray[_Scalar]) -> NDArray[_Scalar]:
        """Edge values [..., source, slot] -> [..., edge], in row-major order of the edges that exist."""
        return matrix[..., self.allowed]

    def unpack(self, values: NDArray[_Scalar]) -> NDArray[_Scalar]:
        """Edge values [..., edge] -> [..., source, slot], zero where there is no edge."""
        matrix = np.zeros((*values.shape[:-1], *self.allowed.shape), values.dtype)
        matrix[..., self.allowed] = values
        return matrix


def prune_dangling(top: Topology, mask: BoolArray) -> BoolArray:
    """Keep the edges of mask [..., source, slot] that lie on a path from the embedding to the logits.

    What goes carries nothing: a source that no path reaches writes what it writes in the corrupt run, and a
    slot that leads nowhere changes no logit. So the pruned circuit computes the same.
    """
    return mask & _reached(top, mask)[..., :, None] & _leading(top, mask)[..., None, :]


def _reached(top: Topology, mask: BoolArray) -> BoolArray:
    """reached[..., source] = a path of the mask leads from the embedding to the source."""
    reached = np.zeros((*mask.shape[:-2], top.n_sources), bool)
    reached[..., 0] = True
    for layer in range(top.n_layers):
        first, slot = top.head_source(layer), top.mlp_slot(layer)
        read = _any_source(mask, reached, first, top.attention_slots(layer))
        q, k, v = np.split(read, (top.n_heads, top.n_heads + top.n_kv_heads), -1)
        reached[..., first : first + top.n_heads] = q | np.repeat(k | v, top.group_size, -1)
        after = first + top.n_heads
        reached[..., after] = _any_source(mask, reached, after, slice(slot, slot + 1))[..., 0]
    return reached


def _any_source(mask: BoolArray, reached: BoolArray, n_read: int, slots: slice) -> BoolArray:
    return np.any(mask[..., :n_read, slots] & reached[..., :n_read, None], axis=-2)


def _leading(top: Topology, mask: BoolArray) -> BoolArray:
    """leading[..., slot] = a path of the mask leads from the slot to the logits."""
    leading = np.zeros((*mask.shape[:-2], top.n_slots), bool)
    leading[..., -1] = True
    for layer in reversed(range(top.n_layers)):
        first, slot, slots = top.head_source(layer), top.mlp_slot(layer), top.attention_slots(layer)
        after = first + top.n_heads
        leading[..., slot] = _any_slot(mask, leading, slice(after, after + 1), slot + 1)[..., 0]
        heads = _any_slot(mask, leading, slice(first, after), slot)
        groups = heads.reshape(*heads.shape[:-1], top.n_kv_heads, top.group_size).any(-1)
        leading[..., slots] = np.concatenate((heads, groups, groups), -1)
    return leading


def _any_slot(mask: BoolArray, leading: BoolArray, sources: slice, from_slot: int) -> BoolArray:
    return np.any(mask[..., sources, from_slot:] & leading[..., None, from_slot:], axis=-1)
