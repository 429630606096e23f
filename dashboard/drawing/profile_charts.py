"""Charts of profiles of score; as in `dashboard.drawing.charts`, a DataFrame in, a chart out."""

import altair as alt
import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from dashboard.drawing.charts import BASELINE, CIRCUIT, DIVERGING, HINDERS
from graphdb.comparison.overlap import LEVEL

WIDE, NARROW = 34, 9
"""Most and least height of a row of the heat map, px."""
HEIGHT = 900
"""Height of the heat map that rows share, px."""
NUMBERED = 15
"""Most relations of which cells hold their number."""
MAP = 620
"""Height of the map, px."""
SHOWN = 20
"""Names of a difference that are drawn."""
KINDS = "tableau10"
STRIP = 10
"""Width of the strip of kinds, px."""


def order(pairs: pd.DataFrame, relations: list[str]) -> list[str]:
    """Relations in an order in which neighbours are alike: average linkage of 1 - cosine."""
    place = {name: index for index, name in enumerate(relations)}
    apart = np.ones((len(relations), len(relations)))
    i, j = (pairs[side].map(place).to_numpy() for side in ("a", "b"))
    apart[i, j] = apart[j, i] = 1 - pairs["cosine"].fillna(0).to_numpy(float)
    np.fill_diagonal(apart, 0)
    if len(relations) < 3:
        return relations
    tree = linkage(squareform(np.maximum(apart, 0), checks=False), "average", optimal_ordering=True)
    return [relations[index] for index in leaves_list(tree)]


def cells(pairs: pd.DataFrame, kinds: dict[str, str]) -> pd.DataFrame:
    """A row a cell of relation × relation: every pair in both directions, and each relation's agreement with itself."""
    turned = {"a": "b", "b": "a", "circuits_a": "circuits_b", "circuits_b": "circuits_a", "self_a": "self_b",
              "self_b": "self_a"}  # fmt: skip
    both = pd.concat([pairs, pairs.rename(columns=turned)], ignore_index=True)
    own = both.drop_duplicates("a")[["a", "circuits_a", "self_a"]]
    own = own.assign(b=own["a"], cosine=own["self_a"], circuits_b=own["circuits_a"], self_b=own["self_a"])
    every = pd.concat([both, own], ignore_index=True)
    return every.assign(kind=every["a"].map(kinds))


