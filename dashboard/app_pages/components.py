"""Components: what a head or an MLP does across relations; without a choice, the heads that stand out."""

from functools import partial

import pandas as pd
import streamlit as st

from dashboard.data import questions
from dashboard.drawing import role_charts
from dashboard.widgets import details, roles, states
from dashboard.widgets.text import code, plain
from graphdb.drawing.roles import NAMES, tokens

HELP_COMPONENT = "Heads, such as a9.h6, and MLPs, such as m9."
HELP_MAP = (
    "Colour: the score in logits. Dot: the head has the role there, beyond its null over the relation's facts "
    "(q ≤ 0.05 and at least 0.1 logit). The highest mean stands first. "
    "Relation heads are the wording's, not the relation's alone: another template has others."
)
HELP_STRONGEST = (
    "Each head once: relations in which it has the role, its mean score there in logits, and the relation in which it "
    "is strongest, beside its null and q there."
)
HELP_SCORES = (
    "Means over a relation's facts, logits. Mover: what the head writes of the object from the subject, beyond other "
    "facts and objects; null: other facts' objects. Relation head: what its attention to the template adds to the "
    "relation's objects; null: another relation's."
)
HELP_PLACES = (
    "Means over the circuits that hold it: what its edges do in logits, by where it writes. Positive helps the answer."
)
HELP_PROFILE = "Its mean share in the scores of the relation's circuits, over the mean of that in all relations."
DRAWN, LISTED = 30, 20
"""Relations of a profile that are drawn; heads of a role that are listed."""
EVERY = st.column_config.NumberColumn("all heads", format="%.2f")
TALL = 360
"""Height of a long table, px."""


def page() -> None:
    """Draw the page."""
    target, model = questions.store().target, str(st.session_state["model"])
    st.title("Components")
    names = [name for name in questions.topology(target, model).source_names if name != "embed"]
    asked = st.query_params.get("component", "")
    component = st.selectbox(
        "Component", names, None, key="component", bind="query-params", placeholder="Choose a head or an MLP",
        help=HELP_COMPONENT, width=320,
    )  # fmt: skip
    if asked and component is None and asked not in names:
        st.warning(f"The model has no head or MLP {plain(asked)}.")
    if component is None:
        every(target, model)
    else:
        one(target, model, str(component))


def every(target: str, model: str) -> None:
    """Draw the heads that stand out in the store."""
    held = questions.ask(target, "roles_held", model=model)
    if held.empty:
        roles.none_yet()
        return
    wording = template(sorted(set(held["wording"])))
    held = held[held["wording"] == wording]
    left, right = st.columns(2)
    for column, (score, kind) in zip((left, right), role_charts.SCORES.items(), strict=True):
        with column:
            strongest(held, score, kind)
    st.subheader("Roles by layer")
    st.altair_chart(role_charts.by_layer(held, questions.topology(target, model).n_layers))
    heads_by_relation(target, model, wording)
    checks(target, model, wording)


def template(wordings: list[str]) -> str:
    """Let the visitor choose the number of a template, where there are several."""
    if len(wordings) < 2:
        return wordings[0]
    chosen = st.segmented_control(
        "Template", wordings, default=wordings[0], required=True, format_func=plain, key="wording", bind="query-params",
        help="Number of a relation's template: roles are of a wording.",
    )  # fmt: skip
    return str(chosen)


def strongest(roles_held: pd.DataFrame, score: str, kind: str) -> None:
    """Draw the heads that have a role in most relations."""
    st.subheader(f"Strongest {NAMES[kind]}s", help=HELP_STRONGEST)
    held = roles_held[roles_held["role"].isin([kind, "mixture"])].sort_values(score, ascending=False)
    if held.empty:
        st.caption("None.")
        return
    found = held.groupby("component", sort=False).agg(
        relations=("relation", "nunique"), mean=(score, "mean"), strongest=("relation", "first"),
        score=(score, "first"), null=(f"{kind}_null", "first"), q=(f"{kind}_q", "first"),
    )  # fmt: skip
    rows = found.sort_values(["relations", "mean"], ascending=False).head(LISTED).reset_index()
    number = st.column_config.NumberColumn(format="%.2f")
    config = dict.fromkeys(("mean", "score", "null"), number) | {"q": st.column_config.NumberColumn(format="%.2g")}
    st.dataframe(rows, hide_index=True, height="auto" if len(rows) < 9 else TALL, column_config=config)


def _choose(key: str) -> None:
    """Choose the head whose cell was clicked; a widget's value can only be set before the page is drawn."""
    if picked := st.session_state[key]["selection"].get("head", []):
        st.session_state["component"] = picked[0]["component"]


@states.fragment
def heads_by_relation(target: str, model: str, wording: str) -> None:
    """Draw the head × relation matrix; a click opens a head."""
    st.subheader("Heads by relation", help=HELP_MAP)
    labels = {score: f"{NAMES[kind]}s" for score, kind in role_charts.SCORES.items()}
    score = str(
        st.segmented_control(
            "Score", list(labels), default="mover", required=True, format_func=labels.__getitem__, key="score",
            bind="query-params", label_visibility="collapsed",
        )
    )  # fmt: skip
    kind = role_charts.SCORES[score]
    cells = questions.ask(target, "head_scores", role=kind, wording=wording, model=model)
    if cells.empty:
        st.caption(f"No head is a {NAMES[kind]} in a relation.")
        return
    key = f"heads_{score}"
    event = st.altair_chart(role_charts.head_map(cells, score), on_select=partial(_choose, key), key=key)
    if event["selection"].get("head", []):
        st.rerun()
    st.caption(
        f"{cells['component'].nunique()} heads, those with the role in most relations. Click a cell for its head."
    )


