"""DataFrame in, chart out. Axes carry units; colours hold in light and dark and for the colour-blind."""

from collections.abc import Mapping
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering

CIRCUIT = "#3182ce"
"""What is measured on circuits, and what helps an answer."""
HINDERS = "#e0761a"
BASELINE = "#8a8f98"
"""Random circuits, and whatever else is only there to compare with."""
ROW = 26
"""Height of a relation's row, px."""
DIVERGING = [HINDERS, "#8a8f9818", CIRCUIT]
MEANS = {
    "faithfulness": "circuits",
    "faithfulness_random": "random circuits",
    "faithfulness_other": "other relation's",
    "completeness": "rest of the model",
}
"""Columns of the query `relation_quality` -> whose faithfulness they are the mean of."""
COLOURS = [CIRCUIT, BASELINE, BASELINE, HINDERS]
SHAPES = ["circle", "circle", "diamond", "triangle-up"]
CURVE = 250
"""Height of a faithfulness curve, px."""
FOLDS = 3
"""Where the scale of log₂ lift ends: 8 times as much as relations on average, or an eighth."""
LABELS = 150
"""Most component names that fit under a matrix."""


def levels(rows: pd.DataFrame, target: float) -> alt.LayerChart:
    """One bar a faithfulness of a circuit (name, value, how, baseline), in the rows' order; a dashed target."""
    shown = rows.assign(
        text=["not measured" if pd.isna(value) else f"{round(value, 2) + 0.0:.2f}" for value in rows["value"]]
    )
    scale = alt.Scale(domain=_range(rows[["value"]].fillna(0)), nice=True)
    x = alt.X("value:Q", title="faithfulness (0 = no edge, 1 = whole model)", scale=scale, axis=alt.Axis(tickCount=6))
    tooltip = [alt.Tooltip("name:N", title="faithfulness"), _number("value"), alt.Tooltip("how:N", title="measured")]
    base = alt.Chart(shown).encode(y=_names("name").sort(list(rows["name"])), tooltip=tooltip)
    colour = alt.condition(alt.datum.baseline, alt.value(BASELINE), alt.value(CIRCUIT))
    at_end = alt.X("end:Q", scale=scale)
    label = base.transform_calculate(end="max(0, datum.value)").mark_text(align="left", dx=5, color=BASELINE)
    return _rows(
        base.mark_bar(height=13, opacity=0.8).encode(x=x, color=colour),
        label.encode(x=at_end, text="text:N"),
        _target(pd.DataFrame({"target": [target]})),
    )


def curve(circuit: Mapping[str, Any], native: int) -> alt.LayerChart:
    """Faithfulness of a circuit's strongest and of random edges by their number; the circuit; 1 and the target."""
    sizes = [share * native for share in circuit["curve_sizes"]]
    lines = {"strongest edges": circuit["curve"], "random edges": circuit["curve_random"]}
    points = pd.concat([pd.DataFrame({"edges": sizes, "f": f, "line": name}) for name, f in lines.items()])
    own = pd.DataFrame({"edges": [circuit["edges"]], "f": [circuit["faithfulness"]], "line": ["this circuit"]})
    names = alt.Scale(domain=[*lines, "this circuit"], range=[CIRCUIT, BASELINE, HINDERS])
    size = alt.X(
        "edges:Q",
        title="native edges, log scale",
        scale=alt.Scale(type="log", nice=False, padding=12),
        axis=alt.Axis(tickCount=4, grid=False),
    )
    f = alt.Y("f:Q", title="faithfulness", scale=alt.Scale(domain=_range(pd.concat([points, own])[["f"]]), nice=True))
    colour = alt.Color("line:N", scale=names, title=None, legend=alt.Legend(orient="top", labelLimit=200))
    tooltip = ["line", alt.Tooltip("edges:Q", format=",.0f"), _number("f")]
    levels = pd.DataFrame({"f": [circuit["target"], 1.0]})
    return alt.LayerChart(
        layer=[
            alt.Chart(levels).mark_rule(strokeDash=[4, 3], color=BASELINE).encode(y=f),
            alt.Chart(points).mark_line(point=True).encode(x=size, y=f, color=colour, tooltip=tooltip),
            alt.Chart(own).mark_point(size=110, filled=True).encode(x=size, y=f, color=colour, tooltip=tooltip),
        ]
    ).properties(height=CURVE)


