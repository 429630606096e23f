"""Circuit: one fact's circuit drawn by layer, beside how far to trust it."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import data, details, states
from dashboard.circuit_view import circuit_view, drawing
from dashboard.sizes import at_size, feeds, first_size, options
from graphdb.tables import records

HELP_HIT10 = "Whether the answer's first token is among the ten likeliest, in the model, the circuit, random circuits."
HELP_RANDOM = "Mean of random circuits with as many edges, as many of each layer."
HELP_SIZE = (
    "Strongest edges by |weight|. Up to the stored size they are the circuit's own; beyond it they come from "
    "the scores of all edges. Edges on no path from the embedding to the logits are left out."
)


def page() -> None:
    """Draw the page."""
    target, model = data.store().target, str(st.session_state["model"])
    circuits = data.circuits(target, model)
    if circuits.empty:
        st.title("Circuit")
        states.no_circuits()
        return
    chosen = choose(circuits)
    st.title(f"{chosen['subject']} → {chosen['object']}")
    trust(chosen)
    explorer(target, chosen)


def choose(circuits: pd.DataFrame) -> dict[str, Any]:
    """Let the visitor choose relation, fact and method; the choice is in the URL."""
    asked = st.query_params.get("fact", "")
    left, middle, right = st.columns([2, 2, 1])
    relation = left.selectbox("Relation", sorted(set(circuits["relation"])), key="relation", bind="query-params")
    circuits = circuits[circuits["relation"] == relation]
    subject = middle.selectbox("Fact", sorted(set(circuits["subject"])), key="fact", bind="query-params")
    if asked and asked != subject:
        st.warning(f"{asked} has no circuit in {relation}: the Overview says why.")
    circuits = circuits[circuits["subject"] == subject]
    method = right.selectbox("Method", sorted(circuits["method"]), key="method", bind="query-params")
    return records(circuits[circuits["method"] == method])[0]


def trust(circuit: Mapping[str, Any]) -> None:
    """Draw the prompts and the figures that say how good the circuit is."""
    st.markdown(
        f"`{circuit['clean_prompt']}` **{circuit['answer'].strip()}**, against the corrupt prompt "
        f"`{circuit['corrupt_prompt']}` **{circuit['foil'].strip()}**"
    )
    if not circuit["reached"]:
        st.warning(f"No circuit that was tested reaches the target faithfulness of {circuit['target']:.2f}.")
    cells = st.container(horizontal=True)
    cells.metric("Faithfulness", f"{circuit['faithfulness']:.2f}", help=f"Target: {circuit['target']:.2f}")
    cells.metric("… of random circuits", f"{circuit['faithfulness_random']:.2f}", help=HELP_RANDOM)
    cells.metric("Hit@10: model", "yes" if circuit["hit10_model"] else "no", help=HELP_HIT10)
    cells.metric("Hit@10: circuit", "yes" if circuit["hit10_circuit"] else "no", help=HELP_HIT10)
    cells.metric("Hit@10: random", f"{circuit['hit10_random']:.0%}", help=HELP_HIT10)
    cells.metric("Rank of the answer", f"{circuit['rank_model']} → {circuit['rank_circuit']}", help="Model → circuit")
    cells.metric("Edges", f"{circuit['edges']:,}", help="Native edges: keys and values counted per kv-head.")
    cells.metric("Nodes", f"{circuit['nodes']:,}", help="Embedding, heads, MLPs and logits.")


@states.fragment
def explorer(target: str, circuit: Mapping[str, Any]) -> None:
    """Draw the circuit, the node's panel and the details; redraws alone."""
    topology = data.topology(target, str(circuit["model"]))
    stored = data.circuit_edges(target, str(circuit["circuit"]))
    scores = data.scores(data.store().data_folder, str(circuit["artifact"]))
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
    picture, panel = st.columns([5, 3])
    with picture:
        node = draw(edges, feeds(edges, topology))
    with panel:
        details.node_panel(target, circuit, edges, node)
    details.tables(target, circuit, edges)


def draw(edges: pd.DataFrame, pairs: list[tuple[str, str]]) -> str:
    """Draw the edges; return the node that is chosen, in the URL and in the picture, or the empty string."""
    key = "circuit_view"
    clicked = getattr(st.session_state.get(key), "node", None)
    if clicked:
        st.query_params["node"] = clicked
    elif clicked == "":
        st.query_params.pop("node", None)
    chosen = st.query_params.get("node", "")
    circuit_view(drawing(edges, pairs), chosen, key)
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
