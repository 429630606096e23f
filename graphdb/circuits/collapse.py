"""How large a circuit is in other people's counts: q, k and v merged, and kv-heads expanded to heads.

In a *collapsed* graph the places that read are heads, MLPs and the logits. An edge joins a source and such a place if
the source reaches any of its slots; an edge to a kv-head stands for one to each head of its group that the circuit
has, which is each that writes to something. The whole model has, whatever its kv-heads,

    sum over layers l of  H (1 + l (H + 1))  +  1 + l (H + 1) + H,    and  1 + L (H + 1) to the logits

collapsed edges: 80,965 for GPT2-medium (L = 24, H = 16), as in Table 1 of Yao et al. 2024.
"""

from dataclasses import dataclass

import numpy as np

from graphdb.components import n_nodes
from graphdb.topology import BoolArray, Topology


@dataclass(frozen=True, slots=True)
class Size:
    """Nodes and edges of a circuit in both counts."""

    edges: int
    nodes: int
    """Embedding, heads, kv-heads where heads share them, MLPs and logits."""
    edges_collapsed: int
    nodes_collapsed: int
    """The same without kv-heads."""


def collapsed(top: Topology, mask: BoolArray) -> BoolArray:
    """Merge a circuit's mask [source, slot] into [source, reader]: heads and MLP of each layer, then the logits."""
    writes = np.any(mask, axis=1)
    parts: list[BoolArray] = []
    for layer in range(top.n_layers):
        first = top.head_source(layer)
        q, k, v = np.split(mask[:, top.attention_slots(layer)], (top.n_heads, top.n_heads + top.n_kv_heads), 1)
        heads = q | np.repeat(k | v, top.group_size, 1)
        parts += [heads & writes[first : first + top.n_heads], mask[:, [top.mlp_slot(layer)]]]
    return np.concatenate([*parts, mask[:, [-1]]], 1)


def size(top: Topology, mask: BoolArray) -> Size:
    """Count a circuit without dangling edges, given as a mask [source, slot]."""
    edges = collapsed(top, mask)
    names = {top.slot_names[slot][0] for slot in np.flatnonzero(mask.any(0))}
    names |= {top.source_names[source] for source in np.flatnonzero(mask.any(1))}
    n_collapsed = n_nodes(names)
    return Size(int(mask.sum()), len(names), int(edges.sum()), n_collapsed)
