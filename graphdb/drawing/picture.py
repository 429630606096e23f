"""What a drawing of one circuit, or of two in one, consists of: nodes, edges, legend and what each says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from graphdb.drawing import roles as role_text
from graphdb.drawing.layout import Band, Box, arrange, place
from graphdb.drawing.lens import Key, Lens, Strip, strip
from graphdb.drawing.shapes import Shape, outline, route
from graphdb.records import Weights

MARGIN = 16
"""Room to the right of the lens, px."""
SIGNS = {"positive": "helps the answer", "negative": "hinders it"}
"""Colour -> what it says, in the drawing of one circuit."""
KINDS = {
    "head": "attention head",
    "kv_head": "kv-head: keys and values of its group",
    "mlp": "MLP",
    "embed": "token embedding",
    "logits": "logits of the answer",
}
UNITS = {Weights.EFFECT: " logits", Weights.SCORE: " (a score, no effect)", Weights.MEMBERSHIP: " (not known)"}
"""What weights are -> what is said behind one."""
CHANNELS = {"q": "query", "k": "key", "v": "value", "mlp": "MLP input", "logits": "logits"}


@dataclass(frozen=True, slots=True)
class Node:
    """A component at its place."""

    name: str
    kind: str
    """Key of `KINDS`."""
    colour: str
    """Key of the legend, or empty."""
    role: str
    """Key of `graphdb.drawing.roles.NAMES`, or empty."""
    said: str
    """Lines that tell more of it."""
    box: Box
    shapes: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """An edge, or the dotted line from a kv-head to a head of its group."""

    source: str
    target: str
    path: str
    """`d` of an SVG path."""
    colour: str = ""
    """Key of the legend; empty for a line from a kv-head."""
    said: str = ""
    share: float = 0.0
    """Square root of |weight| over the largest, 0 to 1: what width and opacity follow."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing, in px, origin at the top left."""

    width: float
    height: float
    legend: tuple[Key, ...]
    roles: tuple[tuple[str, tuple[Shape, ...]], ...]
    """What each role that is drawn is called, and its shapes."""
    bands: tuple[Band, ...]
    nodes: tuple[Node, ...]
    edges: tuple[Line, ...]
    """The weakest first, so that strong ones lie on top."""
    feeds: tuple[Line, ...]
    lens: Strip | None


def circuit_picture(
    edges: pd.DataFrame,
    feeds: list[tuple[str, str]],
    roles: Mapping[str, Mapping[str, Any]] | None = None,
    lens: Lens | None = None,
    weights: Weights = Weights.EFFECT,
) -> Picture:
    """Draw one circuit.

    `edges` has the columns source, target, channel, weight (what `weights` says), rank; `feeds` the pairs (kv-head,
    head). `roles` gives the row of the query `circuit_roles` of each component that has one; `lens` stands beside the
    layers.
    """
    does = roles or {}
    unit = UNITS[weights]
    shown = edges.assign(
        colour=["negative" if weight < 0 else "positive" for weight in edges["weight"]],
        said=[
            f"read as {CHANNELS[channel]}\nweight {weight:+.3g}{unit}\nrank {rank} by |weight|".replace("-", "−")
            for channel, weight, rank in zip(edges["channel"], edges["weight"], edges["rank"], strict=True)
        ],
    )
    sums = {"in": _sums(edges, "target"), "out": _sums(edges, "source")}

    def about(name: str) -> tuple[str, str, str]:
        lines = [f"{end}: {side.get(name, '0 edges, Σ|weight| 0.000')}{unit}" for end, side in sums.items()]
        if name not in does:
            return "", "", "\n".join(lines)
        return "", str(does[name]["role"]), "\n".join([*lines, *role_text.lines(does[name])])

    return _picture(shown, feeds, SIGNS, about, lens)


def joint_picture(
    edges: pd.DataFrame,
    components: Mapping[str, tuple[str, str]],
    feeds: list[tuple[str, str]],
    parts: Mapping[str, str],
) -> Picture:
    """Draw two circuits in one, in three colours: of both, of A only and of B only.

    `edges` has the columns source, target, weight (share of a circuit's score), rank, colour (key of `parts`) and said;
    `components` gives a colour and what to say of each component, where there is something; `feeds` as in
    `circuit_picture`; `parts` says what the colours `both`, `only_a` and `only_b` are called.
    """
    ends = {"embed": ("both", "in every circuit"), "logits": ("both", "in every circuit")}
    known = ends | dict(components)

    def about(name: str) -> tuple[str, str, str]:
        colour, said = known.get(name, ("", "typical of neither"))
        return colour, "", said

    return _picture(edges, feeds, parts, about, None)


def _sums(edges: pd.DataFrame, end: str) -> dict[str, str]:
    """Return how many edges each component has at this end, and the sum of their |weight|."""
    by = edges["weight"].abs().groupby(edges[end])
    return {str(name): f"{len(weights)} edges, Σ|weight| {weights.sum():.3f}" for name, weights in by}


def _picture(
    edges: pd.DataFrame,
    feeds: list[tuple[str, str]],
    legend: Mapping[str, str],
    about: Callable[[str], tuple[str, str, str]],
    lens: Lens | None,
) -> Picture:
    """`about` gives the colour of a component and its role, both maybe empty, and what to say of it."""
    layout = arrange(edges, feeds)
    nodes = tuple(_node(name, box, *about(name)) for name, box in layout.nodes.items())
    keys = tuple(Key(colour, label) for colour, label in legend.items())
    beside = strip({name: box.y for name, box in layout.nodes.items()}, layout.width, lens) if lens else None
    drawn = {node.role for node in nodes}
    return Picture(
        width=beside.x + beside.width + MARGIN if beside else layout.width,
        height=layout.height,
        legend=keys + (beside.legend if beside else ()),
        roles=tuple(
            (label, outline("head", role, *SAMPLE)) for role, label in role_text.NAMES.items() if role in drawn
        ),
        bands=layout.bands,
        nodes=nodes,
        edges=_lines(edges, layout.nodes),
        feeds=tuple(Line(kv, head, _route(layout.nodes, kv, head)) for kv, head in feeds),
        lens=beside,
    )


SAMPLE = (26.0, 10.0)
"""Width and height of a role's shape in the legend, px."""


def _node(name: str, box: Box, colour: str, role: str, said: str) -> Node:
    kind = place(name).kind
    return Node(name, kind, colour, role, f"{KINDS[kind]}\n{said}", box, outline(kind, role, box.width, box.height))


def _lines(edges: pd.DataFrame, boxes: Mapping[str, Box]) -> tuple[Line, ...]:
    strongest = max(float(edges["weight"].abs().max()), 1e-12)
    rows = edges.sort_values("rank", ascending=False)[["source", "target", "colour", "said", "weight"]]
    return tuple(
        Line(source, target, _route(boxes, source, target), colour, said, (abs(weight) / strongest) ** 0.5)
        for source, target, colour, said, weight in rows.itertuples(index=False)
    )


def _route(boxes: Mapping[str, Box], source: str, target: str) -> str:
    return route(boxes[source], boxes[target], along=place(source).kind == place(target).kind == "mlp")
