"""The queries of the library that foretell: scores of logistic regressions whose weights the package ships."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from graphdb.queries.library import Value
from graphdb.store.types import Queries

FITTED = Path(__file__).parent / "answer_risk.json"
"""What `python -m benchmarks.foretell` fitted."""


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic regression."""

    intercept: float
    weights: Mapping[str, float]
    """By the figures' names."""

    def probability(self, figures: pd.DataFrame) -> "pd.Series[float]":
        """Return the probability of each row; NaN where one of its figures is missing."""
        values = figures[list(self.weights)].to_numpy(float)
        score = self.intercept + values @ np.array(list(self.weights.values()))
        return pd.Series(1 / (1 + np.exp(-score)), figures.index)


@dataclass(frozen=True, slots=True)
class AnswerRisk:
    """What tells whether a first choice is wrong, and where it was fitted."""

    model_id: str
    with_movers: Logistic
    without_movers: Logistic


@cache
def fitted() -> AnswerRisk:
    """Return the regressions that the package ships."""
    stored = json.loads(FITTED.read_text("utf-8"))
    return AnswerRisk(stored["model_id"], *(Logistic(**stored[name]) for name in ("with_movers", "without_movers")))


def answer_risk(store: Queries, given: Mapping[str, Value]) -> pd.DataFrame:
    """Score the facts that have a choice among the relation's objects, the riskiest first."""
    rivals = store.query("rivals", **given)
    rows = rivals[rivals["right_among"].notna()]
    scored = rows.assign(
        risk=fitted().with_movers.probability(rows),
        risk_without_movers=fitted().without_movers.probability(rows),
        fitted_on=fitted().model_id,
    )
    order = ["risk", "risk_without_movers", "fact", "model", "wording"]
    return scored.sort_values(order, ascending=[False, False, True, True, True], ignore_index=True)


FORETOLD: Mapping[str, Callable[[Queries, Mapping[str, Value]], pd.DataFrame]] = {"answer_risk": answer_risk}
"""By the names of the queries, which declare purpose, parameters and columns."""
