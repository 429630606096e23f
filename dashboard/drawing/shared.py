"""Two circuits in one drawing: which edges and components are whose."""

import pandas as pd

from dashboard.drawing.circuit_view import CHANNELS, PARTS
from graphdb.components import edge_ends

STEPS = (50, 100, 200, 300, 500, 1000)
"""Most edges to draw."""


def joint_edges(found: pd.DataFrame, most: int) -> pd.DataFrame:
    """The heaviest edges of two things, as `shared_drawing` wants them.

    `found` are edges with the columns `NAME_COLUMNS`. The weight is the larger of an edge's shares of either score.
    """
    heavy = found.assign(weight=found[["score_a", "score_b"]].max(axis=1)).nlargest(most, "weight")
    names = [edge_ends(name) for name in heavy["name"]]
    ends = pd.DataFrame(names, index=heavy.index, columns=["source", "target", "channel"])
    read = [f"read as {CHANNELS[channel]}" for channel in ends["channel"]]
    said = [f"{how}\n{holds}" for how, holds in zip(read, _holds(heavy), strict=True)]
    edges = heavy[["name", "weight"]].assign(colour=heavy["part"], said=said, rank=range(1, len(heavy) + 1))
    return edges.join(ends)


def components(found: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Colour of each component and what to say of it; `found` are components with the columns `NAME_COLUMNS`."""
    return dict(zip(found["name"], zip(found["part"], _holds(found), strict=True), strict=True))


def _holds(found: pd.DataFrame) -> list[str]:
    columns = ["part", "share_a", "share_b", "score_a", "score_b"]
    return [
        f"{PARTS[part]}\nA: {_held(share_a, score_a)}\nB: {_held(share_b, score_b)}"
        for part, share_a, share_b, score_a, score_b in found[columns].itertuples(index=False)
    ]


def _held(share: float, score: float) -> str:
    return f"in {share:.0%} of its circuits, {score:.1%} of the score" if share else "not held"
