"""What stands beside the drawing of a circuit about roles of its components."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.data import questions
from dashboard.drawing import role_charts
from dashboard.widgets.text import code, plain
from graphdb.circuits.trust import number
from graphdb.drawing.roles import NAMES, q_of, split, tokens

Rows = Mapping[str, Mapping[str, Any]]
"""Component -> its row of the query `circuit_roles`."""
LOGITS: dict[str, Any] = {
    name: st.column_config.NumberColumn(format="%.2f", help=text)
    for name, text in {
        "M": "Mover score, logits: what the head writes of the object from the subject, beyond other facts and objects",
        "R": "Relation score, logits: what its attention to the template adds to the relation's objects",
    }.items()
}
HELP_CUT = (
    "The heads do not attend to the subject (movers) or to the template (relation heads) from the last position. "
    "Movers are judged by the object's logit over the relation's other objects, relation heads by these objects' over "
    "those of other relations. In brackets: 95% interval over facts. Random: as many heads of the same layers."
)


def gaps(circuit: Mapping[str, Any], roles: Rows, lenses: pd.DataFrame) -> None:
    """Say in a line what of roles and lens is not there, and what makes it."""
    scored = [row for row in roles.values() if number(row["mover"]) is not None]
    lacks = [name for name, there in (("roles of heads", scored), ("the lens", len(lenses))) if not there]
    if lacks and not str(circuit["wording"]).isdecimal():
        st.caption("Roles and lens are read in a relation's templates; this fact is asked in words of its own.")
    elif lacks:
        command = code(f"kcircuits ingest {circuit['relation']}")
        names = " and ".join(lacks)
        st.caption(f"Not in the store for this circuit: {names}. {command} without `--no-roles` finds them.")
    elif not any(row["role"] for row in roles.values()):
        untested = all(number(row["mover_q"]) is None for row in scored)
        st.caption("No head has a role for this fact" + (": too few facts to test." if untested else "."))


def checks(target: str, circuit: Mapping[str, Any]) -> None:
    """Say what it costs to cut the heads with a role in the circuit's relation and wording, where it was measured."""
    rows = questions.ask(target, "role_checks", relation=circuit["relation"], model=circuit["model"])
    for row in rows[rows["wording"] == circuit["wording"]].to_dict("records"):
        heads = plain(", ".join(row["heads"]))
        what = "movers, from the subject" if row["role"] == "mover" else "relation heads, from the template"
        cost = f"{row['drop']:.2f} \\[{row['drop_low']:.2f}, {row['drop_high']:.2f}\\] logits"
        st.caption(
            f"Cutting {heads} ({what}) costs {cost} on {row['facts_cut']} of the relation's facts that did not choose "
            f"them; random heads {row['random']:.2f}; all heads {row['every']:.2f}.",
            help=HELP_CUT,
        )


def part(row: Mapping[str, Any]) -> None:
    """Draw what a component does in the circuit: role, scores beside nulls, positions, attention, tokens."""
    if row["role"]:
        st.markdown(f"**{NAMES[row['role']].capitalize()}** for this fact.")
    elif number(row["mover"]) is not None:
        st.caption("No role for this fact.")
    if number(row["mover"]) is not None:
        scores = [_score("M", row, "mover", "mover"), _score("R", row, "relation", "relation_score")]
        columns = ["", "this fact", "relation", "null", "q"]
        st.dataframe(pd.DataFrame(scores, columns=columns), hide_index=True, column_config={
            "": st.column_config.Column(help="M: mover score; R: relation score, in logits"),
            "relation": st.column_config.Column(help=f"Mean over {row['facts']:.0f} facts of the relation"),
            "null": st.column_config.Column(help="M with other facts' objects, R with another relation's"),
        })  # fmt: skip
    if places := split(row):
        st.caption("Acts " + ", ".join(f"{value:+.2f} at {name}" for name, value in places.items()) + " (logits).")
    if len(row["attends"]):
        st.altair_chart(role_charts.attended(row["tokens"], row["attends"]))
    if len(row["attention"]):
        st.altair_chart(
            role_charts.attention(pd.DataFrame([{"where": "in the relation", "attention": row["attention"]}]))
        )
    if len(row["writes"]):
        st.caption(f"Writes {plain(tokens(row['writes']))}.")
    if len(row["writes_most"]):
        said = ", ".join(
            f"{plain(tokens([text]))} ({share:.0%})"
            for text, share in zip(row["writes_most"], row["writes_share"], strict=True)
        )
        st.caption(f"In most facts for which it has a role it writes {said}.")


def _score(letter: str, row: Mapping[str, Any], name: str, column: str) -> tuple[str, ...]:
    own = number(row[f"fact_{name}"])
    here = "–" if own is None else f"{own:.2f}"
    return letter, here, f"{row[column]:.2f}", f"{row[f'{name}_null']:.2f}", q_of(row[f"{name}_q"]).removeprefix("q ")


def elsewhere(target: str, circuit: Mapping[str, Any], node: str) -> None:
    """Draw the head's roles in other relations and wordings, where it has some."""
    every = questions.ask(target, "component_roles", component=node, model=circuit["model"])
    here = (every["relation"] == circuit["relation"]) & (every["wording"] == circuit["wording"])
    held = every[~here & (every["role"] != "")]
    if every.empty:
        return
    st.caption(_count(held))
    if not held.empty:
        table = held.assign(role=held["role"].map(NAMES), M=held["mover"], R=held["relation_score"])
        st.dataframe(table[["relation", "wording", "role", "M", "R"]], hide_index=True, column_config=LOGITS)
    st.page_link(
        "app_pages/components.py",
        label="All that it does",
        icon=":material/hub:",
        query_params={"component": node, "model": str(circuit["model"])},
    )


def _count(held: pd.DataFrame) -> str:
    if held.empty:
        return "It has no role in another relation or wording."
    return f"In other relations and wordings it has {len(held)} role{'s' if len(held) > 1 else ''}:"


def none_yet() -> None:
    """Say what makes roles, where the store has none."""
    st.caption(f"No roles of heads in the store yet: {code('kcircuits ingest')} without `--no-roles` finds them.")
