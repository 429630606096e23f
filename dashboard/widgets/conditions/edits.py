"""Edits: what one changed beside its sham, in answers, in the model, in every other fact, and in circuits."""

import shlex

import pandas as pd
import streamlit as st

from dashboard.data import conditions, questions
from dashboard.data.conditions import Row
from dashboard.drawing import condition_charts
from dashboard.drawing.condition_charts import curves
from dashboard.widgets import figures, forms, states
from dashboard.widgets.conditions import pairs
from dashboard.widgets.text import code, plain
from graphdb.circuits.trust import number
from graphdb.plain_text import visible
from graphdb.queries.library import load_query
from graphdb.tables import records

FIGURES = {
    "efficacy": ("Gives the new object", "{:.0%}", "Whether it is the first choice behind the edited prompt."),
    "paraphrase_prefix": ("… behind other words", "{:.0%}", "Share of sampled words before the prompt."),
    "paraphrase_template": ("… in other templates", "{:.0%}", "Share of the relation's other templates."),
    "neighbourhood": ("Same relation unchanged", "{:.0%}", "Share of its other known facts with the same answer."),
    "other": ("Others unchanged", "{:.0%}", "The same of other relations."),
    "kl_neighbourhood": ("KL, same relation", "{:.3f}", "Of the next token, before || after, nats; mean over facts."),
    "kl_other": ("KL, others", "{:.3f}", "The same of other relations."),
    "flips": ("Answers flipped", "{:.0f}", "Known facts whose first choice changed."),
}
"""Column of `edit_effects` -> label, form, help."""
MODELS = {"_before": "before", "": "after the edit", "_sham": "after the sham"}
"""Suffix of a column of `edit_lens` -> the model that is read."""
ACTS = {
    "change": "the whole change",
    "at_subject": "edited MLP at the subject alone",
    "at_last": "… at the last position alone",
    "direct": "carried by the edited MLP directly",
    "movers": "… by movers",
    "heads": "… by other heads",
    "mlps": "… by MLPs behind",
    "rest": "… by what comes before",
}
"""Column of `edit_actions` -> what it is."""
SHAM = "The sham is a random change of the same weights that is as large."
HELP_LENS = (
    "Old and new object behind the edited prompt after each block. What can be read is not what causes the answer."
)
HELP_ACTS = (
    "Logit of the new object less that of the old one, after less before. The five that carry it add up to the whole "
    f"change; what positions do alone need not. {SHAM}"
)
HELP_STRIP = (
    "Every fact that was asked and that the model knew before: all of the edited relation, some of each other. Bar: "
    "the edit; grey line: the sham. Square-root scale."
)
HELP_CIRCUITS = (
    "Circuits of one size, before and after. Two nulls: the circuit before found from other donors, where what differs "
    f"is chance, and the one after the sham. {SHAM}"
)
MOVED = ["fact", "edited", "jaccard", "jaccard_donors", "jaccard_sham", "mlp_before", "mlp", "mlp_donors", "mlp_sham",
         "movers_before", "movers", "movers_donors", "movers_sham", "edges", "donors"]  # fmt: skip


def section(target: str, model: str) -> None:
    """Draw one edit."""
    edit = choose(conditions.edits(target, model))
    change, sham = conditions.effects(target, edit)
    st.markdown(
        f"{code(change['prompt'])} **{plain(change['given'].strip())}** → **{plain(edit['object'])}**: "
        f"{plain(edit['method'])}, layer {edit['layer']}, {edit['share']:.1%} of the norm of its down projection. "
        f"{change['n_neighbourhood']} facts of the relation were asked, {change['n_other']} of others."
    )
    answers(change, sham)
    left, right = st.columns(2)
    with left:
        lens(target, edit)
    with right:
        acts(target, edit)
    locality(target, model, edit)
    circuits(target, edit)
    drawing(target, edit)


def choose(edits: list[Row]) -> Row:
    """Let the visitor choose an edit."""
    named = {
        f"{row['fact']} → {row['object']} · {row['method']}, layer {row['layer']} · {row['edit']}": row for row in edits
    }
    return named[str(st.selectbox("Edit", list(named), key="edit", bind="query-params"))]


def answers(change: Row, sham: Row) -> None:
    """Draw what is answered otherwise, beside the sham."""
    cells = st.container(horizontal=True)
    for name, (label, form, text) in FIGURES.items():
        value, control = (number(row[name]) for row in (change, sham))
        said = "–" if value is None else form.format(value)
        cells.metric(
            label, said, None if control is None else f"sham {form.format(control)}", **figures.QUIET, help=text
        )


