"""Demonstrations: what other facts of the relation before a prompt change, each figure beside its null."""

from typing import Any

import streamlit as st

from dashboard.data import conditions, questions
from dashboard.drawing import condition_charts
from dashboard.widgets import figures, forms
from dashboard.widgets.conditions import pairs
from dashboard.widgets.text import code
from graphdb.conditions.demonstrations import Labels
from graphdb.queries.library import load_query
from graphdb.records import Kind
from graphdb.tables import records

FIGURES = {
    "gain": ("gain_shuffled", "Gain in probability", "{:+.2f}", "shuffled labels"),
    "first": ("first_zero", "Object is first", "{:.0%}", "without"),
    "drop": ("random", "Cutting the heads, nats", "{:.2f}", "random heads"),
    "drop_share": ("", "Share of the gain", "{:.0%}", ""),
    "movers_r": ("movers_r_halves", "Mover scores with and without, r", "{:.2f}", "two halves"),
}
"""Column of `demonstrations` -> that of its null, label, form, and what the null is."""
HELP = (
    "The object's probability behind other facts of the relation, mean over the same facts; bands are 95% intervals. "
    "Shuffled: the same subjects with other facts' objects, none of them right."
)
HELP_HEADS = (
    "They attend to the demonstrations' answers from the last position far above an even spread over the "
    "demonstrations' tokens, and are no movers without demonstrations."
)
HELP_CIRCUITS = (
    "With: all prompts, the fact's and its donors', stand behind the same demonstrations. What these bring is the same "
    "in both, so heads that read their answers need not be in it."
)
DRAWN = 15
"""Heads in the chart; the table has all."""


def section(target: str, model: str) -> None:
    """Draw one relation, and one fact's circuits with and without where the store has them."""
    left, right = st.columns(2)
    found = questions.ask(target, "demonstrations", model=model)
    relations = sorted(set(found["relation"]))
    if relations:
        relation = str(left.selectbox("Relation", relations, key="demonstration_relation", bind="query-params"))
        found = found[found["relation"] == relation]
        wordings = sorted(set(found["wording"]))
        wording = wordings[0]
        if wordings[1:]:
            wording = str(right.selectbox("Template", wordings, key="demonstration_wording", bind="query-params"))
        of_relation(target, model, records(found[found["wording"] == wording]))
    if both := conditions.contrasts(target, model, Kind.DEMONSTRATION):
        st.subheader("Circuits with and without", help=HELP_CIRCUITS)
        pairs.section(target, pairs.choose(both, "demonstration_fact"), "without", "with")
    else:
        st.caption(f"No circuits behind demonstrations: {code('kcircuits ingest RELATION --contrast demonstration')}.")


def of_relation(target: str, model: str, rows: list[dict[str, Any]]) -> None:
    """Draw what demonstrations change in a relation, by their number; `rows` are of one wording."""
    most = max(row["shots"] for row in rows)
    by_labels = {row["labels"]: row for row in rows if row["shots"] == most}
    own, shuffled = by_labels[Labels.OWN], by_labels.get(Labels.SHUFFLED)
    st.subheader("Probability of the object", help=HELP)
    st.altair_chart(condition_charts.shots(rows))
    _figures(own | {"gain_shuffled": shuffled["gain"] if shuffled else None}, most)
    with st.expander("All figures", icon=":material/list:"):
        query = load_query("demonstrations")
        numbers = {name: st.column_config.NumberColumn(format="%.3g") for name in own if isinstance(own[name], float)}
        forms.answer(questions.ask(target, query.name, relation=own["relation"], model=model), query.name,
                     query.columns, numbers)  # fmt: skip
    _heads(target, model, str(own["relation"]), most)


def _figures(row: dict[str, Any], shots: int) -> None:
    figures.beside_nulls(row, FIGURES)
    cut = ", ".join(row["heads"])
    st.caption(
        f"At {shots} demonstrations, {row['facts']} facts known without. Heads that are cut from the demonstrations: "
        f"{cut}; chosen on {', '.join(map(code, row['chosen_on']))}."
    )


def _heads(target: str, model: str, relation: str, shots: int) -> None:
    query = load_query("demonstration_heads")
    new = questions.ask(target, query.name, relation=relation, model=model, shots=shots)
    st.subheader("Heads that are new with demonstrations", help=HELP_HEADS)
    if new.empty:
        st.caption("None for this relation: too few facts to tell, or no head attends so much to the answers.")
        return
    st.altair_chart(condition_charts.new_heads(new[:DRAWN]))
    with st.expander("All of them, and for which relations", icon=":material/list:"):
        numbers = {
            name: st.column_config.NumberColumn(format="%.2f") for name in new.columns if new[name].dtype == float
        }
        forms.answer(new.drop(columns="model"), query.name, query.columns, numbers)
