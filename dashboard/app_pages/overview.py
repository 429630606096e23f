"""Overview: what the store holds, and how good its circuits are."""

from typing import Literal

import pandas as pd
import streamlit as st

from dashboard import charts, data, states

HELP_FAITHFULNESS = (
    "(m(circuit) − m(corrupt)) / (m(model) − m(corrupt)), where m = logit(answer) − logit(foil) at the last "
    "position. Edges outside the circuit carry their activations on the corrupt prompt."
)
HELP_RANDOM = "Random circuits with as many edges as the circuit, and as many of each layer: the baseline."
HELP_HIT10 = "Share of circuits whose full-vocabulary logits rank the answer's first token among the ten best."
TABLE = 280  # height of a table beside a chart, px
SHARE = st.column_config.NumberColumn("share of facts", format="percent", help="Of the facts that have a circuit")


def page() -> None:
    """Draw the page."""
    target, model = data.store().target, str(st.session_state["model"])
    st.title("Overview")
    figures(data.ask(target, "overview", model=model).iloc[0])
    circuits = data.circuits(target, model)
    if circuits.empty:
        states.no_circuits()
    else:
        quality(circuits)
    left, right = st.columns([3, 2])
    with left:
        st.subheader(
            "Facts that the model knows",
            help="The answer's first token is among the ten likeliest next tokens.",
        )
        st.altair_chart(charts.known(data.recall(target, model)))
    with right:
        st.subheader("Most shared components", help="Components by the number of relations whose circuits hold them.")
        shared = data.ask(target, "shared_components", model=model, min_relations=1).head(50)
        show(shared[["component", "relations", "facts", "share"]].round(2), height=TABLE)
    tables(target, model)


def figures(row: pd.Series) -> None:
    """Draw the row of headline figures; `row` is the answer of the query `overview`."""
    cells = st.container(horizontal=True)
    cells.metric("Facts", f"{row.facts:,.0f}", help=f"in {row.relations:.0f} relations")
    cells.metric(
        "Known",
        f"{row.known:,.0f}",
        help="Facts whose answer the model ranks among its ten likeliest tokens.",
    )
    cells.metric("Circuits", f"{row.circuits:,.0f}", help=f"{row.reached:,.0f} reach the faithfulness asked for")
    if not row.circuits:
        return
    cells.metric("Median size", f"{row.median_edges:,.0f} edges", help="Native edges: keys and values per kv-head.")
    cells.metric("Faithfulness, mean", f"{row.faithfulness:.2f}", help=HELP_FAITHFULNESS)
    cells.metric("… of random circuits", f"{row.faithfulness_random:.2f}", help=HELP_RANDOM)
    cells.metric("Hit@10", f"{row.hit10:.0%}", help=HELP_HIT10)
    cells.metric("… of random circuits", f"{row.hit10_random:.0%}", help=HELP_RANDOM)


def quality(circuits: pd.DataFrame) -> None:
    """Draw faithfulness beside its baseline, and sizes."""
    left, right = st.columns([3, 2])
    with left:
        st.subheader("Faithfulness of the circuits", help=f"{HELP_FAITHFULNESS} {HELP_RANDOM}")
        st.caption("Tick: a circuit. Dot: median of :blue[circuits] and :gray[random circuits]. Dashed: the target.")
        st.altair_chart(charts.faithfulness(circuits))
    with right:
        st.subheader("Size of the circuits", help="Native edges: keys and values are counted per kv-head.")
        st.caption("Tick: a circuit. Dot: median of the relation.")
        st.altair_chart(charts.sizes(circuits))


def tables(target: str, model: str) -> None:
    """Draw the tables under the charts: what to distrust, what is not there, and the runs."""
    doubtful, absent, runs = st.tabs(["Least faithful circuits", "Facts without a circuit", "Runs"])
    with doubtful:
        show(data.ask(target, "least_faithful", model=model).drop(columns="circuit"))
    with absent:
        st.caption("`unknown`: the model does not rank the answer among its ten likeliest tokens.")
        show(data.ask(target, "facts_without_circuit", model=model).drop(columns="model"))
    with runs:
        show(data.ask(target, "runs", model=model).drop(columns="model"))


def show(frame: pd.DataFrame, height: int | Literal["auto"] = "auto") -> None:
    """Draw a table, or say that there is nothing."""
    if frame.empty:
        st.caption("None.")
    else:
        st.dataframe(frame, hide_index=True, height=height, column_config={"share": SHARE})


page()