def lens(target: str, edit: Row) -> None:
    """Draw where both objects appear, before, after, and after the sham."""
    st.subheader("Where both objects appear", help=HELP_LENS)
    found = conditions.of_edit(target, "edit_lens", edit)
    if found.empty:
        _not_looked_into(edit)
        return
    given = visible(edit["given"])
    lines = {"old": f"old: {given}", "new": f"new: {visible(edit['object'])}"}
    long = pd.concat(
        found[["step", "block"]].assign(line=label, model=name, logits=found[f"{line}{suffix}"])
        for line, label in lines.items()
        for suffix, name in MODELS.items()
    )
    st.altair_chart(curves(long, list(lines.values()), list(MODELS.values())))
    first = found.iloc[0]
    blocks = [plain(first[name]) or "nowhere" for name in ("emergence_before", "emergence", "emergence_sham")]
    st.caption(
        "First of the relation's objects to the end: the old one from {} on before; the new one from {} on after the "
        "edit, from {} on after the sham.".format(*blocks)
    )


def acts(target: str, edit: Row) -> None:
    """Draw where the edit acts and what carries it, beside the sham."""
    st.subheader("Where it acts, and what carries it", help=HELP_ACTS)
    found = conditions.of_edit(target, "edit_actions", edit)
    if found.empty:
        _not_looked_into(edit)
        return
    rows = [
        {"part": text, "of": row["is"], "value": row[name]} for name, text in ACTS.items() for row in records(found)
    ]
    st.altair_chart(condition_charts.grouped(pd.DataFrame(rows), ["edit", "sham"], "logits, new less old"))
    if found["movers"].isna().all():
        st.caption("No roles of this relation are known: its movers are among the heads.")


@states.fragment
def locality(target: str, model: str, edit: Row) -> None:
    """Draw the change of every other fact; a click opens the fact's circuit; redraws alone."""
    st.subheader("What it does to other facts", help=HELP_STRIP)
    found = conditions.of_edit(target, "edit_changes", edit)
    if found.empty:
        st.caption("Not in the store fact by fact: the edit is from an older store, or the model knew no other fact.")
        return
    flipped, sham = int(found["flipped"].sum()), int(found["flipped_sham"].sum())
    st.caption(
        f"{len(found):,} known facts; {flipped} answers changed, {sham} with the sham. Median KL "
        f"{found['kl'].median():.3g} nats, sham {found['kl_sham'].median():.3g}. Click a fact to open its circuit."
    )
    event = st.altair_chart(condition_charts.strip(found), on_select="rerun", key="strip")
    if picked := event["selection"].get("fact", []):
        open_circuit(target, model, str(picked[0]["fact"]))
    with st.expander("Facts", icon=":material/list:"):
        table = found.sort_values("kl", ascending=False).drop(columns=["edit", "edited", "object"])
        config = {name: st.column_config.NumberColumn(format="%.3g") for name in ("kl", "kl_sham")}
        forms.answer(table, "edit_changes", load_query("edit_changes").columns, config)


def open_circuit(target: str, model: str, fact: str) -> None:
    """Open the fact's circuit in the chosen model, or say that there is none."""
    relation, _, subject = fact.partition("/")
    stored = questions.circuits(target, model, relation)
    methods = sorted(stored.loc[stored["fact"] == fact, "method"])
    if not methods:
        st.info(f"{plain(fact)} has no circuit of this model in the store.")
        return
    query = {"relation": relation, "fact": subject, "method": methods[0]}
    st.switch_page("app_pages/circuit.py", query_params=query)


def circuits(target: str, edit: Row) -> None:
    """Draw how much of the circuits of the edited fact and of neighbours is left, beside both nulls."""
    st.subheader("Circuits before and after", help=HELP_CIRCUITS)
    found = conditions.of_edit(target, "edit_circuits", edit)
    if found.empty:
        _not_looked_into(edit)
        return
    left, right = st.columns(2)
    with left:
        st.altair_chart(condition_charts.alike(found))
    with right:
        fact = st.selectbox("Edges of", list(found["fact"]), key="moved", bind="query-params")
        layers = conditions.of_edit(target, "edit_circuit_layers", edit)
        st.altair_chart(condition_charts.moved(layers[layers["fact"] == fact]))
    config = {name: st.column_config.NumberColumn(format="%.3f") for name in MOVED if found[name].dtype == float}
    forms.answer(found[MOVED], "edit_circuits", load_query("edit_circuits").columns, config)


def drawing(target: str, edit: Row) -> None:
    """Draw a fact's circuits before and after in one, where both models' are in the store."""
    st.subheader("One drawing of before and after")
    found = conditions.circuits_of_edit(target, edit)
    if not found:
        command = code(f"kcircuits ingest RELATION --edit {edit['edit']}")
        st.caption(f"No fact has a circuit in both models: {command} finds those of the edited one.")
        return
    pairs.section(target, pairs.choose(found, "edit_fact"), "before", "after")


def _not_looked_into(edit: Row) -> None:
    fact, new = (shlex.quote(str(edit[name])) for name in ("fact", "object"))
    command = code(f"kcircuits edit {fact} --to {new} --method {edit['method']} --layer {edit['layer']} --circuits")
    st.caption(f"Not in the store: {command} looks inside.")
