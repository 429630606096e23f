"""Logistic regression by Newton's steps, and the area under the receiver operating characteristic.

Axes: n = case, f = figure.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

RIDGE = 1.0
"""Penalty on the squared weights of standardised figures: keeps them finite where the labels can be separated."""
STEPS = 25
CLOSE = 1e-8


@dataclass(frozen=True, slots=True)
class Fit:
    """What was fitted, on the figures' own scales."""

    intercept: float
    weights: Floats  # [f]

    def score(self, figures: Floats) -> Floats:
        """Return log odds [n] of figures [n, f]."""
        return self.intercept + figures @ self.weights


def fit(figures: Floats, labels: Bools) -> Fit:
    """Fit labels [n] by figures [n, f], with a ridge penalty; the intercept is not penalised."""
    mean, spread = figures.mean(0), figures.std(0)
    spread = np.where(spread > 0, spread, 1)
    x = np.column_stack((np.ones(len(figures)), (figures - mean) / spread))
    penalty, w = np.r_[0, np.full(figures.shape[1], RIDGE)], np.zeros(x.shape[1])
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-(x @ w)))
        hessian = (x.T * (p * (1 - p))) @ x + np.diag(penalty) + CLOSE * np.eye(len(w))
        step = np.linalg.solve(hessian, x.T @ (labels - p) - penalty * w)
        w = w + step
        if np.abs(step).max() < CLOSE:
            break
    weights = w[1:] / spread
    return Fit(float(w[0] - mean @ weights), weights)


def held_out(figures: Floats, labels: Bools, folds: NDArray[np.int64]) -> Floats:
    """Return log odds [n] of each case by a regression that saw no case of its fold [n]."""
    scores = np.empty(len(labels))
    for fold in np.unique(folds):
        out = folds == fold
        scores[out] = fit(figures[~out], labels[~out]).score(figures[out])
    return scores


def auroc(scores: Floats, labels: Bools) -> float:
    """Return the probability that a true case has a larger score than a false one, ties a half; NaN without either."""
    n_true = int(labels.sum())
    if not 0 < n_true < len(labels):
        return float("nan")
    above = rankdata(scores)[labels].sum() - n_true * (n_true + 1) / 2
    return float(above / (n_true * (len(labels) - n_true)))