def faithfulness(circuits: pd.DataFrame, quality: pd.DataFrame) -> alt.LayerChart:
    """One row a relation: a tick a circuit (pale: not judged on unseen donors), the means of `quality`, a target."""
    wide = quality[["relation", *MEANS]].rename(columns=MEANS)
    means = wide.melt("relation", var_name="mean of", value_name="faithfulness").dropna()
    scale = alt.Scale(domain=_range(pd.concat([circuits, means])[["faithfulness"]]), nice=True)
    title = "faithfulness (0 = no edge, 1 = whole model)"
    x = alt.X("faithfulness:Q", title=title, scale=scale, axis=alt.Axis(tickCount=6))
    legend = alt.Legend(orient="top", labelLimit=240, title=None, columns=2)
    colour = alt.Color("mean of:N", scale=alt.Scale(domain=list(MEANS.values()), range=COLOURS), legend=legend)
    shape = alt.Shape("mean of:N", scale=alt.Scale(domain=list(MEANS.values()), range=SHAPES), legend=legend)
    unseen = alt.condition("datum.judged_on == 'unseen'", alt.value(0.4), alt.value(0.15))
    said = ["relation", "subject", "object", _number("faithfulness"), alt.Tooltip("judged_on:N", title="judged on")]
    return _rows(
        _target(circuits[["target"]].drop_duplicates()),
        _ticks(circuits).encode(x=x, opacity=unseen, tooltip=said),
        alt.Chart(means)
        .mark_point(size=80, filled=True, opacity=1)
        .encode(
            x=x,
            y=_names("relation"),
            color=colour,
            shape=shape,
            tooltip=["relation", "mean of", _number("faithfulness")],
        ),
    )


def _target(targets: pd.DataFrame) -> alt.Chart:
    rule = alt.Chart(targets).mark_rule(strokeDash=[4, 3], color=BASELINE)
    return rule.encode(x="target:Q", tooltip=[alt.Tooltip("target:Q", title="faithfulness asked for")])


def sizes(circuits: pd.DataFrame) -> alt.LayerChart:
    """One row a relation: a tick a circuit at its number of edges, and their median."""
    medians = circuits.groupby("relation", as_index=False)[["edges"]].median()
    scale = alt.Scale(type="log", nice=False, padding=16)
    axis = alt.Axis(tickCount=4, grid=False)
    x = alt.X("edges:Q", title="native edges of a circuit, log scale", scale=scale, axis=axis)
    return _rows(
        _ticks(circuits).encode(x=x, tooltip=["relation", "subject", "object", "edges", "nodes"]),
        _dots(medians, CIRCUIT).encode(x=x, tooltip=["relation", alt.Tooltip("edges:Q", title="median edges")]),
    )


def _ticks(circuits: pd.DataFrame) -> alt.Chart:
    chart = alt.Chart(circuits).mark_tick(color=CIRCUIT, opacity=0.35, thickness=1.5, height=13)
    return chart.encode(y=_names("relation"))


def _dots(medians: pd.DataFrame, colour: str) -> alt.Chart:
    chart = alt.Chart(medians).mark_point(size=90, filled=True, opacity=1, color=colour)
    return chart.encode(y=_names("relation"))


def known(recall: pd.DataFrame) -> alt.LayerChart:
    """One bar a relation: the share of the facts put to the model that it knows."""
    text = recall["known"].astype(str) + " / " + recall["asked"].astype(str)
    shares = recall.assign(share=recall["known"] / recall["asked"], text=text)
    axis = alt.Axis(format="%", tickCount=5)
    x = alt.X("share:Q", title="known facts", axis=axis, scale=alt.Scale(domain=[0, 1]))
    base = alt.Chart(shares).encode(y=_names("relation"))
    bars = base.mark_bar(color=CIRCUIT, opacity=0.75, height=13)
    label = base.mark_text(align="left", dx=5, color=BASELINE, fontSize=11).encode(text="text:N", x="share:Q")
    return _rows(bars.encode(x=x, tooltip=["relation", "known", "asked", "facts", _percent("share")]), label)


