"""What the circuits of one relation have in common, how sure that is, and what the relation has to itself."""

import numpy as np
import pandas as pd

from graphdb.comparison.chance.null import tails
from graphdb.comparison.chance.popularity import fit_popularity
from graphdb.comparison.memberships import TYPICAL, Floats, Ints, Memberships
from graphdb.comparison.overlap import FEWEST_FACTS, q_values, ratio
from graphdb.errors import unknown

PART_COLUMNS = {
    "name": "component, edge or layer",
    "part": "`all`: in every circuit of the relation (its core); `most`: in at least half; `some`; `single`: in one",
    "circuits": "circuits of the relation that hold it",
    "share": "the same as a share",
    "kept": "share of bootstrap samples of the facts in which it stays on its side of one half",
    "score": "its share of a circuit's total score, mean over the circuits that hold it",
    "share_rest": "share of a circuit of another relation that holds it, each relation with the same weight",
    "expected": "circuits of the relation that would hold it by chance: of these sizes, with its popularity",
    "effect": "circuits / expected: its specificity; above 1, its own relation uses it more than the rest",
    "everywhere": "typical of at least 80% of the relations: says nothing about any one of them",
    "p": "probability that chance gives it to so many circuits of the relation",
    "q": f"p over all names of the relation (Benjamini-Hochberg); empty under {FEWEST_FACTS} circuits",
}
"""Columns of `parts`."""
STABILITY_COLUMNS = {
    "part": "`core`: names in all circuits; `typical`: names in at least half",
    "names": "how many",
    "left_out": "Jaccard index of the part with what it is when one fact is left out, mean over the facts",
    "left_out_least": "the least of these",
    "bootstrap": "Jaccard index with the part in a bootstrap sample of the facts, mean over the samples",
    "low": "2.5% quantile over the samples",
    "high": "97.5% quantile",
}
"""Columns of `stability`; empty where the relation has one circuit."""
EVERYWHERE = 0.8
"""Share of the relations from which on a name is popular everywhere, given at least `FEWEST_RELATIONS`."""
FEWEST_RELATIONS = 3
SAMPLES = 1000
"""Bootstrap samples."""


def parts(corpus: Memberships, relation: str, seed: int = 0) -> pd.DataFrame:
    """Return every name that a circuit of the relation holds: `PART_COLUMNS`, the most used first.

    Raises UserError for a relation without circuits. `seed` is of the bootstrap.
    """
    rows = _rows(corpus, relation)
    mine = corpus.select(rows)
    circuits = mine.popularity
    expected, p = specificity(corpus, rows)
    relations, shares = corpus.shares()
    others = np.array([name != relation for name in relations])
    score = ratio(np.asarray(mine.weights.sum(axis=0)).ravel(), circuits)
    frame = pd.DataFrame({
        "name": corpus.names,
        "part": _part(circuits, len(rows)),
        "circuits": circuits,
        "share": circuits / len(rows),
        "kept": _kept(mine, seed),
        "score": score,
        "share_rest": shares[others].mean(axis=0) if others.any() else np.nan,
        "expected": expected,
        "effect": ratio(circuits, expected),
        "everywhere": everywhere(shares),
        "p": p,
    })[circuits > 0]  # fmt: skip
    frame["q"] = q_values(frame["p"].to_numpy()) if len(rows) >= FEWEST_FACTS else np.nan
    return frame.sort_values(["circuits", "score"], ascending=False, kind="stable", ignore_index=True)


def stability(corpus: Memberships, relation: str, seed: int = 0) -> pd.DataFrame:
    """Return how the core and the typical circuit of a relation change with its facts: `STABILITY_COLUMNS`.

    Raises UserError for a relation without circuits. `seed` is of the bootstrap.
    """
    mine = corpus.select(_rows(corpus, relation))
    n, circuits = len(mine.sizes), mine.popularity
    without = circuits - mine.held.toarray()
    weights = _samples(n, seed)
    sampled = weights @ mine.held.toarray()
    rows = []
    for part, least in (("core", 1.0), ("typical", TYPICAL)):
        now = circuits >= max(least * n, 1)
        left = _jaccard(without >= max(least * (n - 1), 1), now)
        drawn = _jaccard(sampled >= max(least * n, 1), now)
        low, high = np.quantile(drawn, [0.025, 0.975])
        rows.append((part, int(now.sum()), left.mean(), left.min(), drawn.mean(), low, high))
    frame = pd.DataFrame(rows, columns=list(STABILITY_COLUMNS))
    if n < 2:
        frame.iloc[:, 2:] = np.nan
    return frame


def specificity(corpus: Memberships, rows: Ints) -> tuple[Floats, Floats]:
    """Return [name] how many of these rows hold a name by chance, and P(as many as do, or more).

    Hypergeometric where all circuits are of one size: of the rows that hold the name, so many are among these.
    """
    popularity = fit_popularity(corpus)
    sizes, classes = np.unique(corpus.sizes, return_inverse=True)
    p = popularity.inclusion(sizes)
    mine = np.bincount(classes[rows], minlength=len(sizes))
    free = p * (1 - p)
    taken, total = mine @ free, np.bincount(classes, minlength=len(sizes)) @ free
    mean = mine @ p
    variance = taken * (1 - ratio(taken, total)) * len(corpus.sizes) / max(len(corpus.sizes) - 1, 1)
    group = np.searchsorted(popularity.degrees, corpus.popularity)
    chance = tails(mean, variance, np.full(len(mean), len(rows)), popularity.degrees)
    held = np.asarray(corpus.held[rows].sum(axis=0)).round().astype(np.int64)
    return mean[group], chance.p(group, held)


def everywhere(shares: Floats) -> "np.ndarray":
    """Return [name] whether it is popular everywhere, given the shares [relation, name]."""
    if len(shares) < FEWEST_RELATIONS:
        return np.zeros(shares.shape[1], bool)
    return (shares >= TYPICAL).mean(axis=0) >= EVERYWHERE


def _rows(corpus: Memberships, relation: str) -> Ints:
    rows = corpus.rows(relation)
    if not len(rows):
        raise unknown("relation with circuits", relation, corpus.relations)
    return rows


def _part(circuits: Ints, n: int) -> "np.ndarray":
    kinds = [circuits == n, circuits == 1, circuits >= TYPICAL * n]
    return np.select(kinds, ["all", "single", "most"], "some")


def _samples(n: int, seed: int) -> Floats:
    """Return how often each of n facts is in each bootstrap sample [sample, fact]."""
    return np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), SAMPLES).astype(np.float64)


def _kept(mine: Memberships, seed: int) -> Floats:
    n = len(mine.sizes)
    least = TYPICAL * n
    sampled = _samples(n, seed) @ mine.held.toarray()
    return ((sampled >= least) == (mine.popularity >= least)).mean(axis=0)


def _jaccard(sets: "np.ndarray", one: "np.ndarray") -> Floats:
    """Return the Jaccard index of each of the sets [set, name] with one; 1 where both are empty."""
    both, either = (sets & one).sum(axis=1), (sets | one).sum(axis=1)
    return np.where(either > 0, ratio(both, either), 1.0)
