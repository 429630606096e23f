"""Components that circuits use together: groups of those that meet in more circuits than chance gives."""

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import csr_array
from scipy.spatial.distance import squareform

from graphdb.comparison.chance.null import within
from graphdb.comparison.memberships import Ints, Memberships
from graphdb.comparison.overlap import LEVEL, q_values, ratio

MODULE_COLUMNS = {
    "module": "number of the module, from 1, the largest first",
    "name": "component, edge or layer",
    "circuits": "circuits that hold it",
    "together": "other names of the module that it meets in more circuits than chance gives, q up to 0.05",
    "effect": "circuits in which it meets another name of the module / circuits expected, mean over the module",
    "relations": "relations whose circuits hold the module's names most beyond the corpus, at most three",
}
"""Columns of `modules`."""
SHARE = 0.02
"""Names in fewer circuits than this share of them are left out: they meet too rarely to tell."""
JOINED = 0.5
"""Groups of names become one while at least this share of the pairs between them meets beyond chance."""
MOST = 2000
"""Most names that are taken, the most used first."""


def modules(corpus: Memberships, seed: int = 0) -> pd.DataFrame:
    """Find names that circuits use together: `MODULE_COLUMNS`, modules of two names and more.

    The null is that of the corpus turned around: two names meet in so many circuits as their popularity and the
    circuits' sizes give. Pairs whose q is up to 0.05 are joined, and names grouped by average linkage: groups become
    one while at least half of the pairs between them are joined. `seed`: of a small corpus's permutations.
    """
    by_name = _turned(corpus)
    n = len(by_name.sizes)
    if n < 2:
        return pd.DataFrame(columns=list(MODULE_COLUMNS))
    i, j = np.triu_indices(n, 1)
    null = within(by_name, seed)
    meet = (by_name.held @ by_name.held.T).toarray()[i, j].round().astype(np.int64)
    expected = null.expected(i, j)
    more = np.flatnonzero(meet > expected)
    p = np.ones(len(i))
    p[more] = null.p(i[more], j[more], meet[more])
    joined = squareform(q_values(p) <= LEVEL)
    group = fcluster(linkage(1.0 - squareform(joined), "average"), 1 - JOINED, "distance")
    found = sorted(
        (np.flatnonzero(group == each) for each in np.unique(group)), key=lambda names: (-len(names), names[0])
    )
    effects = squareform(ratio(meet, expected))
    rows = [
        (number, *row)
        for number, names in enumerate((names for names in found if len(names) > 1), start=1)
        for row in _module(corpus, by_name, joined, effects, names)
    ]
    return pd.DataFrame(rows, columns=list(MODULE_COLUMNS))


def _turned(corpus: Memberships) -> Memberships:
    """Return the names as rows and the circuits as names, the most used names only."""
    n = len(corpus.sizes)
    used = np.flatnonzero((corpus.popularity >= max(2, SHARE * n)) & (corpus.popularity < n))
    used = np.sort(used[np.argsort(-corpus.popularity[used], kind="stable")[:MOST]])
    scores = csr_array(corpus.scores.tocsc()[:, used].T)
    circuits = pd.DataFrame({"circuit": [corpus.names[name] for name in used]})
    return Memberships(circuits, tuple(corpus.circuits["circuit"]), scores, corpus.level)


def _module(
    corpus: Memberships, by_name: Memberships, joined: np.ndarray, effects: np.ndarray, names: Ints
) -> list[tuple[str, int, int, float, str]]:
    """Return the rows of one module, of names by their rows; the diagonals of the matrices are 0."""
    relations = ", ".join(_relations(corpus, by_name, names))
    inside = np.ix_(names, names)
    together, effect = joined[inside].sum(axis=1), effects[inside].sum(axis=1) / (len(names) - 1)
    ids = by_name.circuits["circuit"].to_numpy()[names]
    rows = [(str(ids[k]), int(by_name.sizes[names[k]]), int(together[k]), float(effect[k]), relations)
            for k in range(len(names))]  # fmt: skip
    return sorted(rows, key=lambda row: (-row[2], -row[3]))


def _relations(corpus: Memberships, by_name: Memberships, names: Ints) -> list[str]:
    """Return the relations that hold more of the module than a circuit of the corpus does, the most first."""
    held = np.asarray(by_name.held[names].sum(axis=0)).ravel()
    means = pd.Series(held).groupby(corpus.circuits["relation"].to_numpy()).mean().sort_values(ascending=False)
    return [str(name) for name in means[means > held.mean() * 1.0001].index[:3]]
