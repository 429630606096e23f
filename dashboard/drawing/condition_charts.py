"""Charts of a fact before and after; as in `dashboard.drawing.charts`, a DataFrame in, a chart out."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from dashboard.drawing.charts import BASELINE, CIRCUIT, HINDERS
from graphdb.conditions.demonstrations import Labels
from graphdb.drawing.roles import COLOURS, NAMES

HEIGHT = 300
"""Height of curves, of the strip of facts and of the bars of layers, legends and labels included, px."""
LINE = 22
"""Height of a row, px."""
KEPT, CHANGED = "answer unchanged", "answer changed"
NULLS = {"donors": "other donors", "sham": "sham"}
"""Suffix of a column of `edit_circuits` and `edit_circuit_layers` -> the null that it is of."""
NO_ROLE = "no role"


def curves(rows: pd.DataFrame, lines: Sequence[str], models: Sequence[str]) -> alt.Chart:
    """Logits after each block: `rows` has step, block, logits, line and model; the first of `models` is drawn solid."""
    blocks = list(rows.sort_values("step")["block"].unique())
    x = alt.X("block:O", sort=blocks, title="block", axis=alt.Axis(labelAngle=-90, labelOverlap=True))
    y = alt.Y("logits:Q", title="logit, closed lens", axis=alt.Axis(tickCount=6))
    colour = _colour("line", lines, [CIRCUIT, HINDERS, BASELINE])
    dash = alt.StrokeDash(
        "model:N",
        scale=alt.Scale(domain=list(models), range=[[1, 0], [6, 3], [1, 3]]),
        legend=alt.Legend(orient="top", title=None) if len(models) > 1 else None,
    )
    tooltip = ["block", "line", "model", alt.Tooltip("logits:Q", format=".2f")]
    return alt.Chart(rows).mark_line().encode(x=x, y=y, color=colour, strokeDash=dash, tooltip=tooltip).properties(
        height=HEIGHT
    )  # fmt: skip


def grouped(
    rows: pd.DataFrame, names: Sequence[str], title: str, colour: str = CIRCUIT, form: str = ".2f"
) -> alt.Chart:
    """Two bars a part: `rows` has part, of (one of the two `names`) and value, parts in order; the second is grey."""
    y = alt.Y("part:N", sort=list(rows["part"].unique()), title=None, axis=alt.Axis(labelLimit=240))
    x = alt.X("value:Q", title=title, axis=alt.Axis(tickCount=6, format="%" if form.endswith("%") else ""))
    tooltip = ["part", "of", alt.Tooltip("value:Q", format=form)]
    bars = alt.Chart(rows.dropna(subset=["value"])).mark_bar(opacity=0.85)
    offset = alt.YOffset("of:N", sort=list(names))
    shown = bars.encode(x=x, y=y, yOffset=offset, color=_colour("of", names, [colour, BASELINE]), tooltip=tooltip)
    return shown.properties(height=alt.Step(LINE / 2))


def costs(rows: pd.DataFrame, title: str) -> alt.Chart:
    """One bar a row: `part`, `value` and `baseline`, which is grey; in the rows' order."""
    y = alt.Y("part:N", sort=list(rows["part"]), title=None, axis=alt.Axis(labelLimit=260))
    colour = alt.condition(alt.datum.baseline, alt.value(BASELINE), alt.value(CIRCUIT))
    bars = alt.Chart(rows.dropna(subset=["value"])).mark_bar(height=13, opacity=0.85)
    x = alt.X("value:Q", title=title, axis=alt.Axis(tickCount=6))
    return bars.encode(x=x, y=y, color=colour, tooltip=["part", alt.Tooltip("value:Q", format=".3f")]).properties(
        height=alt.Step(LINE)
    )


