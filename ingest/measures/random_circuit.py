"""Random circuits of a real one's size and layer profile: what its faithfulness must beat."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from graphdb.topology import BoolArray, Topology
from ingest.discovery.search import Floats


@dataclass(frozen=True)
class _Blocks:
    """Edges by the pair of blocks that they join: the embedding, a layer's heads, a layer's MLP, the logits."""

    block: NDArray[np.int64]  # [n] number of each edge's pair
    edges: tuple[NDArray[np.int64], ...]  # edges of each pair


def random_circuit(top: Topology, mask: BoolArray, generator: np.random.Generator) -> BoolArray:
    """Draw a mask [s, t] with as many edges as `mask` between each pair of a source's and a slot's block.

    The draw has the circuit's size and layer profile, and is else uniform.
    """
    blocks = _blocks(top)
    drawn = np.zeros(top.n_edges, bool)
    counts = np.bincount(blocks.block[top.pack(mask)], minlength=len(blocks.edges))
    for block in np.flatnonzero(counts):
        drawn[generator.choice(blocks.edges[block], counts[block], replace=False, shuffle=False)] = True
    return top.unpack(drawn)


def shuffled(top: Topology, scores: Floats, generator: np.random.Generator) -> Floats:
    """Deal each fact's scores [fact, edge] anew among the edges between the same two blocks.

    What every pair of blocks has in sum stays; which of its edges has it is chance.
    """
    block, dealt = _blocks(top).block, np.empty_like(scores)
    places = np.argsort(block, kind="stable")
    for row, values in zip(dealt, scores, strict=True):
        row[places] = values[np.lexsort((generator.random(len(values)), block))]
    return dealt


@cache
def _blocks(top: Topology) -> _Blocks:
    sources = np.zeros(top.n_sources, np.int64)
    slots = np.full(top.n_slots, 2 * top.n_layers)
    for layer in range(top.n_layers):
        first = top.head_source(layer)
        sources[first : first + top.n_heads], sources[first + top.n_heads] = 2 * layer + 1, 2 * layer + 2
        slots[top.attention_slots(layer)], slots[top.mlp_slot(layer)] = 2 * layer, 2 * layer + 1
    pairs = top.pack(sources[:, None] * (2 * top.n_layers + 1) + slots[None, :])
    _, block = np.unique(pairs, return_inverse=True)
    order, ends = np.argsort(block, kind="stable"), np.cumsum(np.bincount(block))
    return _Blocks(block, tuple(np.split(order, ends[:-1])))
