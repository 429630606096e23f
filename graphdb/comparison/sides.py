"""Two circuits, two relations, the same in two models or two methods: five measures of what they share, and the names.

A side is a row of a corpus. Shared, Jaccard and containment depend on which names are held, and have a p-value in
closed form. Weighted Jaccard and rank correlation depend on scores too: their null is drawn.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

from graphdb.comparison.all_pairs import all_pairs
from graphdb.comparison.chance.null import FEW_ROWS, across, within
from graphdb.comparison.chance.permutation import permutations
from graphdb.comparison.chance.popularity import fit_popularity
from graphdb.comparison.memberships import Floats, Ints, Memberships, align, row_of
from graphdb.comparison.overlap import overlaps, ratio
from graphdb.comparison.relations import typical_pairs

MEASURE_COLUMNS = {
    "level": "`component`, `edge` or `layer`",
    "measure": "`shared`, `jaccard`, `containment`, `weighted_jaccard` or `rank_correlation`",
    "a": "names of the first",
    "b": "names of the second",
    "value": "the measure",
    "expected": "the measure by chance",
    "effect": "value / expected; empty for the correlation, which may be negative",
    "p": "probability that chance gives so large a value",
    "q": "p of shared, Jaccard and containment over all pairs of circuits, or of relations, of the corpus "
    "(Benjamini-Hochberg); empty for the others, for sides of two corpora, and for relations under five circuits",
}
"""Columns of `measures`."""
NAME_COLUMNS = {
    "level": "`component`, `edge` or `layer`",
    "name": "component, edge or layer",
    "part": "`both`, `only_a` or `only_b`",
    "share_a": "share of the circuits of the first that hold it, 0 to 1",
    "share_b": "the same of the second",
    "score_a": "its share of the first's total score; the mean over circuits",
    "score_b": "the same of the second",
}
"""Columns of `names`."""
SETS = ("shared", "jaccard", "containment")
"""Measures of which names are held, whatever their scores."""
DRAWS = 500
"""Pairs of random sets that the nulls of scores are taken from."""
MOST_CELLS = 400_000_000
"""Cells of a corpus, circuits by names, up to which a q-value is computed: it takes every pair of circuits."""
FEWEST = 3
"""Names that both sides must hold for a correlation."""

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison: a row of a corpus."""

    id: str
    """Circuit id, or relation id."""
    kind: str
    """`fact` or `relation`."""
    corpus: Memberships
    """The rows that the null takes popularity from: all circuits, or all relations' typical circuits."""
    row: int
    members: Memberships
    """The side's circuits themselves: one, or all of the relation's."""


def fact_side(corpus: Memberships, circuit: str) -> Side:
    """Return the side of a circuit; raises UserError where the corpus lacks it."""
    row = row_of(corpus, circuit)
    return Side(circuit, "fact", corpus, row, corpus.select(np.array([row])))


def relation_side(corpus: Memberships, relation: str) -> Side:
    """Return the side of a relation's typical circuit; raises UserError where it has no circuit."""
    typical = corpus.typical()
    return Side(relation, "relation", typical, row_of(typical, relation), corpus.select(corpus.rows(relation)))


def measures(a: Side, b: Side, seed: int = 0) -> pd.DataFrame:
    """Return what two sides share at their level, beside chance: `MEASURE_COLUMNS`, a row a measure.

    Both corpora are of one level. Where they are the same corpus, its rows are drawn with one popularity, else each
    side with its own corpus's. `seed` is of the draws.
    """
    same = a.corpus is b.corpus or (a.kind == b.kind and a.corpus.circuits.equals(b.corpus.circuits))
    left, right = align(a.corpus, b.corpus)
    i, j = np.array([a.row]), np.array([b.row])
    null = within(left, seed) if same else across(left, right)
    (found,) = overlaps(left, i, right, j, null).to_dict("records")
    drawn = _drawn(left, right, a.row, b.row, same, seed)
    weighted, correlation = _scored(_dense(left, a.row), _dense(right, b.row))
    by_draw = np.array([_scored(x, y) for x, y in zip(*drawn, strict=True)]).reshape(-1, 2)
    smaller = min(found["size_a"], found["size_b"])
    values = [
        ("shared", found["shared"], found["expected"], found["p"]),
        ("jaccard", found["jaccard"], found["jaccard_expected"], found["p"]),
        ("containment", found["containment"], float(ratio(found["expected"], smaller)), found["p"]),
        ("weighted_jaccard", weighted, *_by_chance(weighted, by_draw[:, 0])),
        ("rank_correlation", correlation, *_by_chance(correlation, by_draw[:, 1])),
    ]
    frame = pd.DataFrame(values, columns=["measure", "value", "expected", "p"])
    effect = ratio(frame["value"].to_numpy(), frame["expected"].to_numpy())
    frame["q"] = np.where(frame["measure"].isin(SETS), _q(a, b, found["p"], seed) if same else np.nan, np.nan)
    frame = frame.assign(level=str(left.level), a=found["size_a"], b=found["size_b"], effect=effect)
    frame.loc[frame["measure"] == "rank_correlation", "effect"] = np.nan
    return frame[list(MEASURE_COLUMNS)]


