"""Two circuits in one drawing of three colours, and the table beside it."""

import pandas as pd
import streamlit as st

from dashboard.data import comparisons, questions
from dashboard.data.comparisons import Choice
from dashboard.drawing.circuit_view import circuit_view
from dashboard.widgets import forms, states
from dashboard.widgets.text import plain
from graphdb.circuits.drawn import feeds
from graphdb.comparison.memberships import Level
from graphdb.comparison.sides import NAME_COLUMNS
from graphdb.drawing import joint
from graphdb.drawing.joint import Names
from graphdb.drawing.picture import joint_picture
from graphdb.queries.library import Column

KEY = "shared_view"
STEPS = (50, 100, 200, 300, 500, 1000)
"""Most edges to draw."""
HELP_DRAWN = "The edges with the largest share of either's score are drawn."
COLUMNS = [Column(name, text) for name, text in NAME_COLUMNS.items()]
SHARE, SCORE = (st.column_config.NumberColumn(format=form) for form in ("percent", "%.4f"))
SHARES = {"share_a": SHARE, "share_b": SHARE, "score_a": SCORE, "score_b": SCORE}


@states.fragment
def picture(target: str, a: Choice, b: Choice, name_a: str, name_b: str) -> None:
    """Draw both circuits in one, in three colours, and the table beside; redraws alone."""
    names = Names(name_a, name_b)
    found = comparisons.parts(target, a, b, Level.EDGE)
    row = st.container(horizontal=True, vertical_alignment="bottom")
    chosen = row.pills(
        "Edges", list(names.parts), selection_mode="multi", default=list(names.parts),
        format_func=names.parts.__getitem__, key="parts", bind="query-params",
    )  # fmt: skip
    most = row.select_slider(
        "Edges at most", STEPS, 300, key="most", bind="query-params", help=HELP_DRAWN, width=260
    )  # fmt: skip
    kept = found[found["part"].isin(chosen)]
    edges = joint.joint_edges(kept, int(most), names)
    if edges.empty:
        st.info("No edge of these parts" + (": no edge is in half of a relation's circuits." if found.empty else "."))
        return
    st.caption(_drawn(a, b, len(edges), kept, names))
    left, right = st.columns([5, 3])
    components = comparisons.parts(target, a, b, Level.COMPONENT)
    with left:
        about, pairs = joint.components(components, names), feeds(edges, questions.topology(target, a.way.model))
        node = _draw(edges, about, pairs, names)
    with right:
        _panel(components, found, node, names)


def _drawn(a: Choice, b: Choice, drawn: int, kept: pd.DataFrame, names: Names) -> str:
    """Say which edges are drawn."""
    counts = kept["part"].value_counts()
    parts = ", ".join(f"{counts[part]:,} {name}" for part, name in names.parts.items() if part in counts)
    some = f"The {drawn:,} of largest share of either's score, of" if drawn < len(kept) else "All of"
    typical = "" if a.circuit and b.circuit else " Of a relation: edges that at least half of its circuits hold."
    return f"{some} {len(kept):,} edges: {parts}.{typical} Width: an edge's share of the score."


def _draw(
    edges: pd.DataFrame, components: dict[str, tuple[str, str]], pairs: list[tuple[str, str]], names: Names
) -> str:
    """Draw; return the node that is chosen, in the URL and in the picture, or the empty string."""
    clicked = getattr(st.session_state.get(KEY), "node", None)
    if clicked:
        st.query_params["node"] = clicked
    elif clicked == "":
        st.query_params.pop("node", None)
    chosen = st.query_params.get("node", "")
    circuit_view(joint_picture(edges, components, pairs, names.parts), chosen, KEY)
    return chosen


def _panel(components: pd.DataFrame, edges: pd.DataFrame, node: str, names: Names) -> None:
    """Draw the components, or the edges of the node that was clicked."""
    ends = edges["name"].str.partition("->")
    touching = edges[(ends[0] == node) | ends[2].str.startswith(f"{node}.")]
    st.markdown(f"**Edges of {plain(node)}**" if len(touching) else "**Components**: click one for its edges")
    shown = (touching if len(touching) else components).drop(columns="level")
    shown = shown.assign(part=shown["part"].map(names.parts))
    forms.answer(shown, "edges" if len(touching) else "components", COLUMNS, SHARES)
