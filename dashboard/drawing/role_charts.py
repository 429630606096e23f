"""Charts of what components do; as in `dashboard.drawing.charts`, a DataFrame in, a chart out."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from dashboard.drawing.charts import BASELINE, CIRCUIT, HINDERS
from graphdb.drawing.roles import COLOURS, NAMES, PLACES
from graphdb.plain_text import visible
from graphdb.role_records import GROUPS

WIDE, NARROW = 22, 9
"""Most and least height of a row of the head map, px."""
HEIGHT = 900
"""Height of the head map that its rows share, px."""
LINE = 22
"""Height of a relation's row, px."""
BARS = 260
"""Height of the bars of layers, px."""
GROUP_COLOURS = ["#8a8f98", HINDERS, COLOURS["relation"], CIRCUIT, "#d6c35a"]
"""Of `GROUPS`, in their order."""
PLACE_COLOURS = [HINDERS, COLOURS["relation"], CIRCUIT]
"""Of `PLACES`, in their order; as those of the groups of the same name."""
SCORES = {"mover": "mover", "relation_score": "relation"}
"""Column of a score -> beginning of the names of its null and q, and a role of `NAMES`."""


def head_map(cells: pd.DataFrame, score: str) -> alt.LayerChart:
    """Heads down, relations across, coloured by `score` (a key of `SCORES`); a dot marks where the role holds."""
    kind = SCORES[score]
    heads = list(cells.groupby("component")[score].mean().sort_values(ascending=False).index)
    step = max(NARROW, min(WIDE, HEIGHT // max(len(heads), 1)))
    label = {"labelLimit": 200, "labelOverlap": False, "ticks": False, "labelFontSize": 11 if step > 12 else 8}
    pick = alt.selection_point(name="head", fields=["component"], on="click", empty=False)
    shown = cells.assign(said=cells["role"].map(NAMES).fillna("none"))
    numbers = (score, f"{kind}_null", f"{kind}_q")
    tooltip = ["component", "relation", alt.Tooltip("said:N", title="role"), "facts", *map(_number, numbers)]
    base = alt.Chart(shown).encode(
        x=alt.X("relation:N", title=None, axis=alt.Axis(labelAngle=-45, **label)),
        y=alt.Y("component:N", sort=heads, title=None, axis=alt.Axis(**label)),
        tooltip=tooltip,
    )
    most = max(float(shown[score].max()), 0.1)
    scale = alt.Scale(domain=[0, most], range=["#8a8f9818", COLOURS[kind]], clamp=True, interpolate="rgb")
    legend = alt.Legend(orient="top", gradientLength=180, gradientThickness=10, titleLimit=400, tickCount=4)
    boxes = base.mark_rect(cursor="pointer").encode(
        color=alt.Color(f"{score}:Q", scale=scale, legend=legend, title=f"{NAMES[kind]} score, logits")
    )
    held = base.transform_filter(alt.FieldOneOfPredicate("role", [kind, "mixture"]))
    mark = {"size": 14, "color": "white", "stroke": "black", "strokeWidth": 0.8, "opacity": 1, "cursor": "pointer"}
    return alt.LayerChart(layer=[boxes.add_params(pick), held.mark_circle(**mark)]).properties(height=alt.Step(step))


def by_layer(cells: pd.DataFrame, layers: int) -> alt.Chart:
    """How many heads of each layer have a role, each counted once a relation; every layer has its place."""
    counts = cells[cells["role"] != ""].groupby(["layer", "role"], as_index=False).size()
    shown = counts.assign(role=counts["role"].map(NAMES), size=counts["size"].astype(int))
    x = alt.X("layer:O", title="layer", scale=alt.Scale(domain=list(range(layers))), axis=alt.Axis(labelAngle=0))
    y = alt.Y("size:Q", title="roles: heads × relations", axis=alt.Axis(tickMinStep=1))
    tooltip = ["layer", "role", alt.Tooltip("size:Q", title="roles")]
    bars = alt.Chart(shown).mark_bar(opacity=0.85).encode(x=x, y=y, color=_roles(), tooltip=tooltip)
    return bars.properties(height=BARS)


def scores(rows: pd.DataFrame) -> alt.LayerChart:
    """One row a relation: a head's two scores (`component_roles`), and a tick for the null of each."""
    parts = [
        pd.DataFrame({
            "where": rows["where"], "score of a": NAMES[kind], "score": rows[score], "null": rows[f"{kind}_null"],
            "q": rows[f"{kind}_q"], "facts": rows["facts"],
        })
        for score, kind in SCORES.items()
    ]  # fmt: skip
    shown = pd.concat(parts, ignore_index=True)
    x = alt.X("score:Q", title="logits; tick: null", axis=alt.Axis(tickCount=5))
    base = alt.Chart(shown).encode(
        y=_where(rows),
        color=_roles("score of a", [NAMES[kind] for kind in SCORES.values()]),
        tooltip=["where", "score of a", *map(_number, ("score", "null", "q")), "facts"],
    )
    shape = alt.Shape(
        "score of a:N", scale=alt.Scale(domain=[NAMES[kind] for kind in SCORES.values()], range=["circle", "diamond"])
    )
    ticks = base.mark_tick(thickness=2, height=12, opacity=0.7).encode(x=alt.X("null:Q"))
    dots = base.mark_point(size=80, filled=True, opacity=1).encode(x=x, shape=shape)
    return alt.LayerChart(layer=[ticks, dots]).properties(height=alt.Step(LINE))


def attention(rows: pd.DataFrame) -> alt.Chart:
    """One bar a row (`where`): the shares of the last position's attention on each group (`attention`, a list)."""
    parts = [
        {"where": where, "group": group, "share": share, "order": order}
        for where, shares in zip(rows["where"], rows["attention"], strict=True)
        for order, (group, share) in enumerate(zip(GROUPS, shares, strict=True))
    ]
    colour = _colour("group", list(GROUPS), GROUP_COLOURS)
    x = alt.X("share:Q", title="attention of the last position", axis=alt.Axis(format="%", tickCount=5),
              scale=alt.Scale(domain=[0, 1]))  # fmt: skip
    tooltip = ["where", "group", alt.Tooltip("share:Q", format=".1%")]
    return _stacked(pd.DataFrame(parts), rows, x, colour, tooltip)


def attended(tokens: Sequence[str], shares: Sequence[float]) -> alt.Chart:
    """One bar a token of a prompt, in its order: the share of the last position's attention on it."""
    names = [f"{number} {visible(text)}" for number, text in enumerate(tokens, start=1)]
    x = alt.X("share:Q", title="attention of the last position, here", axis=alt.Axis(format="%", tickCount=5))
    y = alt.Y("token:N", sort=None, title=None, axis=alt.Axis(labelLimit=120))
    bars = alt.Chart(pd.DataFrame({"token": names, "share": shares})).mark_bar(opacity=0.85)
    return bars.encode(x=x, y=y, tooltip=["token", alt.Tooltip("share:Q", format=".1%")]).properties(
        height=alt.Step(LINE)
    )


def places(rows: pd.DataFrame) -> alt.Chart:
    """One bar a row (`where`): what a component's edges do at the subject, the template and the last position."""
    shown = rows[["where", *PLACES]].rename(columns=PLACES).melt("where", var_name="position", value_name="effect")
    shown["order"] = shown["position"].map({name: order for order, name in enumerate(PLACES.values())})
    colour = _colour("position", list(PLACES.values()), PLACE_COLOURS)
    x = alt.X("effect:Q", title="what its edges do, logits", axis=alt.Axis(tickCount=5))
    return _stacked(shown, rows, x, colour, ["where", "position", _number("effect")])


def profile(rows: pd.DataFrame) -> alt.LayerChart:
    """One row a relation: how many times more its circuits use a component than relations do, and its interval."""
    y = alt.Y("relation:N", sort=list(rows["relation"]), title=None, axis=alt.Axis(labelLimit=240))
    title = "lift; line: 95% over facts; dashed: as everywhere"
    tooltip = ["relation", "use", *map(_number, ("lift", "low", "high", "q")), "facts", "explained"]
    base = alt.Chart(rows).encode(y=y, tooltip=tooltip)
    known = base.transform_filter(alt.FieldValidPredicate("low", valid=True)).mark_rule(color=CIRCUIT, strokeWidth=2)
    dots = base.mark_point(size=70, filled=True, opacity=1, color=CIRCUIT)
    one = alt.Chart(pd.DataFrame({"lift": [1.0]})).mark_rule(strokeDash=[4, 3], color=BASELINE).encode(x="lift:Q")
    layers = [
        one,
        known.encode(x="low:Q", x2="high:Q"),
        dots.encode(x=alt.X("lift:Q", title=title, axis=alt.Axis(tickCount=6))),
    ]
    return alt.LayerChart(layer=layers).properties(height=alt.Step(LINE))


def _stacked(shown: pd.DataFrame, rows: pd.DataFrame, x: alt.X, colour: alt.Color, tooltip: list[Any]) -> alt.Chart:
    """Bars of the parts `shown` of each of `rows`, in the parts' `order`."""
    bars = alt.Chart(shown).mark_bar(height=13).encode(x=x, y=_where(rows), color=colour, order="order:Q")
    return bars.encode(tooltip=tooltip).properties(height=alt.Step(LINE))


def _where(rows: pd.DataFrame) -> alt.Y:
    return alt.Y("where:N", sort=list(rows["where"]), title=None, axis=alt.Axis(labelLimit=260))


def _roles(column: str = "role", names: list[str] | None = None) -> alt.Color:
    shown = [(label, COLOURS[role]) for role, label in NAMES.items() if names is None or label in names]
    return _colour(column, [label for label, _ in shown], [colour for _, colour in shown])


def _colour(column: str, names: list[str], colours: list[str]) -> alt.Color:
    legend = alt.Legend(orient="top", title=None, labelLimit=200)
    return alt.Color(f"{column}:N", scale=alt.Scale(domain=names, range=colours), legend=legend)


def _number(column: str) -> alt.Tooltip:
    return alt.Tooltip(f"{column}:Q", format=".3~g", title=column.replace("_", " "))
