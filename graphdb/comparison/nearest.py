"""What is most like one circuit or one relation: other circuits, and relations."""

import numpy as np
import pandas as pd

from graphdb.comparison.chance.null import Null, within
from graphdb.comparison.memberships import TYPICAL, Floats, Memberships, row_of
from graphdb.comparison.overlap import OVERLAP_COLUMNS, overlaps, q_values, ratio
from graphdb.comparison.relations import PAIR_COLUMNS, relation_pairs

FACT_COLUMNS = {
    "nearest": "id of another circuit",
    "fact": "its fact",
    "relation": "its relation",
    **OVERLAP_COLUMNS,
    "q": "p over all pairs of this circuit (Benjamini-Hochberg)",
}
"""Columns of `nearest_facts`."""
RELATION_COLUMNS = {
    "relation": "relation id",
    "n_circuits": "its circuits, the circuit itself left out",
    "shared": "names that the circuit shares with one of them, mean",
    "expected": "the mean that chance gives",
    "effect": "shared / expected",
}
"""Columns of `nearest_relations`."""


def nearest_facts(corpus: Memberships, circuit: str, seed: int = 0) -> pd.DataFrame:
    """Compare one circuit with all others: `FACT_COLUMNS`, that of the largest Jaccard index beyond chance first."""
    row = row_of(corpus, circuit)
    others = np.flatnonzero(np.arange(len(corpus.sizes)) != row)
    found = overlaps(corpus, np.full(len(others), row), corpus, others, within(corpus, seed))
    circuits = corpus.circuits.iloc[others].reset_index(drop=True)
    found = found.assign(
        nearest=circuits["circuit"],
        fact=circuits["fact"],
        relation=circuits["relation"],
        q=q_values(found["p"].to_numpy()),
    )
    order = np.argsort(found["jaccard_expected"] - found["jaccard"], kind="stable")
    return found.iloc[order].reset_index(drop=True)[list(FACT_COLUMNS)]


def nearest_relations(corpus: Memberships, circuit: str, seed: int = 0) -> pd.DataFrame:
    """Compare one circuit with the circuits of each relation: `RELATION_COLUMNS`, the largest effect first."""
    row = row_of(corpus, circuit)
    relations, counts, shared, expected = by_relation(corpus, within(corpus, seed))
    frame = pd.DataFrame({
        "relation": relations, "n_circuits": counts[row], "shared": shared[row], "expected": expected[row],
        "effect": ratio(shared[row], expected[row]),
    })  # fmt: skip
    return frame[frame["n_circuits"] > 0].sort_values("effect", ascending=False, ignore_index=True)


def near_relation(corpus: Memberships, relation: str, least: float = TYPICAL, seed: int = 0) -> pd.DataFrame:
    """Compare a relation with each other one: `PAIR_COLUMNS`, with the relation as `a`, the least p first."""
    pairs = relation_pairs(corpus, least, seed)
    mine = pairs[(pairs["a"] == relation) | (pairs["b"] == relation)].copy()
    turn = mine["b"] == relation
    for column in ("", "circuits_", "size_"):
        first, second = (f"{column}a", f"{column}b")
        mine.loc[turn, [first, second]] = mine.loc[turn, [second, first]].to_numpy()
    return mine[list(PAIR_COLUMNS)].reset_index(drop=True)


def by_relation(corpus: Memberships, null: Null) -> tuple[list[str], Floats, Floats, Floats]:
    """Return the relations, and [row, relation] the circuits of it beside the row's own, the mean number of names
    that the row shares with one of them, and the mean that chance gives.
    """
    relations = corpus.relations
    number = {name: index for index, name in enumerate(relations)}
    of = np.array([number[name] for name in corpus.circuits["relation"]], dtype=np.int64)
    rows = np.arange(len(of))
    one = np.zeros((len(of), len(relations)))
    one[rows, of] = 1
    shared = corpus.held @ (corpus.held.T @ one)
    in_class = np.zeros((len(null.size_b), len(relations)))
    np.add.at(in_class, (null.class_b, of), 1)
    expected = (null.mean @ in_class)[null.class_a]
    counts = np.tile(one.sum(axis=0), (len(of), 1))
    counts[rows, of] -= 1
    shared[rows, of] -= corpus.sizes
    expected[rows, of] -= null.mean[null.class_a, null.class_b]
    safe = np.maximum(counts, 1)
    return relations, counts, shared / safe, expected / safe
