"""Circuits of other sizes from stored scores, without the model."""

import numpy as np
from numpy.typing import NDArray

from graphdb.records import Edge
from graphdb.topology import BoolArray, Topology, prune_dangling


def strongest_edges(scores: NDArray[np.floating], topology: Topology, size: int) -> tuple[Edge, ...]:
    """Return the `size` edges of largest |score| less those on no path from embedding to logits.

    `scores` [n_edges], in logits. Ranks count what is returned, 1 = the largest absolute score.
    """
    chosen = np.zeros(topology.n_edges, bool)
    chosen[strongest(scores, topology, size)] = True
    return edges_of(scores, topology, topology.unpack(chosen))


def edges_of(scores: NDArray[np.floating], topology: Topology, mask: BoolArray) -> tuple[Edge, ...]:
    """Return the edges of a mask [source, slot], largest |score| first. `scores` [n_edges], in logits."""
    names, weights = topology.edge_names(mask), scores[topology.pack(mask)]
    order = np.argsort(-np.abs(weights), kind="stable")
    strongest_first = ((*names[place], float(weights[place])) for place in order)
    return tuple(
        Edge(source, target, channel, weight, rank)
        for rank, (source, target, channel, weight) in enumerate(strongest_first, start=1)
    )


def strongest(scores: NDArray[np.floating], topology: Topology, size: int) -> NDArray[np.intp]:
    """Return the numbers of these edges in the order of `scores`, largest |score| first."""
    chosen = np.argsort(-np.abs(scores), kind="stable")[:size]
    mask = np.zeros(topology.n_edges, bool)
    mask[chosen] = True
    kept = topology.pack(prune_dangling(topology, topology.unpack(mask)))
    return chosen[kept[chosen]]
