"""How the time of discovery's parts grows with the prompt, the batch, the layers and the heads."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from benchmarks.random_models import random_model, random_tasks
from benchmarks.report import Row
from benchmarks.timing import median_seconds
from graphdb.topology import Topology
from ingest.compute.prompt_runs import Runs
from ingest.methods import EFFORTS, METHODS
from ingest.model.weights import Attention, Weights

ROUNDS = 3
WORDS = 1000
SHARE = 0.01
"""Share of the edges that a circuit has."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Size of one measurement."""

    positions: int = 16
    batch: int = 8
    layers: int = 12
    heads: int = 8


SWEEPS = {
    "positions": (8, 16, 32, 64),
    "batch": (2, 4, 8, 16),
    "layers": (6, 12, 24, 48),
    "heads": (4, 8, 16, 32),
}
"""Axis of `Shape` -> the values it takes while the others stay."""
LARGEST = Shape(*(values[-1] for values in SWEEPS.values()))


def growth_rows(folder: Path) -> Iterator[Row]:
    """Yield, for each part and axis, the exponent that fits the times best."""
    from transformers import LlamaConfig

    config = LlamaConfig(
        vocab_size=WORDS,
        hidden_size=256,
        intermediate_size=512,
        num_hidden_layers=LARGEST.layers,
        num_attention_heads=LARGEST.heads,
        num_key_value_heads=LARGEST.heads,
        head_dim=32,
    )
    weights = random_model(config, folder).weights
    for axis, values in SWEEPS.items():
        taken = [_times(weights, replace(Shape(), **{axis: value})) for value in values]
        for part in taken[0]:
            yield _row(part, axis, values, [each[part] for each in taken])


def _row(part: str, axis: str, values: Sequence[int], times: Sequence[float]) -> Row:
    listed = ", ".join(f"{value}: {1000 * each:.3g} ms" for value, each in zip(values, times, strict=True))
    others = ", ".join(f"{value} {name}" for name, value in _sizes(Shape()).items() if name != axis)
    model = f"random Llama of width 256, circuits of {SHARE:.0%} of the edges"
    how = f"time ~ {axis} ^ exponent, fitted to the logarithms ({listed}); {others}; {model}"
    return Row(f"growth of {part} in {axis}", exponent(values, times), "exponent", how)


def _sizes(shape: Shape) -> dict[str, int]:
    return {axis: getattr(shape, axis) for axis in SWEEPS}


def exponent(values: Sequence[float], times: Sequence[float]) -> float:
    """Slope of log(time) over log(value)."""
    return float(np.polyfit(np.log(values), np.log(times), 1)[0])


@torch.no_grad()
def _times(weights: Weights, shape: Shape) -> dict[str, float]:
    """Part -> seconds."""
    torch.manual_seed(0)
    clean = torch.randint(WORDS, (shape.batch, shape.positions))
    corrupt = (clean + 1) % WORDS
    runs, donors = Runs(cut(weights, shape.layers, shape.heads), random_tasks(clean, corrupt, 0, 1)), [0] * shape.batch
    pair, mask = runs.pair(donors), runs.allowed * (torch.rand(shape.batch, *runs.allowed.shape) < SHARE)
    parts: dict[str, Callable[[], object]] = {
        "`secant`": lambda: METHODS["secant"].score_edges(runs, [donors], EFFORTS["default"]),
        "a masked run": lambda: runs.run_circuit(pair, mask.float()),
    }
    return {part: median_seconds(work, ROUNDS) for part, work in parts.items()}


def cut(weights: Weights, layers: int, heads: int) -> Weights:
    """Return the first layers of a model, with the first heads of each; as many kv-heads as heads."""
    attention = tuple(_cut_heads(block, heads) for block in weights.attention[:layers])
    return replace(weights, topology=Topology(layers, heads, heads), attention=attention, mlp=weights.mlp[:layers])


def _cut_heads(block: Attention, heads: int) -> Attention:
    # Contiguous, as a model of this size has them.
    q, k, v, o = (part[:heads].contiguous() for part in (block.q, block.k, block.v, block.o))
    return replace(block, q=q, k=k, v=v, o=o)
