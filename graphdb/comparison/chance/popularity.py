"""The null of a corpus: circuits of the same sizes, drawn with the popularity of each name.

The bipartite configuration model (Saracco et al. 2017), known elsewhere as the Rasch model: circuit i holds name c with
probability x_i y_c / (1 + x_i y_c), all independent, where x and y are such that every circuit has its size and every
name its popularity in the mean. Of all distributions with these margins it assumes least.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from graphdb.comparison.memberships import Floats, Ints, Memberships

ROUNDS = 500
TOLERANCE = 1e-6
"""Largest error of a margin that is left, in names or circuits."""
STEEPEST = 30.0
"""Largest |log odds| of x and of y: what a name or a circuit that holds (almost) all would need is infinite."""


@dataclass(frozen=True, slots=True)
class Popularity:
    """How likely each name is in a circuit of a given size. Names that equally many circuits hold are one group."""

    degrees: Ints
    """Circuits that hold each name of the group [group], ascending."""
    counts: Ints
    """Names of each group [group]."""
    log_odds: Floats
    """log y [group]; infinite for names that every circuit holds."""
    spread: Floats
    """Sum over circuits of p(1 - p) [group]: how much of the column's total is left to chance."""

    def inclusion(self, sizes: Ints) -> Floats:
        """Return the probabilities [size, group] that circuits of these sizes hold a name."""
        always = np.isinf(self.log_odds)
        counts = self.counts[~always]
        free = np.clip(sizes - self.counts[always].sum(), 0, counts.sum()).astype(float)
        theta = _solve(free, self.log_odds[~always], counts, np.zeros(len(free)), ROUNDS)
        probabilities = np.ones((len(sizes), len(always)))
        probabilities[:, ~always] = expit(theta[:, None] + self.log_odds[~always])
        return probabilities


def fit_popularity(corpus: Memberships) -> Popularity:
    """Fit the null to the sizes of a corpus's rows and the popularity of its names."""
    degrees, counts = np.unique(corpus.popularity, return_counts=True)
    always = degrees == len(corpus.sizes)
    sizes, row_counts = np.unique(corpus.sizes - counts[always].sum(), return_counts=True)
    theta, phi = _fit(sizes.astype(float), row_counts, degrees[~always].astype(float), counts[~always])
    probabilities = expit(theta[:, None] + phi)
    log_odds, spread = np.full(len(degrees), np.inf), np.zeros(len(degrees))
    log_odds[~always] = phi
    spread[~always] = row_counts @ (probabilities * (1 - probabilities))
    return Popularity(degrees, counts, log_odds, spread)


def _fit(sizes: Floats, row_counts: Ints, degrees: Floats, column_counts: Ints) -> tuple[Floats, Floats]:
    """Return log x of each different size and log y of each different popularity."""
    theta, phi = np.zeros(len(sizes)), np.zeros(len(degrees))
    for _ in range(ROUNDS):
        theta = _solve(sizes, phi, column_counts, theta, 1)
        phi = _solve(degrees, theta, row_counts, phi, 1)
        if np.abs(expit(theta[:, None] + phi) @ column_counts - sizes).max(initial=0) < TOLERANCE:
            break
    return theta, phi


def _solve(wanted: Floats, others: Floats, counts: Floats | Ints, start: Floats, rounds: int) -> Floats:
    """Return t such that sum_k counts_k expit(t_i + others_k) = wanted_i, by Newton's method from `start`."""
    found = start
    for _ in range(rounds):
        probabilities = expit(found[:, None] + others)
        slope = np.maximum((probabilities * (1 - probabilities)) @ counts, 1e-12)
        step = np.clip((wanted - probabilities @ counts) / slope, -2.0, 2.0)
        found = np.clip(found + step, -STEEPEST, STEEPEST)
        if np.abs(step).max(initial=0) < TOLERANCE:
            break
    return found
