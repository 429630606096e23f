"""The mean of two attributions whose errors differ: secant and RelP, each brought to the same total size."""

from torch import Tensor

from ingest.compute.attribution import over_donors
from ingest.compute.prompt_runs import Pair, Rounds, Runs
from ingest.methods import relp, secant
from ingest.methods.base import Effort, Method


def pair_scores(runs: Runs, pair: Pair) -> Tensor:
    """Score every edge against one donor each: [b, n], with the total size of the secant scores."""
    one, two = secant.pair_scores(runs, pair), relp.pair_scores(runs, pair)
    return (one + two * (one.abs().sum(1) / two.abs().sum(1))[:, None]) / 2


def score_edges(runs: Runs, rounds: Rounds, effort: Effort) -> Tensor:  # noqa: ARG001
    """Average the scores over the donors: [b, n]."""
    return over_donors(runs, rounds, pair_scores)


SECANT_RELP = Method(
    "secant+relp",
    "the mean of secant and relp, each brought to the same total size",
    "1 + 3 r",
    "this project",
    score_edges,
)
