"""Which circuits hold which names: one sparse matrix of a store's circuits, read once, that comparisons work on."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from graphdb.components import edge_ends, parse
from graphdb.errors import UserError, unknown
from graphdb.store.types import Queries
from graphdb.tables import records

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CIRCUIT_COLUMNS = ["circuit", "fact", "subject", "relation", "model", "method"]
TYPICAL = 0.5
"""A relation's typical circuit holds what at least this share of its circuits hold."""
BANDS = 10
"""Parts of equal depth in which layers of models of different depth meet."""
CHANNELS = ("q", "k", "v", "mlp", "logits")
"""What an edge may be read as, in the order in which a layer does it."""


class Level(StrEnum):
    """What a circuit is taken to be a set of."""

    COMPONENT = "component"
    """Heads, kv-heads and MLPs; embedding and logits, in every circuit, are left out."""
    EDGE = "edge"
    """Native edges, such as `a9.h6->a12.h3.q`."""
    LAYER = "layer"
    """Attention (`a9`) or MLP (`m9`) of a layer, held if any of its components is."""
    CHANNEL = "channel"
    """What edges are read as: `q`, `k`, `v`, `mlp` or `logits`. Every circuit holds most: of use as profiles alone."""

    @property
    def read(self) -> "Level":
        """The level that is read from a store, which the others are sums of: components, or edges."""
        return Level.EDGE if self in (Level.EDGE, Level.CHANNEL) else Level.COMPONENT


@dataclass(frozen=True)
class Memberships:
    """Sets of names, one a row: the circuits of facts, or the typical circuits of relations."""

    circuits: pd.DataFrame
    """One row a set: `circuit` (id; of a typical circuit the relation's), `fact`, `subject` (empty for a relation),
    `relation`, `model`, `method`, and for relations `n_circuits`, the circuits that it is typical of."""
    names: tuple[str, ...]
    """Name of each column, ascending; components by layer."""
    scores: csr_array
    """|score| [row, name]; what is stored is held, even with a score of 0."""
    level: Level

    @cached_property
    def held(self) -> csr_array:
        """1 where a row holds a name [row, name]."""
        return csr_array((np.ones(self.scores.nnz), self.scores.indices, self.scores.indptr), self.scores.shape)

    @cached_property
    def sizes(self) -> Ints:
        """Names in each row [row]."""
        return np.diff(self.scores.indptr).astype(np.int64)

    @cached_property
    def popularity(self) -> Ints:
        """Rows that hold each name [name]."""
        return np.bincount(self.scores.indices, minlength=len(self.names)).astype(np.int64)

    @cached_property
    def weights(self) -> csr_array:
        """Scores as shares of their row's sum [row, name]: rows of different metrics compare."""
        totals = np.asarray(self.scores.sum(axis=1))
        return csr_array((self.scores.data / np.repeat(np.where(totals > 0, totals, 1), self.sizes),
                          self.scores.indices, self.scores.indptr), self.scores.shape)  # fmt: skip

    @property
    def relations(self) -> list[str]:
        """The relations that have circuits, ascending."""
        return sorted(self.circuits["relation"].unique())

    def rows(self, relation: str) -> Ints:
        """Return the rows of a relation."""
        return np.flatnonzero(self.circuits["relation"] == relation)

    def select(self, rows: Ints) -> "Memberships":
        """Return only these rows, over the same names."""
        kept = self.circuits.iloc[rows.tolist()].reset_index(drop=True)
        return Memberships(kept, self.names, csr_array(self.scores[rows]), self.level)

    def shares(self) -> tuple[list[str], Floats]:
        """Return the relations, and the share of each one's circuits that hold a name [relation, name]."""
        names = self.relations
        counts = [np.asarray(self.held[self.rows(name)].sum(axis=0)) / len(self.rows(name)) for name in names]
        return names, np.array(counts).reshape(len(names), len(self.names))

    def typical(self, least: float = TYPICAL) -> "Memberships":
        """Return a row for each relation: the names that at least a share of its circuits hold.

        Its scores are the mean of the circuits' `weights`. A relation is one row however many facts it has: circuits
        of one relation resemble each other, so that they are no independent draws.
        """
        relations, shares = self.shares()
        means = [np.asarray(self.weights[self.rows(name)].sum(axis=0)) / len(self.rows(name)) for name in relations]
        rows = [_row(np.flatnonzero(share >= least), mean) for share, mean in zip(shares, means, strict=True)]
        circuits = self.circuits.groupby("relation", sort=True).agg(
            model=("model", "first"), method=("method", "first"), n_circuits=("circuit", "size")
        )
        circuits = circuits.reset_index().assign(fact="", subject="")
        circuits["circuit"] = circuits["relation"]
        columns = [*CIRCUIT_COLUMNS, "n_circuits"]
        return Memberships(circuits[columns], self.names, _stack(rows, len(self.names)), self.level)

    def layers(self, n_layers: int = 0) -> "Memberships":
        """Return the same circuits as sets of layers, given components.

        With `n_layers`, the model's depth, layers are bands of relative depth (`a 30%`): how models of different
        depth are compared.
        """
        return self._grouped([_layer(name, n_layers) for name in self.names], Level.LAYER)

    def channels(self) -> "Memberships":
        """Return the same circuits as sets of channels, given edges."""
        return self._grouped([edge_ends(name)[2] for name in self.names], Level.CHANNEL)

    def _grouped(self, keys: list[str], level: Level) -> "Memberships":
        """Return the same rows over groups of names, the scores of a group summed, given each name's group."""
        names = _ordered(set(keys), level)
        number = {name: index for index, name in enumerate(names)}
        into = np.array([number[key] for key in keys], dtype=np.int64)
        row = np.repeat(np.arange(len(self.sizes)), self.sizes)
        cells, cell = np.unique(row * len(names) + into[self.scores.indices], return_inverse=True)
        sums = np.bincount(cell, self.scores.data, len(cells))
        ends = np.searchsorted(cells, np.arange(len(self.sizes) + 1) * len(names))
        scores = csr_array((sums, cells % max(len(names), 1), ends), (len(self.sizes), len(names)))
        return Memberships(self.circuits, names, scores, level)

    def over(self, names: tuple[str, ...]) -> "Memberships":
        """Return the same rows over other names, all of these among them."""
        number = {name: index for index, name in enumerate(names)}
        into = np.array([number[name] for name in self.names], dtype=np.int64)
        scores = csr_array((self.scores.data, into[self.scores.indices], self.scores.indptr),
                           (len(self.sizes), len(names)))  # fmt: skip
        scores.sort_indices()
        return Memberships(self.circuits, names, scores, self.level)


