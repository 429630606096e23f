"""Two-hop facts: whether the answer goes by way of the first hop, each figure beside its null."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.data import questions
from dashboard.drawing import condition_charts
from dashboard.widgets import figures, forms
from dashboard.widgets.text import plain
from graphdb.circuits.trust import number
from graphdb.queries.library import load_query
from graphdb.tables import records

COSTS = {
    "drop_first": "movers of the first hop",
    "drop_second": "movers of the second hop",
    "drop_other": "movers of other relations",
    "drop_random": "random heads",
    "drop_every": "all heads",
}
"""Column of `hop_facts` -> the heads that were cut."""
BASELINES = ("drop_other", "drop_random", "drop_every")
FIGURES = {
    "right_given_hops": ("right_given_second", "Right, both hops right", "{:.0%}", "second alone"),
    "consistent": ("consistent_null", "As the hops say", "{:.0%}", "other bridges"),
    "bridge_before": ("bridge_before_null", "Bridge before object", "{:.0%}", "other bridges"),
    "bridge_probability": ("bridge_probability_null", "Probability of bridge", "{:.2f}", "other bridges"),
    "drop": ("drop_random", "Cutting the first hop's movers", "{:.2f}", "random heads"),
    "r_first": ("r_other", "Same heads as the first hop", "{:.2f}", "other relations"),
}
"""Column of `two_hops` -> that of its null, label, form, and what the null is."""
HELPS = {column.name: column.help for column in load_query("two_hops").columns if column.name in FIGURES}
HELP_COST = (
    "The heads do not attend to the subject from the last position of the two-hop prompt; what that costs the object's "
    "logit over the relation's other objects. Grey: what the hops' movers are compared with."
)


def section(target: str, model: str) -> None:
    """Draw the relations, and one fact of one of them."""
    st.subheader("Relations composed of two", help="Each figure beside its null; a column's head says what it is.")
    found = questions.ask(target, "two_hops", model=model)
    columns = load_query("two_hops").columns
    number_format = st.column_config.NumberColumn
    config = {name: number_format(format="%.2f") for name in found.columns if found[name].dtype == float}
    forms.answer(found.drop(columns="fingerprint"), "two_hops", columns, config)
    left, right = st.columns(2)
    relation = left.selectbox("Relation", sorted(set(found["relation"])), key="hop_relation", bind="query-params")
    facts = records(questions.ask(target, "hop_facts", relation=relation, model=model))
    named = {_name(row, facts): row for row in facts}
    chosen = named[str(right.selectbox("Fact", list(named), key="hop_fact", bind="query-params"))]
    checks(records(found[(found["relation"] == relation) & (found["wording"] == chosen["wording"])]))
    one(chosen)


def _name(row: dict[str, Any], facts: list[dict[str, Any]]) -> str:
    several = len({each["wording"] for each in facts}) > 1
    return f"{row['fact']}, template {row['wording']}" if several else str(row["fact"])


def checks(rows: list[dict[str, Any]]) -> None:
    """Draw what is said of the relation, in the template of the fact, each figure beside its null."""
    for row in rows:
        figures.beside_nulls(row, FIGURES, HELPS)


def one(row: dict[str, Any]) -> None:
    """Draw one fact: its answers, where bridge and object appear, and what cutting heads costs."""
    subject = str(row["fact"]).partition("/")[2]
    st.markdown(f"**{plain(subject)}** → {plain(row['bridge'])} → **{plain(row['object'])}**")
    by_hops = "none" if number(row["consistent_null"]) is None else f"{row['consistent_null']:.0%}"
    st.markdown(
        f"Rank of the right answer: first hop {row['rank_first']}, second hop {row['rank_second']}, both "
        f"{row['rank_both']}. Likeliest of the relation's objects: {plain(row['choice'])}; the single hops' answers "
        f"lead to {plain(row['choice_by_hops'])} (hops of facts with other bridges lead to the former: {by_hops})."
    )
    if number(row["drop_every"]) is None:
        st.caption("Not known in all three questions: nothing was measured inside the model.")
        return
    bridge = f"first after {plain(row['bridge_block'])}" if row["bridge_block"] else "never first"
    answer = f"first from {plain(row['object_block'])} on" if row["object_block"] else "never first to the end"
    st.caption(
        f"By the closed lens the bridge is {bridge} among bridges, probability at most {row['bridge_probability']:.2f} "
        f"(other bridges {row['bridge_probability_null']:.2f}); the object is {answer} among objects. Bridge before "
        f"object: {'yes' if row['bridge_before'] else 'no'} (other bridges {row['bridge_before_null']:.0%})."
    )
    st.subheader("What cutting heads costs", help=HELP_COST)
    costs = [{"part": text, "value": row[name], "baseline": name in BASELINES} for name, text in COSTS.items()]
    st.altair_chart(condition_charts.costs(pd.DataFrame(costs), "logits"))
