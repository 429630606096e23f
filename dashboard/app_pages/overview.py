"""Overview: what the store holds, and how good its circuits are."""

from typing import Any, Literal

import pandas as pd
import streamlit as st

from dashboard.data import profiles, questions
from dashboard.drawing import charts
from dashboard.widgets import states
from graphdb.circuits.trust import NOT_MEASURED, PARTS
from graphdb.comparison.ways import Way
from graphdb.queries.library import load_query

HELP_FAITHFULNESS = (
    "(m(circuit) − m(no edge)) / (m(model) − m(no edge)), where m = logit(answer) − logit(foil) at the last "
    "position, as a mean over donors: other subjects whose prompt is the corrupt one. Edges outside the circuit carry "
    "their activations on it."
)
HELP_BASELINES = (
    "Random circuits have as many edges as the circuit, and as many of each layer; another relation's is cut to "
    "equal size; the model without the circuit shows what survives."
)
HELP_STABILITY = (
    "Jaccard with the circuit of equal size that the same method finds from donors that did not find this one. Below, "
    "what it must beat: the circuit of another fact of the relation, and of another relation."
)
HELP_RETRIEVAL = (
    "For each fact the nearest other circuit, as profiles of score by component: is it of the same relation? Beside it "
    "chance, and the same by the size of circuits and by the words of prompts alone. Facts of a relation share a "
    "template, so prompts find the relation too: circuits of another wording are the control."
)
HELP_HIT10 = "Share of circuits whose full-vocabulary logits rank the answer's first token among the ten best."
NOT_ALL = "Means are over these alone; the others have too few donors for a part of their own that judges."
QUIET: dict[str, Any] = {"delta_color": "off", "delta_arrow": "off"}  # a baseline below a figure, not a change
HELP_METHOD = (
    "How circuits were found. With `/mean`: edges outside carry a mean; with `/single`: one donor did everything."
)
HELP_REACHED = "Whether a tested circuit has the faithfulness asked for on every donor that chose its size."
HELP_SIZE = "Native edges: keys and values counted per kv-head."
BASELINES = {"… of random circuits": "faithfulness_random", "… of another relation's": "faithfulness_other"}
OF_THE_STORE = ["models", "relations", "facts", "known", "model"]  # columns of `overview` that say nothing of a method
TABLE = 280  # height of a table beside a chart, px
HELP_SHARED = (
    "Components that two relations use more than the others do, the surest first. Lift: their mean share of the scores "
    "of circuits, over the mean of all relations, in the lesser of the two. q says how sure that is with other facts "
    "in the same words: facts of a relation share their wording, so it does not tell the relation from its words."
)
SHARE = st.column_config.NumberColumn("share of facts", format="percent", help="Of the facts that have a circuit")


def page() -> None:
    """Draw the page."""
    target, model = questions.store().target, str(st.session_state["model"])
    st.title("Overview")
    method = choose_method(questions.methods(target, model))
    figures(questions.ask(target, "overview", model=model, method=method).iloc[0])
    every = bool(method) and states.every_circuit(target, model, method)
    if every:
        quality(target, model, method)
    elif not method:
        states.no_circuits()
    left, right = st.columns([3, 2])
    with left:
        st.subheader(
            "Facts that the model knows",
            help="The answer's first token is among the ten likeliest next tokens.",
        )
        st.altair_chart(charts.known(questions.recall(target, model)))
    with right:
        st.subheader("Shared beyond other relations", help=HELP_SHARED)
        shared = questions.ask(target, "shared_components", model=model, method=method).head(50)
        shown = shared[["component", "shared_by", "lift", "low", "q", "facts", "use"]]
        show(shown, height=TABLE, query="shared_components")
    if every:
        retrieval(target, model, method)
    tables(target, model, method)


def retrieval(target: str, model: str, method: str) -> None:
    """Draw how often the nearest other circuit is one of the same relation."""
    found = profiles.retrieval(target, Way(model, method))
    if found.empty:
        return
    row = found.iloc[0]
    st.subheader("Do circuits find their own relation?", help=HELP_RETRIEVAL)
    cells = st.container(horizontal=True)
    cells.metric("Nearest of the same relation", f"{row['nearest']:.0%}", f"chance {row['chance']:.0%}", **QUIET)
    cells.metric("AUC, same against other", f"{row['auc']:.2f}", "chance 0.50", **QUIET)
    cells.metric("… by size alone", f"{row['size_alone']:.0%}")
    cells.metric("… by the prompt alone", f"{row['prompt_alone']:.0%}")


def choose_method(methods: list[str]) -> str:
    """Let the visitor choose whose circuits are shown; their figures never mix. Empty without circuits."""
    if len(methods) < 2:
        return "".join(methods)
    return str(st.selectbox("Method", methods, key="method", bind="query-params", help=HELP_METHOD, width=300))


