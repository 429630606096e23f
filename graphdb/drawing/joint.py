"""Two circuits in one drawing: which edges and components are whose."""

from dataclasses import dataclass

import pandas as pd

from graphdb.components import edge_ends
from graphdb.drawing.picture import CHANNELS


@dataclass(frozen=True, slots=True)
class Names:
    """What the two things are called."""

    a: str
    b: str

    @property
    def parts(self) -> dict[str, str]:
        """Part of the column of that name in `NAME_COLUMNS` -> what it is called."""
        return {"both": "both", "only_a": f"only {self.a}", "only_b": f"only {self.b}"}


def joint_edges(found: pd.DataFrame, most: int, names: Names) -> pd.DataFrame:
    """The heaviest edges of two things, as `joint_picture` wants them.

    `found` are edges with the columns `NAME_COLUMNS`. The weight is the larger of an edge's shares of either score.
    """
    heavy = found.assign(weight=found[["score_a", "score_b"]].max(axis=1)).nlargest(most, "weight")
    edge_names = [edge_ends(name) for name in heavy["name"]]
    ends = pd.DataFrame(edge_names, index=heavy.index, columns=["source", "target", "channel"])
    read = [f"read as {CHANNELS[channel]}" for channel in ends["channel"]]
    said = [f"{how}\n{holds}" for how, holds in zip(read, _holds(heavy, names), strict=True)]
    edges = heavy[["name", "weight"]].assign(colour=heavy["part"], said=said, rank=range(1, len(heavy) + 1))
    return edges.join(ends)


def components(found: pd.DataFrame, names: Names) -> dict[str, tuple[str, str]]:
    """Colour of each component and what to say of it; `found` are components with the columns `NAME_COLUMNS`."""
    return dict(zip(found["name"], zip(found["part"], _holds(found, names), strict=True), strict=True))


def _holds(found: pd.DataFrame, names: Names) -> list[str]:
    columns = ["part", "share_a", "share_b", "score_a", "score_b"]
    return [
        f"{names.parts[part]}\n{names.a}: {_held(share_a, score_a)}\n{names.b}: {_held(share_b, score_b)}"
        for part, share_a, share_b, score_a, score_b in found[columns].itertuples(index=False)
    ]


def _held(share: float, score: float) -> str:
    return f"in {share:.0%} of its circuits, {score:.1%} of the score" if share else "not held"
