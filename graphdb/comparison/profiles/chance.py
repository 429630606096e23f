"""Chance for two relations: how alike their deviations from the centre would be if they had nothing in common.

A relation is one profile, whatever number of facts it has: these share a template, and are no independent draws. Two
things are kept, and a pair must be more alike than both would make it:

- *Names.* One relation's deviation is given to other names of the same kind and of about the same popularity, all its
  facts alike. This keeps how far it is from the centre, and what size and popularity do: small circuits have more of
  the names that all have. Mean, variance and skewness follow in closed form (Hoeffding 1951; a Pearson III tail, as
  Mielke and Berry 2007 take it). The variance is at least that of names each of which moves as it does in the other
  relations.
- *Facts.* One relation's deviation is drawn as the facts of a relation differ among themselves. Names that rise and
  fall together in circuits, such as those of a layer, or all common ones in a small circuit, are few things and not
  many, and two relations may agree in them by accident. Of a direction that takes the share s of this variance, an
  accidental cosine has the variance s, and the distribution that it has in 1/s dimensions.

Deviations from a common centre sum to zero, so that unlike relations have cosines below 0 on average, and one that is
far from all others brings these together: both are part of what chance gives.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import pearson3, t

from graphdb.comparison.memberships import Floats, Ints, Level
from graphdb.comparison.overlap import ratio
from graphdb.comparison.profiles.profiles import Profiles
from graphdb.components import parse

CLASS = 16
"""Names in a class of equal kind and about equal popularity, which may stand for each other."""
FEWEST_RELATIONS = 4
"""Of fewer, deviations from their own mean say next to nothing of a pair."""
FEWEST_NAMES = 2 * CLASS
"""Of fewer, names cannot stand for each other."""
NARROW = 1e-12


@dataclass(frozen=True, slots=True)
class Chance:
    """What chance gives pairs of relations."""

    expected: Floats
    """Cosine [pair]."""
    p: Floats
    """Probability of so large a cosine; NaN where there are too few relations or names to say [pair]."""


def chance(found: Profiles, i: Ints, j: Ints, cosine: Floats) -> Chance:
    """Return what chance gives the pairs of relations i[k] and j[k], whose deviations have this cosine [pair]."""
    if len(found.relations) < FEWEST_RELATIONS or len(found.corpus.names) < FEWEST_NAMES:
        return Chance(np.full(len(i), np.nan), np.full(len(i), np.nan))
    lengths = np.sqrt((found.deviations**2).sum(axis=1))
    both = lengths[i] * lengths[j]
    shift = _centring(lengths**2)
    centring = ratio(shift[i, j], both)
    names = _Names(found)
    beside, p = names.tail(i, j, cosine * both, shift[i, j])
    shares = _variance_shares(found)
    p = np.maximum.reduce([p, _direction(cosine - centring, shares[i]), _direction(cosine - centring, shares[j])])
    return Chance(ratio(beside, both), np.where(both > 0, p, np.nan))


def _centring(squares: Floats) -> Floats:
    """Return the product that two unlike relations' deviations have because all sum to zero [relation, relation].

    For independent relations of squared lengths v, each less the mean of all R: -(v_a + v_b) / R + sum(v) / R². The
    lengths that are seen are those of the rests, from which v is found.
    """
    n = len(squares)
    total = squares.sum() * n / (n - 1)
    free = np.maximum((squares - total / n**2) / (1 - 2 / n), 0)
    return -(free[:, None] + free[None, :]) / n + free.sum() / n**2


class _Names:
    """Products of two deviations, one of them given to other names within classes."""

    def __init__(self, found: Profiles) -> None:
        order, ends = _classes(found)
        sizes = np.diff(ends)
        values = found.deviations[:, order]
        self._sizes = sizes
        self._sums = np.add.reduceat(values, ends[:-1], axis=1)
        centred = values - np.repeat(self._sums / sizes, sizes, axis=1)
        self._squares = np.add.reduceat(centred**2, ends[:-1], axis=1)
        self._cubes = np.add.reduceat(centred**3, ends[:-1], axis=1)
        self._free = centred**2

    def tail(self, i: Ints, j: Ints, products: Floats, shift: Floats) -> tuple[Floats, Floats]:
        """Return the expected product [pair], and the probability of one as large as the pair's."""
        n = self._sizes
        mean = ((self._sums / n) @ self._sums.T)[i, j] + shift
        variance = ((self._squares / np.maximum(n - 1, 1)) @ self._squares.T)[i, j]
        third = ((self._cubes * n / np.maximum((n - 1) * (n - 2), 1)) @ self._cubes.T)[i, j]
        variance = np.maximum(variance, self._by_movement(i, j))
        spread = np.sqrt(np.maximum(variance, NARROW))
        return mean, pearson3.sf((products - mean) / spread, np.maximum(third, 0) / spread**3)

    def _by_movement(self, i: Ints, j: Ints) -> Floats:
        """Return the variance [pair] if each name moved in one of the two as much as in the relations besides both."""
        free, length = self._free, self._free.sum(axis=1)
        own = free @ free.T
        with_all = free @ free.sum(axis=0)
        rest = np.maximum(length.sum() - length[i] - length[j], NARROW)
        pairs = [(with_all[one] - own[one, one] - own[one, other]) * length[other] for one, other in ((i, j), (j, i))]
        return np.maximum(*pairs) / rest


def _classes(found: Profiles) -> tuple[Ints, Ints]:
    """Return the names class by class, and where classes begin, the last end included."""
    kinds = np.unique([_kind(name, found.corpus.level) for name in found.corpus.names], return_inverse=True)[1]
    order = np.lexsort((-found.centre, kinds))
    sizes = [size for count in np.bincount(kinds) for size in _even(int(count))]
    return order.astype(np.int64), np.cumsum([0, *sizes])


def _even(count: int) -> Ints:
    """Return the sizes of as many classes as hold at least `CLASS` names each."""
    parts = max(count // CLASS, 1)
    return np.diff(np.arange(parts + 1) * count // parts)


def _kind(name: str, level: Level) -> str:
    if level is Level.LAYER:
        return name[0]
    source, _, slot = name.partition("->")
    return f"{parse(source).kind} {slot.rpartition('.')[2]}" if slot else parse(source).kind


def _variance_shares(found: Profiles) -> Floats:
    """Return which share of the variance among facts of a relation is along each relation's deviation [relation]."""
    squares = (found.deviations**2).sum(axis=1)
    along = found.roots @ found.deviations.T - (found.means @ found.deviations.T)[found.of]
    own = (found.means**2).sum(axis=1)
    total = (1 - own[found.of]).sum()
    return np.clip(ratio((along**2).sum(axis=0), total * squares), 0, 1)


def _direction(cosine: Floats, share: Floats) -> Floats:
    """Return P(cosine as large) of a random direction of 1 / share dimensions with a fixed one."""
    free = np.maximum(1 / np.maximum(share, NARROW) - 1, NARROW)
    inside = np.clip(cosine, -1 + NARROW, 1 - NARROW)
    return t.sf(inside * np.sqrt(free / (1 - inside**2)), free)
