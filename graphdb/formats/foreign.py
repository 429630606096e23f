"""A circuit as another tool's file has it, and how its edges and ours become each other's.

Other tools give every query head keys and values of its own; here, with grouped-query attention, a kv-head's are one
(method.md, section 1). Their matrix of edges is that of `Topology(n_layers, n_heads, n_heads)`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from graphdb.components import EdgeName
from graphdb.errors import UserError
from graphdb.topology import BoolArray, Topology

Scores = NDArray[np.float32]
_Scalar = TypeVar("_Scalar", bound=np.generic)
MOST_CELLS = 100_000_000
"""Sources times slots of a model without grouped keys and values: a 70B Llama has 80 million."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a file says that its circuit is of; empty: nothing."""

    model: str = ""
    fact: str = ""
    object: str = ""
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class Foreign:
    """What a file says of one circuit, on the edges of query heads [source, slot]."""

    source: str
    """Tool and format, in words."""
    method: str
    """How it was found, as far as the format tells."""
    shape: Topology
    """Without grouped keys and values."""
    kv_heads: int | None
    """Kv-heads a layer, where the file says how many."""
    d_model: int | None
    member: BoolArray
    scores: Scores | None
    """Of every edge; None: the format has none."""
    lost: tuple[str, ...] = ()
    """What the file says, or does not say, that is not kept, in words."""
    said: Said = Said()


@dataclass(frozen=True, slots=True)
class Native:
    """The same on native edges."""

    top: Topology
    member: BoolArray
    """[source, slot]"""
    scores: Scores | None
    split: int
    """Edges to keys and values of a kv-head that some of its query heads have and others do not."""


def check_shape(path: Path, n_layers: Any, n_heads: Any) -> Topology:
    """Return the shape of a model whose query heads have keys and values of their own.

    Raises UserError for numbers that no model has, before anything of that size is made.
    """
    fit = all(type(each) is int and 0 < each <= MOST_CELLS for each in (n_layers, n_heads))
    top = Topology(n_layers, n_heads, n_heads) if fit else None
    if top is None or top.n_sources * top.n_slots > MOST_CELLS:
        raise UserError(f"{path}: no model that is read here has {n_layers!r} layers of {n_heads!r} heads")
    return top


def strongest(path: Path, circuit: Foreign, n_edges: int | None) -> Foreign:
    """Return the circuit of the `n_edges` largest |score|; None: the edges that the file marks.

    Raises UserError where the file marks none, or has no scores to choose by.
    """
    n_marked, n_all = int(circuit.member.sum()), circuit.shape.n_edges
    if n_edges is None:
        if n_marked in (0, n_all):
            marked = "all edges, like none," if n_marked else "no edge"
            raise UserError(
                f"{path}: marks {marked} as the circuit's: say with --edges N how many of the strongest it has"
            )
        return circuit
    if circuit.scores is None:
        raise UserError(f"{path}: has no scores by which to choose {n_edges} edges: leave --edges out")
    scores = np.abs(circuit.shape.pack(circuit.scores))
    if not 0 < n_edges <= int((scores > 0).sum()):
        raise UserError(
            f"{path}: has {int((scores > 0).sum())} edges with a score: --edges {n_edges} is not among them"
        )
    chosen = np.zeros(n_all, bool)
    chosen[np.argsort(-scores, kind="stable")[:n_edges]] = True
    return replace(circuit, member=circuit.shape.unpack(chosen))


def group(circuit: Foreign, n_kv_heads: int) -> Native:
    """Join the keys and values of query heads that read one kv-head: scores are added up, any member is one.

    The scores of a kv-head's edges are effects of one vector that its heads read, so they add up.
    """
    ours = Topology(circuit.shape.n_layers, circuit.shape.n_heads, n_kv_heads)
    member = _joined(circuit.member, ours, lambda heads: np.asarray(heads.any(-1)))
    every = _joined(circuit.member, ours, lambda heads: np.asarray(heads.all(-1)))
    scores = None if circuit.scores is None else _joined(circuit.scores, ours, lambda heads: heads.sum(-1))
    return Native(ours, member, scores, int((member & ~every).sum()))


def ungroup(matrix: NDArray[Any], top: Topology) -> NDArray[Any]:
    """Give each query head a native edge's value [source, slot]; numbers in equal parts, so that they add up to it."""
    heads, kv, parts = top.n_heads, top.n_kv_heads, list[NDArray[Any]]()
    for layer in range(top.n_layers):
        slots = matrix[:, top.attention_slots(layer)]
        shared = np.repeat(slots[:, heads:].reshape(-1, 2, kv), top.group_size, axis=-1).reshape(-1, 2 * heads)
        if matrix.dtype != bool:
            shared = shared / top.group_size
        parts += [slots[:, :heads], shared, matrix[:, [top.mlp_slot(layer)]]]
    return np.concatenate([*parts, matrix[:, -1:]], axis=1).astype(matrix.dtype)


def edges_of(native: Native) -> Iterable[tuple[EdgeName, float]]:
    """Yield the circuit's edges with their scores, 1 for each where there are none, largest |score| first."""
    scores = np.ones(native.member.shape, np.float32) if native.scores is None else native.scores
    names, weights = native.top.edge_names(native.member), scores[native.member]
    for index in np.argsort(-np.abs(weights), kind="stable"):
        yield names[index], float(weights[index])


def _joined(matrix: NDArray[_Scalar], top: Topology, join: Callable[[NDArray[_Scalar]], NDArray[Any]]) -> NDArray[Any]:
    whole = Topology(top.n_layers, top.n_heads, top.n_heads)
    parts = list[NDArray[Any]]()
    for layer in range(top.n_layers):
        slots = matrix[:, whole.attention_slots(layer)]
        shared = slots[:, top.n_heads :].reshape(-1, 2 * top.n_kv_heads, top.group_size)
        parts += [slots[:, : top.n_heads], join(shared), matrix[:, [whole.mlp_slot(layer)]]]
    return np.concatenate([*parts, matrix[:, -1:]], axis=1)