def load(store: Queries, level: Level = Level.COMPONENT, model: str = "", method: str = "") -> Memberships:
    """Read the circuits of a store, all of one model and found by one method.

    Raises UserError where there are no circuits, and where circuits of several models or methods leave open which ones
    are meant.
    """
    model, method = _one_way(store, model, method)
    if level.read is Level.EDGE:
        edges = from_frames(_edges(store, model, method), Level.EDGE)
        return edges.channels() if level is Level.CHANNEL else edges
    found = from_frames([store.query("component_memberships", model=model, method=method)], Level.COMPONENT)
    return found.layers() if level is Level.LAYER else found


def load_typical(store: Queries, model: str, method: str) -> Memberships:
    """Read the relations' typical circuits from the summaries, for components: as `load(...).typical()`, and as fast
    however many circuits there are.

    Shares of scores are sums in steps of 2^-24. Raises UserError as `load` does.
    """
    model, method = _one_way(store, model, method)
    found: list[dict[str, Any]] = records(store.query("relation_memberships", model=model, method=method))
    names = _ordered({name for row in found for name in row["members"]}, Level.COMPONENT)
    number = {name: index for index, name in enumerate(names)}
    rows = [_typical(row, number) for row in found]
    circuits = pd.DataFrame(
        [{**dict.fromkeys(CIRCUIT_COLUMNS, ""), "n_circuits": row["circuits"], **_named(row)} for row in found]
    )
    return Memberships(circuits, names, _stack(rows, len(names)), Level.COMPONENT)


def _named(row: dict[str, Any]) -> dict[str, str]:
    return {"circuit": row["relation"], "relation": row["relation"], "model": row["model"], "method": row["method"]}


def _typical(row: dict[str, Any], number: dict[str, int]) -> tuple[Ints, Floats]:
    """Columns and mean shares of what at least the share `TYPICAL` of a relation's circuits hold."""
    held = [
        (number[name], share / row["circuits"])
        for name, holders, share in zip(row["members"], row["holders"], row["shares"], strict=True)
        if holders >= TYPICAL * row["circuits"]
    ]
    columns, shares = zip(*sorted(held), strict=True) if held else ((), ())
    return np.array(columns, np.int64), np.array(shares, np.float64)


def _edges(store: Queries, model: str, method: str) -> Iterator[pd.DataFrame]:
    """Read edges relation by relation: of millions, one relation's are held as text at a time."""
    for relation in store.query("relations", model=model, method=method)["relation"]:
        yield store.query("edge_memberships", relation=relation, model=model, method=method)


