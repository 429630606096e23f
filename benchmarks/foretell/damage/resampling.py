"""Figures over pairs of edits and facts, with bootstrap intervals over edits; correlations of ranks."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.foretell.logistic import Floats

Rows = NDArray[np.int64]
"""Numbers of pairs, some of them repeated."""
Figure = list[float] | None
"""A value and the ends of its 95% interval; None where it cannot be told, such as an area without a changed answer."""

DRAWS = 1000


def over_edits(edits: NDArray[np.int64], measure: Callable[[Rows], Sequence[float]]) -> list[Figure]:
    """Measure all pairs, and bootstrap samples of whole edits, whose number each pair has [n]."""
    rng, places = np.random.default_rng(0), [np.flatnonzero(edits == edit) for edit in np.unique(edits)]
    chosen = rng.integers(len(places), size=(DRAWS, len(places)))
    drawn = np.array([measure(np.concatenate([places[each] for each in draw])) for draw in chosen])
    return figures(np.array(measure(np.arange(len(edits)))), drawn)


def figures(values: Floats, drawn: Floats) -> list[Figure]:
    """Return values [k] with the 2.5% and 97.5% quantiles of what was drawn [draw, k], where that is a number."""
    told = np.isfinite(values) & np.isfinite(drawn).any(0)
    pairs = zip(values.tolist(), drawn.T, strict=True)
    return [
        [value, *np.nanquantile(column, (0.025, 0.975)).tolist()] if each else None
        for each, (value, column) in zip(told, pairs, strict=True)
    ]


def beyond(values: Floats, base: Floats) -> Floats:
    """Return what a line in `base` [n, f] does not tell of values [n]."""
    x = np.column_stack((np.ones(len(base)), base))
    return values - x @ np.linalg.lstsq(x, values, rcond=None)[0]


def correlation(one: Floats, other: Floats) -> float:
    """Return Pearson's correlation, of ranks Spearman's; NaN where either never changes."""
    one, other = one - one.mean(), other - other.mean()
    scale = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / scale if scale else float("nan")
