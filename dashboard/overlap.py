"""What relations share beyond chance: all pairs at a glance, and two of them name by name."""

import pandas as pd
import streamlit as st

from dashboard import charts, data, states
from graphdb.compare import Difference, Overlap

HELP_PAIRS = (
    "Jaccard index of two relations' components, weighted by the share of facts that use them, less its value "
    "by chance: names shuffled within each layer, which keeps as many heads and MLPs, as often used."
)
HELP_JACCARD = "What both use as a share of what either uses, weighted by the share of facts; 0 to 1."
HELP_CHANCE = "The same when names are shuffled within each layer: what layer and size alone explain."
HELP_Z = "Standard deviations between the overlap and its mean by chance. Above about 3 chance is no explanation."
PARTS = {
    "core": "core: in every circuit of both",
    "variable": "variable: in some of both",
    "only_a": "only in the first",
    "only_b": "only in the second",
}
SHARE = st.column_config.NumberColumn(format="percent")


@states.fragment
def section(target: str, model: str, method: str) -> None:
    """Draw the section; redraws alone."""
    st.subheader("Overlap of relations", help=HELP_PAIRS)
    pairs = data.pairs(target, model, method)
    if pairs.empty:
        st.caption("Needs circuits of two relations.")
        return
    left, right = st.columns([1, 1])
    with left:
        st.altair_chart(charts.pairs(pairs))
    with right:
        _two(target, model, method, sorted({*pairs["a"], *pairs["b"]}))


def _two(target: str, model: str, method: str, names: list[str]) -> None:
    """Let the visitor choose two relations, and draw what they share."""
    left, right = st.columns(2)
    first = left.selectbox("First", names, key="first", bind="query-params")
    second = right.selectbox("Second", [name for name in names if name != first], key="second", bind="query-params")
    level = st.segmented_control(
        "Of", ["components", "edges"], default="components", required=True, key="level", bind="query-params"
    )
    found = data.comparison(target, first, second, model, method)
    difference = found.components if level == "components" else found.edges
    _figures(difference.overlap)
    _members(difference, first, second)


def _figures(overlap: Overlap) -> None:
    cells = st.container(horizontal=True)
    cells.metric("Jaccard", f"{overlap.jaccard:.2f}", help=HELP_JACCARD)
    cells.metric("… by chance", f"{overlap.jaccard_expected:.2f}", help=HELP_CHANCE)
    cells.metric("z", "–" if overlap.z is None else f"{overlap.z:.1f}", help=HELP_Z)


def _members(difference: Difference, first: str, second: str) -> None:
    """Draw the names of one part, most used first."""
    counts = {part: len(difference.part(part)) for part in PARTS}
    part = st.segmented_control(
        "Part", list(PARTS), default=next((part for part in PARTS if counts[part]), "core"), required=True,
        format_func=lambda part: f"{PARTS[part].partition(':')[0]} ({counts[part]})",
        help="; ".join(PARTS.values()), label_visibility="collapsed",
    )  # fmt: skip
    rows = [(member.name, round(member.share_a, 2), round(member.share_b, 2)) for member in difference.part(str(part))]
    frame = pd.DataFrame(rows, columns=["name", first, second])
    st.dataframe(frame, hide_index=True, height=260, column_config={first: SHARE, second: SHARE})
