"""How good each method's circuits are at its price: `python -m benchmarks.quality`.

Every method orders the edges of the same facts; the order is cut at fixed sizes and each circuit is run, against the
donor that found it and against two that no method has seen. What a method has to choose was chosen on the packaged
relations at even places of their alphabetical order; figures are of those at odd places, and of LRE relations.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.plain import forward_seconds
from benchmarks.quality.report import beside, show, write
from benchmarks.quality.ways import WAYS, Way
from graphdb.topology import prune_dangling
from ingest.compute.batching import batches
from ingest.compute.prompt_runs import Runs
from ingest.discovery.recall import recall
from ingest.discovery.search import ranks
from ingest.facts.prompts import prepare
from ingest.facts.sets import FactSet, builtin_relations, read_facts
from ingest.facts.task import Task
from ingest.measures import controls
from ingest.measures.bootstrap import interval
from ingest.measures.scoring import of_part, score_edges
from ingest.model import LanguageModel, load
from ingest.model_files import DEFAULT_MODEL, resolve
from ingest.options import Options, Silent

SHARES = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
LOG_CMD = slice(0, 8)
"""Sizes over which logCMD is taken: .05 to 10% of the edges (method.md, section 7)."""
E_RANGE = slice(1, 7)
"""Sizes over which E is taken: .1 to 5% (section 8)."""
STABLE_AT = 0.005
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Curves:
    """One fact under one way: f [size, donor], the first donor found the circuit, the others are unseen."""

    way: Way
    relation: str
    price: float
    """F a fact."""
    f: NDArray[np.float32]
    stability: float
    """Jaccard at `STABLE_AT` with the order that other donors give; NaN for one donor."""


def measure(model: LanguageModel, tasks: Sequence[Task], ways: Sequence[Way]) -> Iterator[Curves]:
    """Yield the curves of every task under every way."""
    for batch in batches(tasks, model.weights, None):
        forward, judges = forward_seconds(model.weights, batch, process_time), of_part([(0, *t.unseen) for t in batch])
        for ablation in dict.fromkeys(way.ablation for way in ways):
            runs = Runs(model.weights, batch, ablation)
            pairs = [runs.pair(donors) for donors in judges]
            for way in ways:
                if way.ablation == ablation:
                    yield from _measure_batch(runs, pairs, way, forward)
        print(f"{len(batch)} facts of {', '.join(sorted({task.relation_id for task in batch}))}", file=sys.stderr)


def _measure_batch(runs: Runs, pairs: Sequence, way: Way, forward: float) -> Iterator[Curves]:
    before = process_time()
    Runs(runs.weights, [_cut(task, way) for task in runs.tasks], way.ablation)
    scores = score_edges(runs, of_part([task.find[: way.donors] for task in runs.tasks]), way.settings)
    price = (process_time() - before) / forward
    f = controls.curve(runs, pairs, scores, SHARES)
    stability = np.full(len(runs.tasks), np.nan)
    if way.donors > 1:
        again = score_edges(runs, of_part([task.others for task in runs.tasks]), way.settings)
        stability = controls.jaccard(*(_at(runs, each) for each in (scores, again)))
    for index, task in enumerate(runs.tasks):
        yield Curves(way, task.relation_id, price, f[:, :, index], float(stability[index]))


def _cut(task: Task, way: Way) -> Task:
    """The task with the donors that the way finds circuits with: what its runs cost."""
    return Task(task.prompt, task.donors[: way.donors], task.answer, task.rank, way.donors, 0)


def _at(runs: Runs, scores: NDArray[np.float32]) -> NDArray[np.bool_]:
    top = runs.weights.topology
    n = int(STABLE_AT * top.n_edges)
    return prune_dangling(top, top.unpack(ranks(scores, n) < n))


def log_mean(f: NDArray[np.float32], sizes: slice) -> float:
    """Mean of |1 - f|, at most 1, over the logarithm of the size; f [size]."""
    x = np.log(SHARES[sizes])
    return float(np.trapezoid(np.minimum(np.abs(1 - f[sizes]), 1), x) / (x[-1] - x[0]))


def cmd(f: NDArray[np.float32]) -> float:
    """Area between f [size] and 1 over the share of edges, from .001 on (Mueller et al. 2025)."""
    return float(np.trapezoid(np.abs(1 - f[1:]), SHARES[1:]))


def size_reached(f: NDArray[np.float32], target: float = 0.85) -> float:
    """Smallest share of edges from which on f [size] stays at the target or above."""
    below = np.flatnonzero(f < target)
    return SHARES[below[-1] + 1] if len(below) else SHARES[0]


def figures(curves: Sequence[Curves], n_edges: int) -> dict[str, float]:
    """Summarise facts: means of areas, medians of f and of sizes."""
    used, unseen = [each.f[:, 0] for each in curves], [each.f[:, 1:] for each in curves]
    found = {
        "facts": len(curves),
        "price_f": float(np.median([each.price for each in curves])),
        **{name: float(np.mean([of(each) for each in curves])) for name, of in FACT_FIGURES.items()},
        "size85": float(np.median([size_reached(f) for f in used])) * n_edges,
        "cmd_unseen": float(np.mean([np.mean([cmd(f) for f in each.T]) for each in unseen])),
        "size85_unseen": float(np.median([size_reached(each.min(1)) for each in unseen])) * n_edges,
        "never_unseen": float(np.mean([(each[:7].min(1) < 0.85).all() for each in unseen])),
        "jaccard": float(np.mean([each.stability for each in curves])),
    }
    for index, share in enumerate(SHARES[1:7], 1):
        found[f"f_{share:g}"] = float(np.median([f[index] for f in used]))
        found[f"f_unseen_{share:g}"] = float(np.median([each[index].mean() for each in unseen]))
    return found


FACT_FIGURES: dict[str, Callable[[Curves], float]] = {
    "cmd": lambda curves: cmd(curves.f[:, 0]),
    "log_cmd": lambda curves: log_mean(curves.f[:, 0], LOG_CMD),
    "e_unseen": lambda curves: float(np.mean([log_mean(f, E_RANGE) for f in curves.f[:, 1:].T])),
}
"""Figures whose mean over facts has a bootstrap interval."""


def tasks_of(model: LanguageModel, sets: Sequence[FactSet], per_relation: int) -> list[Task]:
    """Return the first facts of each relation that the model ranks 3 or better and that have ten donors."""
    options, chosen = Options(known_rank=3), list[Task]()
    for each in sets:
        tasks = recall(model, prepare(each, model.encode), {}, options, Silent()).tasks
        chosen += [task for task in tasks.values() if len(task.donors) == 10][:per_relation]
    return chosen


def rows(source: str, curves: Sequence[Curves], ways: Sequence[Way], n_edges: int) -> Iterator[dict[str, Any]]:
    """Yield the figures of each way over all facts of a source, and of each relation, with intervals."""
    for way in ways:
        mine = [each for each in curves if each.way == way]
        for relation in ("", *sorted({each.relation for each in mine})):
            some = [each for each in mine if relation in ("", each.relation)]
            bounds = {name: interval(np.array(list(map(of, some)), np.float32)) for name, of in FACT_FIGURES.items()}
            yield {
                "source": source,
                "relation": relation,
                "date": datetime.now(UTC).date().isoformat(),
                **asdict(way),
                **figures(some, n_edges),
                **{f"{name}_interval": bound for name, bound in bounds.items()},
            }


def main() -> None:
    """Measure, write benchmarks/quality.json, docs/quality.md and what `kcircuits methods` shows."""

    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    parser.add_argument("--facts", type=Path, help="a folder of LRE files to measure on too")
    parser.add_argument("--per-relation", type=int, default=4, help="facts of each relation")
    parser.add_argument("--ways", type=int, nargs="*", help="numbers of the ways to measure anew; default: all")
    parser.add_argument("--tune", action="store_true", help="the relations to choose on; writes nothing")
    asked = parser.parse_args()
    ways = WAYS if asked.ways is None else [WAYS[number] for number in asked.ways]
    model = load(resolve(DEFAULT_MODEL, print))
    n_edges = model.weights.topology.n_edges
    sources = {"packaged": builtin_relations()[0 if asked.tune else 1 :: 2]}
    if asked.facts:
        sources["lre"] = read_facts(asked.facts)
    found: list[dict[str, Any]] = []
    with torch.no_grad():
        for source, sets in sources.items():
            curves = list(measure(model, tasks_of(model, sets, asked.per_relation), ways))
            found += rows(source, curves, ways, n_edges)
    show(found)
    if not asked.tune:
        write(found if asked.ways is None else beside(found, ROOT, WAYS), ROOT)


if __name__ == "__main__":
    main()
