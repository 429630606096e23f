"""Circuits of other sizes from stored scores, without the model."""

import numpy as np
from numpy.typing import NDArray

from graphdb.records import Edge
from graphdb.topology import BoolArray, Topology, prune_dangling


def strongest_edges(scores: NDArray[np.floating], topology: Topology, size: int) -> tuple[Edge, ...]:
    """Return the `size` edges of largest |score| less those on no path from embedding to logits.

    `scores` [n_edges], in logits, are the weights of what is returned: no effects are known of a circuit that was not
    run. Ranks count what is returned, 1 = the largest absolute score.
    """
    chosen = np.zeros(topology.n_edges, bool)
    chosen[strongest(scores, topology, size)] = True
    return edges_of(scores, topology, topology.unpack(chosen))


def edges_of(
    weights: NDArray[np.floating], topology: Topology, mask: BoolArray, scores: NDArray[np.floating] | None = None
) -> tuple[Edge, ...]:
    """Return the edges of a mask [source, slot], largest |weight| first.

    `weights` [n_edges], in logits; `scores` [n_edges] are those that a search took edges by, where they are others.
    """
    names, packed = topology.edge_names(mask), topology.pack(mask)
    ranks, search_ranks = (_ranks(each[packed]) for each in (weights, weights if scores is None else scores))
    found = zip(names, weights[packed].tolist(), ranks.tolist(), search_ranks.tolist(), strict=True)
    return tuple(sorted((Edge(*name, *rest) for name, *rest in found), key=lambda edge: edge.rank))


def _ranks(weights: NDArray[np.floating]) -> NDArray[np.intp]:
    """Place of each in the order of |weight|, 1 = the largest."""
    ranks = np.empty(len(weights), np.intp)
    ranks[np.argsort(-np.abs(weights), kind="stable")] = np.arange(1, len(weights) + 1)
    return ranks


def strongest(scores: NDArray[np.floating], topology: Topology, size: int) -> NDArray[np.intp]:
    """Return the numbers of these edges in the order of `scores`, largest |score| first."""
    chosen = np.argsort(-np.abs(scores), kind="stable")[:size]
    mask = np.zeros(topology.n_edges, bool)
    mask[chosen] = True
    kept = topology.pack(prune_dangling(topology, topology.unpack(mask)))
    return chosen[kept[chosen]]