def matrix(cells: pd.DataFrame, order: list[str], value: str) -> alt.Chart:
    """Relations down, components across in `order`; `value` names the column of `cells` to colour."""
    axis = alt.Axis(
        labelAngle=-90,
        labels=len(order) <= LABELS,
        ticks=False,
        labelOverlap=False,
        labelFontSize=10 if len(order) < 100 else 8,
    )
    pick = alt.selection_point(name="cell", fields=["component", "relation"], on="click", empty=False)
    base = alt.Chart(cells).encode(x=alt.X("component:N", sort=order, title=None, axis=axis), y=_names("relation"))
    boxes = base.mark_rect(cursor="pointer").encode(
        color=_colour(value),
        stroke=alt.condition(pick, alt.value(HINDERS), alt.value(None)),
        strokeWidth=alt.condition(pick, alt.value(2.5), alt.value(0)),
        tooltip=[
            *("component", "relation", "facts"),
            _percent("share"),
            *map(_number, ["score_share", "lift", "low", "high", "q"]),
        ],
    )
    return boxes.add_params(pick).properties(height=alt.Step(ROW))


def _colour(value: str) -> alt.Color:
    if value == "share":
        scale = alt.Scale(domain=[0, 1], range=DIVERGING[1:], interpolate="rgb")
        return alt.Color("share:Q", scale=scale, legend=_legend(".0%"), title="facts of the relation that use it")
    scale = alt.Scale(domain=[-FOLDS, 0, FOLDS], range=DIVERGING, interpolate="rgb")
    title = "log₂ lift: share of scores / mean over relations"
    return alt.Color("specificity:Q", scale=scale, legend=_legend("+.0f"), title=title)


def transfer(cells: pd.DataFrame) -> alt.LayerChart:
    """Circuits of relations down, facts of relations across: mean faithfulness, the diagonal framed."""
    marked = cells.assign(own=cells["circuit_of"] == cells["facts_of"])
    scale = alt.Scale(domain=[0, 1], range=DIVERGING[1:], interpolate="rgb", clamp=True)
    base = alt.Chart(marked).encode(
        x=alt.X("facts_of:N", title="held-out facts of", axis=alt.Axis(labelAngle=-90, labelLimit=240, ticks=False)),
        y=alt.Y("circuit_of:N", title="circuit of", axis=alt.Axis(labelLimit=240)),
        tooltip=[
            *("circuit_of", "facts_of", "n_facts"),
            *map(_number, ["faithfulness", "low", "high", "faithfulness_random", "hit10", "hit10_random"]),
        ],
    )
    boxes = base.mark_rect().encode(
        color=alt.Color("faithfulness:Q", scale=scale, legend=_legend(".1f"), title="mean faithfulness"),
        stroke=alt.condition("datum.own", alt.value(HINDERS), alt.value(None)),
        strokeWidth=alt.condition("datum.own", alt.value(2), alt.value(0)),
    )
    numbers = base.mark_text(fontSize=10, color=BASELINE).encode(text=alt.Text("faithfulness:Q", format=".2f"))
    return alt.LayerChart(layer=[boxes, numbers]).properties(height=alt.Step(ROW))


def with_specificity(cells: pd.DataFrame) -> pd.DataFrame:
    """Add `specificity`, log₂ of the lift, as far as the scale goes; what a relation does not use is at its end."""
    return cells.assign(specificity=np.log2(cells["lift"].clip(2.0**-FOLDS, 2.0**FOLDS)))


def cluster(cells: pd.DataFrame) -> list[str]:
    """Components so ordered that those which the same relations use stand together (average linkage)."""
    wide = cells.pivot_table(index="component", columns="relation", values="share", fill_value=0.0)
    if len(wide) < 3:
        return wide.index.tolist()
    values = wide.to_numpy()
    tree = optimal_leaf_ordering(linkage(values, "average"), values)
    return wide.index[leaves_list(tree)].tolist()


def _names(column: str) -> alt.Y:
    return alt.Y(f"{column}:N", title=None, axis=alt.Axis(labelLimit=240))


def _rows(*layers: alt.Chart) -> alt.LayerChart:
    return alt.LayerChart(layer=list(layers)).properties(height=alt.Step(ROW))


def _legend(form: str) -> alt.Legend:
    return alt.Legend(format=form, orient="top", gradientLength=180, gradientThickness=10, titleLimit=400)


def _number(column: str) -> alt.Tooltip:
    return alt.Tooltip(f"{column}:Q", format=".3f", title=column.replace("_", " "))


def _percent(column: str) -> alt.Tooltip:
    return alt.Tooltip(f"{column}:Q", format=".0%")


def _range(values: pd.DataFrame) -> list[float]:
    """From 0 or below to 1 or above: a faithfulness beyond its range stays visible."""
    low, high = np.nanmin(values.to_numpy()), np.nanmax(values.to_numpy())
    return [min(0.0, float(low)), max(1.0, float(high))]
