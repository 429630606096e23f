"""All that is measured of the circuits of a batch, once they are found."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphdb.store.score_files import Scores
from graphdb.topology import BoolArray
from ingest.compute.prompt_runs import Pair, Runs
from ingest.discovery.search import Floats, Trial
from ingest.facts.task import MIN_EFFECT, Task
from ingest.measures import controls
from ingest.measures.scoring import of_part
from ingest.measures.stability import stability
from ingest.settings import Settings


@dataclass(frozen=True, slots=True)
class Reference:
    """Scores [n] of one fact, by the method of an ingest: what circuits of another relation are compared with."""

    relation_id: str
    fact_id: str
    scores: Scores


References = Sequence[Reference]
"""Facts of different relations, the one to take first."""


def reference_of(task: Task, references: References) -> Reference | None:
    """Return the first reference of another relation than the task's."""
    return next((each for each in references if each.relation_id != task.relation_id), None)


@dataclass(frozen=True)
class Measured:
    """Figures of a batch's circuits. Unless said otherwise they are means over the donors that judge."""

    scores: Floats  # [b, n]
    mask: BoolArray  # [b, s, t]
    n_searched: NDArray[np.int64]  # [b] edges before pruning
    faithfulness_size: Floats  # [b] lowest on the donors that chose the size
    judged: controls.Judged
    metric_clean: Floats  # [b] against the first donor that judges
    metric_ablated: Floats  # [b] the same
    draws: controls.Draws
    other: Sequence[str]  # [b] fact of the reference, or empty
    faithfulness_other: Floats  # [b] NaN where there is no reference
    completeness: Floats  # [b] against the first donor that judges
    minimality: Floats  # [b] the same
    stability: Floats  # [b] NaN where no donor is left
    faithfulness_twin: Floats  # [b] NaN where the second template cannot be asked
    curve: Floats | None  # [size, b]
    curve_random: Floats | None  # [size, b]


def measure(
    runs: Runs, scores: Floats, searched: Trial, found: Trial, settings: Settings, references: References
) -> Measured:
    """Measure the circuits on the donors that judge, and run the controls."""
    mask, tasks = found.mask, runs.tasks
    again = stability(runs, mask, settings)  # before the pairs below take their memory
    pairs = [runs.pair(donors) for donors in of_part([task.judges for task in tasks])]
    others = [reference_of(task, references) for task in tasks]
    judged = controls.judge(runs, pairs, mask)
    curve, curve_random = _curves(runs, pairs[0], scores, settings) if settings.curve else (None, None)
    return Measured(
        scores=scores,
        mask=mask,
        n_searched=searched.mask.sum((1, 2)),
        faithfulness_size=found.faithfulness,
        judged=judged,
        metric_clean=pairs[0].metric_clean.float().cpu().numpy(),
        metric_ablated=pairs[0].metric_ablated.float().cpu().numpy(),
        draws=controls.random_draws(runs, pairs, mask, settings.seed, settings.random_draws),
        other=[other.fact_id if other else "" for other in others],
        faithfulness_other=_against_others(runs, pairs[0], others, mask),
        completeness=controls.completeness(runs, pairs[0], mask),
        minimality=controls.minimality(runs, pairs[0], mask, judged.first, settings.seed),
        stability=again,
        faithfulness_twin=_on_twins(runs, mask, settings),
        curve=curve,
        curve_random=curve_random,
    )


def _against_others(runs: Runs, pair: Pair, others: Sequence[Reference | None], mask: BoolArray) -> Floats:
    """f [b] of circuits of equal size that were scored for a fact of another relation."""
    values = np.full(len(mask), np.nan, np.float32)
    if not any(others):
        return values
    n = runs.weights.topology.n_edges
    scores = np.stack([other.scores if other else np.ones(n, np.float16) for other in others]).astype(np.float32)
    measured = controls.faithfulness(runs, pair, controls.of_equal_size(runs, scores, mask))
    return np.where([other is not None for other in others], measured, values)


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
