"""Relations against relations: overlaps of their typical circuits, clusters of them, and the matrix behind it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from graphdb.comparison.chance.null import within
from graphdb.comparison.memberships import TYPICAL, Floats, Memberships
from graphdb.comparison.overlap import FEWEST_FACTS, OVERLAP_COLUMNS, overlaps, q_values

PAIR_COLUMNS = {
    "a": "relation id",
    "b": "another relation's id",
    "circuits_a": "circuits of the first",
    "circuits_b": "circuits of the second",
    **OVERLAP_COLUMNS,
    "q": f"p over all pairs (Benjamini-Hochberg); empty where a relation has under {FEWEST_FACTS} circuits",
}
"""Columns of `relation_pairs`; the sets are typical circuits."""


@dataclass(frozen=True, slots=True)
class Clusters:
    """Rows in an order in which neighbours are alike."""

    order: tuple[str, ...]
    """The best of the orders that the tree allows (Bar-Joseph et al. 2001)."""
    similarity: Floats
    """Jaccard index [row, row], in this order; 1 on the diagonal."""
    tree: Floats
    """scipy's linkage matrix [merge, 4] over the rows as they were given, average linkage of 1 - Jaccard."""


def relation_pairs(corpus: Memberships, least: float = TYPICAL, seed: int = 0) -> pd.DataFrame:
    """Compare the typical circuits of all relations pairwise: `PAIR_COLUMNS`, the least p first.

    A typical circuit holds what at least the share `least` of the relation's circuits hold. The null draws circuits
    of these sizes with the popularity of each name over the typical circuits; with two relations it leaves nothing
    to chance, and p is 1.
    """
    return typical_pairs(corpus.typical(least), seed)


def typical_pairs(typical: Memberships, seed: int = 0) -> pd.DataFrame:
    """Compare the rows that `Memberships.typical` returns pairwise, as `relation_pairs` does."""
    i, j = np.triu_indices(len(typical.sizes), 1)
    found = overlaps(typical, i, typical, j, within(typical, seed))
    names, counts = (typical.circuits[column].to_numpy() for column in ("relation", "n_circuits"))
    found = found.assign(a=names[i], b=names[j], circuits_a=counts[i], circuits_b=counts[j])
    enough = np.minimum(counts[i], counts[j]) >= FEWEST_FACTS if len(i) else np.zeros(0, bool)
    found["q"] = q_values(np.where(enough, found["p"], np.nan))
    order = ["p", "jaccard", "a", "b"]
    return found[list(PAIR_COLUMNS)].sort_values(order, ascending=[True, False, True, True], ignore_index=True)


def cluster(rows: Memberships) -> Clusters:
    """Cluster rows hierarchically by the names they share, such as `corpus.typical()`."""
    shared = (rows.held @ rows.held.T).toarray()
    union = rows.sizes[:, None] + rows.sizes[None, :] - shared
    similarity = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    np.fill_diagonal(similarity, 1.0)
    if len(rows.sizes) < 3:
        tree, order = np.empty((0, 4)), np.arange(len(rows.sizes))
    else:
        tree = linkage(squareform(1 - similarity, checks=False), "average", optimal_ordering=True)
        order = leaves_list(tree)
    ids = rows.circuits["circuit"]
    return Clusters(tuple(str(ids.iloc[row]) for row in order), similarity[np.ix_(order, order)], tree)


def relation_names(corpus: Memberships, least: float = TYPICAL) -> pd.DataFrame:
    """Return the relation × name matrix as a table, relation ids by name: the share of circuits that hold it.

    Names that no relation holds in at least the share `least` of its circuits are left out; relations and names are
    in clustered order.
    """
    relations, shares = corpus.shares()
    kept = np.flatnonzero((shares >= least).any(axis=0)) if len(relations) else np.zeros(0, np.int64)
    frame = pd.DataFrame(shares[:, kept], index=relations, columns=[corpus.names[name] for name in kept])
    rows = list(cluster(corpus.typical(least)).order)
    return frame.loc[rows, [frame.columns[column] for column in _by_use(shares[:, kept])]].rename_axis("relation")


def _by_use(shares: Floats) -> list[int]:
    """Return the order of the columns in which those that the same relations use stand together."""
    if shares.shape[1] < 3:
        return list(range(shares.shape[1]))
    return list(leaves_list(linkage(shares.T, "average", optimal_ordering=shares.shape[1] <= 2000)))
