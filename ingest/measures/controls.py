"""What stands beside a circuit so that it can be trusted or not: its figures on donors it has not seen, and controls.

Every function measures a batch: one circuit for each fact, masks [b, s, t] of `Runs`' facts.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from graphdb.topology import BoolArray
from ingest.compute.prompt_runs import Pair, Runs
from ingest.discovery.search import Floats, Trial, strongest
from ingest.measures.random_circuit import random_circuit

REMOVAL_DRAWS = 2
"""Times that a random share of a circuit's edges is removed."""
CURVE = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Sizes of a faithfulness curve, as shares of the native edges (Mueller et al. 2025)."""


@dataclass(frozen=True)
class Judged:
    """Figures of circuits on some donors, averaged over them unless said; ranks against the first of them."""

    each: Floats  # [donor, b] f
    divergence: Floats  # [b] KL(model || circuit) of the next token, nats
    top1: Floats  # [b] share of the donors against which the circuit's best token is the model's
    rank: NDArray[np.int64]  # [b] of the answer
    metric: Floats  # [b] m(C) against the first donor

    @property
    def faithfulness(self) -> Floats:
        """Mean over the donors [b]."""
        return self.each.mean(0)

    @property
    def both_ways(self) -> Floats:
        """1 - min(1, |1 - f|), mean over the donors [b]: a circuit that does too much is as wrong as one too little."""
        return (1 - np.minimum(1, np.abs(1 - self.each))).mean(0)


def as_mask(runs: Runs, mask: BoolArray) -> Tensor:
    """Put masks where the model is, as numbers."""
    return torch.from_numpy(mask).to(runs.tokens.device, runs.weights.embed.dtype)


def trial(runs: Runs, pairs: Sequence[Pair], mask: BoolArray, target: float = -np.inf) -> Trial:
    """Run circuits against one donor after the other; faithfulness is the lowest of them.

    A circuit that stays below `target` against one donor is not run against the next.
    """
    floats = as_mask(runs, mask)
    lowest = floats.new_full((len(mask),), np.inf)
    for pair in pairs:
        (rows,) = (lowest >= target).nonzero(as_tuple=True)
        if len(rows) == 0:
            break
        some = pair if len(rows) == len(mask) else pair.take(rows)
        found = runs.faithfulness(some, runs.run_circuit(some, floats[rows]).final)
        lowest[rows] = lowest[rows].minimum(found)
    return Trial(mask, lowest.float().cpu().numpy())


def judge(runs: Runs, pairs: Sequence[Pair], mask: BoolArray) -> Judged:
    """Measure circuits against every donor of a part."""
    floats = as_mask(runs, mask)
    finals = [runs.run_circuit(pair, floats).final for pair in pairs]
    best = runs.clean_log_p.argmax(-1)

    def averaged(values: Sequence[Tensor]) -> Floats:
        return torch.stack(list(values)).mean(0).float().cpu().numpy()

    each = [runs.faithfulness(pair, final) for pair, final in zip(pairs, finals, strict=True)]
    return Judged(
        torch.stack(each).float().cpu().numpy(),
        averaged([runs.divergence(final) for final in finals]),
        averaged([(runs.logits(final).argmax(-1) == best).float() for final in finals]),
        runs.ranks(finals[0]).cpu().numpy(),
        runs.metric(finals[0], pairs[0].direction).float().cpu().numpy(),
    )


def faithfulness(runs: Runs, pair: Pair, mask: BoolArray) -> Floats:
    """f [b] of circuits against one donor each."""
    return runs.faithfulness(pair, runs.run_circuit(pair, as_mask(runs, mask)).final).float().cpu().numpy()


@dataclass(frozen=True)
class Draws:
    """Random circuits of equal size and layer profile: figures [draw, b]."""

    faithfulness: Floats
    rank: NDArray[np.int64]


def random_draws(runs: Runs, pairs: Sequence[Pair], mask: BoolArray, seed: int, n: int) -> Draws:
    """Run `n` random circuits for each fact, against the donors in turn."""
    generators = [np.random.default_rng(seed_of(seed, task.prompt.fact_id)) for task in runs.tasks]
    found, rank = [], []
    for draw in range(n):
        masks = [random_circuit(runs.weights.topology, *each) for each in zip(mask, generators, strict=True)]
        pair = pairs[draw % len(pairs)]
        final = runs.run_circuit(pair, as_mask(runs, np.stack(masks))).final
        found.append(runs.faithfulness(pair, final).float().cpu().numpy())
        rank.append(runs.ranks(final).cpu().numpy())
    return Draws(np.stack(found), np.stack(rank))


def seed_of(seed: int, fact_id: str) -> list[int]:
    """A seed of the fact's own, whatever batch it is in."""
    return [seed, int.from_bytes(hashlib.sha256(fact_id.encode()).digest()[:8])]


def of_equal_size(runs: Runs, scores: Floats, mask: BoolArray) -> BoolArray:
    """Masks of the strongest edges by other scores [b, n], as many as in `mask`."""
    return strongest(runs.weights.topology, scores, mask.sum((1, 2)))


def completeness(runs: Runs, pair: Pair, mask: BoolArray) -> Floats:
    """f [b] of the model without the circuit: what survives; 0 for a circuit that has everything."""
    return faithfulness(runs, pair, runs.weights.topology.allowed & ~mask)


def loss(runs: Runs, pairs: Sequence[Pair], mask: BoolArray, judged: Judged, share: float, seed: int) -> Floats:
    """What f [b] loses without a random share of each circuit's edges; mean over draws, the donors in turn."""
    lost = []
    for draw in range(REMOVAL_DRAWS):
        seeds = [seed_of(seed, task.prompt.fact_id) for task in runs.tasks]
        without = [_without(one, share, [1, draw, *each]) for one, each in zip(mask, seeds, strict=True)]
        donor = draw % len(pairs)
        lost.append(judged.each[donor] - faithfulness(runs, pairs[donor], np.stack(without)))
    return np.mean(lost, 0)


def _without(mask: BoolArray, share: float, seed: list[int]) -> BoolArray:
    """The edges of a mask [s, t] less a random share of them."""
    edges, left = np.flatnonzero(mask), mask.copy()
    left.flat[np.random.default_rng(seed).permutation(edges)[: round(share * len(edges))]] = False
    return left


def jaccard(one: BoolArray, two: BoolArray) -> Floats:
    """Edges in both circuits over edges in either [b]."""
    either = (one | two).sum((1, 2))
    return ((one & two).sum((1, 2)) / np.maximum(either, 1)).astype(np.float32)


def curve(runs: Runs, pairs: Sequence[Pair], scores: Floats, shares: Sequence[float] = CURVE) -> Floats:
    """f [size, donor, b] of the strongest edges, as many as each share of the native edges says."""
    top = runs.weights.topology
    order = np.argsort(-np.abs(scores), 1, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(scores.shape[1])[None], 1)
    masks = (top.unpack(rank < round(share * top.n_edges)) for share in shares)  # dangling edges carry nothing
    return np.stack([[faithfulness(runs, pair, mask) for pair in pairs] for mask in masks])


def cmd(values: Floats) -> Floats:
    """Area [b] between the curve [size, b] and 1 over the share of edges, trapezoid (Mueller et al. 2025)."""
    return np.trapezoid(np.abs(1 - values), np.array(CURVE), axis=0).astype(np.float32)
