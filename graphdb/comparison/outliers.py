"""Which facts behave unlike their relation."""

import numpy as np
import pandas as pd

from graphdb.comparison.chance.null import within
from graphdb.comparison.memberships import Memberships
from graphdb.comparison.nearest import by_relation
from graphdb.comparison.overlap import FEWEST_FACTS, ratio

OUTLIER_COLUMNS = {
    "circuit": "circuit id",
    "fact": "fact id",
    "relation": "its relation",
    "size": "names that the circuit holds",
    "shared": "names that it shares with another circuit of its relation, mean",
    "expected": "the mean that chance gives",
    "effect": "shared / expected",
    "relation_effect": "median effect of the relation's circuits",
    "deviation": "(effect - relation_effect) / spread, the spread being 1.4826 times the median absolute deviation of "
    f"the relation, or of the corpus if that is larger; empty under {FEWEST_FACTS} circuits",
    "nearest_relation": "the other relation with whose circuits it shares most beyond chance",
    "nearest_effect": "shared / expected with that relation's circuits",
}
"""Columns of `outliers`."""
SAME = 1e-9
"""A spread below this is none."""


def outliers(corpus: Memberships, relation: str = "", seed: int = 0) -> pd.DataFrame:
    """Rank the facts, of one relation or of all, by how unlike their relation they are: `OUTLIER_COLUMNS`.

    The most unlike first: it shares least with the circuits of its own relation, by the relation's standards.
    """
    relations, counts, shared, expected = by_relation(corpus, within(corpus, seed))
    own = np.array([relations.index(name) for name in corpus.circuits["relation"]], dtype=np.int64)
    rows = np.arange(len(own))
    effects = ratio(shared, expected)
    frame = corpus.circuits[["circuit", "fact", "relation"]].assign(
        size=corpus.sizes,
        shared=np.where(counts[rows, own] > 0, shared[rows, own], np.nan),
        expected=np.where(counts[rows, own] > 0, expected[rows, own], np.nan),
        effect=np.where(counts[rows, own] > 0, effects[rows, own], np.nan),
    )
    by = frame.groupby("relation")["effect"]
    frame["relation_effect"] = by.transform("median")
    frame["deviation"] = _deviations(frame)
    effects[rows, own] = -np.inf
    if len(relations) > 1:
        best = effects.argmax(axis=1)
        frame["nearest_relation"] = np.array(relations, dtype=object)[best]
        frame["nearest_effect"] = effects[rows, best]
    else:
        frame["nearest_relation"], frame["nearest_effect"] = "", np.nan
    mine = frame[frame["relation"] == relation] if relation else frame
    return mine.sort_values(["deviation", "effect"], ignore_index=True)[list(OUTLIER_COLUMNS)]


def _deviations(frame: pd.DataFrame) -> "pd.Series[float]":
    """Return each circuit's deviation. Few facts may agree by accident: a spread is at least that of the corpus."""
    away = frame["effect"] - frame["relation_effect"]
    by = away.abs().groupby(frame["relation"])
    spread = 1.4826 * by.transform("median").clip(lower=away.abs().median())
    enough = by.transform("size") >= FEWEST_FACTS
    return (away / spread.where(spread > SAME, 1.0)).where(enough)
