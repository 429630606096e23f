"""How alike two profiles are: four measures, a block of one corpus's circuits against all of another's at a time."""

from collections.abc import Callable
from enum import StrEnum
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from graphdb.comparison.memberships import Floats, Ints
from graphdb.comparison.overlap import ratio
from graphdb.comparison.profiles.profiles import Profiles

Block = NDArray[np.floating]
"""Similarities [row asked for, row of the gallery]; NaN where one of the two has no direction."""

COMMON = 16
"""Names that at least one in so many rows holds are multiplied as a dense matrix, which is then the faster one."""
MOST_DENSE = 4096
"""Names that are at most."""


class Measure(StrEnum):
    """How alike two circuits are."""

    COSINE = "cosine"
    """Of the deviations of both profiles from the centre, -1 to 1: 0 where they have in common what all have."""
    BHATTACHARYYA = "bhattacharyya"
    """Inner product of the profiles, 0 to 1."""
    WEIGHTED_JACCARD = "weighted_jaccard"
    """Sum of the smaller over sum of the larger shares, 0 to 1."""
    JACCARD = "jaccard"
    """Of the sets of names, whatever their shares, 0 to 1."""


def _shape(matrix: csr_array) -> tuple[int, int]:
    """Return the rows and the columns of a matrix."""
    return cast(tuple[int, int], matrix.shape)


class Products:
    """Inner products of the rows of one sparse matrix with all rows of another, in float32.

    Names that many rows hold make a sparse product slow, names that few hold a dense one: each kind has its own.
    `more` are further columns of both, dense.
    """

    def __init__(self, a: csr_array, b: csr_array, more: tuple[Floats, Floats] | None = None) -> None:
        n_rows, n_names = _shape(b)
        popularity = np.bincount(b.indices, minlength=n_names)
        order = np.argsort(-popularity, kind="stable")[:MOST_DENSE]
        common = np.sort(order[popularity[order] * COMMON >= n_rows])
        rare = np.setdiff1d(np.arange(n_names), common)
        a, b = (csr_array(each.astype(np.float32)) for each in (a, b))
        dense = [each[:, common].toarray() for each in (a, b)]
        if more:
            pairs = zip(dense, more, strict=True)
            dense = [np.concatenate([each, added], axis=1, dtype=np.float32) for each, added in pairs]
        self._dense_a, self._dense_b = dense[0], np.ascontiguousarray(dense[1].T)
        self._sparse_a, self._sparse_b = csr_array(a[:, rare]), csr_array(b[:, rare].T)

    def block(self, rows: Ints) -> Block:
        """Return the products of these rows of the first with all of the second [row, row]."""
        found = self._dense_a[rows] @ self._dense_b
        rest = csr_array(self._sparse_a[rows] @ self._sparse_b)
        if rest.nnz:
            found[np.repeat(np.arange(len(rows)), np.diff(rest.indptr)), rest.indices] += rest.data
        return found


def blocks(measure: Measure, a: Profiles, b: Profiles) -> Callable[[Ints], Block]:
    """Return what compares rows of `a` with all rows of `b`, over the same names. Each is centred on its own centre."""
    match measure:
        case Measure.COSINE:
            return _cosine(a, b).block
        case Measure.BHATTACHARYYA:
            return Products(a.roots, b.roots).block
        case Measure.WEIGHTED_JACCARD:
            return lambda rows: np.array([weighted_jaccard(a.corpus.weights, row, b.corpus.weights) for row in rows])
        case Measure.JACCARD:
            return set_jaccard(a.corpus.held, b.corpus.held)


def _cosine(a: Profiles, b: Profiles) -> Products:
    """Products of deviations, as those of the profiles and of two columns more: deviations are not sparse."""
    mine = np.stack([-(a.roots @ b.centre) + a.centre @ b.centre, np.ones(len(a.of))], axis=1)
    theirs = np.stack([np.ones(len(b.of)), -(b.roots @ a.centre)], axis=1)
    return Products(
        _scaled(a.roots, a.norms), _scaled(b.roots, b.norms), (mine / a.norms[:, None], theirs / b.norms[:, None])
    )


def _scaled(rows: csr_array, by: Floats) -> csr_array:
    return csr_array((rows.data / np.repeat(by, np.diff(rows.indptr)), rows.indices, rows.indptr), rows.shape)


def set_jaccard(a: csr_array, b: csr_array) -> Callable[[Ints], Block]:
    """Return what compares rows of two matrices of ones as sets; NaN where both are empty."""
    products = Products(a, b)
    sizes_a, sizes_b = (np.diff(m.indptr).astype(np.float32) for m in (a, b))

    def block(rows: Ints) -> Block:
        shared = products.block(rows)
        union = sizes_a[rows, None] + sizes_b - shared
        return np.divide(shared, union, out=np.full_like(shared, np.nan), where=union > 0)

    return block


def weighted_jaccard(a: csr_array, row: int, b: csr_array) -> Floats:
    """Return the weighted Jaccard index of one row of shares with all rows of others [row]."""
    one = np.zeros(_shape(a)[1])
    part = slice(a.indptr[row], a.indptr[row + 1])
    one[a.indices[part]] = a.data[part]
    smaller = csr_array((np.minimum(b.data, one[b.indices]), b.indices, b.indptr), b.shape).sum(axis=1)
    return ratio(smaller, one.sum() + b.sum(axis=1) - smaller)
