"""The layered drawing of a circuit: a Streamlit component whose positions are computed in Python."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from streamlit.components.v2 import component

from dashboard.drawing import roles as role_text
from dashboard.drawing.circuit_view.layout import arrange, place
from dashboard.drawing.circuit_view.lens import Lens, strip

_HERE = Path(__file__).parent
_FILES = ("view.html", "view.css", "view.js", "lens.js")
MARGIN = 16
"""Room to the right of the lens, px."""

SIGNS = {"positive": "helps the answer", "negative": "hinders it"}
"""Colour -> what it says, in the drawing of one circuit."""
KINDS = {
    "head": "attention head",
    "kv_head": "kv-head: keys and values of its group",
    "mlp": "MLP",
    "embed": "token embedding",
    "logits": "logits of the answer",
}
CHANNELS = {"q": "query", "k": "key", "v": "value", "mlp": "MLP input", "logits": "logits"}


def _mount() -> Callable[..., Any]:
    html, css, view, lens = ((_HERE / name).read_text("utf-8") for name in _FILES)
    return component("knowledge_circuits_view", html=html, css=css, js=f"{view}\n{lens}")


def drawing(
    edges: pd.DataFrame,
    feeds: list[tuple[str, str]],
    roles: Mapping[str, Mapping[str, Any]] | None = None,
    lens: Lens | None = None,
) -> dict[str, Any]:
    """What the browser draws of one circuit: positions in px and edges, weakest first so that strong ones lie on top.

    `edges` has the columns source, target, channel, weight (logits), rank; `feeds` the pairs (kv-head, head). `roles`
    gives the row of the query `circuit_roles` of each component that has one; `lens` stands beside the layers.
    """
    does = roles or {}
    weights = edges["weight"]
    shown = edges.assign(
        colour=["negative" if weight < 0 else "positive" for weight in weights],
        said=[
            f"read as {CHANNELS[channel]}\nweight {weight:+.3g} logits\nrank {rank} by |weight|".replace("-", "−")
            for channel, weight, rank in zip(edges["channel"], weights, edges["rank"], strict=True)
        ],
    )
    sums = {"in": _sums(edges, "target"), "out": _sums(edges, "source")}

    def about(name: str) -> tuple[str, str]:
        lines = [f"{end}: {side.get(name, '0 edges, Σ|weight| 0.000')} logits" for end, side in sums.items()]
        known = role_text.lines(does[name]) if name in does else []
        return "", "\n".join([*lines, *known, "click: more about it"])

    picture = _picture(shown, feeds, SIGNS, about)
    _mark_roles(picture, {name: str(row["role"]) for name, row in does.items()})
    if lens is not None:
        picture |= _beside(picture, lens)
    return picture


def _mark_roles(picture: dict[str, Any], roles: Mapping[str, str]) -> None:
    """Give each node its role, and the legend the roles that are drawn."""
    for node in picture["nodes"]:
        node["role"] = roles.get(node["name"], "")
    drawn = {node["role"] for node in picture["nodes"]}
    picture["roles"] = [{"role": role, "label": label} for role, label in role_text.NAMES.items() if role in drawn]


def _beside(picture: dict[str, Any], lens: Lens) -> dict[str, Any]:
    """What changes of a picture where the lens stands beside its layers."""
    beside = strip({node["name"]: node["y"] for node in picture["nodes"]}, picture["width"], lens)
    legend = [*picture["legend"], *beside.pop("legend")]
    return {"lens": beside, "legend": legend, "width": beside["x"] + beside["width"] + MARGIN}


def _sums(edges: pd.DataFrame, end: str) -> dict[str, str]:
    """Return how many edges each component has at this end, and the sum of their |weight|."""
    by = edges["weight"].abs().groupby(edges[end])
    return {str(name): f"{len(weights)} edges, Σ|weight| {weights.sum():.3f}" for name, weights in by}


def shared_drawing(
    edges: pd.DataFrame,
    components: Mapping[str, tuple[str, str]],
    feeds: list[tuple[str, str]],
    parts: Mapping[str, str],
) -> dict[str, Any]:
    """What the browser draws of two circuits in one: three colours, for both, only A and only B.

    `edges` has the columns source, target, weight (share of a circuit's score), rank, colour (key of `parts`) and said;
    `components` gives a colour and what to say of each component, where there is something; `feeds` as in `drawing`;
    `parts` says what the colours `both`, `only_a` and `only_b` are called.
    """
    ends = {"embed": ("both", "in every circuit"), "logits": ("both", "in every circuit")}
    known = ends | dict(components)
    return _picture(edges, feeds, parts, lambda name: known.get(name, ("", "typical of neither")))


def _picture(
    edges: pd.DataFrame,
    feeds: list[tuple[str, str]],
    legend: Mapping[str, str],
    about: Callable[[str], tuple[str, str]],
) -> dict[str, Any]:
    """`about` gives the colour of a component, or the empty string, and what to say of it."""
    layout = arrange(edges, feeds)
    nodes = []
    for name, box in layout.nodes.items():
        kind, (colour, said) = place(name).kind, about(name)
        nodes.append({"name": name, "kind": kind, "colour": colour, "said": f"{KINDS[kind]}\n{said}", **box._asdict()})
    columns = ["source", "target", "weight", "rank", "colour", "said"]
    return {
        "width": layout.width,
        "height": layout.height,
        "legend": [{"colour": colour, "label": label} for colour, label in legend.items()],
        "bands": [{"label": band.label, "y": band.y, "height": band.height} for band in layout.bands],
        "nodes": nodes,
        "edges": edges.sort_values("rank", ascending=False)[columns].to_dict("records"),
        "roles": [],
        "feeds": [{"source": kv, "target": head} for kv, head in feeds],
    }


def circuit_view(picture: dict[str, Any], selected: str, key: str) -> str | None:
    """Draw `picture` (of `drawing`) with the node `selected` marked; return the node just clicked, if any.

    A click on the empty background returns the empty string.
    """
    # Registered at each run: one registered at import would be lost when Streamlit's runtime restarts.
    result = _mount()(data={"picture": picture, "selected": selected}, key=key, on_node_change=lambda: None)
    return result.node
