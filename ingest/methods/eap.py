"""Edge attribution patching: the gradient at the clean run (Syed, Rager and Conmy 2023, arXiv 2310.10348)."""

from torch import Tensor

from ingest.compute.attribution import linear_scores, over_donors
from ingest.compute.backward import SECANT
from ingest.compute.prompt_runs import Pair, Rounds, Runs
from ingest.methods.base import Effort, Method


def pair_scores(runs: Runs, pair: Pair) -> Tensor:
    """Score every edge against one donor each: [b, n]."""
    return linear_scores(runs, pair, SECANT, runs.clean, runs.clean)


def _score(runs: Runs, rounds: Rounds, effort: Effort) -> Tensor:  # noqa: ARG001
    return over_donors(runs, rounds, pair_scores)


EAP = Method(
    "eap",
    "the gradient of the metric at the clean run, times what each edge's source changes",
    "2 + r",
    "Syed, Rager and Conmy 2023",
    _score,
)
