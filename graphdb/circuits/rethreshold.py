"""Circuits of other sizes from stored scores, without the model."""

import numpy as np
from numpy.typing import NDArray

from graphdb.records import Edge
from graphdb.topology import Topology, prune_dangling


def strongest_edges(scores: NDArray[np.floating], topology: Topology, size: int) -> tuple[Edge, ...]:
    """Return the `size` edges of largest |score| less those on no path from embedding to logits.

    `scores` [n_edges], in logits. Ranks count what is returned, 1 = the largest absolute score.
    """
    sources, slots = np.nonzero(topology.allowed)
    return tuple(
        Edge(topology.source_names[sources[edge]], *topology.slot_names[slots[edge]], float(scores[edge]), rank)
        for rank, edge in enumerate(strongest(scores, topology, size), start=1)
    )


def strongest(scores: NDArray[np.floating], topology: Topology, size: int) -> NDArray[np.intp]:
    """Return the numbers of these edges in the order of `scores`, largest |score| first."""
    chosen = np.argsort(-np.abs(scores), kind="stable")[:size]
    mask = np.zeros(topology.n_edges, bool)
    mask[chosen] = True
    kept = topology.pack(prune_dangling(topology, topology.unpack(mask)))
    return chosen[kept[chosen]]