def checks(target: str, model: str, wording: str) -> None:
    """Draw what cutting the heads costs, where it was measured."""
    st.subheader("What cutting them costs", help=roles.HELP_CUT)
    rows = questions.ask(target, "role_checks", model=model)
    rows = rows[rows["wording"] == wording]
    if rows.empty:
        st.caption(
            f"Not measured. {code('kcircuits roles RELATION --check')} cuts them on facts that did not choose them."
        )
        return
    rows = rows.assign(role=rows["role"].map(NAMES), heads=rows["heads"].map(", ".join))
    figures = ["drop", "drop_low", "drop_high", "random", "random_low", "random_high", "every"]
    config = {name: st.column_config.NumberColumn(name.replace("_", ", "), format="%.2f") for name in figures}
    shown = ["relation", "role", "heads", "facts_cut", *figures]
    st.dataframe(rows[shown], hide_index=True, column_config=config | {"facts_cut": "facts", "every": EVERY})


def one(target: str, model: str, component: str) -> None:
    """Draw what one component does."""
    st.subheader(plain(component))
    found = questions.ask(target, "component_roles", component=component, model=model)
    if not found.empty:
        roles_of(found)
        facts(target, model, component)
    elif ".h" in component:
        roles.none_yet()
    else:
        st.caption("Roles are told of heads only.")
    methods = sorted(questions.methods(target, model))
    if not methods:
        states.no_circuits()
        return
    method = str(st.selectbox("Method", methods, key="method", bind="query-params")) if methods[1:] else methods[0]
    left, right = st.columns(2)
    with left:
        profile(target, model, method, component)
    with right:
        places(target, model, method, component)


def roles_of(found: pd.DataFrame) -> None:
    """Draw the head's scores beside their nulls and its attention in one template, and all it does as a table."""
    rows = found[found["wording"] == template(sorted(set(found["wording"])))]
    counts = rows["role"].value_counts()
    said = [f"{NAMES[role]} in **{counts[role]}**" for role in NAMES if role in counts]
    st.markdown(f"{', '.join(said).capitalize()} of {len(rows)} relations." if said else "No role in any relation.")
    rows = rows.assign(where=rows["relation"])
    left, right = st.columns(2)
    with left:
        st.subheader("Scores beside their nulls", help=HELP_SCORES)
        st.altair_chart(role_charts.scores(rows))
    with right:
        st.subheader("Attention by group", help="Mean share of the last position's attention; sink: position 0.")
        st.altair_chart(role_charts.attention(rows))
    st.subheader("Roles by relation and template", help="Those first in which it has a role.")
    table = found.assign(role=found["role"].map(NAMES).fillna(""), writes=found["writes"].map(tokens))
    numbers = ["mover", "mover_null", "relation_score", "relation_null"]
    config = {name: st.column_config.NumberColumn(name.replace("_", ", "), format="%.2f") for name in numbers}
    config |= {name: st.column_config.NumberColumn(name.replace("_", ", "), format="%.2g") for name in
               ("mover_q", "relation_q")}  # fmt: skip
    columns = ["relation", "template", "role", "facts", "mover", "mover_null", "mover_q", "relation_score",
               "relation_null", "relation_q", "writes"]  # fmt: skip
    st.dataframe(table[columns], hide_index=True, column_config=config)


def facts(target: str, model: str, component: str) -> None:
    """Draw the facts for which the head has a role, with links to those that have a circuit."""
    found = questions.ask(target, "facts_of_role", component=component, model=model)
    st.subheader("Facts for which it has a role", help="A fact's own scores, in logits: a description, not a test.")
    if found.empty:
        st.caption("None.")
        return
    methods = dict(questions.circuits(target, model)[["fact", "method"]].to_numpy().tolist())
    names = found[["relation", "subject", "fact"]].astype(str).to_numpy().tolist()
    links = [
        details.link(relation, subject, methods[fact], node=component) if fact in methods else ""
        for relation, subject, fact in names
    ]
    rows = found.assign(open=links, role=found["role"].map(NAMES), writes=found["writes"].map(tokens))
    shown = rows[["open", "relation", "subject", "object", "role", "mover", "relation_score", "writes"]]
    number = st.column_config.NumberColumn(format="%.2f")
    config = {"open": details.LINK, "mover": number, "relation_score": st.column_config.NumberColumn("relation head",
              format="%.2f")}  # fmt: skip
    st.dataframe(shown, hide_index=True, height="auto" if len(rows) < 9 else TALL, column_config=config)


def profile(target: str, model: str, method: str, component: str) -> None:
    """Draw which relations' circuits use the component more than others'."""
    st.subheader("Use by circuits", help=HELP_PROFILE)
    rows = questions.ask(target, "component_profile", component=component, model=model, method=method)
    used = rows[rows["facts"] > 0]
    if used.empty:
        st.caption("No circuit holds it.")
        return
    st.caption(f"In the circuits of {used['facts'].sum()} of {rows['explained'].sum()} facts, in {len(used)} of "
               f"{len(rows)} relations.")  # fmt: skip
    st.altair_chart(role_charts.profile(used.head(DRAWN)))


def places(target: str, model: str, method: str, component: str) -> None:
    """Draw where in the prompt the component acts."""
    st.subheader("Where it acts", help=HELP_PLACES)
    rows = questions.ask(target, "component_places", component=component, model=model, method=method)
    if rows.empty:
        st.caption("Not measured in any circuit that holds it.")
        return
    count = rows["circuits"].sum()
    st.caption(f"Means over {count} circuits that say where." if count > 1 else "Of the one circuit that says where.")
    st.altair_chart(role_charts.places(rows.assign(where=rows["relation"])))


page()