def heat_map(shown: pd.DataFrame, relations: list[str]) -> alt.LayerChart:
    """Relations against relations by the cosine of their profiles, the kind of each along the side."""
    step = max(NARROW, min(WIDE, HEIGHT // max(len(relations), 1)))
    labels = {"labelLimit": 220, "labelFontSize": 11 if step > 14 else 8, "labelOverlap": False, "ticks": False}
    pick = alt.selection_point(name="pair", fields=["a", "b"], on="click", empty=False)
    y = alt.Y("a:N", sort=relations, title=None, axis=alt.Axis(labelPadding=STRIP + 6, **labels))
    base = alt.Chart(shown).encode(
        x=alt.X("b:N", sort=relations, title=None, axis=alt.Axis(labelAngle=-90, **labels)), y=y
    )
    layers = [_squares(base).add_params(pick), _kinds(shown, y)]
    if len(relations) <= NUMBERED:
        layers.append(base.mark_text(fontSize=11, color=BASELINE).encode(text=alt.Text("cosine:Q", format=".2f")))
    sure = base.transform_filter((alt.datum.q != None) & (alt.datum.q <= LEVEL))  # noqa: E711
    mark = {"size": 14, "color": "white", "stroke": "black", "strokeWidth": 0.8, "opacity": 1}
    layers.append(sure.mark_circle(**mark, yOffset=11 if len(relations) <= NUMBERED else 0))
    return alt.LayerChart(layer=layers).resolve_scale(color="independent").properties(height=alt.Step(step))


def _squares(base: alt.Chart) -> alt.Chart:
    scale = alt.Scale(domain=[-1, 0, 1], range=DIVERGING, interpolate="rgb")
    legend = alt.Legend(orient="top", gradientLength=220, gradientThickness=10, titleLimit=500, tickCount=5)
    title = "cosine of deviations from the mean; on the diagonal one half of the facts with the other"
    numbers = ("cosine", "low", "high", "expected", "p", "q", "bhattacharyya", "self_a", "self_b")
    tooltip = ["a", "b", *(alt.Tooltip(f"{name}:Q", format=".2~f") for name in numbers), "circuits_a", "circuits_b"]
    colour = alt.Color("cosine:Q", scale=scale, legend=legend, title=title)
    return base.mark_rect(cursor="pointer").encode(color=colour, tooltip=tooltip)


def _kinds(shown: pd.DataFrame, y: alt.Y) -> alt.Chart:
    """A strip beside the squares in the colour of each relation's kind."""
    legend = alt.Legend(orient="right", title="kind of relation", labelLimit=200)
    colour = alt.Color("kind:N", scale=alt.Scale(scheme=KINDS), legend=legend)
    strip = alt.Chart(shown.drop_duplicates("a")).mark_rect(clip=False)
    return strip.encode(y=y, x=alt.value(-STRIP - 2), x2=alt.value(-2), color=colour, tooltip=["a", "kind"])


def fact_map(places: pd.DataFrame, shares: tuple[float, float]) -> alt.Chart:
    """All circuits in two dimensions, coloured by relation; a click picks one."""
    pick = alt.selection_point(name="circuit", fields=["circuit"], on="click", empty=False)
    axis = alt.Axis(labels=False, ticks=False, grid=False)
    x = alt.X("x:Q", axis=axis, title=f"{shares[0]:.0%} of the differences between profiles")
    y = alt.Y("y:Q", axis=axis, title=f"{shares[1]:.0%}")
    relation = alt.selection_point(name="relation", fields=["relation"], bind="legend")
    legend = alt.Legend(orient="right", title=None, symbolLimit=80, labelLimit=220, columns=1)
    return (
        alt.Chart(places)
        .mark_circle(size=60, cursor="pointer")
        .encode(
            x=x,
            y=y,
            color=alt.Color("relation:N", scale=alt.Scale(scheme="category20"), legend=legend),
            opacity=alt.condition(relation, alt.value(0.8), alt.value(0.06)),
            tooltip=["relation", "subject"],
        )
        .add_params(pick, relation)
        .properties(height=MAP)
    )


def difference(found: pd.DataFrame) -> alt.LayerChart:
    """The names that make most of the difference between A and B: each one's share of the score of either."""
    top = found.head(SHOWN)
    names = list(top["name"])
    sides = [top.assign(side=side, share=top[f"share_{side.lower()}"], facts=top[f"facts_{side.lower()}"])
             for side in "AB"]  # fmt: skip
    shown = pd.concat(sides, ignore_index=True)
    x = alt.X("share:Q", title="mean share of the score", axis=alt.Axis(format=".1%", tickCount=5))
    y = alt.Y("name:N", sort=names, title=None, axis=alt.Axis(labelLimit=240))
    colour = alt.Color(
        "side:N",
        scale=alt.Scale(domain=["A", "B"], range=[CIRCUIT, HINDERS]),
        legend=alt.Legend(orient="top", title=None),
    )
    tooltip = ["name", "side", alt.Tooltip("share:Q", format=".2%"), alt.Tooltip("facts:Q", title="circuits with it")]
    line = alt.Chart(top).mark_rule(color=BASELINE).encode(y=y, x=alt.X("share_a:Q"), x2="share_b:Q")
    dots = alt.Chart(shown).mark_circle(size=90, opacity=1).encode(x=x, y=y, color=colour, tooltip=tooltip)
    return alt.LayerChart(layer=[line, dots]).properties(height=alt.Step(20))
