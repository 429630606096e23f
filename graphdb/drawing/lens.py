"""The lens as a strip beside the drawing of a circuit: its curves on the layers' own axis."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from graphdb.drawing.layout import place
from graphdb.plain_text import visible

WIDTH = 150
"""Width of the strip, px."""
GAP = 14
"""Distance from the drawing, px."""
CLOSE = 14
"""Marks nearer than this have their words on either side of their lines, px."""
APART = 0.2
"""Share of the strip within which no other number stands beside 0."""
LONGEST = 20
"""Characters of a token that the legend has room for."""
READ = {"closed": "closed lens", "raw": "raw logit lens", "ridge": "ridge lens"}


@dataclass(frozen=True, slots=True)
class Lens:
    """Where in the model a fact's object appears: logits after each block, at the last position."""

    kind: str
    """Key of `READ`."""
    blocks: tuple[str, ...]
    """`embed`, `a0`, `m0`, ...: in the order in which they write."""
    object: tuple[float, ...]
    others: tuple[float, ...]
    """Median of the relation's other objects; empty: it has none."""
    wrong: tuple[float, ...]
    """The model's own first choice where that is not accepted; else empty."""
    wrong_token: str
    rank: tuple[int, ...]
    """Of the object."""
    emergence: str
    """Block from which on the object is first among the relation's; may be empty, as may `rise`."""
    rise: str

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Lens":
        """Read a row of the query `circuit_lens`."""
        return cls(
            kind=str(row["lens"]),
            blocks=tuple(row["blocks"]),
            object=tuple(row["object"]),
            others=tuple(row["others"]),
            wrong=tuple(row["wrong"]),
            wrong_token=str(row["wrong_token"]),
            rank=tuple(row["rank"]),
            emergence=str(row["emergence"]),
            rise=str(row["rise"]),
        )

    @property
    def curves(self) -> list[tuple[str, str, tuple[float, ...]]]:
        """Colour, label and logits [block] of each curve that there is."""
        wrong = f"model's first choice: {visible(self.wrong_token).strip()[:LONGEST]}"
        every = [
            ("lens_object", "object", self.object),
            ("lens_others", "other objects, median", self.others),
            ("lens_wrong", wrong, self.wrong),
        ]
        return [each for each in every if each[2]]


class Key(NamedTuple):
    """A line of the legend: its colour, a class of `picture.css`, and what it says."""

    colour: str
    label: str


class Tick(NamedTuple):
    """A vertical line at a logit."""

    x: float
    label: str


class Curve(NamedTuple):
    """A line of the strip: its colour and the `points` of its polyline."""

    colour: str
    points: str


class Mark(NamedTuple):
    """A point of the object's curve, with words above its horizontal line or below."""

    x: float
    y: float
    label: str
    above: bool


class Stripe(NamedTuple):
    """What the lens reads after a block, and where the pointer finds it."""

    block: str
    said: str
    top: float
    height: float


@dataclass(frozen=True, slots=True)
class Strip:
    """The lens as it is drawn, px."""

    x: float
    width: float
    top: float
    bottom: float
    title: str
    ticks: tuple[Tick, ...]
    curves: tuple[Curve, ...]
    legend: tuple[Key, ...]
    marks: tuple[Mark, ...]
    stripes: tuple[Stripe, ...]


def strip(heights: Mapping[str, float], left: float, lens: Lens) -> Strip:
    """Place the lens right of `left`.

    `heights` has the y of each node that is drawn. Blocks of which nothing is drawn lie between those around them.
    """
    y = block_heights(heights, lens.blocks)
    every = np.concatenate([np.array(values) for _, _, values in lens.curves])
    low, high = min(float(every.min()), 0.0), max(float(every.max()), 0.0)
    x0 = left + GAP

    def across(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return x0 + (values - low) / ((high - low) or 1.0) * WIDTH

    ends = [0.0, *(end for end in (low, high) if abs(end) > APART * (high - low))]
    return Strip(
        x=x0,
        width=WIDTH,
        top=float(y.min()),
        bottom=float(y.max()),
        title=f"logits, {READ[lens.kind]}",
        ticks=tuple(Tick(float(across(np.array(end))), f"{end:.1f}".replace("-", "−")) for end in ends),
        curves=tuple(Curve(colour, _points(across(np.array(values)), y)) for colour, _, values in lens.curves),
        legend=tuple(Key(colour, label) for colour, label, _ in lens.curves),
        marks=_marks(lens, across(np.array(lens.object)), y),
        stripes=_stripes(lens, y),
    )


def block_heights(heights: Mapping[str, float], blocks: tuple[str, ...]) -> NDArray[np.float64]:
    """y of each block [block], px: that of its nodes, else between the blocks around it that are drawn."""
    known: dict[int, float] = {}
    for name, y in heights.items():
        block = _block(name)
        if block in blocks:  # of a layer's heads and kv-heads the heads, which are higher, count
            index = blocks.index(block)
            known[index] = min(y, known.get(index, y))
    known[len(blocks)] = heights["logits"]
    places = sorted(known)
    return np.interp(np.arange(len(blocks)), places, [known[index] for index in places])


def _block(name: str) -> str:
    part = place(name)
    return {"head": f"a{part.layer}", "kv_head": f"a{part.layer}"}.get(part.kind, name)


def _points(x: NDArray[np.float64], y: NDArray[np.float64]) -> str:
    return " ".join(f"{across:.1f},{down:.1f}" for across, down in zip(x, y, strict=True))


def _marks(lens: Lens, x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[Mark, ...]:
    """Where the object is first from, and where it rises most, each with words; both in one where they are the same."""
    said: dict[str, list[str]] = {}
    for block, words in ((lens.emergence, "first"), (lens.rise, "largest rise")):
        if block:
            said.setdefault(block, []).append(words)
    places = {block: lens.blocks.index(block) for block in said}
    low = max(places.values(), key=lambda index: y[index], default=0)
    close = len(places) > 1 and float(np.ptp([y[index] for index in places.values()])) < CLOSE
    return tuple(
        Mark(float(x[index]), float(y[index]), f"{block}: {', '.join(said[block])}", not (close and index == low))
        for block, index in places.items()
    )


def _stripes(lens: Lens, y: NDArray[np.float64]) -> tuple[Stripe, ...]:
    """The stripes that say, when hovered, what the lens reads after a block."""
    middles = [(upper + lower) / 2 for lower, upper in pairwise(y.tolist())]
    ends = [float(y[0]) + CLOSE / 2, *middles, float(y[-1]) - CLOSE / 2]
    found = []
    for index, block in enumerate(lens.blocks):
        values = [f"{label}: {value[index]:.2f}".replace("-", "−") for _, label, value in lens.curves]
        among = "the relation's objects" if lens.kind == "closed" else "all tokens"
        said = "\n".join(["logits after this block", *values, f"rank {lens.rank[index]} among {among}"])
        found.append(Stripe(block, said, ends[index + 1], ends[index] - ends[index + 1]))
    return tuple(found)
