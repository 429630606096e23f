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
TESTS = 8
"""Tests a fact: each halves the geometric interval between a size that fails and one that passes."""


@dataclass(frozen=True)
class Trial:
    """Circuits that were run, one for each fact of a batch."""

    mask: BoolArray  # [b, s, t]
    faithfulness: Floats  # [b]
    last: Floats  # [b, d] residual stream at the last position


RunTrial = Callable[[BoolArray], Trial]
"""Runs the circuits of a batch, given as masks [b, s, t]."""


def minimal_circuits(top: Topology, scores: Floats, run_trial: RunTrial, target: float) -> Trial:
    """Bisect, for each fact, on the number of edges taken in order of |score| [b, n].

    Faithfulness is not monotone in the size, so what is returned is what was tested: the smallest circuit that
    reached `target`, or the most faithful one where none did.
    """
    largest = int(LARGEST_SHARE * top.n_edges)
    rank = _ranks(scores, largest)
    low, high = (
        np.full(len(scores), float(min(SMALLEST, largest) / 2)),
        np.full(len(scores), float(largest + 1)),
    )
    best: Trial | None = None
    for _ in range(TESTS):
        size = np.sqrt(low * high)
        trial = run_trial(prune_dangling(top, top.unpack(rank < size.astype(int)[:, None])))
        passed = trial.faithfulness >= target
        best = trial if best is None else _better(best, trial, target)
        low, high = np.where(passed, low, size), np.where(passed, size, high)
    assert best is not None
    return best


def _ranks(scores: Floats, largest: int) -> NDArray[np.int32]:
    """Place of each edge in the order of |score|, from 0; `largest` for all behind the `largest` best."""
    magnitude = -np.abs(scores)
    top = np.argpartition(magnitude, largest, axis=1)[:, :largest]
    within = np.take_along_axis(magnitude, top, 1).argsort(1, kind="stable")
    rank = np.full(scores.shape, largest, np.int32)
    np.put_along_axis(rank, np.take_along_axis(top, within, 1), np.arange(largest, dtype=np.int32)[None], 1)
    return rank


def _better(old: Trial, new: Trial, target: float) -> Trial:
    """Keep, fact by fact, the smaller of two circuits that pass, the one that passes, or the more faithful one."""
    passed = new.faithfulness >= target
    both = passed & (old.faithfulness >= target)
    smaller = new.mask.sum((1, 2)) < old.mask.sum((1, 2))
    take = np.where(both, smaller, new.faithfulness > old.faithfulness)
    return Trial(
        np.where(take[:, None, None], new.mask, old.mask),
        np.where(take, new.faithfulness, old.faithfulness),
        np.where(take[:, None], new.last, old.last),
    )


def random_circuit(top: Topology, mask: BoolArray, generator: np.random.Generator) -> BoolArray:
    """Draw a mask [s, t] with as many edges as `mask` between each pair of a source's and a slot's block.

    A block is the embedding, a layer's heads, a layer's MLP or the logits: the draw has the circuit's size and
    layer profile, and is else uniform.
    """
    block = _edge_blocks(top)
    counts = np.bincount(block[top.pack(mask)], minlength=block.max() + 1)
    order = np.lexsort((generator.random(len(block), np.float32), block))
    first = np.concatenate(([0], np.cumsum(np.bincount(block))))[:-1]
    place = np.arange(len(block)) - first[block[order]]
    drawn = np.zeros(len(block), bool)
    drawn[order] = place < counts[block[order]]
    return top.unpack(drawn)


def _edge_blocks(top: Topology) -> NDArray[np.int64]:
    """Number of the (source block, slot block) pair of each edge [n]."""
    sources = np.zeros(top.n_sources, np.int64)
    slots = np.full(top.n_slots, 2 * top.n_layers)
    for layer in range(top.n_layers):
        first = top.head_source(layer)
        sources[first : first + top.n_heads], sources[first + top.n_heads] = 2 * layer + 1, 2 * layer + 2
        slots[top.attention_slots(layer)], slots[top.mlp_slot(layer)] = 2 * layer, 2 * layer + 1
    return top.pack(sources[:, None] * (2 * top.n_layers + 1) + slots[None, :])
