"""The lift of a component or edge in a relation, its interval over facts, and what of it chance explains."""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from graphdb.comparison.memberships import Floats, Ints
from graphdb.comparison.overlap import FEWEST_FACTS, ratio
from graphdb.specificity.uses import Uses

LEVEL = 0.95
"""Of the intervals."""


@dataclass(frozen=True, slots=True)
class Lifts:
    """How many times as much as relations on average a relation uses a name: [relation, name] throughout."""

    lift: Floats
    """Mean share / its mean over all relations, each once: 0 to the number of relations."""
    low: Floats
    """Lower end of the 95% interval over facts; NaN where a fact's spread is not known."""
    high: Floats
    p: Floats
    """P(so much more than in the other relations), if it were used as much in them; NaN under `FEWEST_FACTS` facts."""


def lifts(uses: Uses) -> Lifts:
    """Set each relation's mean share against the mean of the other relations' (Welch's t with Satterthwaite's
    degrees of freedom; each relation is one term of that mean, whose variance follows from its own facts).

    The interval is Fieller's (1954), of the ratio of the two means, so that it holds 1 where the two-sided test finds
    nothing, and is right where the other relations hardly use the name. A relation of one fact gets neither; among the
    others it has the mean of the known variances.
    """
    n_relations, n = len(uses.relations), uses.facts[:, None]
    unit = uses.mean.mean(axis=0)
    lift = _divided(uses.mean, unit)
    if n_relations < 2 or not (uses.facts > 1).any():
        nothing = np.full(lift.shape, np.nan)
        return Lifts(lift, nothing, nothing, nothing)
    known = np.nanmean(uses.variance[uses.facts > 1], axis=0)
    variance = _divided(np.where(n > 1, uses.variance, known), unit**2) / n
    rest, of_rest = elsewhere(lift), elsewhere(variance) / (n_relations - 1)
    freedom = _freedom(variance, of_rest, n, n_relations)
    unknown = (n < 2) | (variance + of_rest <= 0)
    t = _divided(lift - rest, np.sqrt(variance + of_rest))
    p = np.where(unknown | (n < FEWEST_FACTS), np.nan, stdtr(freedom, -t))
    low, high = _fieller(lift, rest, variance, of_rest, stdtrit(freedom, (1 + LEVEL) / 2))
    unknown |= uses.holders == 0
    low, high = (np.where(unknown, np.nan, _as_lift(each, n_relations)) for each in (low, high))
    return Lifts(lift, low, high, p)


def elsewhere(values: Floats) -> Floats:
    """Return the mean of the other rows [row, name]; NaN where there are none."""
    others = len(values) - 1
    if others < 1:
        return np.full(values.shape, np.nan)
    return (1 - np.eye(len(values))) @ values / others  # no difference from the total: a sum of zeros is 0


def _divided(values: Floats, by: Floats) -> Floats:
    """Return the quotient; 0 where there is nothing to divide by."""
    return np.divide(values, by, out=np.zeros(np.broadcast_shapes(values.shape, by.shape)), where=by > 0)


def _freedom(variance: Floats, of_rest: Floats, n: Ints, n_relations: int) -> Floats:
    """Satterthwaite's degrees of freedom of the difference between a mean and the mean of the other means."""
    parts = variance**2 / np.maximum(n - 1, 1)
    rest = elsewhere(parts) / (n_relations - 1) ** 3
    whole = (variance + of_rest) ** 2
    return np.divide(whole, parts + rest, out=np.ones_like(whole), where=parts + rest > 0)


def _fieller(a: Floats, b: Floats, of_a: Floats, of_b: Floats, t: Floats) -> tuple[Floats, Floats]:
    """Return the ends of the interval of a / b, both >= 0, of variances `of_a` and `of_b`; infinite where unbounded."""
    first, last = b**2 - t**2 * of_b, a**2 - t**2 * of_a
    middle = a * b + np.sqrt(np.maximum((a * b) ** 2 - first * last, 0.0))
    return ratio(np.maximum(last, 0.0), middle), np.where(first > 0, ratio(middle, np.maximum(first, 0.0)), np.inf)


def _as_lift(of_others: Floats, n_relations: int) -> Floats:
    """Return the lift of a mean that is so many times the others' mean."""
    with np.errstate(divide="ignore"):
        return n_relations / (1 + (n_relations - 1) / of_others)
