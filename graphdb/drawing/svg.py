"""A picture as SVG and its legend as HTML, for `picture.css`: names from the data are text in it and nothing else."""

from collections.abc import Iterator
from functools import cache
from html import escape
from pathlib import Path

from graphdb.drawing.layout import Band
from graphdb.drawing.lens import Mark, Strip
from graphdb.drawing.picture import Line, Node, Picture
from graphdb.drawing.shapes import Shape
from graphdb.plain_text import visible

SHAPES = (
    '<span class="key"><svg width="26" height="12"><path class="grows" d="M0 6L26 1V11Z"/></svg>|weight|</span>'
    '<span class="key"><i class="swatch head"></i>head</span>'
    '<span class="key"><i class="swatch kv_head"></i>kv-head</span>'
    '<span class="key"><i class="swatch mlp"></i>MLP</span>'
)
"""The part of the legend that is the same for every drawing."""


@cache
def style() -> str:
    """Return the style sheet of drawings: it takes --ink, --ground, --band and --accent from where it is used."""
    return Path(__file__).with_name("picture.css").read_text("utf-8")


def text(value: object) -> str:
    """Return a value as text of HTML or of an attribute; characters that hide or reorder others are escapes."""
    return escape(visible(str(value)))


def lines(value: str) -> str:
    """Return lines as text of HTML, each as `text` has it."""
    return "\n".join(map(text, value.split("\n")))


def svg(picture: Picture) -> str:
    """Return the drawing. Its titles say more of nodes, edges and blocks; `data-` attributes name their ends."""
    size = f'width="{picture.width:.0f}" height="{picture.height:.0f}"'
    box = f'viewBox="0 0 {picture.width:.0f} {picture.height:.0f}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {box} role="img" '
        f'aria-label="Circuit of {len(picture.edges)} edges">',
        *(_band(band, picture.width) for band in picture.bands),
        *(f'<path class="feed" data-source="{text(x.source)}" data-target="{text(x.target)}" d="{x.path}"/>'
          for x in picture.feeds),
        *map(_edge, picture.edges),
        *map(_node, picture.nodes),
        *(_strip(picture.lens) if picture.lens else ()),
        "</svg>",
    ]  # fmt: skip
    return "\n".join(parts)


def legend(picture: Picture) -> str:
    """Return what colours, lines and shapes of the drawing mean."""
    colours = [
        _key(26, 8, f'<line class="{key.colour}" x1="0" y1="4" x2="26" y2="4"/>', key.label) for key in picture.legend
    ]
    roles = [
        _key(28, 12, f'<g class="node role" transform="translate(14 6)">{_outline(shapes)}</g>', label)
        for label, shapes in picture.roles
    ]
    return f'<span class="legend"><span class="legend colours">{"".join([*colours, *roles])}</span>{SHAPES}</span>'


def _key(width: int, height: int, mark: str, label: str) -> str:
    return f'<span class="key"><svg width="{width}" height="{height}">{mark}</svg>{text(label)}</span>'


def _band(band: Band, width: float) -> str:
    rect = f'<rect class="band" x="0" y="{band.y:g}" width="{width:.0f}" height="{band.height:g}" rx="5"/>'
    return f'{rect}<text class="band-label" x="10" y="{band.y + band.height / 2 + 4:g}">{text(band.label)}</text>'


def _edge(line: Line) -> str:
    drawn = f'stroke-width="{0.6 + 4.4 * line.share:.2f}" opacity="{0.12 + 0.78 * line.share:.2f}"'
    return (
        f'<g class="line" data-source="{text(line.source)}" data-target="{text(line.target)}">'
        f"<title>{text(line.source)} → {text(line.target)}\n{lines(line.said)}</title>"
        f'<path class="edge {line.colour}" {drawn} d="{line.path}"/><path class="touch" d="{line.path}"/></g>'
    )


def _node(node: Node) -> str:
    name = text(node.name)
    return (
        f'<g class="node {node.kind} {node.colour}" data-node="{name}" '
        f'transform="translate({node.box.x:.1f} {node.box.y:g})"><title>{name}\n{lines(node.said)}</title>'
        f"{_outline(node.shapes)}<text>{name}</text></g>"
    )


def _outline(shapes: tuple[Shape, ...]) -> str:
    return "".join(f'<path class="{shape.role}" d="{shape.path}"/>' for shape in shapes)


def _strip(strip: Strip) -> Iterator[str]:
    """The lens beside the layers: how far each block's sum has raised an answer, at the height of that block."""
    left, right = f"{strip.x:.1f}", f"{strip.x + strip.width:.1f}"
    for tick in strip.ticks:
        yield f'<line class="lens-axis" x1="{tick.x:.1f}" x2="{tick.x:.1f}" y1="{strip.top:g}" y2="{strip.bottom:g}"/>'
        yield _words(tick.x, strip.top - 5, tick.label)
    yield _words(strip.x + strip.width / 2, strip.top - 18, strip.title)
    for mark in strip.marks:
        yield f'<line class="lens-mark" x1="{left}" x2="{right}" y1="{mark.y:.1f}" y2="{mark.y:.1f}"/>'
    for curve in strip.curves:
        yield f'<polyline class="{curve.colour}" points="{curve.points}"/>'
    for mark in strip.marks:
        yield _mark(mark, strip.x)
    for stripe in strip.stripes:
        yield (
            f'<g class="stripe"><title>{text(stripe.block)}\n{lines(stripe.said)}</title><rect class="lens-touch" '
            f'x="{left}" y="{stripe.top:.1f}" width="{strip.width}" height="{stripe.height:.1f}"/></g>'
        )


def _words(x: float, y: float, words: str) -> str:
    return f'<text class="lens-text" x="{x:.1f}" y="{y:.1f}">{text(words)}</text>'


def _mark(mark: Mark, left: float) -> str:
    dot = f'<circle class="lens-dot" cx="{mark.x:.1f}" cy="{mark.y:.1f}" r="4"/>'
    down = mark.y - 4 if mark.above else mark.y + 12
    return f'{dot}<text class="lens-label" x="{left + 4:.1f}" y="{down:.1f}">{text(mark.label)}</text>'
