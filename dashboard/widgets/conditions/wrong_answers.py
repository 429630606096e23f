"""Wrong answers: what pushes which way, beside the same of right answers against their next choice."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.data import conditions, questions
from dashboard.drawing import condition_charts
from dashboard.drawing.charts import HINDERS
from dashboard.drawing.condition_charts import curves
from dashboard.widgets import figures, forms
from dashboard.widgets.text import code, plain
from graphdb.circuits.trust import number
from graphdb.plain_text import visible
from graphdb.queries.library import load_query
from graphdb.tables import records

PARTS = {
    "movers": "movers",
    "movers_random": "random heads",
    "heads": "all heads",
    "mlps": "MLPs",
    "embed": "embedding",
}
"""Part of the query `wrong_answer_summary` -> what it is called."""
OF = {True: "wrong", False: "right"}
KINDS = {
    "relation": "another object of the relation",
    "function": "a function word",
    "subject": "derived from the subject",
    "other": "another word",
}
"""Kind of a rival -> what it is called."""
SIDES = {"facts": "%d", "share": "percent", "mean": "%.2f"}
"""Column of the query `wrong_answer_summary` -> its form."""
NUMBERS = {
    f"{name}, {of}": st.column_config.NumberColumn(format=form) for name, form in SIDES.items() for of in OF.values()
}
HELP = (
    "Direct attribution of the object's logit less that of its rival: of a wrong answer the model's first choice, of a "
    "right one its next. The share of answers in which a part favours the rival."
)
HELP_PUSHES = (
    "What components add to the object's logit less the rival's at the last position; the five strongest on each side. "
    "Colour: the head's role for the fact."
)
HELP_LENS = "Logits at the last position after each block, closed lens: what can be read, not what causes the answer."
LISTED = [
    "fact",
    "object",
    "rank",
    "rival",
    "kind",
    "margin",
    "turn",
    "movers",
    "movers_random",
    "heads",
    "mlps",
    "embed",
]


def section(target: str, model: str) -> None:
    """Draw all wrong answers, those of a relation, and one."""
    every = conditions.rivals(target, model)
    wordings = sorted(set(every["wording"]))
    wording = wordings[0]
    if wordings[1:]:
        wording = str(st.selectbox("Template", wordings, key="wording", bind="query-params"))
    every = every[every["wording"] == wording]
    wrong = every[every["wrong"]]
    st.markdown(
        f"**{len(wrong):,}** of {len(every):,} known facts are answered wrong: the object is not the first choice."
    )
    summary(target, model, wording)
    if wrong.empty:
        return
    left, right = st.columns(2)
    relation = left.selectbox("Relation", sorted(set(wrong["relation"])), key="wrong_relation", bind="query-params")
    listed = wrong[wrong["relation"] == relation]
    rows = {str(row["fact"]): row for row in records(listed)}
    chosen = rows[str(right.selectbox("Fact", list(rows), key="wrong_fact", bind="query-params"))]
    config = {name: st.column_config.NumberColumn(format="%.2f") for name in LISTED if listed[name].dtype == float}
    forms.answer(listed[LISTED], "wrong_answers", load_query("wrong_answers").columns, config)
    one(target, chosen)


def summary(target: str, model: str, wording: str) -> None:
    """Draw how often parts favour the rival, in wrong answers beside right ones, and what kind of word rivals are."""
    st.subheader("What favours the rival", help=HELP)
    found = questions.ask(target, "wrong_answer_summary", model=model, wording=wording)
    left, right = st.columns(2)
    with left:
        rows = found.assign(part=found["part"].map(PARTS), of=found["wrong"].map(OF), value=found["share"])
        names = list(OF.values())
        st.altair_chart(
            condition_charts.grouped(rows, names, "share of answers in which it favours the rival", HINDERS, ".0%")
        )
    with right:
        forms.answer(_side_by_side(rows), "wrong_answer_summary", (), NUMBERS)
    with st.expander("Kinds of rivals", icon=":material/list:"):
        kinds = questions.ask(target, "wrong_answer_kinds", model=model, wording=wording)
        config = {name: st.column_config.NumberColumn(format="percent") for name in ("share", "share_right")}
        table = kinds.assign(kind=kinds["kind"].map(KINDS)).drop(columns=["model", "wording"])
        forms.answer(table, "wrong_answer_kinds", load_query("wrong_answer_kinds").columns, config)


def _side_by_side(rows: pd.DataFrame) -> pd.DataFrame:
    """A row a part, the figures of wrong answers beside those of right ones."""
    found = {label: rows[rows["of"] == label].set_index("part") for label in OF.values()}
    columns = {f"{name}, {label}": found[label][name] for name in SIDES for label in OF.values()}
    return pd.DataFrame(columns).reindex(rows["part"].unique()).rename_axis("part").reset_index()


def one(target: str, row: dict[str, Any]) -> None:
    """Draw one wrong answer: object and rival, what pushes each, and the lens of both where it is stored."""
    st.subheader(f"{plain(row['fact'])}")
    st.markdown(
        f"{code(row['object'])} has rank {row['rank']}; the model says {code(row['rival'])}, {KINDS[row['kind']]}. "
        + (f"The rival stays ahead from {plain(row['turn'])} on." if row["turn"] else "")
    )
    cells = st.container(horizontal=True)
    cells.metric("Margin", f"{row['margin']:+.2f}", help="Logit of the object less that of the rival.")
    random = number(row["movers_random"])
    cells.metric(f"Movers ({row['n_movers']})", _value(row["movers"]), None if random is None else
                 f"random heads {random:+.2f}", **figures.QUIET)  # fmt: skip
    for label, name in (("All heads", "heads"), ("MLPs", "mlps"), ("Embedding", "embed")):
        cells.metric(label, _value(row[name]))
    left, right = st.columns(2)
    with left:
        st.markdown("**What pushes which way**", help=HELP_PUSHES)
        st.altair_chart(condition_charts.pushes(_pushes(target, row)))
    with right:
        st.markdown("**Where both appear**", help=HELP_LENS)
        _lens(target, row)


def _value(value: object) -> str:
    known = number(value)
    return "–" if known is None else f"{known:+.2f}"


def _pushes(target: str, row: dict[str, Any]) -> pd.DataFrame:
    """The components that favour the object, then those that favour the rival, the strongest outermost."""
    roles = conditions.roles_for(target, row["fact"], row["model"], row["wording"])
    up = list(zip(row["for_object"], row["for_object_values"], strict=True))
    down = list(zip(row["for_rival"], row["for_rival_values"], strict=True))[::-1]
    rows = [{"component": name, "push": push, "role": roles.get(name, "")} for name, push in (*up, *down)]
    return pd.DataFrame(rows, columns=["component", "push", "role"])


def _lens(target: str, row: dict[str, Any]) -> None:
    found = conditions.lens(target, row["fact"], row["model"], row["wording"])
    if found.empty:
        command = code(f"kcircuits ingest {row['relation']}")
        st.caption(f"The lens of this fact is not in the store: {command} without `--no-roles` reads it.")
        return
    named = {"object": visible(row["object"]), "wrong": visible(row["rival"]), "others": "other objects, median"}
    long = found.melt(["step", "block"], list(named), "line", "logits").dropna(subset=["logits"])
    long = long.assign(line=long["line"].map(named), model="model")
    st.altair_chart(curves(long, list(named.values()), ["model"]))