def shots(rows: Sequence[Mapping[str, Any]]) -> alt.LayerChart:
    """Probability by the number of demonstrations, of rows of the query `demonstrations` of one relation and wording.

    A line each for own and shuffled labels, grey, with a band for its interval; both begin without demonstrations.
    """
    names = {Labels.OWN: "right labels", Labels.SHUFFLED: "shuffled labels"}
    points = [
        {"shots": row["shots"], "labels": names[row["labels"]], "probability": row["probability"],
         "low": row["probability_low"], "high": row["probability_high"]} for row in rows
    ] + [
        {"shots": 0, "labels": label, "probability": row["zero"], "low": row["zero"], "high": row["zero"]}
        for label, row in {names[row["labels"]]: row for row in rows}.items()
    ]  # fmt: skip
    x = alt.X("shots:Q", title="demonstrations", axis=alt.Axis(values=sorted({p["shots"] for p in points}), format="d"))
    scale = alt.Scale(domain=[0, 1])
    y = alt.Y("probability:Q", title="probability of the object", scale=scale, axis=alt.Axis(tickCount=6))
    colour = _colour("labels", [*names.values()], [CIRCUIT, BASELINE])
    tooltip = ["labels", "shots", *(alt.Tooltip(f"{name}:Q", format=".2f") for name in ("probability", "low", "high"))]
    base = alt.Chart(pd.DataFrame(points)).encode(x=x, color=colour)
    band = base.mark_area(opacity=0.15).encode(y=alt.Y("low:Q", scale=scale, title=None), y2="high:Q")
    line = base.mark_line(point=True).encode(y=y, tooltip=tooltip)
    return alt.LayerChart(layer=[band, line]).properties(height=HEIGHT)


def new_heads(heads: pd.DataFrame) -> alt.Chart:
    """Attention on the demonstrations' answers, of rows of `demonstration_heads`, most first, beside an even spread."""
    names = {"attention": "attention on the answers", "even": "spread evenly"}
    heads = heads.sort_values("attention", ascending=False)
    parts = [heads.assign(part=heads["component"], of=text, value=heads[name]) for name, text in names.items()]
    return grouped(pd.concat(parts), [*names.values()], "share of the last position's attention", form=".0%")


