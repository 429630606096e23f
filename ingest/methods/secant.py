"""Secant attribution: exact finite differences between the corrupt and the clean run (docs/methods.md)."""

from torch import Tensor

from ingest.compute.attribution import linear_scores, over_donors
from ingest.compute.backward import SECANT as RULES
from ingest.compute.prompt_runs import Pair, Rounds, Runs
from ingest.methods.base import Effort, Method


def pair_scores(runs: Runs, pair: Pair) -> Tensor:
    """Score every edge against one donor each: [b, n]. Over any cut they sum to m(clean) - m(corrupt)."""
    return linear_scores(runs, pair, RULES, runs.corrupt(pair), runs.clean)


def _score(runs: Runs, rounds: Rounds, effort: Effort) -> Tensor:  # noqa: ARG001
    return over_donors(runs, rounds, pair_scores)


SECANT = Method(
    "secant",
    "finite differences between the corrupt and the clean run in place of every derivative",
    "1 + 2 r",
    "this project; DeepLIFT's rescale rule (Shrikumar et al. 2017) for every nonlinearity of a transformer",
    _score,
)
