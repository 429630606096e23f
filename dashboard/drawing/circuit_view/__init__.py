"""The drawing of a circuit as a Streamlit component: it zooms, tells more of what is pointed at, and can be clicked."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from streamlit.components.v2 import component

from graphdb.drawing.picture import Picture
from graphdb.drawing.svg import legend, style, svg

_HERE = Path(__file__).parent


def _mount() -> Callable[..., Any]:
    html, css, js = ((_HERE / f"view.{kind}").read_text("utf-8") for kind in ("html", "css", "js"))
    return component("knowledge_circuits_view", html=html, css=f"{style()}\n{css}", js=js)


def circuit_view(picture: Picture, selected: str, key: str) -> str | None:
    """Draw a picture with the node `selected` marked; return the node just clicked, if any.

    A click on the empty background returns the empty string.
    """
    drawn = {"svg": svg(picture), "legend": legend(picture), "width": picture.width, "height": picture.height}
    # Registered at each run: one registered at import would be lost when Streamlit's runtime restarts.
    result = _mount()(data={"picture": drawn, "selected": selected}, key=key, on_node_change=lambda: None)
    return result.node
