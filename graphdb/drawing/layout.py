"""Where the nodes of a circuit are drawn: y by layer, x by the barycentre of their neighbours.

Automatic graph layouts turn a circuit of 500 edges into a strip, so positions are computed: the layers run
from the embedding at the bottom to the logits at the top, each with a row of kv-heads, of heads and its MLP.
MLPs have a lane of their own on the right, where the edges between them read as arcs.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from graphdb.components import Kind, parse

COLUMN = 62
"""Least distance between two nodes of a row, px."""
LAYER = 38
"""Distance from the lowest row of a layer to the highest of the layer below, px."""
DROP = {1: 13, 0: 25}
"""Distance from the row above, within a layer, to the heads (1) and to the kv-heads (0), px."""
PAD = 15
"""From a row's middle to its band's border, px."""
LEFT, RIGHT = 88, 110
"""Room for the layer labels and for the arcs between MLPs, px."""
SIZES = {"head": (50, 20), "kv_head": (48, 16), "mlp": (44, 20)}
"""Width and height of a node, px. Embedding and logits are bars as wide as the drawing."""
BAR = 20
"""Height of the embedding's and the logits' bars, px."""
NARROWEST = 7
"""Least width of the lane of heads, columns."""
SWEEPS = 8

_ENDS = {"embed": -1, "logits": 10**6}
_STEPS: dict[Kind, int] = {"kv_head": 0, "head": 1, "mlp": 2}


class Place(NamedTuple):
    """A component's place in the model; sorts in order of computation. `layer` is -1 for the embedding."""

    layer: int
    step: int
    """Row within the layer: 0 kv-heads, 1 heads, 2 MLP."""
    head: int
    kind: Kind


class Box(NamedTuple):
    """A node: its centre and its size, px."""

    x: float
    y: float
    width: float
    height: float
    is_bar: bool = False
    """Whether it is embedding or logits, as wide as the drawing."""


@dataclass(frozen=True)
class Band:
    """The strip of one layer: `y` is its upper border, px."""

    label: str
    y: float
    height: float


@dataclass(frozen=True)
class Layout:
    """Nodes and the bands of the layers, in px, origin at the top left."""

    nodes: dict[str, Box]
    bands: tuple[Band, ...]
    width: float
    height: float


def place(name: str) -> Place:
    """Place of a component by its name, such as `a9.h6`; `ValueError` for another name."""
    part = parse(name)
    layer = _ENDS[name] if part.layer is None else part.layer
    return Place(layer, _STEPS.get(part.kind, 0), part.head or 0, part.kind)


def arrange(edges: pd.DataFrame, feeds: list[tuple[str, str]]) -> Layout:
    """Lay out the nodes of `edges` (columns source, target, weight) and of `feeds` (kv-head, head)."""
    names = sorted({*edges["source"], *edges["target"]}, key=place)
    rows = _rows(names)
    widest = max((len(row) for row in rows if place(row[0]).kind != "mlp"), default=1)
    lane = max(widest, NARROWEST) * COLUMN
    inner = lane + 2.2 * COLUMN + RIGHT
    x = _columns(rows, _neighbours(names, edges, feeds), lane)
    y, bands, height = _heights(rows)
    bars = {name: Box(LEFT + inner / 2, y[name], inner - PAD, BAR, is_bar=True) for name in names if name not in x}
    nodes = {name: Box(LEFT + x[name], y[name], *SIZES[place(name).kind]) for name in x}
    return Layout(bars | nodes, bands, LEFT + inner, height)


def _rows(names: list[str]) -> list[list[str]]:
    rows: dict[tuple[int, int], list[str]] = {}
    for name in names:
        rows.setdefault(place(name)[:2], []).append(name)
    return list(rows.values())


def _neighbours(
    names: list[str], edges: pd.DataFrame, feeds: list[tuple[str, str]]
) -> dict[str, list[tuple[str, float]]]:
    """The (neighbour, pull) of each node; the root keeps one strong edge from swallowing the rest.

    Embedding and logits are as wide as the drawing and pull nowhere.
    """
    near: dict[str, list[tuple[str, float]]] = {name: [] for name in names}
    strongest = float(edges["weight"].abs().max()) if len(edges) else 1.0
    pulls = zip(edges["source"], edges["target"], np.sqrt(edges["weight"].abs() / strongest), strict=True)
    for source, target, pull in [*pulls, *((kv, head, 1.0) for kv, head in feeds)]:
        if source != "embed" and target != "logits":
            near[source].append((target, pull))
            near[target].append((source, pull))
    return near


def _columns(rows: list[list[str]], near: dict[str, list[tuple[str, float]]], lane: float) -> dict[str, float]:
    x: dict[str, float] = {}
    movable = [row for row in rows if place(row[0]).kind in ("head", "kv_head")]
    for row in movable:
        x.update(zip(row, np.linspace(0, lane, len(row) + 2)[1:-1].tolist(), strict=True))
    x.update({row[0]: _mlp_lane(row[0], lane) for row in rows if place(row[0]).kind == "mlp"})
    for sweep in range(SWEEPS):
        for row in movable if sweep % 2 else movable[::-1]:
            x.update({name: _barycentre(name, x, near) for name in row})
        _fill_lane(movable, x, lane)
    return x


def _fill_lane(rows: list[list[str]], x: dict[str, float], lane: float) -> None:
    """Spread the nodes over the lane, keeping their order: barycentres alone fall together into a strip."""
    names = [name for row in rows for name in row]
    for rank, name in enumerate(sorted(names, key=lambda name: x[name])):
        x[name] = lane * (rank + 0.5) / len(names)
    for row in rows:
        row.sort(key=lambda name: x[name])
        wished = np.array([x[name] for name in row])
        x.update(zip(row, _spread(wished, lane).tolist(), strict=True))


def _mlp_lane(name: str, lane: float) -> float:
    """MLPs of even and odd layers stand side by side, so that no node hides an edge to the next MLP."""
    return lane + COLUMN * (1.4 if place(name).layer % 2 else 2.2)


def _barycentre(name: str, x: dict[str, float], near: dict[str, list[tuple[str, float]]]) -> float:
    total = sum(pull for _, pull in near[name])
    return sum(x[other] * pull for other, pull in near[name]) / total if total else x[name]


def _spread(wished: NDArray[np.float64], lane: float) -> NDArray[np.float64]:
    """Ascending wishes -> the nearest positions (least squares) at least a column apart, within the lane."""
    offsets = COLUMN * np.arange(len(wished))
    free = isotonic_regression(wished - offsets).x
    return np.clip(free, 0, max(0.0, lane - offsets[-1])) + offsets


def _heights(rows: list[list[str]]) -> tuple[dict[str, float], tuple[Band, ...], float]:
    """y of each node, from the logits down, and one band for each layer that has nodes."""
    y: dict[str, float] = {}
    span: dict[int, list[float]] = {}
    at = float(PAD - LAYER)
    for row in reversed(rows):
        layer, step, *_ = place(row[0])
        at += DROP[step] if layer in span else LAYER
        span.setdefault(layer, []).append(at)
        y.update(dict.fromkeys(row, at))
    bands = tuple(
        Band(f"layer {layer}", rows_at[0] - PAD, rows_at[-1] - rows_at[0] + 2 * PAD)
        for layer, rows_at in span.items()
        if 0 <= layer < place("logits").layer
    )
    return y, bands, at + PAD
