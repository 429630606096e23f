"""Relations: which components their facts use, and whose facts their circuits carry."""

import pandas as pd
import streamlit as st

from dashboard.data import questions
from dashboard.drawing import charts
from dashboard.widgets import details, states, transfer
from dashboard.widgets.text import plain

KINDS = {"head": "heads", "kv_head": "kv-heads", "mlp": "MLPs"}
VALUES = {"specificity": "specificity", "share": "popularity"}
ORDERS = {"cluster": "clustered", "layer": "by layer"}
HELP_LEAST = "Leave out components that no relation uses in at least this share of its facts."
HELP_MATRIX = (
    "Specificity: lift, the mean share of the component in the scores of the relation's circuits, over the mean of "
    "that in all relations; blue is more than average, orange less, each step twice as much. Popularity: the share of "
    "the relation's facts with a circuit whose circuit holds the component. "
    "Clustered: components that the same relations use stand together (average linkage, Euclidean)."
)


def page() -> None:
    """Draw the page."""
    target, model = questions.store().target, str(st.session_state["model"])
    st.title("Relations")
    methods = sorted(questions.methods(target, model))
    if not methods:
        states.no_circuits()
        return
    method = str(st.selectbox("Method", methods, key="method", bind="query-params")) if methods[1:] else methods[0]
    cells = charts.with_specificity(questions.usage(target, model, method))
    matrix(target, model, method, cells)
    transfer.section(target, model, method)


@states.fragment
def matrix(target: str, model: str, method: str, cells: pd.DataFrame) -> None:
    """Draw the component × relation matrix and the facts behind the chosen cell; redraws alone."""
    st.subheader("Component × relation", help=HELP_MATRIX)
    shown, value, order = controls(cells)
    if shown.empty:
        st.info("No component is used that often: lower the least share.")
        return
    names = charts.cluster(shown) if order == "cluster" else by_layer(shown)
    event = st.altair_chart(charts.matrix(shown, names, value), on_select="rerun", key="matrix")
    picked = event["selection"].get("cell", [])
    if picked:
        st.query_params.update(component=picked[0]["component"], relation=picked[0]["relation"])
    count = shown["component"].nunique()
    st.caption(f"{count} components × {shown['relation'].nunique()} relations. Click a cell for its facts.")
    component, relation = st.query_params.get("component", ""), st.query_params.get("relation", "")
    if component and relation:
        cell(target, model, method, component, relation)


def controls(cells: pd.DataFrame) -> tuple[pd.DataFrame, str, str]:
    """Let the visitor choose what the matrix shows; return its cells, the value to colour and the order."""
    row = st.container(horizontal=True, vertical_alignment="bottom")
    kinds = row.pills(
        "Kinds",
        list(KINDS),
        selection_mode="multi",
        default=["head", "mlp"],
        format_func=KINDS.__getitem__,
        key="kinds",
        bind="query-params",
    )
    value = row.segmented_control(
        "Colour",
        list(VALUES),
        default="specificity",
        required=True,
        format_func=VALUES.__getitem__,
        key="colour",
        bind="query-params",
    )
    order = row.segmented_control(
        "Order",
        list(ORDERS),
        default="cluster",
        required=True,
        format_func=ORDERS.__getitem__,
        key="order",
        bind="query-params",
    )
    least = row.slider(
        "Used by at least",
        0,
        100,
        50,
        step=5,
        format="%d%%",
        key="least",
        bind="query-params",
        help=HELP_LEAST,
        width=260,
    )
    best = cells.groupby("component")["share"].transform("max")
    return cells[(best >= least / 100) & cells["kind"].isin(kinds)], str(value), str(order)


def by_layer(cells: pd.DataFrame) -> list[str]:
    """Components in order of computation."""
    return list(cells.sort_values(["layer", "kind", "component"])["component"].unique())


def cell(target: str, model: str, method: str, component: str, relation: str) -> None:
    """Draw the facts behind a cell of the matrix."""
    st.subheader(f"{plain(component)} in {plain(relation)}")
    facts = questions.facts_using(target, component, model, method, relation)
    if facts.empty:
        st.caption(f"No fact of {plain(relation)} uses {plain(component)}.")
    else:
        details.facts_table(facts, method, component, key="cell_facts")


page()
