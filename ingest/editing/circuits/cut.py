"""Circuits of one fact that are compared at one size: what is found is, from other donors, ten times as large.

Axes: n = native edge, s = source, t = slot.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from graphdb.topology import BoolArray, Topology
from ingest.discovery.search import LARGEST_SHARE, Floats, strongest

SIZE = 300
"""Edges of a circuit, at most; never more than the search takes of a small model."""


@dataclass(frozen=True)
class Cut:
    """The strongest edges of a fact."""

    top: Topology
    mask: BoolArray  # [s, t]
    sizes: Floats  # [s, t] |score| of its edges, 0 elsewhere

    def share(self, components: Collection[str]) -> float:
        """Share of the sum of |scores| that leaves these components."""
        rows = [self.top.source_numbers[each] for each in components]
        total = float(self.sizes.sum())
        return float(self.sizes[rows].sum()) / total if total else 0.0


def cut(top: Topology, scores: Floats) -> Cut:
    """Return the `SIZE` strongest edges by |score| [n] that lie on a path from embedding to logits, or a few less."""
    size = min(SIZE, int(LARGEST_SHARE * top.n_edges))
    mask = strongest(top, scores[None], np.array([size]))[0]
    return Cut(top, mask, np.abs(top.unpack(scores)) * mask)


def jaccard(one: Cut, two: Cut) -> float:
    """Edges in both, as a share of those in either."""
    either = int((one.mask | two.mask).sum())
    return int((one.mask & two.mask).sum()) / either if either else 1.0


def reweighted(before: Cut, after: Cut) -> float | None:
    """Sum of |change of |score|| of the edges in both, as a share of the sum of their |scores| before."""
    both = before.mask & after.mask
    total = float(before.sizes[both].sum())
    return float(np.abs(after.sizes - before.sizes)[both].sum()) / total if total else None


def by_layer(top: Topology, mask: BoolArray) -> tuple[int, ...]:
    """Edges by the layer of the component that they leave; those that leave the embedding come first."""
    counts = mask.sum(1)
    layers = counts[1:].reshape(top.n_layers, top.n_heads + 1).sum(1)
    return int(counts[0]), *map(int, layers)
