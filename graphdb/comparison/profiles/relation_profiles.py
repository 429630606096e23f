"""Relations against relations as profiles: how alike, how sure that is, how alike by chance, and how alike at most."""

import numpy as np
import pandas as pd

from graphdb.comparison.memberships import Floats, Memberships
from graphdb.comparison.overlap import FEWEST_FACTS, q_values
from graphdb.comparison.profiles.chance import FEWEST_RELATIONS, chance
from graphdb.comparison.profiles.profiles import Profiles, profiles, relation_means

PAIR_COLUMNS = {
    "a": "relation id",
    "b": "another relation's id",
    "circuits_a": "circuits of the first",
    "circuits_b": "circuits of the second",
    "bhattacharyya": "inner product of the two profiles, 0 to 1: the mean over pairs of their circuits",
    "cosine": "of their deviations from the mean over relations, -1 to 1",
    "low": "2.5% quantile of the cosine over bootstrap samples of the facts",
    "high": "97.5% quantile",
    "self_a": "cosine of one half of the first's circuits with the other half: what the cosine can reach",
    "self_b": "the same of the second",
    "expected": "the cosine by chance",
    "p": "probability that chance gives so large a cosine",
    "q": f"p over all pairs (Benjamini-Hochberg); empty where a relation has under {FEWEST_FACTS} circuits, and under "
    f"{FEWEST_RELATIONS} relations",
}
"""Columns of `relation_profiles`; `low` to `self_b` are empty where a relation has under five circuits."""
SAMPLES = 500
"""Bootstrap samples."""
HALVES = 50
"""Ways in which the circuits of a relation are halved."""
NOTHING = 1e-6
"""A deviation that is no longer is what rounding left."""


def relation_profiles(corpus: Memberships, seed: int = 0) -> pd.DataFrame:
    """Compare the profiles of all relations pairwise: `PAIR_COLUMNS`, the most alike first.

    Facts are resampled within their relations, and the centre is that of each sample. `seed` is of samples and halves.
    """
    found = profiles(corpus)
    i, j = np.triu_indices(len(found.relations), 1)
    cosine = _cosines(found.deviations)
    low, high = _bootstrap(found, seed)
    halves = _halves(found, seed)
    by_chance = chance(found, i, j, cosine[i, j])
    names = np.array(found.relations, dtype=object)
    enough = found.counts >= FEWEST_FACTS
    sure = enough[i] & enough[j]
    frame = pd.DataFrame({
        "a": names[i],
        "b": names[j],
        "circuits_a": found.counts[i],
        "circuits_b": found.counts[j],
        "bhattacharyya": (found.means @ found.means.T)[i, j],
        "cosine": cosine[i, j],
        "low": np.where(sure, low[i, j], np.nan),
        "high": np.where(sure, high[i, j], np.nan),
        "self_a": halves[i],
        "self_b": halves[j],
        "expected": by_chance.expected,
        "p": by_chance.p,
        "q": q_values(np.where(sure, by_chance.p, np.nan)),
    })  # fmt: skip
    return frame[list(PAIR_COLUMNS)].sort_values("cosine", ascending=False, kind="stable", ignore_index=True)


def near_relation_profile(corpus: Memberships, relation: str, seed: int = 0) -> pd.DataFrame:
    """Compare a relation with each other one: `PAIR_COLUMNS`, with the relation as `a`, the most alike first."""
    pairs = relation_profiles(corpus, seed)
    mine = pairs[(pairs["a"] == relation) | (pairs["b"] == relation)].copy()
    turn = mine["b"] == relation
    for column in ("", "circuits_", "self_"):
        first, second = (f"{column}a", f"{column}b")
        mine.loc[turn, [first, second]] = mine.loc[turn, [second, first]].to_numpy()
    return mine.reset_index(drop=True)


def _cosines(deviations: Floats) -> Floats:
    """Return the cosine of every two rows [row, row]; NaN for a row of nothing."""
    size = np.sqrt((deviations**2).sum(axis=1))
    unit = deviations / np.where(size > NOTHING, size, np.nan)[:, None]
    return unit @ unit.T


def _bootstrap(found: Profiles, seed: int) -> tuple[Floats, Floats]:
    """Return the 2.5% and the 97.5% quantile of the cosine of every two relations [relation, relation]."""
    draw, n = np.random.default_rng(seed), len(found.relations)
    ends = np.cumsum([0, *found.counts])
    drawn = np.empty((SAMPLES, n, n), dtype=np.float32)
    for sample in range(SAMPLES):
        chosen = ends[found.of] + (draw.random(len(found.of)) * found.counts[found.of]).astype(np.int64)
        weights = np.bincount(chosen, minlength=len(found.of)).astype(np.float64)
        means = relation_means(found.roots, found.of, n, weights)
        drawn[sample] = _cosines(means - means.mean(axis=0))
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0) if n else (np.zeros((0, 0)),) * 2
    return low, high


def _halves(found: Profiles, seed: int) -> Floats:
    """Return the cosine of both halves of each relation's circuits, mean over halvings; NaN for few [relation]."""
    draw, n = np.random.default_rng(seed), len(found.relations)
    total = np.zeros(n)
    for _ in range(HALVES):
        order = np.lexsort((draw.random(len(found.of)), found.of))
        first = np.zeros(len(found.of))
        place = np.arange(len(found.of)) - np.cumsum([0, *found.counts])[found.of]
        first[order[place < found.counts[found.of] // 2]] = 1
        sides = [relation_means(found.roots, found.of, n, each) - found.centre for each in (first, 1 - first)]
        sizes = [np.sqrt((side**2).sum(axis=1)) for side in sides]
        total += (sides[0] * sides[1]).sum(axis=1) / np.where(sizes[0] * sizes[1] > 0, sizes[0] * sizes[1], np.nan)
    return np.where(found.counts >= FEWEST_FACTS, total / HALVES, np.nan)
