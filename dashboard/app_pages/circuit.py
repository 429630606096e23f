"""Circuit: one fact's circuit drawn by layer, beside how far to trust it."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import charts, data, details, states
from dashboard.circuit_view import circuit_view, drawing
from dashboard.sizes import at_size, feeds, first_size, options
from graphdb.trust import levels, number

HELP_TRUST = (
    "(m(circuit) − m(no edge)) / (m(model) − m(no edge)), where m = logit(answer) − logit(foil) at the last position. "
    "Blue: the circuit; grey: what it must beat. Dashed: the faithfulness asked for. "
    "A bar's tooltip says how it was measured."
)
HELP_CURVE = (
    "Lines: the strongest edges by |score|, and edges in random order, against the first donor that judges. "
    "Point: the circuit, as a mean over all donors that judge."
)
HELP_STABILITY = (
    "Jaccard with the circuit of equal size that the same method finds from the donors that did not find this."
)
HELP_KL = "KL(model || circuit) of the next token, nats: mean over the donors that judge. 0: the same distribution."
HELP_TOP1 = "Share of the donors that judge against which the circuit's best token is the model's."
HELP_NEEDED = "Share of a sample of edges whose single removal costs more than 1% of the faithfulness."
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
QUIET: dict[str, Any] = {"delta_color": "off", "delta_arrow": "off"}  # a baseline below a figure, not a change
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
    chosen = data.circuit(target, choose(circuits))
    st.title(f"{chosen['subject']} → {chosen['object']}")
    trust(target, chosen)
    explorer(target, chosen)


def choose(circuits: pd.DataFrame) -> str:
    """Let the visitor choose relation, fact and method, in the URL too; return the circuit's id."""
    asked = st.query_params.get("fact", "")
    left, middle, right = st.columns([2, 2, 1])
    relation = left.selectbox("Relation", sorted(set(circuits["relation"])), key="relation", bind="query-params")
    circuits = circuits[circuits["relation"] == relation]
    subject = middle.selectbox("Fact", sorted(set(circuits["subject"])), key="fact", bind="query-params")
    if asked and asked != subject:
        st.warning(f"{asked} has no circuit in {relation}: the Overview says why.")
    circuits = circuits[circuits["subject"] == subject]
    method = right.selectbox("Method", sorted(circuits["method"]), key="method", bind="query-params")
    return str(circuits.loc[circuits["method"] == method, "circuit"].iloc[0])


def trust(target: str, circuit: Mapping[str, Any]) -> None:
    """Draw the prompts and what says how good the circuit is."""
    st.markdown(
        f"`{circuit['clean_prompt']}` **{circuit['answer'].strip()}**, against the corrupt prompt "
        f"`{circuit['corrupt_prompt']}` **{circuit['foil'].strip()}**"
    )
    if not circuit["reached"]:
        st.warning(
            f"No circuit that was tested reaches the target faithfulness of {circuit['target']:.2f} on all donors "
            "that choose the size."
        )
    left, right = st.columns(2)
    with left:
        st.subheader("Faithfulness", help=HELP_TRUST)
        st.altair_chart(charts.levels(pd.DataFrame(map(asdict, levels(circuit))), circuit["target"]))
    with right:
        curve(target, circuit)
    figures(circuit)
    details.donors(circuit)


def curve(target: str, circuit: Mapping[str, Any]) -> None:
    """Draw faithfulness by size, or say how to get it."""
    st.subheader("Faithfulness by size", help=HELP_CURVE)
    if circuit["curve"]:
        st.altair_chart(charts.curve(circuit, data.topology(target, str(circuit["model"])).n_edges))
        st.caption(f"Area between the blue line and 1 over the share of edges (CMD): {circuit['cmd']:.3f}")
    else:
        st.caption(f"Not measured. `kcircuits ingest {circuit['relation']} … --curve` measures it.")


def figures(circuit: Mapping[str, Any]) -> None:
    """Draw what no faithfulness says, each figure beside its baseline where it has one."""
    stability, random = number(circuit["stability"]), f"random {circuit['hit10_random']:.0%}"
    ranks = f"{circuit['rank_model']} → {circuit['rank_circuit']}"
    margins = f"{circuit['metric_clean']:.1f} → {circuit['metric_circuit']:.1f}"
    cells = st.container(horizontal=True)
    cells.metric("Edges", f"{circuit['edges']:,}", _before_pruning(circuit), **QUIET, help=HELP_EDGES)
    cells.metric("Nodes", f"{circuit['nodes']:,}", help="Embedding, heads, MLPs and logits.")
    cells.metric("Stability", "–" if stability is None else f"{stability:.2f}", help=HELP_STABILITY)
    cells.metric("KL", f"{circuit['divergence']:.3f}", help=HELP_KL)
    cells.metric("Same best token", f"{circuit['top1']:.0%}", help=HELP_TOP1)
    cells.metric("Needed edges", f"{circuit['minimality']:.0%}", help=HELP_NEEDED)
    cells.metric("Logit difference", margins, f"no edge {circuit['metric_ablated']:.1f}", **QUIET, help=HELP_METRIC)
    cells.metric("Rank of the answer", ranks, f"random {circuit['rank_random']:,}", **QUIET, help=HELP_RANK)
    cells.metric("Hit@10", "yes" if circuit["hit10_circuit"] else "no", random, **QUIET, help=HELP_HIT10)


def _before_pruning(circuit: Mapping[str, Any]) -> str | None:
    searched = circuit["edges_searched"]
    return f"{searched:,} before pruning" if searched > circuit["edges"] else None


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
