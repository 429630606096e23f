"""A fact's two circuits: which fact, what the two share beside chance, and both in one drawing."""

from collections.abc import Sequence

import streamlit as st

from dashboard.data import comparisons
from dashboard.data.conditions import Pair
from dashboard.drawing import comparison_charts
from dashboard.widgets import forms, joint
from graphdb.comparison.memberships import Level
from graphdb.comparison.sides import MEASURE_COLUMNS
from graphdb.queries.library import Column

COLUMNS = [Column(name, text) for name, text in MEASURE_COLUMNS.items()]
NUMBERS = {
    name: st.column_config.NumberColumn(label, format="%.3g", help=MEASURE_COLUMNS[name])
    for name, label in (
        ("value", "observed"), ("expected", "by chance"), ("effect", "effect"), ("p", "p"), ("q", "q"),
    )
}  # fmt: skip


def choose(pairs: Sequence[Pair], key: str) -> Pair:
    """Let the visitor choose the fact, and the method where circuits were found by several."""
    several = len({pair.a.way.method for pair in pairs}) > 1
    named = {f"{pair.a.fact} by {pair.a.way.method}" if several else pair.a.fact: pair for pair in pairs}
    return named[str(st.selectbox("Fact", list(named), key=key, bind="query-params"))]


def section(target: str, pair: Pair, name_a: str, name_b: str) -> None:
    """Draw what the two circuits share beside chance, and both in one drawing."""
    components, _ = comparisons.two(target, pair.a, pair.b, Level.COMPONENT)
    shared = components.set_index("measure").loc["shared"]
    st.markdown(
        f"{name_a.capitalize()} {shared['a']:.0f} components, {name_b} {shared['b']:.0f}; **{shared['value']:.0f}** "
        f"are shared, **{shared['expected']:.1f}** by chance (p = {shared['p']:.2g})."
    )
    left, right = st.columns([2, 3])
    with left:
        st.altair_chart(comparison_charts.measures(components))
    with right:
        table = components.assign(measure=components["measure"].str.replace("_", " "))
        forms.answer(table[["measure", *NUMBERS]], "shared", COLUMNS, NUMBERS)
    joint.picture(target, pair.a, pair.b, name_a, name_b)
