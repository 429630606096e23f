"""Every faithfulness of a circuit as a table with bars, its baselines grey."""

from collections.abc import Sequence

from graphdb.circuits.trust import Level
from graphdb.drawing.svg import text

WIDTH, HEIGHT = 220, 14
"""Of a bar's field, px."""


def bars(levels: Sequence[Level], target: float | None) -> str:
    """Return a row a level: its name, value and bar, and how it was measured. `target`: the faithfulness asked for."""
    values = [level.value for level in levels if level.value is not None]
    low, high = min(0.0, *values), max(1.0, *values)
    rows = "".join(_row(level, target, low, high) for level in levels)
    return f'<div class="scroll"><table class="levels"><tbody>{rows}</tbody></table></div>'


def _row(level: Level, target: float | None, low: float, high: float) -> str:
    value = "–" if level.value is None else f"{round(level.value, 2) + 0.0:.2f}".replace("-", "−")
    drawn = _bar(level, target, low, high)
    name, how = text(level.name), text(level.how)
    return f'<tr><th>{name}</th><td class="number">{value}</td><td>{drawn}</td><td class="how">{how}</td></tr>'


def _bar(level: Level, target: float | None, low: float, high: float) -> str:
    def at(value: float) -> float:
        return WIDTH * (value - low) / (high - low)

    marks = [f'<line class="axis" x1="{at(0):.1f}" x2="{at(0):.1f}" y1="0" y2="{HEIGHT}"/>']
    if level.value is not None:
        left, right = sorted((at(0), at(level.value)))
        kind = "baseline" if level.baseline else "own"
        marks.append(f'<rect class="{kind}" x="{left:.1f}" y="2" width="{right - left:.1f}" height="{HEIGHT - 4}"/>')
    if target is not None:
        marks.append(f'<line class="target" x1="{at(target):.1f}" x2="{at(target):.1f}" y1="0" y2="{HEIGHT}"/>')
    return f'<svg class="bar" width="{WIDTH}" height="{HEIGHT}">{"".join(marks)}</svg>'