def strip(changes: pd.DataFrame) -> alt.LayerChart:
    """A bar a fact of the query `edit_changes`, the edited relation's first; a tick for the sham. A click names it."""
    shown = changes.sort_values(["same_relation", "relation", "kl"], ascending=[False, True, False])
    shown = shown.assign(answers=shown["flipped"].map({True: CHANGED, False: KEPT}))
    facts = list(shown["fact"])
    middles = [group.iloc[len(group) // 2] for _, group in shown.groupby("relation", sort=False)["fact"]]
    axis = alt.Axis(
        values=middles, labelExpr="split(datum.label, '/')[0]", labelAngle=-40, labelLimit=140, ticks=False,
        labelOverlap=False,
    )  # fmt: skip
    x = alt.X("fact:N", sort=facts, title=None, axis=axis)
    scale = alt.Scale(type="sqrt", zero=True)
    title = "KL(before || after), nats"
    tooltip = ["fact", *(alt.Tooltip(f"{name}:Q", format=".3~g", title=text) for name, text in
               (("kl", "KL, edit"), ("kl_sham", "KL, sham"))), "answer_before", "answer", "answer_sham"]  # fmt: skip
    pick = alt.selection_point(name="fact", fields=["fact"], on="click", empty=False)
    base = alt.Chart(shown).encode(x=x, tooltip=tooltip)
    bars = base.mark_bar(cursor="pointer").encode(
        y=alt.Y("kl:Q", title=title, scale=scale, axis=alt.Axis(tickCount=5)),
        color=_colour("answers", [KEPT, CHANGED], [CIRCUIT, HINDERS]),
    )
    ticks = base.mark_tick(color=BASELINE, thickness=2).encode(y=alt.Y("kl_sham:Q", title=title, scale=scale))
    return alt.LayerChart(layer=[bars.add_params(pick), ticks]).properties(height=HEIGHT)


def moved(layers: pd.DataFrame) -> alt.LayerChart:
    """Edges that came (up) and went (down) by the layer they leave, of `edit_circuit_layers`; marks for both nulls."""
    where = ["embed" if step == 0 else str(step - 1) for step in layers["step"]]

    def long(suffix: str, of: str) -> pd.DataFrame:
        sides = ((f"came{suffix}", "came", 1), (f"went{suffix}", "went", -1))
        return pd.concat(
            [
                pd.DataFrame(
                    {"layer": where, "edges": layers[column], "at": sign * layers[column], "side": side, "of": of}
                )
                for column, side, sign in sides
            ]
        )

    x = alt.X("layer:O", sort=where, title="layer that the edges leave", axis=alt.Axis(labelAngle=0, labelOverlap=True))
    y = alt.Y("at:Q", title="edges: went | came", axis=alt.Axis(labelExpr="abs(datum.value)", tickMinStep=1))
    tooltip = ["layer", "of", "side", "edges"]
    bars = alt.Chart(long("", "edit")).mark_bar(opacity=0.85)
    nulls = pd.concat([long(f"_{suffix}", name) for suffix, name in NULLS.items()])
    marks = alt.Chart(nulls).mark_point(filled=True, size=40, color=BASELINE, opacity=1)
    return alt.LayerChart(
        layer=[
            bars.encode(x=x, y=y, color=_colour("side", ["came", "went"], [CIRCUIT, HINDERS]), tooltip=tooltip),
            marks.encode(x=x, y=y, shape=_nulls(), tooltip=tooltip),
        ]
    ).properties(height=HEIGHT)


def alike(circuits: pd.DataFrame) -> alt.LayerChart:
    """One row a fact of `edit_circuits`: how much of its circuit before the edit leaves, beside both nulls."""
    y = alt.Y("fact:N", sort=list(circuits["fact"]), title=None, axis=alt.Axis(labelLimit=240))
    x = alt.Scale(domain=[0, 1])
    title = "edges shared with the circuit before, Jaccard"
    bars = alt.Chart(circuits).mark_bar(height=13, opacity=0.85, color=CIRCUIT)
    nulls = pd.concat(
        [circuits[["fact"]].assign(of=name, jaccard=circuits[f"jaccard_{suffix}"]) for suffix, name in NULLS.items()]
    )
    marks = alt.Chart(nulls).mark_point(filled=True, size=70, color=BASELINE, opacity=1)
    number = alt.Tooltip("jaccard:Q", format=".3f")
    return alt.LayerChart(
        layer=[
            bars.encode(x=alt.X("jaccard:Q", scale=x, title=title), y=y, tooltip=["fact", number]),
            marks.encode(x=alt.X("jaccard:Q", scale=x), y=y, shape=_nulls(), tooltip=["fact", "of", number]),
        ]
    ).properties(height=alt.Step(LINE + 6))


def pushes(rows: pd.DataFrame) -> alt.Chart:
    """What components add to the object over its rival: `rows` has component, push (logits) and role, in order."""
    shown = rows.assign(role=rows["role"].map(NAMES).fillna(NO_ROLE))
    colours = {NAMES[role]: colour for role, colour in COLOURS.items()} | {NO_ROLE: BASELINE}
    names = [name for name in colours if name in set(shown["role"])]
    y = alt.Y("component:N", sort=list(shown["component"]), title=None)
    x = alt.X("push:Q", title="favours the rival | favours the object, logits", axis=alt.Axis(tickCount=6))
    colour = _colour("role", names, [colours[name] for name in names])
    bars = alt.Chart(shown).mark_bar(height=13, opacity=0.85)
    tooltip = ["component", "role", alt.Tooltip("push:Q", format="+.2f")]
    return bars.encode(x=x, y=y, color=colour, tooltip=tooltip).properties(height=alt.Step(LINE))


def _nulls() -> alt.Shape:
    scale = alt.Scale(domain=list(NULLS.values()), range=["diamond", "circle"])
    return alt.Shape("of:N", scale=scale, legend=alt.Legend(orient="top", title=None))


def _colour(column: str, names: Sequence[str], colours: Sequence[str]) -> alt.Color:
    scale = alt.Scale(domain=list(names), range=list(colours[: len(names)]))
    return alt.Color(
        f"{column}:N", scale=scale, legend=alt.Legend(orient="top", title=None, labelLimit=240, symbolOpacity=1)
    )