def names(a: Side, b: Side) -> pd.DataFrame:
    """Return what either side's circuits hold, and which part it is: `NAME_COLUMNS`, the most used first.

    The part follows from the sets that `measures` compares; what only some of a relation's circuits hold may be in
    neither, and is left out.
    """
    left, right = align(a.corpus, b.corpus)
    members = align(a.members, left)[0], align(b.members, right)[0]
    in_a, in_b = _dense(left, a.row) >= 0, _dense(right, b.row) >= 0
    shares = [np.asarray(side.held.mean(axis=0)).ravel() for side in members]
    scores = [np.asarray(side.weights.mean(axis=0)).ravel() for side in members]
    either = np.flatnonzero(in_a | in_b)
    part = np.where(in_a & in_b, "both", np.where(in_a, "only_a", "only_b"))
    frame = pd.DataFrame({
        "level": str(left.level),
        "name": [left.names[name] for name in either],
        "part": part[either],
        "share_a": shares[0][either],
        "share_b": shares[1][either],
        "score_a": scores[0][either],
        "score_b": scores[1][either],
    })  # fmt: skip
    use = np.minimum(frame["share_a"], frame["share_b"]), frame["share_a"] + frame["share_b"]
    score = frame["score_a"] + frame["score_b"]
    order = np.lexsort((-score, -use[1], -use[0], frame["part"].map({"both": 0, "only_a": 1, "only_b": 2})))
    return frame.iloc[order].reset_index(drop=True)


def _q(a: Side, b: Side, p: float, seed: int) -> float:
    """Return the q-value of a pair of rows of one corpus; NaN where none is given."""
    if a.row == b.row:
        return np.nan
    if a.kind == "relation":
        pairs = typical_pairs(a.corpus, seed)
        return float(
            pairs.loc[[{a.id, b.id} == {x, y} for x, y in zip(pairs["a"], pairs["b"], strict=True)], "q"].iloc[0]
        )
    if len(a.corpus.sizes) * len(a.corpus.names) > MOST_CELLS:
        return np.nan
    return float(all_pairs(a.corpus, nearest=0, seed=seed).q_of(np.array([p]))[0])


def _dense(rows: Memberships, row: int) -> Floats:
    """Return the weights of a row [name]; -1 where it does not hold the name."""
    found = np.full(len(rows.names), -1.0)
    part = slice(rows.scores.indptr[row], rows.scores.indptr[row + 1])
    found[rows.scores.indices[part]] = rows.weights.data[part]
    return found


def _scored(a: Floats, b: Floats) -> tuple[float, float]:
    """Return weighted Jaccard, sum of the smaller over sum of the larger weights, and Spearman's correlation of the
    weights of shared names; NaN where under three are shared.
    """
    both = (a >= 0) & (b >= 0)
    shared = np.minimum(a[both], b[both]).sum()
    weighted = float(ratio(shared, a[a >= 0].sum() + b[b >= 0].sum() - shared))
    if both.sum() < FEWEST:
        return weighted, np.nan
    x, y = rankdata(a[both]), rankdata(b[both])
    return weighted, float(np.corrcoef(x, y)[0, 1]) if np.ptp(x) and np.ptp(y) else np.nan


def _by_chance(value: float, drawn: Floats) -> tuple[float, float]:
    """Return the mean of what was drawn, and p."""
    drawn = drawn[~np.isnan(drawn)]
    if np.isnan(value) or not len(drawn):
        return np.nan, np.nan
    return float(drawn.mean()), float((1 + (drawn >= value - 1e-12).sum()) / (1 + len(drawn)))


def _drawn(a: Memberships, b: Memberships, i: int, j: int, same: bool, seed: int) -> tuple[list[Floats], list[Floats]]:
    """Return `DRAWS` random rows of the sizes of row i of `a` and of row j of `b`, as `_dense` gives them."""
    draw = np.random.default_rng(seed)
    if same and len(a.sizes) < FEW_ROWS:
        states = [(state[i].copy(), state[j].copy()) for state in permutations(a.held.toarray() > 0, DRAWS, seed)]
    else:
        states = list(zip(_sets(a, i, draw), _sets(b, j, draw), strict=True))
    values_a, values_b = _Values(a), _Values(b)
    return [values_a.deal(x, draw) for x, _ in states], [values_b.deal(y, draw) for _, y in states]


def _sets(corpus: Memberships, row: int, draw: np.random.Generator) -> list[Bools]:
    """Draw sets of the size of a row with each name's popularity, by Pareto sampling (Rosen 1997)."""
    popularity = fit_popularity(corpus)
    p = popularity.inclusion(corpus.sizes[[row]])[0][np.searchsorted(popularity.degrees, corpus.popularity)]
    odds = np.clip(p, 1e-12, 1 - 1e-12)
    size, sets = int(corpus.sizes[row]), []
    for _ in range(DRAWS):
        u = draw.random(len(p))
        key = u / (1 - u) * (1 - odds) / odds
        chosen = np.zeros(len(p), bool)
        chosen[np.argpartition(key, size - 1)[:size] if size else []] = True
        sets.append(chosen)
    return sets


class _Values:
    """The weights with which rows of a corpus hold each name."""

    def __init__(self, corpus: Memberships) -> None:
        by_name = corpus.weights.tocsc()
        self._ends, self._weights = by_name.indptr, by_name.data

    def deal(self, chosen: Bools, draw: np.random.Generator) -> Floats:
        """Return a row that holds the chosen names, each with the weight of one row that holds it."""
        names: Ints = np.flatnonzero(chosen)
        first, count = self._ends[names], np.diff(self._ends)[names]
        row = np.full(len(chosen), -1.0)
        row[names] = self._weights[first + (draw.random(len(names)) * count).astype(np.int64)]
        return row
