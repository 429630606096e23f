"""What says how good a circuit is: its prompts, every faithfulness beside its baselines, and the other figures.

A circuit is a row of the query `circuits`.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.drawing import charts
from dashboard.widgets.text import code, plain
from graphdb.circuits.trust import NOT_MEASURED, is_measured, levels, number
from graphdb.figures import Declared, figure, figures_of
from graphdb.records import Circuit, Weights

HELP_TRUST = (
    "(m(circuit) − m(no edge)) / (m(model) − m(no edge)), where m = logit(answer) − logit(foil) at the last position. "
    "Blue: the circuit; grey: what it must beat. Dashed: the faithfulness asked for. "
    "A bar's tooltip says how it was measured."
)
HELP_METRIC = (
    "logit(answer) − logit(foil), model → circuit, against the corrupt prompt above; below, that of the empty circuit."
)
HELP_RANK = "Rank of the answer's first token among all: in the model → in the circuit; below, in a random circuit."
HELP_HIT10 = (
    "Whether the answer's first token is among the ten likeliest in the circuit; for random circuits the share."
)
HELP_EDGES = (
    "Native edges: keys and values counted per kv-head. Pruning by exact tests follows the search for the size."
)
HELP_STABILITY = (
    f"{figure(Circuit, 'stability').description}. Below, the same with the circuit of another fact of the relation, "
    "and of another relation: what it must beat."
)
SAID = {
    Weights.EFFECT: "weights are effects, in logits",
    Weights.SCORE: "weights are that tool's scores, no effects",
    Weights.MEMBERSHIP: "the file says which edges there are, and nothing of their sizes: each has the weight 1",
}
"""What the weights of an imported circuit's edges are."""
QUIET: dict[str, Any] = {"delta_color": "off", "delta_arrow": "off"}  # a baseline below a figure, not a change


def contrast(circuit: Mapping[str, Any]) -> None:
    """Draw the prompt and the corrupt one, and warn where the circuit is less faithful than asked for."""
    said = f"{code(circuit['clean_prompt'])} **{plain(circuit['answer'].strip())}**" if circuit["clean_prompt"] else ""
    if is_measured(circuit):
        corrupt = f"{code(circuit['corrupt_prompt'])} **{plain(circuit['foil'].strip())}**"
        st.markdown(f"{said}, against the corrupt prompt {corrupt}")
    elif said:
        st.markdown(said)
    if circuit["source"]:
        st.info(f"Imported from {plain(circuit['source'])}; {SAID[circuit['weights']]}.")
    if number(circuit["target"]) is not None and not circuit["reached"]:
        st.warning(
            f"No circuit that was tested reaches the target faithfulness of {circuit['target']:.2f} on all donors "
            "that choose the size."
        )
    if circuit["weights"] == Weights.SCORE and not circuit["source"]:
        st.info("The weights of this circuit are scores of the search, from an older store: they are no effects.")
    if (untrained := number(circuit["untrained"])) and untrained > 0:
        st.info(f"{untrained:,.0f} of its edges are beyond those that the method trains.")


def faithfulness(circuit: Mapping[str, Any]) -> None:
    """Draw every faithfulness, its baselines last."""
    st.subheader("Faithfulness", help=HELP_TRUST)
    if not is_measured(circuit):
        st.caption(f"{NOT_MEASURED[0].upper()}{NOT_MEASURED[1:]}.")
        return
    st.altair_chart(charts.levels(pd.DataFrame(map(asdict, levels(circuit))), circuit["target"]))


def others(circuit: Mapping[str, Any]) -> None:
    """Draw what no faithfulness says, each figure beside its baseline where it has one."""
    stability = figure(Circuit, "stability")
    cells = st.container(horizontal=True)
    cells.metric("Edges", f"{circuit['edges']:,}", _before_pruning(circuit), **QUIET, help=HELP_EDGES)
    cells.metric("Nodes", f"{circuit['nodes']:,}", help="Embedding, heads, MLPs and logits.")
    if not is_measured(circuit):
        return
    random = f"random {circuit['hit10_random']:.0%}"
    ranks = f"{circuit['rank_model']:.0f} → {circuit['rank_circuit']:.0f}"
    margins = f"{circuit['metric_clean']:.1f} → {circuit['metric_circuit']:.1f}"
    cells.metric("Stability", _value(stability, circuit), _nulls(circuit), **QUIET, help=HELP_STABILITY)
    for each in figures_of(Circuit):
        if each.figure.label:
            cells.metric(each.figure.label, _value(each, circuit), help=each.description)
    cells.metric("Logit difference", margins, f"no edge {circuit['metric_ablated']:.1f}", **QUIET, help=HELP_METRIC)
    cells.metric("Rank of the answer", ranks, f"random {circuit['rank_random']:,.0f}", **QUIET, help=HELP_RANK)
    cells.metric("Hit@10", "yes" if circuit["hit10_circuit"] else "no", random, **QUIET, help=HELP_HIT10)


def _value(each: Declared, circuit: Mapping[str, Any]) -> str:
    value = number(circuit[each.column])
    return "–" if value is None else each.figure.unit.form.format(value)


def _nulls(circuit: Mapping[str, Any]) -> str | None:
    """What stability must beat."""
    relation, other = (_value(figure(Circuit, f"stability_{name}"), circuit) for name in ("relation", "other"))
    return None if relation == other == "–" else f"relation {relation}, other {other}"


def _before_pruning(circuit: Mapping[str, Any]) -> str | None:
    searched = circuit["edges_searched"]
    return f"{searched:,} before pruning" if searched > circuit["edges"] else None


def beside_nulls(
    row: Mapping[str, Any], shown: Mapping[str, tuple[str, str, str, str]], helps: Mapping[str, str] | None = None
) -> None:
    """Draw figures of a row, each with its null where it has one.

    `shown`: column -> that of its null (empty: none), label, form, and what the null is; `helps`: column -> help.
    """
    cells = st.container(horizontal=True)
    for name, (null, label, form, words) in shown.items():
        value, control = number(row[name]), number(row[null]) if null else None
        beside = None if control is None else f"{words} {form.format(control)}"
        said = "–" if value is None else form.format(value)
        cells.metric(label, said, beside, **QUIET, help=(helps or {}).get(name))
