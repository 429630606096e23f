"""Circuit: one fact's circuit drawn by layer, beside how far to trust it."""

import shlex
from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.data import questions
from dashboard.data.sizes import first_size, options
from dashboard.drawing import charts
from dashboard.drawing.circuit_view import circuit_view
from dashboard.widgets import details, figures, roles, states
from dashboard.widgets.text import code, plain
from graphdb.circuits.drawn import at_size, feeds
from graphdb.drawing.lens import READ, Lens
from graphdb.drawing.picture import Picture, circuit_picture
from graphdb.records import Weights
from graphdb.tables import records

HELP_CURVE = (
    "Lines: the strongest edges by |score|, and edges in random order, against the first donor that judges. "
    "Point: the circuit, as a mean over all donors that judge."
)
HELP_SIZE = (
    "Strongest edges by |weight|. Up to the stored size they are the circuit's own; beyond it they come from "
    "the scores of all edges. Edges on no path from the embedding to the logits are left out."
)

HELP_LENS = (
    "Closed: running sum of what blocks write, the final norm's scale held fixed, exact at the end. Raw: final norm "
    "and unembedding of the stream as it is. Ridge: the same behind a linear map fitted for each block."
)
LENS = (
    "Beside the layers: logits of the object at the last position after each block. *First*: from there on it is ahead "
    "of the relation's other objects. *Largest rise*: over their mean. What can be read is not what causes the answer."
)


def page() -> None:
    """Draw the page."""
    target, model = questions.store().target, str(st.session_state["model"])
    relations = questions.explained(target, model)
    if not relations:
        st.title("Circuit")
        states.no_circuits()
        return
    chosen = questions.circuit(target, choose(target, model, relations))
    st.title(f"{plain(chosen['subject'])} → {plain(chosen['object'])}")
    trust(target, chosen)
    explorer(target, chosen)


def choose(target: str, model: str, relations: list[str]) -> str:
    """Let the visitor choose relation, fact and method, in the URL too; return the circuit's id."""
    asked = st.query_params.get("fact", "")
    left, middle, right = st.columns([2, 2, 1])
    relation = left.selectbox("Relation", relations, key="relation", bind="query-params")
    circuits = questions.circuits(target, model, str(relation))
    subject = middle.selectbox("Fact", sorted(set(circuits["subject"])), key="fact", bind="query-params")
    if asked and asked != subject:
        st.warning(f"{plain(asked)} has no circuit in {plain(relation)}: the Overview says why.")
    circuits = circuits[circuits["subject"] == subject]
    method = right.selectbox("Method", sorted(circuits["method"]), key="method", bind="query-params")
    return str(circuits.loc[circuits["method"] == method, "circuit"].iloc[0])


def trust(target: str, circuit: Mapping[str, Any]) -> None:
    """Draw the prompts and what says how good the circuit is."""
    figures.contrast(circuit)
    left, right = st.columns(2)
    with left:
        figures.faithfulness(circuit)
    with right:
        curve(target, circuit)
    figures.others(circuit)
    details.donors(circuit)


def curve(target: str, circuit: Mapping[str, Any]) -> None:
    """Draw faithfulness by size, or say how to get it."""
    st.subheader("Faithfulness by size", help=HELP_CURVE)
    if circuit["curve"]:
        st.altair_chart(charts.curve(circuit, questions.topology(target, str(circuit["model"])).n_edges))
        st.caption(f"Area between the blue line and 1 over the share of edges (CMD): {circuit['cmd']:.3f}")
    elif circuit["source"]:
        st.caption("Not measured: the sizes that another tool would choose are not known.")
    else:
        command = f"kcircuits ingest {shlex.quote(str(circuit['relation']))} … --curve"
        st.caption(f"Not measured. {code(command)} measures it.")


@states.fragment
def explorer(target: str, circuit: Mapping[str, Any]) -> None:
    """Draw the circuit, the node's panel and the details; redraws alone."""
    topology = questions.topology(target, str(circuit["model"]))
    stored = questions.circuit_edges(target, str(circuit["circuit"]))
    scores = questions.scores(questions.store().data_folder, str(circuit["artifact"]))
    size = st.select_slider(
        "Edges drawn",
        options(len(stored), beyond=scores is not None),
        value=first_size(len(stored)),
        key="size",
        bind="query-params",
        help=HELP_SIZE,
    )
    edges = at_size(size, stored, scores, topology)
    if edges.empty:
        st.info(f"None of the {size} strongest edges lies on a path from the embedding to the logits: draw more.")
        return
    st.caption(size_note(circuit, edges, size))
    known = {
        str(row["component"]): row
        for row in records(questions.ask(target, "circuit_roles", circuit=circuit["circuit"]))
    }
    lenses = questions.ask(target, "circuit_lens", circuit=circuit["circuit"])
    roles.gaps(circuit, known, lenses)
    lens = choose_lens(lenses)
    picture, panel = st.columns([2, 1])
    with picture:
        node = draw(circuit_picture(edges, feeds(edges, topology), known, lens, Weights(circuit["weights"])))
        if lens:
            st.caption(LENS)
        roles.checks(target, circuit)
    with panel:
        details.node_panel(target, circuit, edges, node, known)
    details.tables(target, circuit, edges)


def choose_lens(lenses: pd.DataFrame) -> Lens | None:
    """Return the lens to draw, of the visitor's choice where there are several; None: there is none."""
    if lenses.empty:
        return None
    kinds = [kind for kind in READ if kind in set(lenses["lens"])]
    kind = kinds[0]
    if kinds[1:]:
        kind = st.segmented_control(
            "Lens", kinds, default=kind, required=True, format_func=READ.__getitem__, key="lens", bind="query-params",
            help=HELP_LENS,
        )  # fmt: skip
    return Lens.of(records(lenses[lenses["lens"] == kind])[0])


def draw(picture: Picture) -> str:
    """Draw the picture; return the node that is chosen, in the URL and in the picture, or the empty string."""
    key = "circuit_view"
    clicked = getattr(st.session_state.get(key), "node", None)
    if clicked:
        st.query_params["node"] = clicked
    elif clicked == "":
        st.query_params.pop("node", None)
    chosen = st.query_params.get("node", "")
    circuit_view(picture, chosen, key)
    return chosen


def size_note(circuit: Mapping[str, Any], edges: pd.DataFrame, size: int) -> str:
    """Say what is drawn, and whether the figures above hold for it."""
    drawn = f"{len(edges):,} edges drawn"
    if len(edges) < size:
        drawn += f" ({size - len(edges):,} of the strongest {size:,} lie on no path and are left out)"
    if size == circuit["edges"]:
        return f"{drawn}: the stored circuit, for which the figures above were measured."
    stored = f"The figures above hold for the stored {circuit['edges']:,} edges"
    return f"{drawn}. :orange[{stored}; at this size nothing was measured.]"


page()
