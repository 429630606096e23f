"""How many names two circuits share by chance, as a distribution: mean, variance and tail for many pairs at once.

The two circuits are drawn independently, of fixed sizes, each name with its probability (`popularity`). Where all names
are equally likely, what they share is hypergeometric. Popular names make the urn effectively smaller, and names that
are nearly always drawn a fixed core of the overlap; so the distribution is taken as `core` + a hypergeometric number
from an urn of `urn` names, both real numbers, with the exact mean and the variance to first order.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from graphdb.comparison.popularity import Floats, Ints, Popularity

HALVINGS = 40
WIDTH = 12.0
"""Standard deviations on either side of the mean within which tails are computed; beyond them p is that of the edge."""
SURE = 1e-6
"""A variance below this leaves nothing to chance."""


@dataclass(frozen=True, slots=True)
class Tails:
    """Upper tails of the null for many pairs of sizes."""

    mean: Floats
    """Expected overlap [pair]."""
    sd: Floats
    """Its standard deviation [pair]."""
    first: Ints
    """Overlap of the first column [pair]."""
    table: Floats
    """P(overlap >= first + column) [pair, column]."""

    def column(self, pair: Ints, shared: Ints) -> Ints:
        """Return the column of the table for each pair's observed overlap."""
        return np.clip(shared - self.first[pair], 0, self.table.shape[1] - 1)

    def p(self, pair: Ints, shared: Ints) -> Floats:
        """Return P(overlap >= shared) for rows `pair` of the table."""
        return self.table[pair, self.column(pair, shared)]


def within(popularity: Popularity, sizes: Ints) -> tuple[Floats, Floats]:
    """Return mean and variance [size, size] of the overlap of two circuits of one corpus."""
    p = popularity.inclusion(sizes)
    return moments(p, p, popularity.counts.astype(float), popularity.spread)


def across(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Return mean and variance [row of a, row of b] of the overlap of circuits of two corpora.

    `a`, `b`: probabilities [circuit, name] over the same names.
    """
    return moments(a, b, np.ones(a.shape[1]), np.full(a.shape[1], np.inf))


def moments(a: Floats, b: Floats, counts: Floats, spread: Floats) -> tuple[Floats, Floats]:
    """Mean and variance [row of a, row of b] of the overlap, given probabilities [row, group] of names.

    That both sizes are fixed takes from the variance what their covariance with the overlap explains (Hajek's
    approximation of rejective sampling); that a column's total is fixed takes from the mean what one circuit's name
    leaves to the other, a(1 - a) b(1 - b) / spread.
    """
    va, vb = a * (1 - a), b * (1 - b)
    left = np.divide(counts, spread, out=np.zeros_like(counts), where=spread > 0)
    free_a, free_b = np.maximum(va @ counts, SURE)[:, None], np.maximum(vb @ counts, SURE)[None, :]

    def dot(x: Floats, y: Floats, weights: Floats = counts) -> Floats:
        return (x * weights) @ y.T

    mean = dot(a, b) - dot(va, vb, left)
    both = dot(va, vb)
    variance = (
        (dot(va, b * b) - dot(va, b) ** 2 / free_a)
        + (dot(a * a, vb) - dot(a, vb) ** 2 / free_b)
        + (both - dot(va, vb * vb) / free_b - dot(va * va, vb) / free_a + both**2 / (free_a * free_b))
    )
    return mean, np.maximum(variance, 0.0)


def tails(mean: Floats, variance: Floats, size_a: Ints, size_b: Ints) -> Tails:
    """Return the tails of pairs with these moments [pair] and sizes [pair]."""
    sure = variance < SURE
    core, urn = _fit(np.where(sure, 0.0, mean), variance, size_a, size_b)
    sd = np.sqrt(variance)
    lowest = np.maximum(np.ceil(core), np.ceil(size_a + size_b - core - urn))
    first = np.maximum(lowest, np.floor(mean - WIDTH * sd)).astype(np.int64)
    columns = int(np.ceil((np.minimum(np.minimum(size_a, size_b), mean + WIDTH * sd) - first).max(initial=0))) + 2
    shared = first[:, None] + np.arange(columns)
    density = _density(shared, core[:, None], urn[:, None], size_a[:, None], size_b[:, None])
    table = np.cumsum(density[:, ::-1], axis=1)[:, ::-1]
    table /= np.maximum(table[:, :1], np.finfo(float).tiny)
    table[sure] = 1.0
    return Tails(mean, sd, np.where(sure, 0, first), np.clip(table, np.finfo(float).tiny, 1.0))


def _density(shared: NDArray[np.int64], core: Floats, urn: Floats, size_a: Ints, size_b: Ints) -> Floats:
    """Density [pair, shared] of a shifted hypergeometric, up to a factor for each pair."""
    parts = (shared - core, size_a - shared, size_b - shared, urn - size_a - size_b + core + shared)
    inside = np.all([part > -1 for part in parts], axis=0)
    log = -sum(gammaln(np.where(inside, part, 0.0) + 1) for part in parts)
    log = np.where(inside, log, -np.inf)
    return np.exp(log - log.max(axis=1, keepdims=True))


def _fit(mean: Floats, variance: Floats, size_a: Ints, size_b: Ints) -> tuple[Floats, Floats]:
    """Return core and urn of the shifted hypergeometric with these moments, by bisection over the core."""
    low, high = np.zeros_like(mean), np.minimum(mean, np.minimum(size_a, size_b)) * (1 - 1e-9)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        too_wide = _variance(middle, mean, size_a, size_b) > variance
        low, high = np.where(too_wide, middle, low), np.where(too_wide, high, middle)
    return low, _urn(low, mean, size_a, size_b)


def _urn(core: Floats, mean: Floats, size_a: Ints, size_b: Ints) -> Floats:
    return (size_a - core) * (size_b - core) / np.maximum(mean - core, 1e-12)


def _variance(core: Floats, mean: Floats, size_a: Ints, size_b: Ints) -> Floats:
    """Variance of a hypergeometric number of this mean that is drawn beside a core."""
    drawn = mean - core
    urn = np.maximum(_urn(core, mean, size_a, size_b), 1 + 1e-9)
    rest_a, rest_b = np.maximum(size_a - core, 1e-12), np.maximum(size_b - core, 1e-12)
    return drawn * (1 - drawn / rest_a) * (1 - drawn / rest_b) * urn / (urn - 1)
