"""Compares circuits: of two facts, of two relations, of all relations pairwise; each overlap beside its null.

A relation is a vector of shares: which share of its facts' circuits holds a component (or an edge). A fact
is a relation of one. What two vectors share is the sum over names of the smaller share, and the *null* is
what remains of it when the names are shuffled within each layer: every layer keeps as many heads, kv-heads
and MLPs, as often used, but which of them is left to chance. An overlap that the null explains says nothing
about knowledge.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from graphdb.errors import UserError
from graphdb.lookup import find_fact
from graphdb.topology import Topology

if TYPE_CHECKING:
    import pandas as pd

    from graphdb.store import Store

Shares = Mapping[str, float]
"""Name of a component or edge -> share of the circuits that hold it, in (0, 1]."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """What two vectors of shares have in common. For two single circuits these are plain counts."""

    total_a: float
    total_b: float
    shared: float
    """Sum over names of the smaller share."""
    expected: float
    """Mean of `shared` over all shuffles of the names within their layers: exact, without drawing any."""
    sd: float
    """Standard deviation of `shared` over these shuffles."""

    @property
    def jaccard(self) -> float:
        """`shared` as a share of the union, 0 to 1."""
        return _ratio(self.shared, self.total_a + self.total_b - self.shared)

    @property
    def jaccard_expected(self) -> float:
        """The Jaccard index at the expected overlap: the baseline of `jaccard`."""
        return _ratio(self.expected, self.total_a + self.total_b - self.expected)

    @property
    def z(self) -> float | None:
        """Standard deviations between `shared` and its expectation; None where shuffles change nothing."""
        return (self.shared - self.expected) / self.sd if self.sd > 1e-9 else None


@dataclass(frozen=True, slots=True)
class Member:
    """A component or an edge of one of two sides."""

    name: str
    part: str
    """`core`: in every circuit of both sides; `variable`: in some of both; `only_a`; `only_b`."""
    share_a: float
    share_b: float


@dataclass(frozen=True, slots=True)
class Difference:
    """Two sides' components, or edges: how much they share, and name by name."""

    overlap: Overlap
    members: tuple[Member, ...]
    """The most used first."""

    def part(self, name: str) -> tuple[Member, ...]:
        """The members of one part, see `Member.part`."""
        return tuple(member for member in self.members if member.part == name)


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison."""

    id: str
    kind: str
    """`fact` or `relation`."""
    n_circuits: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two facts or two relations side by side, in one model."""

    a: Side
    b: Side
    model: str
    components: Difference
    edges: Difference


def compare(store: "Store", a: str, b: str, model: str = "", method: str = "") -> Comparison:
    """Compare two relations, or two facts (by id, circuit id or subject).

    Raises UserError for a name that the store does not have or that means several facts, for a side without
    circuits, and where circuits of several models or methods leave open which ones are meant.
    """
    components_a, side_a = _side(store, "component_memberships", a, model, method)
    components_b, side_b = _side(store, "component_memberships", b, model, method)
    model = _only("model", {*components_a["model"], *components_b["model"]})
    strata = Strata(topology(store, model))
    edges_a, edges_b = (_side(store, "edge_memberships", text, model, method)[0] for text in (a, b))
    return Comparison(
        side_a,
        side_b,
        model,
        difference(shares(components_a["members"]), shares(components_b["members"]), strata),
        difference(shares(edges_a["members"]), shares(edges_b["members"]), strata),
    )


def compare_relations(store: "Store", model: str = "", method: str = "") -> "pd.DataFrame":
    """Compare the components of all relations pairwise: one pair a row, the most surprising overlap first."""
    import pandas as pd

    frame = store.query("component_memberships", model=model, method=method)
    columns = ["a", "b", "facts_a", "facts_b", "shared", "expected", "jaccard", "jaccard_expected", "z"]
    if frame.empty:
        return pd.DataFrame(columns=columns)
    strata = Strata(topology(store, _only("model", set(frame["model"]))))
    _only("method", set(frame["method"]))
    groups = {str(relation): group["members"] for relation, group in frame.groupby("relation")}
    vectors = {relation: shares(members) for relation, members in groups.items()}
    rows = []
    for a, b in combinations(vectors, 2):
        found = overlap(vectors[a], vectors[b], strata)
        sizes = len(groups[a]), len(groups[b])
        rows.append((a, b, *sizes, found.shared, found.expected, found.jaccard, found.jaccard_expected, found.z))
    return pd.DataFrame(rows, columns=columns).sort_values("z", ascending=False, ignore_index=True)


def topology(store: "Store", model: str) -> Topology:
    """The shape of a stored model."""
    models = store.query("models")
    row = models[models["model"] == model].iloc[0]
    return Topology(int(row["layers"]), int(row["heads"]), int(row["kv_heads"]))


def shares(members: Iterable[list[str]]) -> dict[str, float]:
    """Return each name's share of the circuits, given every circuit's names."""
    circuits = list(members)
    matrix, names = membership(circuits)
    # Divided, as the sparse mean multiplies by 1/n: what all of six circuits hold must have the share 1.
    counts = matrix.sum(axis=0)
    return {name: float(count / len(circuits)) for name, count in zip(names, counts, strict=True)}


