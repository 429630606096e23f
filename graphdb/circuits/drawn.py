"""The edges of a circuit that are drawn: the strongest that lie on a path, and how kv-heads lead to heads."""

from dataclasses import asdict

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graphdb import components
from graphdb.circuits.rethreshold import strongest_edges
from graphdb.components import EdgeName
from graphdb.topology import Topology, prune_dangling


def at_size(size: int, stored: pd.DataFrame, scores: NDArray[np.floating] | None, topology: Topology) -> pd.DataFrame:
    """The strongest `size` edges, less those on no path from the embedding to the logits.

    Up to the stored size they are of `stored` (source, target, channel, weight, rank), beyond it they follow
    from `scores` [n_edges].
    """
    if size == len(stored):
        return stored
    if size < len(stored):
        return _connected(stored.nsmallest(size, "rank"), topology)
    assert scores is not None, "larger sizes are offered only with scores"
    larger = strongest_edges(scores, topology, size)
    return pd.DataFrame([asdict(edge) for edge in larger], columns=["source", "target", "channel", "weight", "rank"])


def feeds(edges: pd.DataFrame, topology: Topology) -> list[tuple[str, str]]:
    """(kv-head, head) for each kv-head that edges reach and each head of its group that writes."""
    return components.feeds(_names(edges.sort_values("target")), topology.group_size)


def _connected(edges: pd.DataFrame, topology: Topology) -> pd.DataFrame:
    names = _names(edges)
    return edges[prune_dangling(topology, topology.mask(names))[topology.places(names)]]


def _names(edges: pd.DataFrame) -> list[EdgeName]:
    return list(zip(edges["source"], edges["target"], edges["channel"], strict=True))
