"""Overlaps of many pairs of rows beside their null, and what a list of p-values is worth."""

import numpy as np
import pandas as pd

from graphdb.comparison.chance.null import Null
from graphdb.comparison.memberships import Floats, Ints, Memberships

OVERLAP_COLUMNS = {
    "size_a": "names that the first holds",
    "size_b": "names that the second holds",
    "shared": "names that both hold",
    "expected": "names that two sets of these sizes share by chance, drawn with each name's popularity",
    "effect": "shared / expected: above 1, more than chance gives",
    "jaccard": "shared as a share of the names of either, 0 to 1",
    "jaccard_expected": "the same at the expected overlap",
    "containment": "shared as a share of the smaller set, 0 to 1",
    "p": "probability that chance gives so large an overlap",
}
FEWEST_FACTS = 5
"""Relations with fewer circuits have no q-value: their typical circuit is an accident of a few facts."""
LEVEL = 0.05
"""The q-value up to which a difference counts as found."""


def overlaps(a: Memberships, i: Ints, b: Memberships, j: Ints, null: Null) -> pd.DataFrame:
    """Return the overlap of row i[k] of `a` with row j[k] of `b`, over the same names: `OVERLAP_COLUMNS`."""
    shared = np.asarray(a.held[i].multiply(b.held[j]).sum(axis=1)).ravel().round().astype(np.int64)
    return overlap_frame(a.sizes[i], b.sizes[j], shared, null.expected(i, j), null.p(i, j, shared))


def overlap_frame(size_a: Ints, size_b: Ints, shared: Ints, expected: Floats, p: Floats) -> pd.DataFrame:
    """Return `OVERLAP_COLUMNS` of pairs of sets [pair]."""
    return pd.DataFrame({
        "size_a": size_a,
        "size_b": size_b,
        "shared": shared,
        "expected": expected,
        "effect": ratio(shared, expected),
        "jaccard": ratio(shared, size_a + size_b - shared),
        "jaccard_expected": ratio(expected, size_a + size_b - expected),
        "containment": ratio(shared, np.minimum(size_a, size_b)),
        "p": p,
    })  # fmt: skip


def q_values(p: Floats, counts: Ints | None = None) -> Floats:
    """Return the least false discovery rate at which each p-value is a discovery (Benjamini and Hochberg 1995).

    `counts` says how many tests have each p-value; NaN is no test and stays NaN.
    """
    p = np.asarray(p, dtype=np.float64)
    tested = np.flatnonzero(~np.isnan(p))
    number = np.ones(len(p), np.int64) if counts is None else counts
    order = tested[np.argsort(p[tested], kind="stable")]
    ranks = np.cumsum(number[order])
    q = np.full(len(p), np.nan)
    if len(order):
        scaled = p[order] * ranks[-1] / ranks
        q[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return q


def ratio(part: Floats | Ints, whole: Floats | Ints) -> Floats:
    """Return part / whole; 0 where both are 0, infinite where the whole alone is."""
    part, whole = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    nothing = np.where(part > 0, np.inf, 0.0)
    return np.divide(part, whole, out=nothing, where=whole > 1e-12)
