"""What stands beside and below the drawing of a circuit."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from dashboard.data import comparisons, questions
from dashboard.widgets import alike, roles
from dashboard.widgets.text import plain
from graphdb.circuits import trust
from graphdb.comparison.ways import Way
from graphdb.components import ENDS
from graphdb.drawing.picture import UNITS
from graphdb.drawing.roles import NAMES
from graphdb.formats.exports import Kind
from graphdb.records import Weights

LINK = st.column_config.LinkColumn("", display_text="open", width=60, help="Opens that circuit in a new tab")
FEW = 16
"""Components whose table is not taller than a drawing."""
MOST = 3
"""Relations named that use a component most specifically."""
HELP_LIFT = (
    "Mean share of the component in the scores of a relation's circuits, over the mean of that in all relations."
)
SCORE = st.column_config.NumberColumn("score", format="%.3f", help="Σ|weight| of its outgoing edges")
WEIGHT = st.column_config.NumberColumn("weight", format="%+.4f", help="Logits; positive helps the answer")
WEAKEST = st.column_config.NumberColumn("weakest edge", format="%.4f", help="Smallest |weight| on the path")
PRODUCT = st.column_config.NumberColumn("product", format="scientific", help="Product of the path's weights")
FAITHFULNESS = st.column_config.NumberColumn(
    "faithfulness", format="%.2f", help="Of that fact's circuit, on the donors that judge it"
)

ALIKE = 10
"""Facts, and relations, that are shown as most like a circuit."""

DONOR = "another subject of the relation"


def link(relation: str, subject: str, method: str, **more: str) -> str:
    """Address of a circuit's page, for every visitor of this dashboard."""
    return "circuit?" + urlencode({"relation": relation, "fact": subject, "method": method, **more})


def facts_table(facts: pd.DataFrame, method: str, node: str, key: str) -> None:
    """Draw facts (answer of `facts_using_component`) with links to their circuits, `node` chosen there."""
    rows = facts[["relation", "subject", "object", "score", "faithfulness"]].copy()
    names = zip(rows["relation"], rows["subject"], strict=True)
    links = [link(relation, subject, method, node=node) for relation, subject in names]
    rows.insert(0, "open", links)
    st.dataframe(
        rows,
        hide_index=True,
        key=key,
        column_config={"open": LINK, "score": SCORE, "faithfulness": FAITHFULNESS},
    )


def donors(circuit: Mapping[str, Any]) -> None:
    """Draw, folded, the donors by part and how each faithfulness was measured."""
    if not trust.is_measured(circuit):
        return
    with st.expander("Donors, and how each faithfulness was measured"):
        lacks = f" Too few: {plain(circuit['lacks'])}." if circuit["lacks"] else ""
        how = "Method {}, effort {}, ablation {}.".format(
            *(plain(circuit[name]) for name in ("method", "effort", "ablation"))
        )
        donor = "another relation's words about the subject" if circuit["contrast_kind"] == "relation" else DONOR
        st.caption(f"{how} A donor is {donor}: its prompt is the corrupt one.{lacks}")
        parts = {"found it": "find", "chose its size": "size", "used for neither": "unseen"}
        names = [
            f"**{name}**: {plain(', '.join(trust.donors(circuit, part)) or 'none')}" for name, part in parts.items()
        ]
        st.markdown(" · ".join(names))
        rows = [(each.name, each.value, each.how) for each in trust.levels(circuit)]
        frame = pd.DataFrame(rows, columns=["faithfulness", "f", "measured"])
        st.dataframe(frame, hide_index=True, column_config={"f": st.column_config.NumberColumn(format="%.3f")})


