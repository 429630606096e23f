"""From a batch of facts to their circuits: a pure function of model, facts and settings.

Every fact of the batch keeps its own scores, its own mask and its own circuit; nothing is averaged.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from graphdb.artifacts import Scores, artifact_name
from graphdb.records import Circuit, Edge
from graphdb.topology import BoolArray, Topology
from ingest.attribution import METHODS, edge_scores
from ingest.forward import KeysValues, normalise, run, token_ranks, writes
from ingest.masked import Ablation, run_masked
from ingest.model import LanguageModel
from ingest.prompts import Prompt
from ingest.pruning import Floats, Trial, minimal_circuits, random_circuit
from ingest.weights import Weights

VERSION = 1
"""Part of every fingerprint: raised when the same settings would give another circuit."""
NO_EFFECT = "the corrupt prompt changes too little"
MIN_EFFECT = 0.5
"""Smallest effect of the corrupt prompt on the metric, in logits, for a faithfulness to mean anything."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What determines circuits, beside model and facts."""

    method: str = "secant"
    target: float = 0.85
    """Faithfulness asked for, in (0, 1]."""
    seed: int = 0
    random_draws: int = 3
    """Random circuits whose mean stands beside a circuit's faithfulness."""


@dataclass(frozen=True, slots=True)
class Task:
    """A fact whose circuit is sought: clean and corrupt prompt, equal in tokens, and the answer's token."""

    prompt: Prompt
    donor: Prompt
    answer: int
    rank: int
    """Rank of the answer in the model."""

    @property
    def start(self) -> int:
        """First position at which the prompts differ."""
        pairs = zip(self.prompt.tokens, self.donor.tokens, strict=True)
        return next(place for place, (clean, corrupt) in enumerate(pairs) if clean != corrupt)


@dataclass(frozen=True, slots=True)
class Found:
    """A circuit and the scores of all edges; or, in place of both, why there is none."""

    circuit: Circuit | None
    scores: Scores | None
    reason: str = ""


def circuit_id(model_id: str, fact_id: str, method: str) -> str:
    """One circuit for each model, fact and method."""
    return f"{model_id}|{fact_id}|{method}"


def fingerprint(model: LanguageModel, task: Task, settings: Settings) -> str:
    """Hash of all that determines the circuit of a task."""
    parts = (VERSION, model.record.weights_sha256, asdict(settings), task.prompt.tokens, task.donor.tokens)
    parts = (*parts, task.answer, task.donor.answers[0])
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


@torch.no_grad()
def discover(model: LanguageModel, tasks: Sequence[Task], settings: Settings, run_id: str) -> list[Found]:
    """Find the circuit of every task; all prompts have the same number of tokens."""
    batch = _Batch(model.weights, tasks)
    scores = batch.scores(settings.method)
    effect = batch.metric_clean - batch.metric_corrupt
    best = minimal_circuits(model.weights.topology, scores, batch.test, settings.target)
    draws = _random_draws(batch, best.mask, tasks, settings)
    figures = _Figures(batch, best, batch.ranks(best.last), draws)
    found = []
    for index, task in enumerate(tasks):
        if effect[index] < MIN_EFFECT:
            reason = f"{NO_EFFECT}: {effect[index]:.2f} logits, at least {MIN_EFFECT} are needed"
            found.append(Found(None, None, reason))
            continue
        circuit = _circuit(model, task, settings, figures, index, scores[index], run_id)
        found.append(Found(circuit, scores[index].astype(np.float16)))
    return found


class _Batch:
    """Clean and corrupt run of a batch of tasks, and what is computed from them."""

    def __init__(self, weights: Weights, tasks: Sequence[Task]) -> None:
        self.weights = weights
        clean, corrupt = (torch.tensor([p.tokens for p in side]) for side in _sides(tasks))
        self.start = min(task.start for task in tasks)
        self.tokens = clean[:, self.start :]
        prefix = _prefix(weights, clean[:, : self.start])
        both = torch.cat((corrupt, clean))[:, self.start :]
        doubled = [(torch.cat((keys, keys)), torch.cat((values, values))) for keys, values in prefix]
        traces = run(weights, both, self.start, doubled)
        self.corrupt, self.clean = traces.rows(slice(len(tasks))), traces.rows(slice(len(tasks), None))
        self.ablation = Ablation(self.start, prefix, self.corrupt, writes(weights, self.corrupt))
        self.answers = torch.tensor([task.answer for task in tasks])
        self.direction = weights.unembed[self.answers] - weights.unembed[[task.donor.answers[0] for task in tasks]]
        self.metric_clean = self.metric(self.clean.final[:, -1])
        self.metric_corrupt = self.metric(self.corrupt.final[:, -1])

    def scores(self, method: str) -> Floats:
        """Score of every native edge for every fact [b, n]."""
        difference = writes(self.weights, self.clean).sub_(self.ablation.writes)  # in place: it is the largest tensor
        args = (self.corrupt, self.clean, difference, self.direction, self.start)
        matrix = edge_scores(self.weights, METHODS[method], *args)
        return self.weights.topology.pack(matrix.numpy())

    def metric(self, last: Tensor) -> Floats:
        """logit(answer) - logit(foil) [b] from the residual stream [b, d] at the last position."""
        return (normalise(self.weights.final_norm, last) * self.direction).sum(-1).numpy()

    def test(self, mask: BoolArray) -> Trial:
        """Run circuits [b, s, t] and measure their faithfulness."""
        floats = torch.from_numpy(mask).to(self.direction.dtype)
        last = run_masked(self.weights, self.tokens, self.ablation, floats)[:, -1]
        effect = self.metric_clean - self.metric_corrupt
        with np.errstate(divide="ignore", invalid="ignore"):
            faithfulness = (self.metric(last) - self.metric_corrupt) / effect
        return Trial(mask, np.nan_to_num(faithfulness).astype(np.float32), last.numpy())

    def ranks(self, last: Floats) -> list[int]:
        """Rank of each answer among all next tokens, 1 = best."""
        logits = normalise(self.weights.final_norm, torch.from_numpy(last)) @ self.weights.unembed.T
        return token_ranks(logits, self.answers).tolist()


