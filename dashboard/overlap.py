"""What relations share beyond chance: all pairs at a glance, and two of them name by name."""

import pandas as pd
import streamlit as st

from dashboard import charts, data, states
from graphdb.comparison.memberships import Level
from graphdb.tables import cell, records

HELP_PAIRS = (
    "Jaccard index of two relations' typical components, those that at least half of its circuits hold, less its "
    "value by chance: sets of these sizes, drawn with each component's popularity."
)
HELP = {
    "jaccard": "What both hold as a share of what either holds; 0 to 1.",
    "jaccard_expected": "The same for sets of these sizes, drawn with each name's popularity.",
    "q": "p over all pairs of relations; up to 0.05, chance is no explanation. None under five facts.",
}
PARTS = {"both": "both", "only_a": "only the first", "only_b": "only the second"}
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
    wanted = Level.COMPONENT if level == "components" else Level.EDGE
    measures, found = data.comparison(target, first, second, model, method, wanted)
    jaccard = records(measures[measures["measure"] == "jaccard"])[0]
    cells = st.container(horizontal=True)
    cells.metric("Jaccard", f"{jaccard['value']:.2f}", help=HELP["jaccard"])
    cells.metric("… by chance", f"{jaccard['expected']:.2f}", help=HELP["jaccard_expected"])
    cells.metric("q", cell(jaccard["q"]) or "–", help=HELP["q"])
    _names(found, first, second)


def _names(found: pd.DataFrame, first: str, second: str) -> None:
    """Draw the names of one part, most used first."""
    counts = {part: int((found["part"] == part).sum()) for part in PARTS}
    part = st.segmented_control(
        "Part", list(PARTS), default=next((part for part in PARTS if counts[part]), "both"), required=True,
        format_func=lambda part: f"{PARTS[part]} ({counts[part]})", label_visibility="collapsed",
    )  # fmt: skip
    rows = found.loc[found["part"] == part, ["name", "share_a", "share_b"]]
    frame = rows.rename(columns={"share_a": first, "share_b": second})
    st.dataframe(frame, hide_index=True, height=260, column_config={first: SHARE, second: SHARE})
