"""Smaller and larger circuits from what is stored: the strongest edges that lie on a path."""

from dataclasses import asdict

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graphdb.circuits.rethreshold import strongest_edges
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
    group = topology.n_heads // topology.n_kv_heads
    heads = set(edges["source"])
    pairs = []
    for name in sorted({target for target in edges["target"] if ".kv" in target}):
        layer, _, number = name.partition(".kv")
        members = (f"{layer}.h{int(number) * group + member}" for member in range(group))
        pairs += [(name, head) for head in members if head in heads]
    return pairs


def _connected(edges: pd.DataFrame, topology: Topology) -> pd.DataFrame:
    sources = {name: index for index, name in enumerate(topology.source_names)}
    slots = {name: index for index, name in enumerate(topology.slot_names)}
    rows = [sources[name] for name in edges["source"]]
    columns = [slots[name] for name in zip(edges["target"], edges["channel"], strict=True)]
    mask = np.zeros(topology.allowed.shape, bool)
    mask[rows, columns] = True
    return edges[prune_dangling(topology, mask)[rows, columns]]