def _sides(tasks: Sequence[Task]) -> tuple[list[Prompt], list[Prompt]]:
    return [task.prompt for task in tasks], [task.donor for task in tasks]


def _prefix(weights: Weights, tokens: Tensor) -> KeysValues:
    """Keys and values of a common prefix [b, P]; each different prefix is run once."""
    if tokens.shape[1] == 0:
        return []
    distinct, where = torch.unique(tokens, dim=0, return_inverse=True)
    return [(keys[where], values[where]) for keys, values in run(weights, distinct).keys_values()]


@dataclass(frozen=True)
class _Draws:
    """Random circuits of a batch: figures [draw, b]."""

    faithfulness: Floats
    rank: NDArray[np.int64]


@dataclass(frozen=True)
class _Figures:
    """What was measured of a batch's circuits."""

    batch: _Batch
    best: Trial
    rank: list[int]
    draws: _Draws


def _random_draws(batch: _Batch, mask: BoolArray, tasks: Sequence[Task], settings: Settings) -> _Draws:
    generators = [np.random.default_rng(_seed(settings.seed, task.prompt.fact_id)) for task in tasks]
    top = batch.weights.topology
    tested = []
    for _ in range(settings.random_draws):
        masks = [random_circuit(top, one, generator) for one, generator in zip(mask, generators, strict=True)]
        tested.append(batch.test(np.stack(masks)))
    ranks = np.array([batch.ranks(each.last) for each in tested])
    return _Draws(np.stack([each.faithfulness for each in tested]), ranks)


def _seed(seed: int, fact_id: str) -> list[int]:
    """A seed of the fact's own, whatever batch it is in."""
    return [seed, int.from_bytes(hashlib.sha256(fact_id.encode()).digest()[:8])]


def _circuit(
    model: LanguageModel,
    task: Task,
    settings: Settings,
    figures: _Figures,
    index: int,
    scores: Floats,
    run_id: str,
) -> Circuit:
    batch, draws, top = figures.batch, figures.draws, model.weights.topology
    mask, rank = figures.best.mask[index], figures.rank[index]
    faithfulness = float(figures.best.faithfulness[index])
    metric_clean, metric_corrupt = float(batch.metric_clean[index]), float(batch.metric_corrupt[index])
    edges = _edges(top, mask, scores)
    return Circuit(
        id=circuit_id(model.record.id, task.prompt.fact_id, settings.method),
        model_id=model.record.id,
        fact_id=task.prompt.fact_id,
        run_id=run_id,
        method=settings.method,
        fingerprint=fingerprint(model, task, settings),
        donor=task.donor.fact_id,
        clean_prompt=task.prompt.text,
        corrupt_prompt=task.donor.text,
        answer=model.decode(task.answer),
        foil=model.decode(task.donor.answers[0]),
        target=settings.target,
        reached=faithfulness >= settings.target,
        faithfulness=faithfulness,
        faithfulness_random=float(draws.faithfulness[:, index].mean()),
        random_draws=settings.random_draws,
        metric_clean=metric_clean,
        metric_corrupt=metric_corrupt,
        metric_circuit=metric_corrupt + faithfulness * (metric_clean - metric_corrupt),
        n_edges=len(edges),
        n_nodes=_n_nodes(edges),
        rank_model=task.rank,
        rank_circuit=rank,
        rank_random=int(draws.rank[0, index]),
        hit10_model=task.rank <= 10,
        hit10_circuit=rank <= 10,
        hit10_random=float((draws.rank[:, index] <= 10).mean()),
        artifact=artifact_name(circuit_id(model.record.id, task.prompt.fact_id, settings.method)),
        edges=edges,
    )


def _edges(top: Topology, mask: BoolArray, scores: Floats) -> tuple[Edge, ...]:
    """The circuit's edges, strongest first."""
    sources, slots = np.nonzero(mask)
    weights = scores[top.pack(mask)]
    order = np.argsort(-np.abs(weights), kind="stable")
    return tuple(
        Edge(top.source_names[sources[place]], *top.slot_names[slots[place]], float(weights[place]), rank)
        for rank, place in enumerate(order, 1)
    )


def _n_nodes(edges: Sequence[Edge]) -> int:
    """Number of embedding, heads, MLPs and logits at the edges; a kv-head belongs to its heads."""
    names = {edge.source for edge in edges} | {edge.target for edge in edges}
    return sum(".kv" not in name for name in names)
