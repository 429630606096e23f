"""Every circuit against every other, in blocks: the nearest of each, how many pairs share more than chance gives.

Fifty million pairs are never held. Whatever is asked of a pair follows from the sizes of its circuits and what they
share, so pairs are counted by these three numbers; p- and q-values are exact for the counts.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from graphdb.comparison.chance.null import Null, within
from graphdb.comparison.memberships import Floats, Ints, Memberships
from graphdb.comparison.overlap import LEVEL, OVERLAP_COLUMNS, overlap_frame, q_values, ratio

BLOCK = 512
"""Circuits compared with all others at once."""
BINS = 20
"""Bins of the histogram."""

NEAREST_COLUMNS = {
    "circuit": "circuit id",
    "relation": "its relation",
    "rank": "1 = the nearest: of the largest Jaccard index beyond its expectation",
    "nearest": "id of the other circuit",
    "nearest_relation": "its relation",
    **OVERLAP_COLUMNS,
    "q": "p over all pairs of circuits (Benjamini-Hochberg)",
}
"""Columns of `AllPairs.nearest`."""
KIND_COLUMNS = {
    "pairs": "`within` relations or `across` them",
    "count": "pairs of circuits",
    "found": "of these, with q up to 0.05",
    "jaccard": "mean Jaccard index",
    "jaccard_expected": "mean of the Jaccard index at the expected overlap",
    "shared": "mean number of names that both hold",
    "expected": "mean expected number",
}
"""Columns of `AllPairs.kinds`."""
HISTOGRAM_COLUMNS = {
    "low": "least Jaccard index of the bin",
    "high": "the next bin's",
    "within": "pairs of circuits of one relation",
    "across": "pairs of circuits of two relations",
}
"""Columns of `AllPairs.histogram`."""


@dataclass(frozen=True, slots=True)
class AllPairs:
    """What all pairs of a corpus's circuits come to."""

    kinds: pd.DataFrame
    """`KIND_COLUMNS`, a row each for pairs within a relation and across relations."""
    nearest: pd.DataFrame
    """`NEAREST_COLUMNS`, by circuit and rank."""
    histogram: pd.DataFrame
    """`HISTOGRAM_COLUMNS`, from 0 to 1."""
    p: Floats
    """Every p-value that a pair has, ascending."""
    q: Floats
    """The q-value of each."""

    def q_of(self, p: Floats) -> Floats:
        """Return the q-values, over all pairs, of p-values of pairs."""
        return self.q[np.minimum(np.searchsorted(self.p, p * (1 - 1e-9)), len(self.q) - 1)] if len(self.q) else p


def all_pairs(corpus: Memberships, nearest: int = 5, seed: int = 0) -> AllPairs:
    """Compare every two rows of a corpus; `nearest` are kept of each. `seed`: of a small corpus's permutations.

    10,000 circuits of components take seconds and, beside the corpus as a dense float32 matrix, some hundred MB.
    """
    null = within(corpus, seed)
    relation = pd.factorize(corpus.circuits["relation"])[0].astype(np.int64)
    counts = _Counts(null)
    kept = [counts.add(block, relation, nearest) for block in _blocks(corpus, null)]
    cells = counts.cells()
    p = null.p_of_classes(cells.class_a, cells.class_b, cells.shared)
    each, place = np.unique(p, return_inverse=True)
    q = q_values(each, np.bincount(place, cells.count, len(each)).astype(np.int64))
    found = AllPairs(_kinds(cells, null, q[place]), pd.DataFrame(), _histogram(cells, null), each, q)
    return AllPairs(found.kinds, _nearest(corpus, null, kept, found), found.histogram, each, q)


@dataclass(frozen=True, slots=True)
class _Block:
    """Some rows of one class against all rows; columns are in the order of their classes."""

    order: Ints
    """Row of the corpus of each column."""
    start: int
    """Column of the first row of the block."""
    shared: Floats
    """[row of the block, column], float32."""


@dataclass(frozen=True, slots=True)
class _Cells:
    """Pairs counted by what matters of them [cell]."""

    same: Ints
    class_a: Ints
    class_b: Ints
    shared: Ints
    count: Ints


def _blocks(corpus: Memberships, null: Null) -> Iterator[_Block]:
    order = np.argsort(null.class_a, kind="stable")
    held = corpus.held[order].astype(np.float32).toarray()
    classes = null.class_a[order]
    starts = np.flatnonzero(np.diff(classes, prepend=-1))
    for first, end in zip(starts, [*starts[1:], len(order)], strict=True):
        for start in range(first, end, BLOCK):
            yield _Block(order, start, held[start : min(start + BLOCK, end)] @ held.T)


