"""All that is measured of the circuits of a batch, once they are found."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from graphdb.store.score_files import Scores
from graphdb.topology import BoolArray
from ingest.compute.prompt_runs import Pair, Runs
from ingest.discovery.search import Floats, Trial
from ingest.facts.task import MIN_EFFECT, Task
from ingest.measures import controls
from ingest.measures.effects import Effects, edge_effects
from ingest.measures.scoring import of_part
from ingest.measures.stability import stability
from ingest.model.forward import Trace
from ingest.settings import Settings


@dataclass(frozen=True, slots=True)
class Reference:
    """Scores [n] of one fact, by the method of an ingest: what circuits of another relation are compared with."""

    relation_id: str
    fact_id: str
    scores: Scores


@dataclass(frozen=True, slots=True)
class References:
    """Facts of different relations, the one to take first, that circuits of others are compared with."""

    others: Sequence[Reference] = ()

    def other(self, task: Task) -> Reference | None:
        """Return the first of another relation than the task's."""
        return next((each for each in self.others if each.relation_id != task.relation_id), None)


@dataclass(frozen=True)
class Measured:
    """Figures of a batch's circuits. Unless said otherwise they are means over the donors that judge."""

    scores: Floats  # [b, n]
    mask: BoolArray  # [b, s, t]
    effects: Effects
    attention: Floats  # [b, l, h, P] of the last position, in the model's run
    n_searched: NDArray[np.int64]  # [b] edges before pruning
    faithfulness_size: Floats  # [b] lowest on the donors that chose the size
    judged: controls.Judged
    metric_clean: Floats  # [b] against the first donor that judges
    metric_ablated: Floats  # [b] the same
    draws: controls.Draws
    other: Sequence[str]  # [b] fact of the reference, or empty
    faithfulness_other: Floats  # [b] NaN where there is no reference
    completeness: Floats  # [b] against the first donor that judges
    loss_10: Floats  # [b] without a random 10% of the edges
    loss_30: Floats  # [b]
    stability: Floats  # [b] NaN where no donor is left
    stability_relation: Floats  # [b] NaN where no other fact of the relation is in the batch
    stability_other: Floats  # [b] NaN where there is no reference
    faithfulness_twin: Floats  # [b] NaN where the second template cannot be asked
    curve: Floats | None  # [size, b]
    curve_random: Floats | None  # [size, b]


def measure(
    runs: Runs, scores: Floats, searched: Trial, found: Trial, settings: Settings, references: References
) -> Measured:
    """Measure the circuits on the donors that judge, and run the controls."""
    mask, tasks = found.mask, runs.tasks
    again = stability(runs, mask, settings)  # before the pairs below take their memory
    effects = edge_effects(
        runs, [runs.pair(donors) for donors in of_part([task.size for task in tasks])], mask, by_place=True
    )
    pairs = [runs.pair(donors) for donors in of_part([task.judges for task in tasks])]
    others = [references.other(task) for task in tasks]
    of_others = _equal_circuits(runs, [other and other.scores.astype(np.float32) for other in others], mask)
    of_mates = _equal_circuits(runs, [None if mate is None else scores[mate] for mate in _mates(tasks)], mask)
    judged = controls.judge(runs, pairs, mask)
    curve, curve_random = _curves(runs, pairs[0], scores, settings) if settings.curve else (None, None)
    return Measured(
        scores=scores,
        mask=mask,
        effects=effects,
        attention=last_attention(runs.clean),
        n_searched=searched.mask.sum((1, 2)),
        faithfulness_size=found.faithfulness,
        judged=judged,
        metric_clean=pairs[0].metric_clean.float().cpu().numpy(),
        metric_ablated=pairs[0].metric_ablated.float().cpu().numpy(),
        draws=controls.random_draws(runs, pairs, mask, settings.seed, settings.random_draws),
        other=[other.fact_id if other else "" for other in others],
        faithfulness_other=_where_any(of_others, lambda: controls.faithfulness(runs, pairs[0], of_others)),
        completeness=controls.completeness(runs, pairs[0], mask),
        loss_10=controls.loss(runs, pairs, mask, judged, 0.1, settings.seed),
        loss_30=controls.loss(runs, pairs, mask, judged, 0.3, settings.seed),
        stability=again,
        stability_relation=_where_any(of_mates, lambda: controls.jaccard(mask, of_mates)),
        stability_other=_where_any(of_others, lambda: controls.jaccard(mask, of_others)),
        faithfulness_twin=_on_twins(runs, mask, settings),
        curve=curve,
        curve_random=curve_random,
    )


def last_attention(trace: Trace) -> Floats:
    """Attention of every head at the last position [b, l, h, P]."""
    return torch.stack([block.log_p[:, :, -1].exp() for block in trace.attention], 1).float().cpu().numpy()


def _mates(tasks: Sequence[Task]) -> list[int | None]:
    """For each task whose stability is asked, the number of the next one of its relation in the batch."""
    found = list[int | None]()
    for number, task in enumerate(tasks):
        others = [each % len(tasks) for each in range(number + 1, number + len(tasks)) if task.again]
        found.append(next((each for each in others if tasks[each].relation_id == task.relation_id), None))
    return found


def _equal_circuits(runs: Runs, scores: Sequence[Floats | None], mask: BoolArray) -> BoolArray:
    """Circuits of equal size [b, s, t] by scores [n] found for other facts; empty ones where there are none."""
    found = np.zeros_like(mask)
    rows = [row for row, each in enumerate(scores) if each is not None]
    if rows:
        some = np.stack([each for each in scores if each is not None])
        found[rows] = controls.of_equal_size(runs, some, mask[rows])
    return found


def _where_any(circuits: BoolArray, figure: Callable[[], Floats]) -> Floats:
    """A figure [b] of circuits [b, s, t]; NaN for empty ones, and not computed where all are."""
    some = np.asarray(circuits.any((1, 2)))
    return np.where(some, figure(), np.nan) if some.any() else np.full(len(some), np.nan, np.float32)


def _on_twins(runs: Runs, mask: BoolArray, settings: Settings) -> Floats:
    """f [b] of the same edges on the relation's second template."""
    values = np.full(len(mask), np.nan, np.float32)
    by_length: dict[int, list[int]] = defaultdict(list)
    for index, task in enumerate(runs.tasks):
        if task.twin:
            by_length[len(task.twin[0].tokens)].append(index)
    for group in by_length.values():
        tasks = [_twin_task(runs.tasks[index]) for index in group]
        twins = Runs(runs.weights, tasks, settings.ablation)
        pair = twins.pair([0] * len(tasks))
        effect = pair.effect.float().cpu().numpy()
        measured = controls.faithfulness(twins, pair, mask[group])
        values[group] = np.where(effect >= MIN_EFFECT, measured, np.nan)
    return values


def _twin_task(task: Task) -> Task:
    assert task.twin is not None
    prompt, donor = task.twin
    return Task(prompt, (donor,), task.answer, task.rank, 1, 0)


def _curves(runs: Runs, pair: Pair, scores: Floats, settings: Settings) -> tuple[Floats, Floats]:
    """Faithfulness at fixed sizes [size, b] in the order of the scores, and in a random order."""
    seeds = [controls.seed_of(settings.seed, task.prompt.fact_id) for task in runs.tasks]
    chance = np.stack([np.random.default_rng([2, *seed]).random(scores.shape[1], np.float32) for seed in seeds])
    return controls.curve(runs, [pair], scores)[:, 0], controls.curve(runs, [pair], chance)[:, 0]
