"""Two circuits, two relations, or one of each, as profiles: how alike they are, beside what others are."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from graphdb.comparison.memberships import Floats, Memberships
from graphdb.comparison.profiles.profiles import Profiles, lengths, pair, relation_means
from graphdb.comparison.profiles.similarity import Measure, weighted_jaccard
from graphdb.records import relation_of

ALIKE_COLUMNS = {
    "level": "`component`, `edge`, `layer` or `channel`",
    "measure": "`cosine`, `bhattacharyya` or `weighted_jaccard`",
    "value": "of the two; of a relation, its circuits' mean profile or mean shares",
    "others": "what the first has with the circuits, or relations, of all relations but these two: mean",
    "as_alike": "share of those that are at least as alike",
}
"""Columns of `alike`; the last two are empty where there is no other relation."""
SHOWN = (Measure.COSINE, Measure.BHATTACHARYYA, Measure.WEIGHTED_JACCARD)


def alike(a: Memberships, b: Memberships, first: str, second: str) -> pd.DataFrame:
    """Return how alike `first` of one corpus and `second` of another are, circuits' or relations' ids: `ALIKE_COLUMNS`.

    The corpora may be one. A circuit without a score is like nothing, and has NaN.
    """
    left, right = pair(a, b)
    one, other = _of(left, first), _of(right, second)
    every = _relations(right) if second in right.relations else _circuits(right)
    apart = every.at(~np.isin(every.relations, [*one.relations, *other.relations]))
    rows = []
    for measure in SHOWN:
        (value,) = _compared(one, other, measure)
        rest = _compared(one, apart, measure)
        rest = rest[~np.isnan(rest)]
        known = len(rest) > 0 and not np.isnan(value)
        beside = (rest.mean(), (rest >= value).mean()) if known else (np.nan, np.nan)
        rows.append((str(a.level), str(measure), value, *beside))
    return pd.DataFrame(rows, columns=list(ALIKE_COLUMNS))


@dataclass(frozen=True, slots=True)
class _Things:
    """Circuits, or relations."""

    roots: csr_array
    """√share, of a relation the mean [thing, name]."""
    shares: csr_array
    """[thing, name]."""
    centre: Floats
    relations: NDArray[np.str_]
    """[thing]."""

    def at(self, rows: NDArray[np.bool_]) -> "_Things":
        kept = np.flatnonzero(rows)
        return _Things(csr_array(self.roots[kept]), csr_array(self.shares[kept]), self.centre, self.relations[kept])


def _circuits(of: Profiles) -> _Things:
    return _Things(of.roots, of.corpus.weights, of.centre, np.array(of.relations, dtype=str)[of.of])


def _relations(of: Profiles) -> _Things:
    shares = relation_means(of.corpus.weights, of.of, len(of.relations))
    return _Things(csr_array(of.means), csr_array(shares), of.centre, np.array(of.relations, dtype=str))


def _of(of: Profiles, name: str) -> _Things:
    """Return a relation or a circuit; one without a score has no share of anything."""
    if name in of.relations:
        return _relations(of).at(np.array(of.relations) == name)
    found = _circuits(of).at((of.corpus.circuits["circuit"] == name).to_numpy())
    if len(found.relations):
        return found
    nothing = csr_array((1, len(of.corpus.names)))
    return _Things(nothing, nothing, of.centre, np.array([relation_of(name.split("|")[1])] if "|" in name else [name]))


def _compared(one: _Things, others: _Things, measure: Measure) -> Floats:
    """Return how alike one thing is to each of the others [other]; NaN for what has no score."""
    if not one.roots.nnz:
        return np.full(len(others.relations), np.nan)
    match measure:
        case Measure.BHATTACHARYYA:
            found = (others.roots @ one.roots.T).toarray()[:, 0]
        case Measure.COSINE:
            mine, theirs = one.roots.toarray()[0] - one.centre, others.centre
            squares = (others.roots**2).sum(axis=1) - 2 * (others.roots @ theirs) + theirs @ theirs
            found = (others.roots @ mine - theirs @ mine) / (lengths(squares) * lengths(np.array(mine @ mine)))
        case _:
            found = weighted_jaccard(one.shares, 0, others.shares)
    return np.where(np.diff(others.roots.indptr) > 0, found, np.nan)
