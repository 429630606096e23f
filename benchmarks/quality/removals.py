"""How well edges' weights foretell what their removal costs: `python -m benchmarks.quality.removals`.

A weight is an effect to first order. Of circuits of packaged relations at the odd places of their alphabetical order,
edges are removed one at a time, and the circuit is run again against the donors that the weight is a mean over. Beside
the weight stands the score by which the search took the edge. Prints a table in Markdown.
"""

import argparse
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import rankdata

from ingest.compute.prompt_runs import Runs
from ingest.discovery.discovery import discover
from ingest.discovery.recall import recall
from ingest.facts.prompts import prepare
from ingest.facts.sets import builtin_relations
from ingest.facts.task import Task
from ingest.measures import controls
from ingest.measures.bootstrap import interval
from ingest.measures.effects import NEEDED, edge_effects
from ingest.measures.measure import References
from ingest.measures.scoring import of_part
from ingest.model import LanguageModel, load
from ingest.model_files import DEFAULT_MODEL, resolve
from ingest.options import Options, Silent
from ingest.settings import Settings

EDGES = 40
"""Edges of each circuit that are removed: half of them the heaviest, half at random."""
METHODS = ("trained", "secant", "eap")


class Agreement(NamedTuple):
    """Of one circuit: does the weight tell what a removal costs, and does the search's score?"""

    sign: float
    """Share of removals that cost or gain more than `NEEDED` of what the circuit does, and have the weight's sign."""
    sign_score: float
    rank: float
    """Spearman's correlation of the two over all edges removed."""
    rank_score: float
    n_large: int
    """Removals that cost or gain so much."""


@torch.no_grad()
def agreements(model: LanguageModel, tasks: Sequence[Task], method: str) -> Iterator[Agreement]:
    """Yield the agreement for the circuit of each task."""
    settings = Settings(method=method)
    for task in tasks:
        (found,) = discover(model, [task], settings, References(), "")
        if found.circuit is None or found.scores is None or not found.circuit.edges:
            continue
        runs = Runs(model.weights, [task])
        names = [(edge.source, edge.target, edge.channel) for edge in found.circuit.edges]
        weights = np.array([edge.weight for edge in found.circuit.edges])
        top = model.weights.topology
        mask = top.mask(names)[None]
        scores = top.unpack(found.scores.astype(np.float32))[top.places(names)]
        chosen = _chosen(len(names))
        lost, whole = _removed(runs, mask, [names[each] for each in chosen])
        yield _agreement(weights[chosen], scores[chosen], lost, whole)


def _chosen(n: int) -> NDArray[np.intp]:
    half = min(EDGES // 2, n)
    rest = np.random.default_rng(0).permutation(np.arange(half, n))[: EDGES - half]
    return np.concatenate((np.arange(half), rest))


def _removed(runs: Runs, mask: NDArray[np.bool_], names: Sequence[tuple[str, str, str]]) -> tuple[NDArray, float]:
    """What each removal costs in metric, mean over the donors of the size, and what the circuit does."""
    top = runs.weights.topology
    pairs = [runs.pair(donors) for donors in of_part([runs.tasks[0].size])]
    whole = np.array([controls.faithfulness(runs, pair, mask)[0] for pair in pairs])
    effects = np.array([float(pair.effect[0]) for pair in pairs])
    lost = []
    for name in names:
        less = mask & ~top.mask([name])
        lost.append((effects * (whole - [controls.faithfulness(runs, pair, less)[0] for pair in pairs])).mean())
    return np.array(lost), float(edge_effects(runs, pairs, mask).circuit[0])


def _agreement(weights: NDArray, scores: NDArray, lost: NDArray, whole: float) -> Agreement:
    large = np.abs(lost) > NEEDED * abs(whole)
    signs = [
        float((np.sign(each) == np.sign(lost))[large].mean()) if large.any() else np.nan for each in (weights, scores)
    ]
    ranks = [float(np.corrcoef(rankdata(each), rankdata(lost))[0, 1]) for each in (weights, scores)]
    return Agreement(signs[0], signs[1], ranks[0], ranks[1], int(large.sum()))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--facts", type=int, default=2, help="facts of each relation")
    given = parser.parse_args()
    model = load(resolve(DEFAULT_MODEL, lambda _: None))
    relations = sorted(builtin_relations(), key=lambda each: each.relation.id)[1::2]
    print("| method | circuits | removals > 1% | sign, weight | sign, score | rank, weight | rank, score |")
    print("|---|---|---|---|---|---|---|")
    tasks = [task for each in relations for task in _tasks(model, each, given.facts)]
    for method in METHODS:
        found = list(agreements(model, tasks, method))
        cells = [_cell([getattr(each, name) for each in found]) for name in Agreement._fields[:4]]
        print(f"| {method} | {len(found)} | {sum(each.n_large for each in found)} | {' | '.join(cells)} |", flush=True)


def _tasks(model: LanguageModel, facts, n: int) -> list[Task]:
    options = Options(Settings())
    cases = prepare(facts.first(3 * n), model.encode)
    tasks = recall(model, cases, {}, options, Silent()).tasks.values()
    return [task for task in tasks if not task.lacks][:n]


def _cell(values: Sequence[float]) -> str:
    """Mean over circuits, with its 95% bootstrap interval."""
    given = np.array([each for each in values if not np.isnan(each)])
    low, high = interval(given)
    return f"{given.mean():.3f} ({low:.3f} to {high:.3f})"


if __name__ == "__main__":
    main()