def node_panel(target: str, circuit: Mapping[str, Any], edges: pd.DataFrame, node: str, known: roles.Rows) -> None:
    """Draw what is `known` of the chosen node: its part here, what it does elsewhere, and the facts that use it."""
    if not node:
        st.subheader("Components", help="Facts and relations: how many of the store's circuits hold the component.")
        st.caption("Click a node of the drawing to see which other facts use it.")
        nodes = questions.ask(target, "circuit_nodes", circuit=circuit["circuit"])
        columns = ["component", "score", "facts", "relations"]
        if any(row["role"] and row["in_circuit"] for row in known.values()):
            nodes["role"] = [NAMES.get(str(known[name]["role"]), "") for name in nodes["component"]]
            columns.insert(1, "role")
        height = 640 if len(nodes) > FEW else "auto"
        config = {"score": SCORE, "role": st.column_config.Column(width=105)}
        st.dataframe(nodes[columns], hide_index=True, height=height, column_config=config)
        return
    st.subheader(plain(node))
    into, out = edges[edges["target"] == node], edges[edges["source"] == node]
    if into.empty and out.empty:
        st.caption(f"{plain(node)} is not in the circuit as drawn.")
    else:
        sums = f"{into['weight'].sum():+.3f} in, {out['weight'].sum():+.3f} out"
        st.caption(f"Here: {len(into)} edges in, {len(out)} out; Σ weight {sums}{UNITS[Weights(circuit['weights'])]}.")
    if node in known:
        roles.part(known[node])
        roles.elsewhere(target, circuit, node)
    model, method = str(circuit["model"]), str(circuit["method"])
    profile = questions.ask(target, "component_profile", component=node, model=model, method=method)
    uses = profile[profile["facts"] > 0]
    if uses.empty:
        st.caption("Every circuit holds it." if node in ENDS else "No stored circuit holds it.")
        return
    every = questions.quality(target, model, method)
    st.markdown(
        f"**{uses['facts'].sum()}** of {every['circuits'].sum()} facts use it, in **{len(uses)}** "
        f"of {len(every)} relations."
    )
    most = uses[uses["use"] == "specific"].head(MOST)
    if not most.empty:
        said = ", ".join(f"{plain(row.relation)} ({row.lift:.1f} ×)" for row in most.itertuples())
        st.caption(f"More than relations on average: {said}.", help=HELP_LIFT)
    facts = questions.facts_using(target, node, model, method)
    if len(facts) < uses["facts"].sum():
        st.caption(f"The {len(facts):,} that use it most:")
    facts_table(facts, str(circuit["method"]), node, key="node_facts")


def tables(target: str, circuit: Mapping[str, Any], edges: pd.DataFrame) -> None:
    """Draw what is chosen below the drawing; the store is asked for nothing else."""
    names = ["Edges drawn", "Strongest paths", "Most like", "Download"]
    chosen = st.segmented_control(
        "Details", names, default=names[0], required=True, key="detail", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    match chosen:
        case "Strongest paths":
            _paths(target, str(circuit["circuit"]))
        case "Most like":
            facts, relations = comparisons.alike(
                target, Way(str(circuit["model"]), str(circuit["method"])), str(circuit["circuit"])
            )
            alike.section(facts[:ALIKE], relations[:ALIKE])
        case "Download":
            _downloads(target, str(circuit["circuit"]))
        case _:
            columns = ["rank", "source", "target", "channel", "weight"]
            st.dataframe(edges[columns], hide_index=True, column_config={"weight": WEIGHT})


def _paths(target: str, circuit: str) -> None:
    st.caption("From the embedding to the logits in the stored circuit, by the |weight| of the weakest edge.")
    frame = questions.ask(target, "circuit_paths", circuit=circuit)
    rows = frame.assign(path=[" → ".join(path) for path in frame["path"]])
    st.dataframe(rows, hide_index=True, column_config={"weakest": WEAKEST, "product": PRODUCT})


def _downloads(target: str, circuit: str) -> None:
    st.caption("The stored circuit, with its figures. HTML opens anywhere, GraphML in Gephi, Cytoscape and networkx.")
    row = st.container(horizontal=True)
    name = re.sub(r"[^\w.]+", "-", circuit)
    for kind in (Kind.HTML, Kind.CSV, Kind.JSON, Kind.GRAPHML):
        row.download_button(
            kind.upper(),
            questions.exported(target, circuit, kind),
            f"{name}.{kind}",
            icon=":material/download:",
            on_click="ignore",
        )
