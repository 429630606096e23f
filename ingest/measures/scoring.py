"""Scores of the edges of a batch against donors of one part."""

from collections.abc import Sequence

from ingest.compute.prompt_runs import Rounds, Runs
from ingest.discovery.search import Floats
from ingest.methods import EFFORTS, METHODS
from ingest.settings import Settings


def of_part(part: Sequence[Sequence[int]]) -> Rounds:
    """Return the rounds in which every fact meets its donors of a part, equally many for all facts of a batch."""
    return list(zip(*part, strict=True))


def score_edges(runs: Runs, rounds: Rounds, settings: Settings) -> Floats:
    """Score every native edge for every fact [b, n] against at most so many donors as the effort allows."""
    effort = EFFORTS[settings.effort]
    return METHODS[settings.method].score_edges(runs, rounds[: effort.rounds], effort).float().cpu().numpy()
