"""Components that circuits use together: communities of those that meet in more circuits than chance gives."""

import networkx as nx
import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from graphdb.comparison.memberships import Memberships
from graphdb.comparison.null import within
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
MOST = 2000
"""Most names that are taken, the most used first."""


def modules(corpus: Memberships, seed: int = 0) -> pd.DataFrame:
    """Find names that circuits use together: `MODULE_COLUMNS`, modules of two names and more.

    The null is that of the corpus turned around: two names meet in so many circuits as their popularity and the
    circuits' sizes give. Names whose q is up to 0.05 are joined, with the logarithm of the effect as weight, and
    communities are sought by Louvain's method (Blondel et al. 2008; `seed`).
    """
    by_name = _turned(corpus)
    i, j = np.triu_indices(len(by_name.sizes), 1)
    null = within(by_name, seed)
    meet = (by_name.held @ by_name.held.T).toarray()[i, j].round().astype(np.int64)
    expected = null.expected(i, j)
    effect = ratio(meet, expected)
    more = np.flatnonzero(meet > expected)
    p = np.ones(len(i))
    p[more] = null.p(i[more], j[more], meet[more])
    joined = q_values(p) <= LEVEL
    graph = nx.Graph()
    graph.add_weighted_edges_from(zip(i[joined], j[joined], np.log(effect[joined]), strict=True))
    found = sorted(nx.community.louvain_communities(graph, seed=seed), key=lambda names: (-len(names), min(names)))
    effects = np.zeros((len(by_name.sizes),) * 2)
    effects[i, j] = effects[j, i] = effect
    rows = [
        (number, *row)
        for number, names in enumerate((sorted(names) for names in found if len(names) > 1), start=1)
        for row in _module(corpus, by_name, graph, effects, names)
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
    corpus: Memberships, by_name: Memberships, graph: nx.Graph, effects: np.ndarray, names: list[int]
) -> list[tuple[str, int, int, float, str]]:
    """Return the rows of one module, of names by their rows."""
    inside = set(names)
    relations = ", ".join(_relations(corpus, by_name, names))
    rows = []
    for name in names:
        others = [other for other in names if other != name]
        together = len(inside & set(graph.neighbors(name)))
        rows.append((by_name.circuits["circuit"].iloc[name], int(by_name.sizes[name]), together,
                     float(effects[name, others].mean()), relations))  # fmt: skip
    return sorted(rows, key=lambda row: (-row[2], -row[3]))


def _relations(corpus: Memberships, by_name: Memberships, names: list[int]) -> list[str]:
    """Return the relations that hold more of the module than a circuit of the corpus does, the most first."""
    held = np.asarray(by_name.held[names].sum(axis=0)).ravel()
    means = pd.Series(held).groupby(corpus.circuits["relation"].to_numpy()).mean().sort_values(ascending=False)
    return [str(name) for name in means[means > held.mean() * 1.0001].index[:3]]
