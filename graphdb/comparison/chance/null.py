"""What two sets share by chance, as a distribution: mean, variance and tail for many pairs of rows at once.

Both sets are drawn with fixed sizes, each name with its popularity (`popularity`). Where all names are equally likely,
what they share is hypergeometric. Popular names make the urn effectively smaller, and names that are nearly always
drawn a fixed core of the overlap; so the distribution is taken as `core` + a hypergeometric number from an urn of
`urn` names, both real numbers, with the right mean and variance. These come from the popularity model in closed form,
or, where the corpus has few rows, from degree-preserving permutations of it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from graphdb.comparison.chance.permutation import permutations
from graphdb.comparison.chance.popularity import Popularity, fit_popularity
from graphdb.comparison.memberships import Floats, Ints, Memberships, align

HALVINGS = 40
WIDTH = 8.0
"""Standard deviations on either side of the mean within which tails are computed; beyond them p is that of the edge."""
SURE = 1e-6
"""A variance below this leaves nothing to chance."""
FEW_ROWS = 30
"""A corpus of fewer rows is permuted: the closed form is to first order in 1 / rows."""
CELLS = 4_000_000
"""Cells that all permutations of a small corpus may have together, within `DRAWS`."""
DRAWS = (200, 500)
"""Least and most permutations of a small corpus."""
CHUNK = 2_000_000
"""Cells of tails that are computed at once."""


@dataclass(frozen=True, slots=True)
class Null:
    """The overlap of each row of one corpus with each row of another, or of the same, by chance."""

    class_a: Ints
    """Row of the matrices below for each row of the first corpus [row]: rows of one size are one class."""
    class_b: Ints
    """Column of the matrices below for each row of the second corpus [row]."""
    size_a: Ints
    """Names in a row of each class [class of a]."""
    size_b: Ints
    """The same [class of b]."""
    mean: Floats
    """Expected overlap [class of a, class of b]."""
    variance: Floats
    """Its variance [class of a, class of b]."""

    def expected(self, a: Ints, b: Ints) -> Floats:
        """Return the expected overlap of rows `a` with rows `b` [pair]."""
        return self.mean[self.class_a[a], self.class_b[b]]

    def p(self, a: Ints, b: Ints, shared: Ints) -> Floats:
        """Return P(overlap >= shared) [pair] of rows `a` with rows `b`."""
        return self.p_of_classes(self.class_a[a], self.class_b[b], shared)

    def p_of_classes(self, a: Ints, b: Ints, shared: Ints) -> Floats:
        """Return P(overlap >= shared) [pair] of a row of class `a` with one of class `b`."""
        pairs = a * len(self.size_b) + b
        each, place = np.unique(pairs, return_inverse=True)
        i, j = np.divmod(each, max(len(self.size_b), 1))
        found = np.ones(len(pairs))
        width = int(2 * WIDTH * np.sqrt(self.variance.max(initial=0))) + 4
        step = max(1, CHUNK // width)
        order = np.argsort(place, kind="stable")
        starts = np.searchsorted(place[order], np.arange(len(each) + 1))
        for start in range(0, len(each), step):
            part = slice(start, min(start + step, len(each)))
            table = tails(self.mean[i[part], j[part]], self.variance[i[part], j[part]],
                          self.size_a[i[part]], self.size_b[j[part]])  # fmt: skip
            mine = order[starts[part.start] : starts[part.stop]]
            found[mine] = table.p(place[mine] - start, shared[mine])
        return found


@dataclass(frozen=True, slots=True)
class Tails:
    """Upper tails of the null for many pairs of sizes."""

    first: Ints
    """Overlap of the first column [pair]."""
    table: Floats
    """P(overlap >= first + column) [pair, column]."""

    def p(self, pair: Ints, shared: Ints) -> Floats:
        """Return P(overlap >= shared) for rows `pair` of the table."""
        return self.table[pair, np.clip(shared - self.first[pair], 0, self.table.shape[1] - 1)]


def within(corpus: Memberships, seed: int = 0) -> Null:
    """Return the null of the rows of one corpus against each other; `seed` is of the permutations of a small one."""
    if len(corpus.sizes) < FEW_ROWS:
        rows = np.arange(len(corpus.sizes))
        return Null(rows, rows, corpus.sizes, corpus.sizes, *_permuted(corpus, seed))
    sizes, rows = np.unique(corpus.sizes, return_inverse=True)
    popularity = fit_popularity(corpus)
    p = popularity.inclusion(sizes)
    moments = _moments(p, p, popularity.counts.astype(float), popularity.spread)
    return Null(rows, rows, sizes, sizes, *moments)


def across(a: Memberships, b: Memberships) -> Null:
    """Return the null of the rows of one corpus against those of another: each has its own popularity of the names."""
    a, b = align(a, b)
    kinds, counts = np.unique(np.stack([a.popularity, b.popularity]), axis=1, return_counts=True)
    size_a, class_a, p_a = _inclusion(a, kinds[0])
    size_b, class_b, p_b = _inclusion(b, kinds[1])
    moments = _moments(p_a, p_b, counts.astype(float), np.full(len(counts), np.inf))
    return Null(class_a, class_b, size_a, size_b, *moments)


def _inclusion(corpus: Memberships, degrees: Ints) -> tuple[Ints, Ints, Floats]:
    """Return the different sizes, each row's, and the probability [size, degree] that a row of this size holds a name
    that `degree` rows hold.
    """
    popularity: Popularity = fit_popularity(corpus)
    sizes, rows = np.unique(corpus.sizes, return_inverse=True)
    return sizes, rows, popularity.inclusion(sizes)[:, np.searchsorted(popularity.degrees, degrees)]


def _permuted(corpus: Memberships, seed: int) -> tuple[Floats, Floats]:
    """Return mean and variance [row, row] of the overlap over degree-preserving permutations."""
    held = corpus.held.toarray() > 0
    varies = (corpus.popularity > 0) & (corpus.popularity < len(held))
    always = int((~varies & (corpus.popularity > 0)).sum())
    held = held[:, varies]
    draws = int(np.clip(CELLS // max(held.size, 1), *DRAWS))
    total, squares = np.zeros((len(held), len(held))), np.zeros((len(held), len(held)))
    for state in permutations(held, draws, seed):
        shared = state.astype(np.float32) @ state.T.astype(np.float32)
        total += shared
        squares += shared**2
    mean = total / draws
    return mean + always, np.maximum(squares / draws - mean**2, 0.0) * draws / (draws - 1)


def _moments(a: Floats, b: Floats, counts: Floats, spread: Floats) -> tuple[Floats, Floats]:
    """Mean and variance [row of a, row of b] of the overlap, given probabilities [row, group] of names.

    That both sizes are fixed takes from the variance what their covariance with the overlap explains (Hajek's
    approximation of rejective sampling, exact where all names are equally likely); that a column's total is fixed
    takes from the mean what one row's name leaves to the other, a(1 - a) b(1 - b) / spread.
    """
    va, vb = a * (1 - a), b * (1 - b)
    left = np.divide(counts, spread, out=np.zeros_like(counts), where=spread > 0)
    free_a, free_b = np.maximum(va @ counts, SURE)[:, None], np.maximum(vb @ counts, SURE)[None, :]
    few_a = _few(free_a, (va**2 @ counts)[:, None])
    few_b = _few(free_b, (vb**2 @ counts)[None, :])

    def dot(x: Floats, y: Floats, weights: Floats = counts) -> Floats:
        return (x * weights) @ y.T

    mean = dot(a, b) - dot(va, vb, left)
    both = dot(va, vb)
    variance = (
        few_a * (dot(va, b * b) - dot(va, b) ** 2 / free_a)
        + few_b * (dot(a * a, vb) - dot(a, vb) ** 2 / free_b)
        + few_a * few_b * (both - dot(va, vb * vb) / free_b - dot(va * va, vb) / free_a + both**2 / (free_a * free_b))
    )
    return mean, np.maximum(variance, 0.0)


def _few(free: Floats, squares: Floats) -> Floats:
    """Return n / (n - 1), where n is the number of equally uncertain names that would be as uncertain."""
    n = np.maximum(free**2 / np.maximum(squares, SURE**2), 2.0)
    return n / (n - 1)


def tails(mean: Floats, variance: Floats, size_a: Ints, size_b: Ints) -> Tails:
    """Return the tails of pairs with these moments [pair] and sizes [pair]."""
    sure = variance < SURE
    core, urn = _fit(np.where(sure, 0.0, mean), variance, size_a, size_b)
    reach = WIDTH * np.sqrt(variance)
    lowest = np.maximum(np.ceil(core), np.ceil(size_a + size_b - core - urn))
    first = np.maximum(lowest, np.floor(mean - reach)).astype(np.int64)
    columns = int(np.ceil((np.minimum(np.minimum(size_a, size_b), mean + reach) - first).max(initial=0))) + 2
    shared = first[:, None] + np.arange(columns)
    density = _density(shared, core[:, None], urn[:, None], size_a[:, None], size_b[:, None])
    table = np.cumsum(density[:, ::-1], axis=1)[:, ::-1]
    table /= np.maximum(table[:, :1], np.finfo(float).tiny)
    table[sure] = 1.0
    return Tails(np.where(sure, 0, first), np.clip(table, np.finfo(float).tiny, 1.0))


def _density(shared: NDArray[np.int64], core: Floats, urn: Floats, size_a: Ints, size_b: Ints) -> Floats:
    """Density [pair, shared] of a shifted hypergeometric, up to a factor for each pair."""
    parts = (shared - core, size_a - shared, size_b - shared, urn - size_a - size_b + core + shared)
    inside = np.all([part > -1 for part in parts], axis=0)
    log = -sum(gammaln(np.where(inside, part, 0.0) + 1) for part in parts)
    log = np.where(inside, log, -np.inf)
    return np.exp(log - log.max(axis=1, keepdims=True, initial=-1e300))


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
