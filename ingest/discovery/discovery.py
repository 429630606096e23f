"""From a batch of facts to their circuits: a pure function of model, facts and settings.

Every fact of the batch keeps its own scores, its own mask and its own circuit; nothing is averaged over facts.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch

from graphdb.records import Attempt, Circuit, Reason
from graphdb.store.score_files import Scores
from graphdb.topology import BoolArray, prune_dangling
from ingest.compute.prompt_runs import Pair, Runs
from ingest.discovery.circuit_records import attempt_record, circuit_record
from ingest.discovery.recall import Why
from ingest.discovery.search import Floats, Trial, minimal_circuits, pruned
from ingest.facts.task import MIN_EFFECT, Task
from ingest.measures import controls
from ingest.measures.effects import edge_effects
from ingest.measures.measure import References, measure
from ingest.measures.scoring import of_part, score_edges
from ingest.methods import EFFORTS, METHODS
from ingest.model import LanguageModel
from ingest.settings import Settings

VERSION = 5
"""Part of every fingerprint: raised when the same settings would give another circuit."""


@dataclass(frozen=True, slots=True)
class Found:
    """A circuit and the scores of all edges; or, in place of both, why there is none."""

    circuit: Circuit | None
    scores: Scores | None
    attempt: Attempt | None = None


def fingerprint(model: LanguageModel, task: Task, settings: Settings, references: References) -> str:
    """Hash of all that determines the circuit of a task and what is measured of it.

    But for the fact of its relation that is beside its stability: any one that is in the same batch will do.
    """
    prompts = [(prompt.tokens, prompt.answers[:1]) for prompt in (*task.donors, *(task.twin or ()))]
    parts = (VERSION, model.record.weights_sha256, asdict(settings), task.prompt.tokens, task.answer, prompts)
    other = references.other(task)
    parts = (*parts, task.n_find, task.n_size, task.again, other.fact_id if other else "")
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


@torch.no_grad()
def score(model: LanguageModel, tasks: Sequence[Task], settings: Settings) -> Floats:
    """Score every native edge for every task [b, n]."""
    runs = Runs(model.weights, tasks, settings.ablation)
    return score_edges(runs, of_part([task.find for task in tasks]), settings)


@torch.no_grad()
def discover(
    model: LanguageModel,
    tasks: Sequence[Task],
    settings: Settings,
    references: References,
    run_id: str,
    on_step: Callable[[], None] = lambda: None,
) -> list[Found]:
    """Find the circuit of every task; the tasks are of one shape. `on_step` is called at every run and attribution."""
    runs = Runs(model.weights, tasks, settings.ablation, on_step)
    reasons = why_not(runs)
    scores = score_edges(runs, of_part([task.find for task in tasks]), settings)
    searched, found = _search(runs, scores, settings)
    measured = measure(runs, scores, searched, found, settings, references)
    prints = [fingerprint(model, task, settings, references) for task in tasks]
    return [
        Found(
            circuit_record(model, task, settings, measured, index, run_id, prints[index]),
            scores[index].astype(np.float16),
        )
        if why is None
        else Found(None, None, attempt_record(model, task, settings.label, why, prints[index]))
        for index, (task, why) in enumerate(zip(tasks, reasons, strict=True))
    ]


def why_not(runs: Runs) -> list[Why | None]:
    """Return why a circuit of each fact would mean nothing; None where it means something.

    Donors are chosen by what their own prompt changes; with another ablation the metric may change too little.
    """
    reasons = [None if finite else Why(Reason.NOT_FINITE) for finite in runs.finite()]
    for part in ([task.size for task in runs.tasks], [task.judges for task in runs.tasks]):
        for donors in of_part(part):
            reasons = [old or new for old, new in zip(reasons, _small_effects(runs, donors), strict=True)]
    return reasons


def _small_effects(runs: Runs, donors: Sequence[int]) -> list[Why | None]:
    """Say of each fact that the metric changes too little against its donor of this number; None if it does not."""
    against = [task.donors[donor].fact_id for task, donor in zip(runs.tasks, donors, strict=True)]
    return [
        None
        if abs(effect) >= MIN_EFFECT
        else Why(Reason.NO_EFFECT, f"{effect:.2f} logits against {name}, of {MIN_EFFECT} needed")
        for name, effect in zip(against, runs.pair(donors).effect.tolist(), strict=True)
    ]


def _search(runs: Runs, scores: Floats, settings: Settings) -> tuple[Trial, Trial]:
    """Return the smallest circuits in the order of the scores, and what pruning leaves of them."""
    top = runs.weights.topology
    pairs = [runs.pair(donors) for donors in of_part([task.size for task in runs.tasks])]

    def test(mask: BoolArray) -> Trial:
        return controls.trial(runs, pairs, mask, settings.target)

    def effects(mask: BoolArray) -> Floats:
        return edge_effects(runs, pairs[:1], mask).edges

    if METHODS[settings.method].finds_itself:
        found = controls.trial(runs, pairs, prune_dangling(top, top.unpack(scores > 0)))
        return found, found
    searched = minimal_circuits(top, scores, test, settings.target)
    found = pruned(top, searched, effects, test, settings.target, EFFORTS[settings.effort].prunings)
    return searched, _against_all(runs, pairs, found, settings.target)


def _against_all(runs: Runs, pairs: Sequence[Pair], found: Trial, target: float) -> Trial:
    """Run circuits that missed the target against those donors too that their search spared itself."""
    (missed,) = np.nonzero(found.faithfulness < target)
    if not len(missed):
        return found
    rows = torch.as_tensor(missed, device=runs.tokens.device)
    full = controls.trial(runs, [pair.take(rows) for pair in pairs], found.mask[missed])
    faithfulness = found.faithfulness.copy()
    faithfulness[missed] = full.faithfulness
    return Trial(found.mask, faithfulness)
