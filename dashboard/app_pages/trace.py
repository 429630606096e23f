"""Trace: the circuit of a prompt of one's own, found by a worker while the visitor looks on."""

import shlex
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.data import tracing
from dashboard.data.sizes import first_size
from dashboard.drawing.circuit_view import circuit_view
from dashboard.widgets import alike, details, figures, states
from dashboard.widgets.text import plain
from graphdb.circuits.drawn import at_size, feeds
from graphdb.drawing.picture import circuit_picture
from graphdb.errors import UserError
from graphdb.topology import Topology

ANSWER, KEY = "traced", "trace_view"
FEW = 15
"""Edges that a table shows without scrolling."""
HELP_ANSWER = "What the model goes on with; a space before it is taken for granted, and only the first token counts."
HELP_INSTEAD = "What would be right after the corrupt prompt."
HELP_CORRUPT = (
    "A prompt of as many tokens, after which the other word is right. Edges outside the circuit carry its run."
)
HELP_MODEL = "A packaged model, a folder, a GGUF file or a hub name."
HELP_EFFORT = "What it may cost: donors, training steps and exact pruning."


def page() -> None:
    """Draw the page."""
    st.title("Trace")
    st.markdown("What in the model makes it go on from your prompt with one word, and not with another?")
    if not tracing.installed():
        st.info("Tracing runs the model, and torch is not installed here.", icon=":material/info:")
        st.code("pip install 'knowledge-circuits[ingest]'", language="bash")
        return
    request = form()
    if request:
        answer(request)
    if ANSWER in st.session_state:
        result(*st.session_state[ANSWER])


def form() -> tracing.Request | None:
    """Draw the form; return what it asks for when it is sent."""
    with st.form("trace"):
        left, right = st.columns([3, 1])
        prompt = left.text_input("Prompt", "The capital of France is")
        word = right.text_input("Answer", "Paris", help=HELP_ANSWER)
        corrupt = left.text_input(
            "Corrupt prompt", placeholder="from the packaged facts, where they know both words", help=HELP_CORRUPT
        )
        instead = right.text_input("Instead", "Berlin", help=HELP_INSTEAD)
        columns = st.columns([2, 1, 1, 1], vertical_alignment="bottom")
        model = columns[0].text_input("Model", "smollm2-135m", help=HELP_MODEL)
        method = columns[1].selectbox("Method", tracing.METHODS)
        effort = columns[2].selectbox("Effort", tracing.EFFORTS, 1, help=HELP_EFFORT)
        sent = columns[3].form_submit_button("Trace", type="primary", icon=":material/play_arrow:", width="stretch")
    asked = tracing.Request(prompt, word, instead, corrupt.strip(), model, method, effort)
    return asked if sent else None


def answer(request: tracing.Request) -> None:
    """Run the worker; keep its answer, or show the line that it complains with."""
    st.session_state.pop(ANSWER, None)
    st.session_state.pop(KEY, None)
    status = st.status("Starting …")
    try:
        found = tracing.run(
            [request.words[0], "--format=json", *request.words[1:]],
            lambda seconds: status.update(label=f"Loading the model and tracing … {seconds:.0f} s"),
        )
    except UserError as error:
        status.update(label="Not traced", state="error")
        st.error(plain(error), icon=":material/error:")  # beside the status, which is folded
        return
    seconds = found["seconds"]
    label = f"Traced in {seconds['trace']:.1f} s, after {seconds['load']:.1f} s to load the model"
    status.update(label=label, state="complete")
    st.session_state[ANSWER] = (request, found)


@states.fragment
def result(request: tracing.Request, found: dict[str, Any]) -> None:
    """Draw a traced circuit and its figures; redraws alone."""
    circuit, model = found["circuit"], found["model"]
    chosen = circuit["figures"]
    figures.contrast(chosen)
    st.caption(
        f"{plain(chosen['method'])}, effort {plain(chosen['effort'])}, in {plain(model['id'])}, which gives "
        f"*{plain(chosen['answer'].strip())}* "
        f"rank {found['recall']['rank']} with probability {found['recall']['probability']:.2f}. One corrupt prompt "
        "found this circuit, chose its size and judges it: on another one it is usually less faithful."
    )
    figures.faithfulness(chosen)
    figures.others(chosen)
    topology = Topology(model["n_layers"], model["n_heads"], model["n_kv_heads"])
    picture(pd.DataFrame(circuit["edges"]), topology)
    alike.section(pd.DataFrame(found["nearest"]["facts"]), pd.DataFrame(found["nearest"]["relations"]))
    st.caption("Put it into a store, as a fact of the relation `trace`:")
    saving = replace(request, corrupt=chosen["corrupt_prompt"]).words
    st.code(shlex.join(["kcircuits", saving[0], "--save", *saving[1:]]), language="bash", wrap_lines=True)


def picture(edges: pd.DataFrame, topology: Topology) -> None:
    """Draw the circuit, and beside it its edges: those of the node that was clicked, else all."""
    drawn = at_size(first_size(len(edges)), edges, None, topology)
    left, right = st.columns([5, 3])
    with left:
        node = getattr(st.session_state.get(KEY), "node", None) or ""
        circuit_view(circuit_picture(drawn, feeds(drawn, topology)), node, KEY)
    with right:
        st.subheader(f"Edges of {plain(node)}" if node else "Edges")
        st.caption("Click a node to see its edges alone." if not node else "Click the background to see all.")
        shown = edges[(edges["source"] == node) | (edges["target"] == node)] if node else edges
        columns = ["rank", "source", "target", "channel", "weight"]
        height = "content" if len(shown) < FEW else 640
        st.dataframe(shown[columns], hide_index=True, height=height, column_config={"weight": details.WEIGHT})


page()