def from_frames(frames: Iterable[pd.DataFrame], level: Level) -> Memberships:
    """Build the matrix from answers of the queries `component_memberships` or `edge_memberships`."""
    codes: dict[str, int] = {}
    circuits, rows = [], []
    for frame in frames:
        circuits.append(frame[CIRCUIT_COLUMNS])
        rows += list(_rows(frame, codes))
    names = _ordered(codes, level)
    place = np.empty(len(codes), np.int64)
    place[[codes[name] for name in names]] = np.arange(len(codes))
    scores = _stack([(place[columns], values) for columns, values in rows], len(names))
    scores.sort_indices()
    every = pd.concat(circuits, ignore_index=True) if circuits else pd.DataFrame(columns=CIRCUIT_COLUMNS)
    return Memberships(every, names, scores, level)


def align(a: Memberships, b: Memberships) -> tuple[Memberships, Memberships]:
    """Return both over the names of either."""
    if a.names == b.names:
        return a, b
    names = _ordered({*a.names, *b.names}, a.level)
    return a.over(names), b.over(names)


def join(a: Memberships, b: Memberships) -> Memberships:
    """Return the rows of both, over the names of either."""
    a, b = align(a, b)
    scores = csr_array(vstack([a.scores, b.scores], format="csr"))
    return Memberships(pd.concat([a.circuits, b.circuits], ignore_index=True), a.names, scores, a.level)


def row_of(memberships: Memberships, circuit: str) -> int:
    """Return the row of a circuit; raises UserError where it is not among them."""
    found = np.flatnonzero(memberships.circuits["circuit"] == circuit)
    if not len(found):
        raise unknown("circuit", circuit, memberships.circuits["circuit"])
    return int(found[0])


def _one_way(store: Queries, model: str, method: str) -> tuple[str, str]:
    """Return the model and the method that circuits are to be of; raises UserError where several would do."""
    ways = records(store.query("ways"))
    ways = [way for way in ways if model in ("", way["model"]) and method in ("", way["method"])]
    if not ways:
        raise UserError("the store has no circuit to compare: `kcircuits status` says of which models and methods")
    for kind in ("model", "method"):
        found = sorted({str(way[kind]) for way in ways})
        if len(found) > 1:
            choice = ", ".join(found)
            raise UserError(f"there are circuits of several {kind}s: choose one with --{kind}: {choice}")
    return str(ways[0]["model"]), str(ways[0]["method"])


def _rows(frame: pd.DataFrame, codes: dict[str, int]) -> Iterator[tuple[Ints, Floats]]:
    """Yield columns and |scores| of each circuit; names that were not met before get the next number."""
    for members, scores in zip(frame["members"], frame["scores"], strict=True):
        columns = np.fromiter((codes.setdefault(name, len(codes)) for name in members), np.int64, len(members))
        yield columns, np.abs(np.array(scores, dtype=np.float64))


def _row(columns: Ints, values: Floats) -> tuple[Ints, Floats]:
    return columns, values[columns]


def _stack(rows: Sequence[tuple[Ints, Floats]], width: int) -> csr_array:
    """Return the sparse matrix [row, name] of rows of columns and values."""
    ends = np.cumsum([0, *(len(columns) for columns, _ in rows)])
    columns = np.concatenate([columns for columns, _ in rows]) if rows else np.empty(0, np.int64)
    values = np.concatenate([values for _, values in rows]) if rows else np.empty(0)
    return csr_array((values, columns.astype(np.int32), ends.astype(np.int32)), shape=(len(rows), width))


def _layer(name: str, n_layers: int) -> str:
    part = parse(name)
    letter = "m" if part.kind == "mlp" else "a"
    if not n_layers:
        return f"{letter}{part.layer}"
    return f"{letter} {(part.layer or 0) * BANDS // n_layers * 100 // BANDS:02d}%"


def _ordered(names: Iterable[str], level: Level) -> tuple[str, ...]:
    """Return names by layer, then by kind and number; edges by their sources."""
    places = {Level.LAYER: _layer_place, Level.CHANNEL: CHANNELS.index}
    return tuple(sorted(names, key=places.get(level, _place)))


def _place(name: str) -> tuple[int, str, int, str]:
    part = parse(name.partition("->")[0])
    return -1 if part.layer is None else part.layer, part.kind, part.head or 0, name


def _layer_place(name: str) -> tuple[int, str]:
    return int("".join(filter(str.isdigit, name))), name
