"""What a discovery method is: a function from the runs of a batch to a score for every edge of every fact."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from ingest.compute.prompt_runs import Rounds, Runs


@dataclass(frozen=True, slots=True)
class Effort:
    """How much a discovery may cost."""

    name: str
    rounds: int
    """Donors that find a circuit, at most."""
    steps: int
    """Training steps, integration steps, or what a method else has to choose."""
    prunings: int
    """Rounds of exact pruning after the search for the size."""


EFFORTS = {
    effort.name: effort
    for effort in (
        Effort("quick", rounds=2, steps=3, prunings=0),
        Effort("default", rounds=6, steps=7, prunings=1),
        Effort("thorough", rounds=6, steps=14, prunings=8),
    )
}

ScoreEdges = Callable[[Runs, Rounds, Effort], Tensor]
"""(runs, rounds, effort) -> scores [b, n] in logits; positive helps the answer, the largest |score| comes first."""


@dataclass(frozen=True, slots=True)
class Method:
    """A way to score edges."""

    name: str
    summary: str
    price: str
    """Forward passes a fact, with r donors and k steps."""
    source: str
    score_edges: ScoreEdges
    finds_itself: bool = False
    """Whether a score above zero means: in the circuit. Else the size is searched for."""
    ordered: float = 1.0
    """Share of the edges whose order it finds; behind them is that of another method."""

    def n_ordered(self, n_edges: int) -> int:
        """Of so many edges those whose order it finds."""
        return int(self.ordered * n_edges)
