"""What another precision or device changes: deviation of scores and circuits from float32 on the CPU."""

from collections.abc import Iterator, Sequence
from statistics import median

import numpy as np
import torch

from benchmarks.report import Row
from benchmarks.timing import seconds
from graphdb.records import Circuit
from ingest.discovery.discovery import Found, discover
from ingest.facts.task import Task
from ingest.measures.measure import References
from ingest.model import LanguageModel, load
from ingest.model_files import ModelFolder
from ingest.settings import Settings

FACTS = 16
EDGES = 1000
"""Strongest edges whose order is compared."""
SETTINGS = Settings(method="secant+relp", effort="quick")


def precision_rows(model: LanguageModel, folder: ModelFolder, batches: Sequence[list[Task]]) -> Iterator[Row]:
    """Yield the deviations of bfloat16 on the CPU and, where there is one, of the GPU."""
    tasks = max(batches, key=len)[:FACTS]
    expected, taken = _timed(model, tasks)
    others = [("bfloat16", torch.bfloat16, "cpu")]
    if torch.cuda.is_available():
        others += [("GPU", torch.float32, "cuda"), ("GPU, bfloat16", torch.bfloat16, "cuda")]
    for name, dtype, device in others:
        found, time = _timed(load(folder, dtype, device), tasks)
        yield from _rows(name, expected, found, time / taken)
    if not torch.cuda.is_available():
        yield Row("GPU", None, "", "not measured: this machine has no GPU that torch can use")


def _timed(model: LanguageModel, tasks: Sequence[Task]) -> tuple[list[Found], float]:
    """Find the circuits of the tasks; return them and the seconds that it took."""
    found: list[Found] = []
    taken = seconds(lambda: found.extend(discover(model, tasks, SETTINGS, References(), "")))
    return found, taken


def _rows(name: str, expected: Sequence[Found], found: Sequence[Found], time: float) -> Iterator[Row]:
    scores = [(_scores(a), _scores(b)) for a, b in zip(expected, found, strict=True)]
    circuits = [(_circuit(a), _circuit(b)) for a, b in zip(expected, found, strict=True)]
    how = f"against float32 on the CPU, median of {len(found)} facts, `secant+relp`"
    distance = median(float(np.linalg.norm(b - a) / np.linalg.norm(a)) for a, b in scores)
    yield Row(f"{name}, scores", distance, "", f"relative L2 distance of all edges' scores; {how}")
    order = median(rank_correlation(a, b) for a, b in scores)
    ranked = f"Spearman's rank correlation of |score| of the {EDGES} strongest edges"
    yield Row(f"{name}, order", order, "", f"{ranked}; {how}")
    overlap = median(_jaccard(a, b) for a, b in circuits)
    yield Row(f"{name}, circuits", overlap, "Jaccard", f"edges in both circuits over edges in either; {how}")
    size = median(b.n_edges / a.n_edges for a, b in circuits)
    yield Row(f"{name}, circuit size", size, "×", how)
    change = median(_faithfulness(b) - _faithfulness(a) for a, b in circuits)
    yield Row(f"{name}, faithfulness", change, "", f"difference, each measured in its own precision; {how}")
    yield Row(f"{name}, time", time, "×", f"discovery of the {len(found)} facts; against float32 on the CPU")


def _scores(found: Found) -> np.ndarray:
    assert found.scores is not None, found.attempt
    return found.scores.astype(np.float64)


def _circuit(found: Found) -> Circuit:
    assert found.circuit is not None, found.attempt
    return found.circuit


def rank_correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Spearman's rank correlation of |a| and |b| among the `EDGES` entries that are largest in a."""
    strongest = np.argsort(-np.abs(a))[:EDGES]
    ranks = np.stack([np.argsort(np.argsort(np.abs(each[strongest]))) for each in (a, b)])
    return float(np.corrcoef(ranks[0], ranks[1]).flat[1])


def _faithfulness(circuit: Circuit) -> float:
    assert circuit.faithfulness is not None, "found here, so measured"
    return circuit.faithfulness


def _jaccard(a: Circuit, b: Circuit) -> float:
    one, two = ({edge.id for edge in each.edges} for each in (a, b))
    return len(one & two) / len(one | two)
