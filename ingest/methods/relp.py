"""Relevance patching: frozen norms, halved products, activations as fixed gates (Jafari et al. 2025)."""

from torch import Tensor

from ingest.compute.attribution import linear_scores, over_donors
from ingest.compute.backward import RELP as RULES
from ingest.compute.prompt_runs import Pair, Rounds, Runs
from ingest.methods.base import Effort, Method


def pair_scores(runs: Runs, pair: Pair) -> Tensor:
    """Score every edge against one donor each: [b, n]."""
    return linear_scores(runs, pair, RULES, runs.clean, runs.clean)


def _score(runs: Runs, rounds: Rounds, effort: Effort) -> Tensor:  # noqa: ARG001
    return over_donors(runs, rounds, pair_scores)


RELP = Method(
    "relp",
    "layer-wise relevance at the clean run: norms frozen, each factor of a product given half, activations as gates",
    "2 + r",
    "Jafari et al. 2025",
    _score,
)
