"""Charts of overlaps beside their null; as in `dashboard.drawing.charts`, a DataFrame in, a chart out."""

import altair as alt
import numpy as np
import pandas as pd

from dashboard.drawing.charts import BASELINE, CIRCUIT, DIVERGING, HINDERS
from graphdb.comparison.overlap import LEVEL

WIDE, NARROW = 34, 9
"""Most and least height of a row of the heat map, px."""
HEIGHT = 900
"""Height of the heat map that rows share, px."""
LABELLED = 60
"""Most relations of which dots mark the pairs beyond chance; more would hide the colours."""
NUMBERED = 15
"""Most relations of which cells hold their number."""
FOLD, BEYOND = 1.0, 0.1
"""Least ends of the scales, log2 of the effect and Jaccard index: what is next to nothing looks like it."""
BOUNDED = {"jaccard": "Jaccard", "containment": "containment", "weighted_jaccard": "weighted Jaccard"}
"""Measures from 0 to 1 -> what they are called."""


def cells(pairs: pd.DataFrame, order: tuple[str, ...]) -> pd.DataFrame:
    """Return a row a cell of relation × relation: every pair in both directions, without the diagonal.

    Adds `fold`, log2 of the effect, and `jaccard_or_chance`: the Jaccard index above the diagonal, that by
    chance below.
    """
    turned = {"a": "b", "b": "a", "circuits_a": "circuits_b", "circuits_b": "circuits_a"}
    both = pd.concat([pairs, pairs.rename(columns=turned)], ignore_index=True)
    place = {name: index for index, name in enumerate(order)}
    above = both["a"].map(place) < both["b"].map(place)
    with np.errstate(divide="ignore"):
        fold = np.log2(both["effect"].to_numpy(dtype=float))
    finite = np.abs(fold[np.isfinite(fold)])
    most = float(finite.max(initial=0)) or 1.0
    return both.assign(
        fold=np.clip(fold, -most, most),
        jaccard_or_chance=both["jaccard"].where(above, both["jaccard_expected"]),
        beyond=both["jaccard"] - both["jaccard_expected"],
    )


def heat_map(shown: pd.DataFrame, order: tuple[str, ...], value: str) -> alt.LayerChart:
    """Relations against relations in clustered order; `value` names the column of `cells` to colour."""
    step = max(NARROW, min(WIDE, HEIGHT // max(len(order), 1)))
    labels = {"labelLimit": 220, "labelFontSize": 11 if step > 14 else 8, "labelOverlap": False, "ticks": False}
    pick = alt.selection_point(name="pair", fields=["a", "b"], on="click", empty=False)
    base = alt.Chart(shown).encode(
        x=alt.X("b:N", sort=list(order), title=None, axis=alt.Axis(labelAngle=-90, **labels)),
        y=alt.Y("a:N", sort=list(order), title=None, axis=alt.Axis(**labels)),
    )
    numbers = [*("shared", "expected", "effect", "jaccard", "jaccard_expected", "p", "q"), "circuits_a", "circuits_b"]
    tooltip = ["a", "b", *(alt.Tooltip(f"{name}:Q", title=name.replace("_", " "), format=".3~g") for name in numbers)]
    boxes = base.mark_rect(cursor="pointer").encode(color=_colour(shown, value), tooltip=tooltip).add_params(pick)
    layers = [boxes]
    if len(order) <= NUMBERED:
        number = alt.Text({"fold": "effect:Q"}.get(value, f"{value}:Q"), format=".2f")
        layers.append(base.mark_text(fontSize=11, color=BASELINE).encode(text=number))
    if len(order) <= LABELLED:
        found = base.transform_filter((alt.datum.q != None) & (alt.datum.q <= LEVEL))  # noqa: E711
        mark = {"size": 14, "color": "white", "stroke": "black", "strokeWidth": 0.8, "opacity": 1}
        layers.append(found.mark_circle(**mark, yOffset=11 if len(order) <= NUMBERED else 0))
    return alt.LayerChart(layer=layers).properties(height=alt.Step(step))


def _colour(shown: pd.DataFrame, value: str) -> alt.Color:
    size = {"orient": "top", "gradientLength": 220, "gradientThickness": 10, "titleLimit": 500, "tickCount": 5}
    if value == "jaccard_or_chance":
        most = float(shown[["jaccard", "jaccard_expected"]].to_numpy(dtype=float).max()) or 1.0
        scale = alt.Scale(domain=[0, most], range=DIVERGING[1:], interpolate="rgb")
        title = "Jaccard index: observed above the diagonal, by chance below"
        return alt.Color(f"{value}:Q", scale=scale, legend=alt.Legend(format=".2f", **size), title=title)
    most = max(float(shown[value].abs().max()), FOLD if value == "fold" else BEYOND)
    scale = alt.Scale(domain=[-most, 0, most], range=DIVERGING, interpolate="rgb")
    if value == "beyond":
        legend = alt.Legend(format="+.2f", **size)
        return alt.Color("beyond:Q", scale=scale, legend=legend, title="Jaccard index − Jaccard index by chance")
    times = "format(pow(2, datum.value), '.2~r') + ' ×'"
    title = "names shared ÷ shared by chance, log scale"
    return alt.Color("fold:Q", scale=scale, legend=alt.Legend(labelExpr=times, **size), title=title)


def measures(found: pd.DataFrame) -> alt.LayerChart:
    """The measures from 0 to 1 of two things as bars, and what chance gives as a tick; columns `MEASURE_COLUMNS`."""
    shown = found[found["measure"].isin(BOUNDED)].assign(name=lambda rows: rows["measure"].map(BOUNDED))
    x = alt.Scale(domain=[0, 1])
    tooltip = ["name", *(alt.Tooltip(f"{name}:Q", format=".3~g") for name in ("value", "expected", "effect", "p", "q"))]
    base = alt.Chart(shown).encode(y=alt.Y("name:N", title=None, sort=list(BOUNDED.values())), tooltip=tooltip)
    bars = base.mark_bar(height=14, color=CIRCUIT, opacity=0.8).encode(
        x=alt.X("value:Q", scale=x, title="bar: observed; tick: by chance")
    )
    ticks = base.mark_tick(color=HINDERS, thickness=3, height=22).encode(x=alt.X("expected:Q", scale=x))
    return alt.LayerChart(layer=[bars, ticks]).properties(height=alt.Step(34))


def runs(found: pd.DataFrame) -> alt.LayerChart:
    """One row a relation: a tick a fact at the Jaccard index of its two circuits, and the mean by chance."""
    y = alt.Y("relation:N", title=None, axis=alt.Axis(labelLimit=240))
    x = alt.X("jaccard:Q", scale=alt.Scale(domain=[0, 1]), title="Jaccard index of a fact's two circuits")
    said = ["fact", *(alt.Tooltip(f"{name}:Q", format=".3~g") for name in ("jaccard", "jaccard_expected", "q"))]
    ticks = alt.Chart(found).mark_tick(color=CIRCUIT, opacity=0.5, thickness=1.5, height=13).encode(x=x, y=y)
    chance = found.groupby("relation", as_index=False)[["jaccard_expected"]].mean()
    dots = alt.Chart(chance).mark_point(shape="diamond", size=70, filled=True, color=BASELINE, opacity=1)
    tooltip = ["relation", alt.Tooltip("jaccard_expected:Q", format=".3~g", title="by chance, mean")]
    layers = [ticks.encode(tooltip=said), dots.encode(x="jaccard_expected:Q", y=y, tooltip=tooltip)]
    return alt.LayerChart(layer=layers).properties(height=alt.Step(WIDE))