class _Counts:
    """Counts pairs by whether they are of one relation, by classes and by what they share."""

    def __init__(self, null: Null) -> None:
        self._null = null
        self._width = int(null.size_a.max(initial=0)) + 1
        self._counts: dict[int, Ints] = {}
        union = null.size_a[:, None] + null.size_b[None, :] - null.mean
        self._expected = ratio(null.mean, union).astype(np.float32)

    def add(self, block: _Block, relation: Ints, nearest: int) -> tuple[Ints, Ints, Ints]:
        """Count a block's pairs; return rows, their nearest [row, rank] and what they share with these."""
        order, start, rows = block.order, block.start, len(block.shared)
        classes, mine = self._null.class_a[order], int(self._null.class_a[order[start]])
        later = slice(start, None)
        key = classes[later] * self._width + block.shared[:, later].astype(np.int64)
        key += (relation[order[start : start + rows], None] == relation[order[later]]) * (
            len(self._null.size_a) * self._width
        )
        keys = np.concatenate([key[:, :rows][np.triu_indices(rows, 1)], key[:, rows:].ravel()])
        counted = np.bincount(keys, minlength=2 * len(self._null.size_a) * self._width)
        self._counts[mine] = self._counts.get(mine, 0) + counted
        return order[start : start + rows], *self._best(block, classes, mine, nearest)

    def _best(self, block: _Block, classes: Ints, mine: int, nearest: int) -> tuple[Ints, Ints]:
        sizes = self._null.size_a.astype(np.float32)
        union = (sizes[mine] + sizes[classes])[None, :] - block.shared
        excess = block.shared / np.maximum(union, 1) - self._expected[mine, classes]
        rows = np.arange(len(block.shared))
        excess[rows, block.start + rows] = -np.inf
        count = min(nearest, excess.shape[1] - 1)
        best = np.argpartition(-excess, count - 1, axis=1)[:, :count] if count > 0 else np.empty((len(rows), 0), int)
        best = np.take_along_axis(best, np.argsort(-np.take_along_axis(excess, best, 1), axis=1, kind="stable"), 1)
        shared = np.take_along_axis(block.shared, best, 1)
        return block.order[best], shared.round().astype(np.int64)

    def cells(self) -> _Cells:
        """Return what was counted."""
        classes, parts = len(self._null.size_a), []
        for mine, counts in self._counts.items():
            kept = np.flatnonzero(counts)
            same, rest = np.divmod(kept, classes * self._width)
            other, shared = np.divmod(rest, self._width)
            parts.append(np.stack([same, np.full(len(kept), mine), other, shared, counts[kept]]))
        return _Cells(*(np.concatenate(parts, axis=1) if parts else np.zeros((5, 0), np.int64)))


def _kinds(cells: _Cells, null: Null, q: Floats) -> pd.DataFrame:
    size_a, size_b = null.size_a[cells.class_a], null.size_b[cells.class_b]
    mean = null.mean[cells.class_a, cells.class_b]
    figures = {
        "jaccard": ratio(cells.shared, size_a + size_b - cells.shared),
        "jaccard_expected": ratio(mean, size_a + size_b - mean),
        "shared": cells.shared,
        "expected": mean,
    }
    rows = []
    for name, same in (("within", 1), ("across", 0)):
        weight = np.where(cells.same == same, cells.count, 0)
        total = int(weight.sum())
        means = {key: float(weight @ value / total) if total else np.nan for key, value in figures.items()}
        rows.append({"pairs": name, "count": total, "found": int(weight[q <= LEVEL].sum()), **means})
    return pd.DataFrame(rows, columns=list(KIND_COLUMNS))


def _histogram(cells: _Cells, null: Null) -> pd.DataFrame:
    union = null.size_a[cells.class_a] + null.size_b[cells.class_b] - cells.shared
    place = np.minimum((ratio(cells.shared, union) * BINS).astype(np.int64), BINS - 1)
    counts = {
        name: np.bincount(place, np.where(cells.same == same, cells.count, 0), BINS).astype(np.int64)
        for name, same in (("within", 1), ("across", 0))
    }
    edges = np.arange(BINS + 1) / BINS
    return pd.DataFrame({"low": edges[:-1], "high": edges[1:], **counts})


def _nearest(corpus: Memberships, null: Null, kept: list[tuple[Ints, Ints, Ints]], found: AllPairs) -> pd.DataFrame:
    if not kept:
        return pd.DataFrame(columns=list(NEAREST_COLUMNS))
    rows, others, shared = (np.concatenate(part) for part in zip(*kept, strict=True))
    ranks = others.shape[1]
    i, j, both = np.repeat(rows, ranks), others.ravel(), shared.ravel()
    frame = overlap_frame(corpus.sizes[i], corpus.sizes[j], both, null.expected(i, j), null.p(i, j, both))
    circuits = corpus.circuits
    frame = frame.assign(
        circuit=circuits["circuit"].to_numpy()[i],
        relation=circuits["relation"].to_numpy()[i],
        rank=np.tile(np.arange(1, ranks + 1), len(rows)),
        nearest=circuits["circuit"].to_numpy()[j],
        nearest_relation=circuits["relation"].to_numpy()[j],
        q=found.q_of(frame["p"].to_numpy()),
    )
    return frame[list(NEAREST_COLUMNS)].sort_values(["circuit", "rank"], ignore_index=True)
