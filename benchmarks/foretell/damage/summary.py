"""How well figures tell which answers an edit damages: small, as JSON keeps it.

Few answers change with one edit, so that areas and correlations are over all edits' pairs together; whole edits are
drawn for their intervals.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from scipy.stats import rankdata

from benchmarks.foretell.damage.figures import ALONE, BASE, CIRCUITS, OTHERS, RANDOM, Table, table
from benchmarks.foretell.damage.pairs import Pair
from benchmarks.foretell.damage.resampling import Figure, Rows, beyond, correlation, figures, over_edits
from benchmarks.foretell.folds import Folds, by_relation, by_subject
from benchmarks.foretell.logistic import Floats, auroc, held_out
from graphdb.conditions.edits import FIRM

Row = dict[str, Any]

REST = (*BASE, *OTHERS)
TOGETHER = {
    "key and margin": BASE,
    "key, margin and circuits": (*BASE, *CIRCUITS),
    "key, margin and random circuits": (*BASE, *RANDOM),
    "all but circuits": REST,
    "all and circuits": (*REST, *CIRCUITS),
    "all and random circuits": (*REST, *RANDOM),
}
"""What a pair is told by -> figures."""
GAINS = (
    ("key, margin and circuits", "key and margin"),
    ("key, margin and circuits", "key, margin and random circuits"),
    ("all but circuits", "key and margin"),
    ("all and random circuits", "all but circuits"),
    ("all and circuits", "all but circuits"),
    ("all and circuits", "all and random circuits"),
)
"""What is set over what: what circuits add is theirs where it is more than random circuits add."""
PERMUTED = "all and circuits"
PERMUTATIONS = 100
AREAS = ("auroc", "same", "other")


def summary(pairs: Sequence[Pair]) -> Row:
    """Return all figures: what edits and shams damage, what each figure tells alone, and what several tell together."""
    given = table(pairs)
    return {
        "edits": len({each.edit for each in pairs}),
        "relations": len({each.edit.partition("/")[0] for each in pairs}),
        "pairs": len(pairs),
        "scored": len(given.edits),
        "flips_same": int(given.flipped[given.same].sum()),
        "flips_other": int(given.flipped[~given.same].sum()),
        "damage": [damage(pairs, is_sham=is_sham) for is_sham in (False, True)],
        "alone": list(alone(given)),
        "together": {
            "relation": together(given, by_relation(given.relations)),
            "subject": together(given, by_subject(given.subjects)),
        },
    }


def damage(pairs: Sequence[Pair], *, is_sham: bool) -> Row:
    """Return what edits, or their shams, change of all facts beside them."""
    edits = by_relation([each.edit for each in pairs])
    same = np.array([each.edit.partition("/")[0] == each.fact.partition("/")[0] for each in pairs])
    firm = np.array([each.margin >= FIRM for each in pairs])
    flipped = np.array([each.flipped_sham if is_sham else each.flipped for each in pairs])
    kl = np.array([each.kl_sham if is_sham else each.kl for each in pairs])
    n_edits = len(np.unique(edits))

    def measure(rows: Rows) -> list[float]:
        counts = [float(each[rows].sum()) / n_edits for each in (flipped, flipped & firm)]
        parts = (rows[same[rows]], rows[~same[rows]])
        return [*counts, *(_mean(values[part]) for values in (flipped.astype(float), kl) for part in parts)]

    names = ("flips", "flips_firm", "same", "other", "kl_same", "kl_other")
    return {"is_sham": is_sham, **dict(zip(names, over_edits(edits, measure), strict=True))}


def alone(given: Table) -> Iterator[Row]:
    """Yield what each figure tells without a fit: areas, and its order's agreement with that of KL.

    `partial` is that agreement beyond what the ranks of key and margin tell.
    """

    def measure(rows: Rows) -> list[float]:
        base = np.column_stack([rankdata(given.figures[name][rows]) for name in BASE])
        kl, found = rankdata(given.kl[rows]), list[float]()
        rest = beyond(kl, base)
        for name in ALONE:
            values = given.figures[name][rows]
            ranks = rankdata(values)
            partial = float("nan") if name in (*BASE, "risk") else correlation(beyond(ranks, base), rest)
            found += [*areas(given, values, rows), correlation(ranks, kl), partial]
        return found

    yield from _named(ALONE, (*AREAS, "spearman", "partial"), over_edits(given.edits, measure))


def together(given: Table, folds: Folds) -> Row:
    """Return what several figures tell by fits that have not seen the fold, and what some tell more than others."""
    scores = {name: held_out(given.columns(chosen), given.flipped, folds) for name, chosen in TOGETHER.items()}

    def measure(rows: Rows) -> list[float]:
        found = {name: areas(given, score[rows], rows) for name, score in scores.items()}
        gains = (found[name][0] - found[base][0] for name, base in GAINS)
        return [*(each for name in TOGETHER for each in found[name]), *gains]

    found = over_edits(given.edits, measure)
    areas_found, gains_found = found[: -len(GAINS)], found[-len(GAINS) :]
    rows = [*_named(tuple(TOGETHER), AREAS, areas_found), {"told_by": "permuted labels", **permuted(given, folds)}]
    gains = [
        {"told_by": name, "over": base, "gain": gain} for (name, base), gain in zip(GAINS, gains_found, strict=True)
    ]
    return {"areas": rows, "gains": gains}


def permuted(given: Table, folds: Folds) -> dict[str, Figure]:
    """Return the areas that all figures reach where labels are shuffled within each edit, mean and interval.

    So each edit keeps as many changed answers as it has.
    """
    rng, drawn = np.random.default_rng(0), np.empty((PERMUTATIONS, len(AREAS)))
    for row in drawn:
        labels = given.flipped.copy()
        for edit in np.unique(given.edits):
            labels[given.edits == edit] = rng.permutation(labels[given.edits == edit])
        scores = held_out(given.columns(TOGETHER[PERMUTED]), labels, folds)
        row[:] = [auroc(scores[some], labels[some]) for some in (slice(None), given.same, ~given.same)]
    return dict(zip(AREAS, figures(drawn.mean(0), drawn), strict=True))


def areas(given: Table, scores: Floats, rows: Rows) -> list[float]:
    """Return the areas that scores [rows] have over all of the pairs, those within one relation, and those across."""
    labels, same = given.flipped[rows], given.same[rows]
    return [auroc(scores, labels), auroc(scores[same], labels[same]), auroc(scores[~same], labels[~same])]


def _named(rows: Sequence[str], names: Sequence[str], found: Sequence[Figure]) -> Iterator[Row]:
    """Yield a row for each of `rows`, with as many of the figures as there are names."""
    for place, row in enumerate(rows):
        mine = found[place * len(names) : (place + 1) * len(names)]
        yield {"told_by": row, **dict(zip(names, mine, strict=True))}


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else float("nan")
