"""How relations use components, or edges: means and variances over facts, one matrix a model."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from graphdb.comparison.memberships import Floats, Ints
from graphdb.store.types import Queries
from graphdb.tables import records


@dataclass(frozen=True, slots=True)
class Uses:
    """How the facts of relations use names, which are components or edges.

    A fact's share of a name is the name's part of the circuit's |score|, 0 where the circuit does not hold it; of
    several circuits their mean. Shares of circuits of different size and metric compare.
    """

    model: str
    relations: tuple[str, ...]
    facts: Ints
    """Facts with a circuit [relation]; of edges, those that were read."""
    names: tuple[str, ...]
    holders: Ints
    """Facts with a circuit that holds it [relation, name]."""
    mean: Floats
    """Mean share [relation, name], 0 to 1."""
    variance: Floats
    """Variance of a fact's share [relation, name]; NaN for a relation of one fact."""

    @property
    def usage(self) -> Floats:
        """Share of the facts with a circuit that holds it [relation, name], 0 to 1."""
        return self.holders / self.facts[:, None]


def components(store: Queries, model: str, method: str, component: str = "") -> Iterator[Uses]:
    """Yield how relations use components, or the one of a name, a matrix for each model, from the summaries."""
    answer = store.query("relation_memberships", model=model, method=method, component=component)
    rows: list[dict[str, Any]] = records(answer)
    for each in sorted({row["model"] for row in rows}):
        yield _from_summaries(each, [row for row in rows if row["model"] == each])


def _from_summaries(model: str, rows: Sequence[Mapping[str, Any]]) -> Uses:
    names = sorted({name for row in rows for name in row["members"]})
    number = {name: index for index, name in enumerate(names)}
    holders, sums, squares = (np.zeros((len(rows), len(names))) for _ in range(3))
    for index, row in enumerate(rows):
        columns = [number[name] for name in row["members"]]
        holders[index, columns], sums[index, columns] = row["facts_holding"], row["shares"]
        squares[index, columns] = row["squares"]
    facts = np.array([row["facts"] for row in rows], np.int64)
    return _of_sums(model, [row["relation"] for row in rows], facts, names, (holders, sums, squares))


def edges(store: Queries, relation: str, way: tuple[str, str], elsewhere: int) -> Uses | None:
    """Return how relations use the edges that a relation's circuits hold; None where it has no circuits.

    Circuits are read, those of at most `elsewhere` facts of each other relation, the first by id. `way` is a model
    and a method.
    """
    model, method = way
    own = store.query("edge_memberships", relation=relation, model=model, method=method)
    if own.empty:
        return None
    names = sorted({name for members in own["members"] for name in members})
    number = {name: index for index, name in enumerate(names)}
    found = {relation: _sums(own, number)}
    for other in store.query("relations", model=model, method=method)["relation"]:
        if other != relation:
            frame = store.query("edge_memberships", relation=other, model=model, method=method, facts=elsewhere)
            found |= {} if frame.empty else {str(other): _sums(frame, number)}
    facts = np.array([count for count, _ in found.values()], np.int64)
    holders, sums, squares = np.stack([each for _, each in found.values()], axis=1)
    return _of_sums(model, list(found), facts, names, (holders, sums, squares))


def _sums(frame: pd.DataFrame, number: Mapping[str, int]) -> tuple[int, Floats]:
    """Return a relation's facts, and over them the holders of each name, its shares and their squares [3, name]."""
    sums = np.zeros((3, len(number)))
    facts = frame.groupby("fact", sort=False)
    for _, circuits in facts:
        share, held = np.zeros(len(number)), np.zeros(len(number), bool)
        for members, scores in zip(circuits["members"], circuits["scores"], strict=True):
            size = np.abs(np.array(scores, np.float64))
            kept = [(number[name], part) for name, part in zip(members, size, strict=True) if name in number]
            columns = [column for column, _ in kept]
            held[columns] = True
            share[columns] += np.array([part for _, part in kept]) / (size.sum() or 1.0) / len(circuits)
        sums += held, share, share**2
    return facts.ngroups, sums


def _of_sums(
    model: str, relations: Sequence[str], facts: Ints, names: Sequence[str], sums: tuple[Floats, Floats, Floats]
) -> Uses:
    """Make means and variances of holders, shares and squares [relation, name], each summed over facts."""
    holders, shares, squares = sums
    n = facts[:, None]
    mean = shares / n
    spread = np.maximum(squares - shares * mean, 0.0)
    variance = np.divide(spread, n - 1, out=np.full_like(spread, np.nan), where=n > 1)
    return Uses(model, tuple(relations), facts, tuple(names), holders.astype(np.int64), mean, variance)
