"""What pairs of edits and facts are told by, as arrays: larger figures say more danger. Axes: n = pair, f = figure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.foretell.damage.circuits import MEASURES
from benchmarks.foretell.damage.pairs import Pair
from benchmarks.foretell.logistic import Bools, Floats
from ingest.editing.risk import LEAST

BASE = ("key", "margin")
"""What the risk that `kcircuits edit --dry-run` shows is made of."""
OTHERS = ("same relation", "probability", "prompts")
CIRCUITS, RANDOM = MEASURES[:2], MEASURES[2:]
ALONE = (*BASE, "risk", *OTHERS, *CIRCUITS, *RANDOM)


@dataclass(frozen=True)
class Table:
    """Pairs in which both facts have scores of edges, so that everything is told of the same pairs."""

    edits: NDArray[np.int64]  # [n] number of the edit
    relations: NDArray[np.str_]  # [n] of the edited fact
    subjects: NDArray[np.str_]  # [n] of the other fact
    same: Bools  # [n] whether the two are of one relation
    flipped: Bools
    kl: Floats
    figures: Mapping[str, Floats]
    """Name -> values [n]."""

    def columns(self, names: Sequence[str]) -> Floats:
        """Return some figures [n, f]."""
        return np.column_stack([self.figures[name] for name in names])


def table(pairs: Sequence[Pair]) -> Table:
    """Return the pairs that have all figures."""
    kept = [each for each in pairs if not np.isnan(each.edges)]
    edits, facts = ([getattr(each, name).partition("/") for each in kept] for name in ("edit", "fact"))
    same = np.array([one[0] == other[0] for one, other in zip(edits, facts, strict=True)])
    margin, key = (np.log(np.maximum(_values(kept, name), LEAST)) for name in ("margin", "key"))
    figures = {
        "key": key,
        "margin": -margin,
        "risk": key - margin,
        "same relation": same.astype(float),
        "probability": -_values(kept, "log_probability"),
        **{name: _values(kept, name) for name in ("prompts", *MEASURES)},
    }
    return Table(
        np.unique([each.edit for each in kept], return_inverse=True)[1].ravel().astype(np.int64),
        np.array([relation for relation, _, _ in edits]),
        np.array([subject for _, _, subject in facts]),
        same,
        np.array([each.flipped for each in kept]),
        _values(kept, "kl"),
        figures,
    )


def _values(pairs: Sequence[Pair], name: str) -> Floats:
    return np.array([getattr(each, name) for each in pairs], float)
