"""Smaller and larger circuits from what is stored: the strongest edges that lie on a path."""

from dataclasses import asdict

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graphdb import components
from graphdb.circuits.rethreshold import strongest_edges
from graphdb.components import EdgeName
from graphdb.topology import Topology, prune_dangling

STEPS = (10, 20, 50, 100, 200, 300, 500, 700, 1000, 1500, 2000, 3000)
"""Sizes to choose from, edges; beyond the last a drawing shows nothing more."""

READABLE = 1000
"""One of `STEPS`: more edges hide each other."""


def options(stored: int, *, beyond: bool) -> list[int]:
    """Sizes to choose from, ascending: the stored one, smaller ones and, `beyond` it, larger ones."""
    return sorted({stored, *(step for step in STEPS if step < stored or beyond)})


def first_size(stored: int) -> int:
    """The size that a circuit is first drawn at: its own, if a drawing of so many edges can be read."""
    return min(stored, READABLE)


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
