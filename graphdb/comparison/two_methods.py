"""The same facts by two methods or in two models: each fact's two circuits against each other."""

import numpy as np
import pandas as pd

from graphdb.comparison.chance.null import across
from graphdb.comparison.memberships import Memberships, align
from graphdb.comparison.overlap import OVERLAP_COLUMNS, overlaps, q_values

SAME_FACTS_COLUMNS = {
    "fact": "fact id",
    "relation": "its relation",
    **OVERLAP_COLUMNS,
    "q": "p over all facts (Benjamini-Hochberg)",
}
"""Columns of `same_facts`."""


def same_facts(a: Memberships, b: Memberships) -> pd.DataFrame:
    """Compare the two circuits of every fact that both corpora have: `SAME_FACTS_COLUMNS`, the least alike first.

    The null draws each circuit with the popularity of the names in its own corpus.
    """
    a, b = align(a, b)
    index = pd.Index(b.circuits["fact"])
    place = index.get_indexer(pd.Index(a.circuits["fact"]))
    i = np.flatnonzero(place >= 0)
    j = place[i]
    found = overlaps(a, i, b, j, across(a, b))
    circuits = a.circuits.iloc[i].reset_index(drop=True)
    found = found.assign(fact=circuits["fact"], relation=circuits["relation"], q=q_values(found["p"].to_numpy()))
    return found[list(SAME_FACTS_COLUMNS)].sort_values(["jaccard", "fact"], ignore_index=True)
