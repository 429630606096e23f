"""What makes the difference between two things: names by the share of score that each of the two gives them."""

import numpy as np
import pandas as pd

from graphdb.comparison.memberships import Floats, Memberships, align

DIFFERENCE_COLUMNS = {
    "name": "component, edge, ...",
    "share_a": "mean share of the score of A's circuits",
    "share_b": "the same of B's",
    "difference": "share_a - share_b",
    "facts_a": "circuits of A that hold it",
    "facts_b": "circuits of B that hold it",
}
"""Columns of `difference`."""


def difference(a: Memberships, b: Memberships) -> pd.DataFrame:
    """Return what the circuits of two things, each with a score, give to each name: `DIFFERENCE_COLUMNS`, the largest
    difference first.

    Half the sum of |difference| is the share of score that would have to move to make one of the other.
    """
    a, b = align(a, b)
    shares = [_mean(each) for each in (a, b)]
    frame = pd.DataFrame({
        "name": list(a.names),
        "share_a": shares[0],
        "share_b": shares[1],
        "difference": shares[0] - shares[1],
        "facts_a": a.popularity,
        "facts_b": b.popularity,
    })  # fmt: skip
    held = frame[(frame["facts_a"] > 0) | (frame["facts_b"] > 0)]
    order = held["difference"].abs().sort_values(ascending=False, kind="stable").index
    return held.loc[order].reset_index(drop=True)


def _mean(of: Memberships) -> Floats:
    """Mean share of each name [name] over the circuits that have a score."""
    scored = int((np.asarray(of.scores.sum(axis=1)) > 0).sum())
    return np.asarray(of.weights.sum(axis=0)).ravel() / max(scored, 1)
