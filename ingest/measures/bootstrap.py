"""Intervals of means over facts: the percentile bootstrap (Efron and Tibshirani 1993, chapter 13)."""

import numpy as np

from ingest.discovery.search import Floats

DRAWS = 2000
LEVEL = 0.95


def interval(values: Floats, seed: int = 0) -> tuple[float, float]:
    """Return the ends of the 95% interval of the mean of `values` [facts], facts drawn with replacement."""
    chosen = np.random.default_rng(seed).integers(len(values), size=(DRAWS, len(values)))
    low, high = np.quantile(values[chosen].mean(1), ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    return float(low), float(high)
