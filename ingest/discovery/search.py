"""The smallest tested circuit that is faithful enough, for every fact of a batch at once.

Axes: b = batch, s = source, t = slot, n = native edge.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphdb.topology import BoolArray, Topology, prune_dangling

Floats = NDArray[np.float32]

SMALLEST = 16
"""Edges of the smallest circuit worth a test."""
LARGEST_SHARE = 0.1
"""Largest circuit tested, as a share of the native edges: beyond it a circuit explains nothing."""
GRID, BISECTIONS = 3, 3
"""Tests a fact: first sizes on a geometric grid, then bisection below the smallest of them that passes."""
PRUNED_SHARE = 0.15
"""Share of a circuit's edges that the first round of pruning tries to do without."""


@dataclass(frozen=True)
class Trial:
    """Circuits that were run, one for each fact of a batch."""

    mask: BoolArray  # [b, s, t]
    faithfulness: Floats  # [b]


RunTrial = Callable[[BoolArray], Trial]
"""Runs the circuits of a batch, given as masks [b, s, t]."""
EdgeEffects = Callable[[BoolArray], Floats]
"""Circuits of a batch -> how much each edge [b, n] matters to them, to first order."""


def minimal_circuits(top: Topology, scores: Floats, run_trial: RunTrial, target: float) -> Trial:
    """Search, for each fact, over the number of edges taken in order of |score| [b, n].

    Faithfulness is not monotone in the size, so what is returned is what was tested: the smallest circuit that
    reached `target`, or the most faithful one where none did.
    """
    largest = int(LARGEST_SHARE * top.n_edges)
    rank = ranks(scores, largest)

    def test(sizes: Floats) -> Trial:
        return run_trial(prune_dangling(top, top.unpack(rank < sizes.astype(int)[:, None])))

    ends = np.array((min(SMALLEST, largest) / 2, largest + 1), np.float32)
    low, high = (np.full(len(scores), end, np.float32) for end in ends)
    best: Trial | None = None
    for size in np.geomspace(ends[0], ends[1], GRID + 2)[1:-1]:
        trial = test(np.full(len(scores), size))
        passed = trial.faithfulness >= target
        low, high = np.where(passed | (high < size), low, size), np.where(passed, np.minimum(high, size), high)
        best = trial if best is None else better(best, trial, target)
    assert best is not None
    for _ in range(BISECTIONS):
        size = np.sqrt(low * high)
        trial = test(size)
        passed = trial.faithfulness >= target
        low, high = np.where(passed, low, size), np.where(passed, size, high)
        best = better(best, trial, target)
    return best


def pruned(top: Topology, found: Trial, effects: EdgeEffects, run_trial: RunTrial, target: float, rounds: int) -> Trial:
    """Run each circuit without the edges that matter least to it, round by round, and keep what still passes.

    A round tries to remove `PRUNED_SHARE` of a circuit's edges; a circuit that fails tries half as many in the next.
    """
    share = np.full(len(found.mask), PRUNED_SHARE)
    for _ in range(rounds):
        mask = top.pack(found.mask)
        weak = np.where(mask, np.abs(effects(found.mask)), np.inf)
        n_weak = np.ceil(share * mask.sum(1))
        weakest = weak.argsort(1, kind="stable").argsort(1, kind="stable") < n_weak[:, None]
        trial = run_trial(prune_dangling(top, top.unpack(mask & ~weakest)))
        found = better(found, trial, target)
        share = np.where(trial.faithfulness >= target, share, share / 2)
    return found


def strongest(top: Topology, scores: Floats, sizes: NDArray[np.int64]) -> BoolArray:
    """Return masks [b, s, t] of the strongest edges by |score| [b, n] that have, without dangling ones, these sizes.

    The number of edges taken is bisected; a circuit may end a few edges short.
    """
    rank = ranks(scores, top.n_edges - 1)
    low, high = sizes.astype(float), np.full(len(sizes), float(top.n_edges))
    mask = prune_dangling(top, top.unpack(rank < low.astype(int)[:, None]))
    for _ in range(STEPS_TO_SIZE):
        middle = np.sqrt(low * high)
        trial = prune_dangling(top, top.unpack(rank < middle.astype(int)[:, None]))
        over = trial.sum((1, 2)) > sizes
        low, high = np.where(over, low, middle), np.where(over, middle, high)
        mask = np.where(over[:, None, None], mask, trial)
    return mask


STEPS_TO_SIZE = 10


def ranks(scores: Floats, largest: int) -> NDArray[np.int32]:
    """Place of each edge in the order of |score|, from 0; `largest` for all behind the `largest` best."""
    magnitude = -np.abs(scores)
    top = np.argpartition(magnitude, largest, axis=1)[:, :largest]
    within = np.take_along_axis(magnitude, top, 1).argsort(1, kind="stable")
    rank = np.full(scores.shape, largest, np.int32)
    np.put_along_axis(rank, np.take_along_axis(top, within, 1), np.arange(largest, dtype=np.int32)[None], 1)
    return rank


def better(old: Trial, new: Trial, target: float) -> Trial:
    """Keep, fact by fact, the smaller of two circuits that pass, the one that passes, or the more faithful one."""
    passed = new.faithfulness >= target
    both = passed & (old.faithfulness >= target)
    smaller = new.mask.sum((1, 2)) < old.mask.sum((1, 2))
    take = np.where(both, smaller, new.faithfulness > old.faithfulness)
    return Trial(
        np.where(take[:, None, None], new.mask, old.mask),
        np.where(take, new.faithfulness, old.faithfulness),
    )