def membership(members: Iterable[list[str]]) -> tuple[csr_array, list[str]]:
    """Return the sparse 0/1 matrix [circuit, name] of every circuit's names, and the names."""
    circuits = list(members)
    names = sorted({name for circuit in circuits for name in circuit})
    number = {name: index for index, name in enumerate(names)}
    columns = [number[name] for circuit in circuits for name in circuit]
    ends = np.cumsum([0, *(len(circuit) for circuit in circuits)])
    return csr_array((np.ones(len(columns)), columns, ends), shape=(len(circuits), len(names))), names


class Strata:
    """Which names can stand for each other in the null: those of one kind in one layer."""

    def __init__(self, topology: Topology) -> None:
        self._sizes = {"h": topology.n_heads, "kv": topology.n_kv_heads}

    def of(self, name: str) -> tuple[str, int]:
        """Return the stratum of a component or an edge, and how many names of the model it holds.

        An edge's stratum is made of those of its ends, and of the channel.
        """
        source, arrow, rest = name.partition("->")
        if not arrow:
            return self._component(name)
        target, _, channel = rest.rpartition(".")
        (from_stratum, n_from), (to_stratum, n_to) = self._component(source), self._component(target)
        return f"{from_stratum}->{to_stratum}.{channel}", n_from * n_to

    def _component(self, name: str) -> tuple[str, int]:
        layer, dot, unit = name.partition(".")
        kind = unit.rstrip("0123456789")
        return (f"{layer}.{kind}", self._sizes[kind]) if dot else (name, 1)


def overlap(a: Shares, b: Shares, strata: Strata) -> Overlap:
    """Return the overlap of two vectors of shares, beside what shuffling names within strata leaves of it."""
    shared = sum(min(share, b[name]) for name, share in a.items() if name in b)
    moments = [_moments(*stratum) for stratum in _by_stratum(a, b, strata)]
    mean, variance = np.sum(moments, axis=0) if moments else (0.0, 0.0)
    return Overlap(sum(a.values()), sum(b.values()), shared, float(mean), float(np.sqrt(max(float(variance), 0.0))))


def difference(a: Shares, b: Shares, strata: Strata) -> Difference:
    """Return the overlap of two vectors of shares, and every name with its part."""
    members = [
        Member(name, _part(a.get(name, 0.0), b.get(name, 0.0)), a.get(name, 0.0), b.get(name, 0.0)) for name in {*a, *b}
    ]
    members.sort(
        key=lambda member: (
            -min(member.share_a, member.share_b),
            -member.share_a - member.share_b,
            member.name,
        )
    )
    return Difference(overlap(a, b, strata), tuple(members))


def _part(share_a: float, share_b: float) -> str:
    if share_a == share_b == 1:
        return "core"
    if share_a and share_b:
        return "variable"
    return "only_a" if share_a else "only_b"


def _by_stratum(a: Shares, b: Shares, strata: Strata) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64], int]]:
    """Yield the shares of both sides in each stratum that both use, and the stratum's size."""
    groups: dict[tuple[str, int], tuple[list[float], list[float]]] = defaultdict(lambda: ([], []))
    for side, vector in enumerate((a, b)):
        for name, share in vector.items():
            groups[strata.of(name)][side].append(share)
    for (_, size), (shares_a, shares_b) in groups.items():
        if shares_a and shares_b:
            yield np.array(shares_a), np.array(shares_b), size


def _moments(a: NDArray[np.float64], b: NDArray[np.float64], size: int) -> tuple[float, float]:
    """Mean and variance of sum_i min(a_i, b_pi(i)) over all permutations pi of `size` names (Hoeffding 1951).

    `a` and `b` hold the shares that are not zero; shares of 0 and 1 give the hypergeometric distribution.
    """
    cost = np.minimum.outer(a, b)
    total = cost.sum()
    if size == 1:
        return float(total), 0.0
    squares = (cost**2).sum() - ((cost.sum(0) ** 2).sum() + (cost.sum(1) ** 2).sum()) / size
    return float(total / size), float((squares + (total / size) ** 2) / (size - 1))


def _side(store: "Store", query: str, text: str, model: str, method: str) -> tuple["pd.DataFrame", Side]:
    """Return the memberships of the circuits that `text` means."""
    if text in set(store.query("relations")["relation"]):
        frame = store.query(query, relation=text, model=model, method=method)
        side = Side(text, "relation", len(frame))
    else:
        fact = str(find_fact(store, text)["fact"])
        frame = store.query(query, fact=fact, model=model, method=method)
        if text in set(frame["circuit"]):
            frame = frame[frame["circuit"] == text]
        side = Side(fact, "fact", len(frame))
    if frame.empty:
        raise UserError(f"{side.id} has no circuit to compare: `kcircuits query facts_without_circuit` says why")
    _only("model", set(frame["model"]))
    _only("method", set(frame["method"]))
    return frame, side


def _only(kind: str, found: set[str]) -> str:
    if len(found) > 1:
        raise UserError(f"there are circuits of several {kind}s: choose one with --{kind}: {', '.join(sorted(found))}")
    return next(iter(found))


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
