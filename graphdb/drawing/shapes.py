"""Paths of SVG: the outline of a node, and the way of an edge."""

from typing import NamedTuple

from graphdb.drawing.layout import Box

LONG = 60
"""Rise from which an edge along the lane of MLPs bends out to the right, px."""


class Shape(NamedTuple):
    """A closed path around a node's centre."""

    role: str
    """`mover` or `relation`, or empty."""
    path: str


def outline(kind: str, role: str, width: float, height: float) -> tuple[Shape, ...]:
    """Return what a node is drawn as: a mover points right, a relation head left, a mixture is half of each."""
    x, y = width / 2, height / 2
    match role:
        case "mover":
            return (_arrow("mover", 1, -x, x, y),)
        case "relation":
            return (_arrow("relation", -1, x, x, y),)
        case "mixture":
            return _arrow("relation", -1, 0, x, y), _arrow("mover", 1, 0, x, y)
        case _:
            return (Shape("", _rounded(x, y, 2 if kind == "mlp" else y)),)


def _arrow(role: str, side: int, start: float, x: float, y: float) -> Shape:
    shoulder = side * (x - 0.9 * y)
    return Shape(role, f"M{start:g} {-y:g}H{shoulder:g}L{side * x:g} 0L{shoulder:g} {y:g}H{start:g}Z")


def _rounded(x: float, y: float, r: float) -> str:
    arc = f"a{r:g} {r:g} 0 0 1"
    across, down = 2 * (x - r), 2 * (y - r)
    return (
        f"M{r - x:g} {-y:g}h{across:g}{arc} {r:g} {r:g}v{down:g}{arc} {-r:g} {r:g}h{-across:g}{arc} {-r:g} {-r:g}"
        f"v{-down:g}{arc} {r:g} {-r:g}z"
    )


def route(source: Box, target: Box, *, along: bool) -> str:
    """Return the way of an edge: it leaves a node at its top and enters one at its bottom.

    `along`: it leads from MLP to MLP, and bends out of their lane where it is long.
    """
    x0, y0 = _port(source, target), source.y - source.height / 2
    x1, y1 = _port(target, source), target.y + target.height / 2
    rise = y0 - y1
    bends = along and rise > LONG
    bend = min(20 + rise * 0.14, 190) if bends else 0
    pull = min(max(rise * 0.42, 12), 400 if bends else 110)
    return f"M{x0:.1f} {y0:.1f}C{x0 + bend:.1f} {y0 - pull:.1f} {x1 + bend:.1f} {y1 + pull:.1f} {x1:.1f} {y1:.1f}"


def _port(box: Box, other: Box) -> float:
    """Embedding and logits are bars: an edge meets them straight above or below its other end."""
    return other.x if box.width > other.width and box.is_bar else box.x
