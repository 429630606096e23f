"""The layered drawing of a circuit: a Streamlit component whose positions are computed in Python."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from streamlit.components.v2 import component

from dashboard.circuit_view.layout import arrange, place

_HERE = Path(__file__).parent


def _mount() -> Callable[..., Any]:
    html, css, js = ((_HERE / f"view.{kind}").read_text("utf-8") for kind in ("html", "css", "js"))
    return component("knowledge_circuits_view", html=html, css=css, js=js)


def drawing(edges: pd.DataFrame, feeds: list[tuple[str, str]]) -> dict[str, Any]:
    """What the browser draws: positions in px and edges, weakest first so that strong ones lie on top.

    `edges` has the columns source, target, channel, weight (logits), rank; `feeds` the pairs (kv-head, head).
    """
    layout = arrange(edges, feeds)
    return {
        "width": layout.width,
        "height": layout.height,
        "bands": [{"label": band.label, "y": band.y, "height": band.height} for band in layout.bands],
        "nodes": [{"name": name, "kind": place(name).kind, **box._asdict()} for name, box in layout.nodes.items()],
        "edges": edges.sort_values("rank", ascending=False)[["source", "target", "channel", "weight", "rank"]].to_dict(
            "records"
        ),
        "feeds": [{"source": kv, "target": head} for kv, head in feeds],
    }


def circuit_view(picture: dict[str, Any], selected: str, key: str) -> str | None:
    """Draw `picture` (of `drawing`) with the node `selected` marked; return the node just clicked, if any.

    A click on the empty background returns the empty string.
    """
    # Registered at each run: one registered at import would be lost when Streamlit's runtime restarts.
    result = _mount()(data={"picture": picture, "selected": selected}, key=key, on_node_change=lambda: None)
    return result.node
