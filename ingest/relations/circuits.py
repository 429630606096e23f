"""One circuit for a whole relation, found from the scores and circuits of some of its facts.

Two rules, side by side: `mean` takes the strongest edges by the facts' mean score, `vote` the edges that enough of
the facts' circuits hold. Each takes the smallest tested circuit whose mean faithfulness over the training facts, on
the donors that chose the size of their own circuits, reaches the target. Facts of a relation are each other's
donors: a held-out fact's prompt may have served as a training fact's corrupt prompt.

Axes: f = training fact, b = batch, s = source, t = slot, n = native edge.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from graphdb.topology import BoolArray, Topology, prune_dangling
from ingest.compute.batching import batches
from ingest.compute.prompt_runs import Pair, Runs
from ingest.discovery.search import LARGEST_SHARE, Floats, RunTrial, Trial, minimal_circuits
from ingest.discovery.stored_tasks import StoredCircuit
from ingest.facts.prompts import fact_hash
from ingest.facts.task import Task
from ingest.measures import controls
from ingest.measures.effects import edge_effects
from ingest.measures.scoring import of_part
from ingest.model import LanguageModel

LEAST_FACTS = 6
"""Facts with a circuit that a relation needs: four to find its circuit, two to judge it."""
TRAINED_SHARE = 2 / 3
MEAN, VOTE = "mean", "vote"


@dataclass(frozen=True, slots=True)
class Split:
    """A relation's facts with circuits, in two parts."""

    relation_id: str
    train: tuple[StoredCircuit, ...]
    held_out: tuple[StoredCircuit, ...]


@dataclass(frozen=True)
class RelationFound:
    """A relation's circuit."""

    relation_id: str
    rule: str
    mask: BoolArray  # [s, t]
    scores: Floats  # [n] mean over the training facts
    effects: Floats  # [n] in the circuit, mean over the training facts
    faithfulness_size: float
    vote_share: float | None


def split(relation_id: str, circuits: Sequence[StoredCircuit]) -> Split:
    """Divide circuits by the hash of their facts: two thirds find the relation's circuit, the others judge it."""
    ordered = sorted(circuits, key=lambda each: fact_hash(each.task.prompt.fact_id))
    n_train = round(TRAINED_SHARE * len(ordered))
    return Split(relation_id, tuple(ordered[:n_train]), tuple(ordered[n_train:]))


def mean_scores(scores: Floats) -> Floats:
    """Average scores [f, n] over facts: sizes as shares of each fact's total, the sign of their plain mean: [n].

    Scaled by the mean total, so that the scores are in logits.
    """
    total = np.abs(scores).sum(1, keepdims=True, dtype=np.float32)
    size = (np.abs(scores) / np.maximum(total, np.finfo(np.float32).tiny)).mean(0)
    return size * total.mean() * np.where(scores.mean(0, dtype=np.float32) < 0, -1, 1).astype(np.float32)


def vote_shares(circuits: BoolArray) -> NDArray[np.float64]:
    """Share of circuits [f, n] that hold each edge [n]."""
    return circuits.mean(0)


def find_both(
    model: LanguageModel, relation: Split, scores: Floats, circuits: BoolArray, target: float
) -> list[RelationFound]:
    """Find a relation's circuit by each rule from the scores [f, n] and circuits [f, n] of its training facts."""
    top, mean = model.weights.topology, mean_scores(scores)
    tasks = [each.task for each in relation.train]

    def test(mask: BoolArray) -> Trial:
        return Trial(mask, mean_faithfulness(model, tasks, mask[0], relation.train[0].ablation))

    strongest = minimal_circuits(top, mean[None], test, target)
    voted, share = smallest_vote(top, vote_shares(circuits), test, target)

    def found(rule: str, trial: Trial, vote_share: float | None) -> RelationFound:
        effects = mean_effects(model, tasks, trial.mask[0], relation.train[0].ablation)
        faithfulness = float(trial.faithfulness[0])
        return RelationFound(relation.relation_id, rule, trial.mask[0], mean, effects, faithfulness, vote_share)

    return [found(MEAN, strongest, None), found(VOTE, voted, share)]


def smallest_vote(top: Topology, votes: NDArray[np.float64], run_trial: RunTrial, target: float) -> tuple[Trial, float]:
    """Bisect on the share of votes [n] that an edge needs: return what was tested and passed, and the share.

    Where none reached `target` it is the most faithful one. Faithfulness is not monotone, so a share between two
    tested ones may do better.
    """
    shares = [share for share in np.unique(votes)[::-1] if share and (votes >= share).mean() <= LARGEST_SHARE] or [1]
    tested = list[tuple[Trial, float]]()
    low, high = -1, len(shares)
    while high - low > 1 or not tested:
        middle = (low + high) // 2
        chosen = prune_dangling(top, top.unpack(votes >= shares[middle]))
        tested.append((run_trial(chosen[None]), float(shares[middle])))
        low, high = (low, middle) if tested[-1][0].faithfulness[0] >= target else (middle, high)
    return min(tested, key=lambda each: _preference(each[0], target))


def _preference(trial: Trial, target: float) -> tuple[bool, float]:
    """Circuits that pass come first, the smallest of them; then the most faithful of the others."""
    passed = bool(trial.faithfulness[0] >= target)
    return not passed, float(trial.mask.sum() if passed else -trial.faithfulness[0])


@torch.no_grad()
def mean_faithfulness(model: LanguageModel, tasks: Sequence[Task], mask: BoolArray, ablation: str) -> Floats:
    """Mean f [1] of one circuit [s, t] over tasks and the donors that chose their circuits' size."""
    values = [
        np.mean([controls.faithfulness(runs, pair, masks) for pair in pairs], 0)
        for runs, pairs, masks in _with_mask(model, tasks, mask, ablation)
    ]
    return np.concatenate(values).mean(keepdims=True)


@torch.no_grad()
def mean_effects(model: LanguageModel, tasks: Sequence[Task], mask: BoolArray, ablation: str) -> Floats:
    """Mean effect of each edge [n] in one circuit [s, t] over tasks and the donors that chose their circuits' size."""
    found = [edge_effects(*each).edges for each in _with_mask(model, tasks, mask, ablation)]
    return np.concatenate(found).mean(0)


def _with_mask(
    model: LanguageModel, tasks: Sequence[Task], mask: BoolArray, ablation: str
) -> Iterator[tuple[Runs, list[Pair], BoolArray]]:
    """Yield tasks in batches, with the donors that chose their circuits' size, and the one circuit for each."""
    for batch in batches(tasks, model.weights, None):
        runs = Runs(model.weights, batch, ablation)
        pairs = [runs.pair(donors) for donors in of_part([task.size for task in batch])]
        yield runs, pairs, np.stack([mask] * len(batch))
