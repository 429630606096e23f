"""Automatic circuit discovery: remove, from the logits back, each edge whose removal costs too little.

The paper's variant (Yao et al. 2024, after Conmy et al. 2023, arXiv 2304.14997): the edge e goes if

    S(e) = log p(answer | circuit) - log p(answer | circuit without e) < tau

where the circuit is what is left when the edge is tested: later blocks first, within a block later slots first, into a
slot later sources first. With several donors S is the mean over them.

A decision changes nothing before its block, so only the rest of the model is rerun. The rows of a rerun are the facts,
the donors, and several edges ahead: row k runs without the next k edges, all at once. That is the run that one edge
after the other would come to as long as every one of them goes; the rows behind the first edge that stays are dropped.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from graphdb.topology import BoolArray
from ingest.compute.attribution import over_donors
from ingest.compute.masked import Ablation, run_masked
from ingest.compute.prompt_runs import Rounds, Runs
from ingest.compute.recompute import block_slots, heard_slots, n_blocks, rest_from, stacked
from ingest.discovery.search import Floats
from ingest.methods import secant
from ingest.methods.base import Effort, Method
from ingest.model.forward import last_logits

Edges = NDArray[np.int64]
"""(slot, source) [k, 2], in the order in which they are tested."""

TAU = {"quick": 0.02, "default": 0.01, "thorough": 0.005}
"""Effort -> what an edge must be worth, in nats (the paper's three values)."""
SHORTLIST = {"quick": 200, "default": 1000, "thorough": None}
"""Effort -> edges that are tested, the strongest by secant attribution; None: all of them."""
POSITIONS = {"cpu": 64, "cuda": 1024}
"""Positions that are rerun at once: more of them are no faster."""


def shortlist(runs: Runs, rounds: Rounds, n: int | None) -> BoolArray:
    """Masks [b, s, t] of each fact's n strongest edges by secant attribution, or of all."""
    every = runs.weights.topology.allowed
    if n is None or n >= runs.weights.topology.n_edges:
        return np.repeat(every[None], len(runs.tasks), 0)
    strongest = over_donors(runs, rounds, secant.pair_scores).abs().topk(n, 1).indices
    chosen = torch.zeros(len(runs.tasks), runs.weights.topology.n_edges, dtype=torch.bool, device=strongest.device)
    return runs.weights.topology.unpack(chosen.scatter_(1, strongest, value=True).cpu().numpy())


def edge_effects(runs: Runs, rounds: Rounds, candidates: BoolArray, tau: float) -> Floats:
    """Decide about every candidate [b, s, t]; return S of those that stay, and 0 for all others [b, s, t]."""
    # Pairs share their ablated run where it does not depend on the donor.
    ablations = list({id(each): each for each in (runs.pair(donors).ablation for donors in rounds)}.values())
    positions = len(ablations) * runs.tokens.shape[1]
    n_facts = max(1, POSITIONS[runs.tokens.device.type] // positions)
    groups = np.array_split(np.arange(len(runs.tasks)), -(-len(runs.tasks) // n_facts))
    return np.concatenate([_Search(runs, ablations, candidates, group, tau).effects() for group in groups])


class _Search:
    """The decisions about some facts of a batch, all at once; i = fact, j = donor x fact."""

    def __init__(
        self, runs: Runs, ablations: Sequence[Ablation], candidates: BoolArray, facts: NDArray[np.int64], tau: float
    ) -> None:
        self._weights, self._tau, self._n_donors = runs.weights, tau, len(ablations)
        rows = torch.from_numpy(facts).to(runs.tokens.device)
        self._answers = runs.answers[rows]
        self._ablation = stacked([each.take(rows) for each in ablations])
        self._mask = candidates[facts]  # [i, s, t] edges left
        self._effects = np.zeros(self._mask.shape, np.float32)
        tokens = runs.tokens[rows].repeat(self._n_donors, 1)
        run = run_masked(self._weights, tokens, self._ablation, self._floats(self._mask))
        self._live = run.live  # [j, s, p, d]
        self._log_p = self._mean_log_p(run.final, list(range(len(facts))))[:, 0]  # [i] of the circuits that are left

    def effects(self) -> Floats:
        """Decide about all edges, the last block's first."""
        for number in reversed(range(n_blocks(self._weights.topology))):
            self._decide_block(number)
        return self._effects

    def _decide_block(self, number: int) -> None:
        """Decide about the edges into a block's slots; those into slots that nothing hears go untested."""
        slots = block_slots(self._weights.topology, number)
        self._mask[:, :, slots] &= heard_slots(self._weights, self._mask, number)[:, None]
        queues = {fact: _last_first(mask, slots) for fact, mask in enumerate(self._mask) if mask[:, slots].any()}
        if not queues:
            return
        rest = rest_from(self._weights, self._ablation, self._floats(self._mask), self._live, number)
        while queues:
            facts, depth = list(queues), self._depth(queues)
            rows = rest.rows(self._rows(facts, depth))
            while all(map(len, queues.values())):
                ahead = {fact: queue[:depth] for fact, queue in queues.items()}
                log_p = self._mean_log_p(rows.final(self._without(ahead, slots, rows.before.source, depth)), facts)
                for fact, values in zip(facts, log_p, strict=True):
                    queues[fact] = queues[fact][self._decide(fact, ahead[fact], values) :]
            queues = {fact: queue for fact, queue in queues.items() if len(queue)}

    def _decide(self, fact: int, ahead: Edges, log_p: Floats) -> int:
        """Decide about edges until one stays; return how many. log_p [k] is without the first k + 1 of them."""
        for place, (slot, source) in enumerate(ahead):
            effect = self._log_p[fact] - log_p[place]
            if effect >= self._tau:
                self._effects[fact, source, slot] = effect
                return place + 1
            self._mask[fact, source, slot] = False
            self._log_p[fact] = log_p[place]
        return len(ahead)

    def _without(self, ahead: Mapping[int, Edges], slots: slice, n_read: int, depth: int) -> Tensor:
        """Edges into the block's slots [donor x fact x depth, s, t]: row k is without the first k + 1 edges ahead."""
        edges = np.repeat(self._mask[list(ahead), None, :n_read, slots], depth, 1)
        for row, queue in zip(edges, ahead.values(), strict=True):
            for place, (slot, source) in enumerate(queue):
                row[place:, source, slot - slots.start] = False
        return self._floats(edges.reshape(-1, *edges.shape[2:]))

    def _depth(self, queues: Mapping[int, Edges]) -> int:
        """How many edges ahead fill the processor."""
        tokens = self._n_donors * len(queues) * self._live.shape[2]
        return min(max(1, POSITIONS[self._live.device.type] // tokens), max(map(len, queues.values())))

    def _rows(self, facts: Sequence[int], depth: int) -> Tensor:
        """Numbers of donor x fact [donor x fact x depth]."""
        donors = np.arange(self._n_donors)[:, None, None] * len(self._mask)
        rows = np.broadcast_to(donors + np.array(facts)[:, None], (self._n_donors, len(facts), depth))
        return torch.from_numpy(rows.reshape(-1).copy()).to(self._live.device)

    def _mean_log_p(self, final: Tensor, facts: Sequence[int]) -> Floats:
        """Log p of the answers, mean over donors [fact, depth], from what rows [donor x fact x depth] end with."""
        logits = last_logits(self._weights, final)
        log_p = logits.log_softmax(-1, dtype=torch.promote_types(logits.dtype, torch.float32))
        log_p = log_p.unflatten(0, (self._n_donors, len(facts), -1))
        answers = self._answers[facts, None, None].expand(*log_p.shape[:3], 1)
        return log_p.gather(-1, answers)[..., 0].mean(0).double().cpu().numpy()

    def _floats(self, edges: BoolArray) -> Tensor:
        """Edges as numbers, for every donor."""
        numbers = torch.from_numpy(edges).to(self._weights.embed.device, self._weights.embed.dtype)
        return numbers.repeat(self._n_donors, 1, 1)


def _last_first(mask: BoolArray, slots: slice) -> Edges:
    """Edges (slot, source) of a mask [s, t] into these slots, the last slot's first, from the last source first."""
    return np.argwhere(mask[:, slots].T)[::-1] + np.array((slots.start, 0))


def _score(runs: Runs, rounds: Rounds, effort: Effort) -> Tensor:
    candidates = shortlist(runs, rounds, SHORTLIST[effort.name])
    effects = edge_effects(runs, rounds, candidates, TAU[effort.name])
    return torch.from_numpy(runs.weights.topology.pack(effects)).to(runs.tokens.device)


ACDC = Method(
    "acdc",
    "each edge, from the logits back, goes if the answer's log probability falls by less than tau without it",
    "1 + 2 r + about 0.3 r for each candidate edge",
    "Conmy et al. 2023; Yao et al. 2024",
    _score,
    finds_itself=True,
)