def figures(row: pd.Series) -> None:
    """Draw the headline figures; `row` is one of the query `overview`."""
    cells = st.container(horizontal=True)
    cells.metric("Facts", f"{row.facts:,.0f}", help=f"in {row.relations:.0f} relations")
    cells.metric(
        "Known",
        f"{row.known:,.0f}",
        help="Facts whose answer the model ranks among its ten likeliest tokens.",
    )
    reached = f"{row.reached:,.0f} reach their target"
    cells.metric("Circuits", f"{row.circuits:,.0f}", reached, **QUIET, help=HELP_REACHED)
    if not row.circuits:
        return
    cells.metric("Median size", f"{row.median_edges:,.0f} edges", _before_pruning(row), **QUIET, help=HELP_SIZE)
    if not row.judged:
        st.caption("None of these circuits is measured: they were imported. `kcircuits evaluate` measures them.")
        return
    lowest = None if pd.isna(row.faithfulness_lowest) else f"lowest judge {row.faithfulness_lowest:.2f}"
    name = f"Faithfulness {PARTS[row.judged_on]}"
    cells.metric(name, f"{row.faithfulness:.2f}", lowest, **QUIET, help=HELP_FAITHFULNESS)
    for name, column in BASELINES.items():
        cells.metric(name, "–" if pd.isna(row[column]) else f"{row[column]:.2f}", help=HELP_BASELINES)
    stability = "–" if pd.isna(row.stability) else f"{row.stability:.2f}"
    cells.metric("Stability", stability, _stability_nulls(row), **QUIET, help=HELP_STABILITY)
    cells.metric("Hit@10", f"{row.hit10:.0%}", f"random {row.hit10_random:.0%}", **QUIET, help=HELP_HIT10)
    if row.judged < row.circuits:
        st.caption(f"{row.judged:,.0f} of {row.circuits:,.0f} circuits are judged {PARTS[row.judged_on]}. {NOT_ALL}")


def _stability_nulls(row: pd.Series) -> str | None:
    """What stability must beat."""
    nulls = {"relation": row.stability_relation, "other": row.stability_other}
    return ", ".join(f"{name} {value:.2f}" for name, value in nulls.items() if not pd.isna(value)) or None


def _before_pruning(row: pd.Series) -> str | None:
    searched = row.median_edges_searched
    return f"{searched:,.0f} before pruning" if searched > row.median_edges else None


def quality(target: str, model: str, method: str) -> None:
    """Draw faithfulness beside its baselines, and sizes."""
    circuits = questions.circuits(target, model)
    circuits = circuits[circuits["method"] == method]
    left, right = st.columns([3, 2])
    measured = circuits[circuits["faithfulness"].notna()]
    with left:
        st.subheader("Faithfulness of the circuits", help=f"{HELP_FAITHFULNESS} {HELP_BASELINES}")
        st.caption("Tick: a circuit, pale where no donor is unseen. Shapes: means. Dashed: the faithfulness asked for.")
        if measured.empty:
            st.caption(f"{NOT_MEASURED[0].upper()}{NOT_MEASURED[1:]}.")
        else:
            st.altair_chart(charts.faithfulness(measured, questions.quality(target, model, method)))
    with right:
        st.subheader("Size of the circuits", help="Native edges: keys and values are counted per kv-head.")
        st.caption("Tick: a circuit. Dot: median of the relation.")
        st.altair_chart(charts.sizes(circuits))


def tables(target: str, model: str, method: str) -> None:
    """Draw the tables under the charts: quality, what to distrust, what is not there, and the runs."""
    names = ["Quality by relation", "Methods", "Least faithful circuits", "Facts without a circuit", "Runs"]
    relations, methods, doubtful, absent, runs = st.tabs(names)
    with relations:
        show(questions.quality(target, model, method).drop(columns=["model", "method"]), query="relation_quality")
    with methods:
        st.caption("Each row is judged by itself: figures of different methods are never averaged together.")
        every = questions.ask(target, "overview", model=model)
        show(every[every["circuits"] > 0].drop(columns=OF_THE_STORE), query="overview")
    with doubtful:
        least = questions.ask(target, "least_faithful", model=model, method=method)
        show(least.drop(columns="circuit"), query="least_faithful")
    with absent:
        st.caption("`unknown`: the model does not rank the answer among its ten likeliest tokens.")
        show(questions.ask(target, "facts_without_circuit", model=model).drop(columns="model"))
    with runs:
        show(questions.runs(target, model).drop(columns="model"), query="runs")


def show(frame: pd.DataFrame, height: int | Literal["auto"] = "auto", query: str = "") -> None:
    """Draw a table, or say that there is nothing; heads of columns explain themselves as the query does."""
    if frame.empty:
        st.caption("None.")
        return
    st.dataframe(frame, hide_index=True, height=height, column_config=heads(frame, query) | {"share": SHARE})


def heads(frame: pd.DataFrame, query: str) -> dict[str, Any]:
    """Formats of the columns, with the help that the query's own text gives."""
    help_of = {column.name: column.help for column in load_query(query).columns} if query else {}
    config: dict[str, Any] = {name: st.column_config.Column(help=text) for name, text in help_of.items()}
    for name in map(str, frame.columns):
        if frame[name].dtype.kind == "f":
            digits = "%.0f" if "edges" in name else "%.3f"
            config[name] = st.column_config.NumberColumn(format=digits, help=help_of.get(name))
    return config


page()
