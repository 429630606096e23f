"""Names of a model's components and edges, and what they say: the one place that reads them.

`embed`, `a9.h6` (head 6 of layer 9), `a9.kv2` (kv-head), `m9` (MLP of layer 9), `logits`; an edge is
`a9.h6->a12.h3.q`: the source writes to the residual stream, a channel of the target reads it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Kind = Literal["embed", "head", "kv_head", "mlp", "logits"]
KINDS: dict[Kind, str] = {"embed": "Embed", "head": "Head", "kv_head": "KVHead", "mlp": "MLP", "logits": "Logits"}
"""Kind of a component -> its second label in the graph."""
ENDS = ("embed", "logits")
"""Components of every circuit, which say nothing of what circuits share."""
EdgeName = tuple[str, str, str]
"""Source, target and channel."""

_IN_LAYER = re.compile(r"a(?P<a>\d+)\.(?P<unit>h|kv)(?P<number>\d+)|m(?P<m>\d+)", re.ASCII)
_UNITS: dict[str, Kind] = {"h": "head", "kv": "kv_head"}


@dataclass(frozen=True, slots=True)
class Component:
    """A part of a model, as read from its name. Embedding and logits have no layer, they and MLPs no head."""

    name: str
    kind: Kind
    layer: int | None = None
    head: int | None = None


@lru_cache(maxsize=2**16)
def parse(name: str) -> Component:
    """Return what a component's name says; raises ValueError for another name."""
    if name == "embed" or name == "logits":
        return Component(name, name)
    match = _IN_LAYER.fullmatch(name)
    if match is None:
        raise ValueError(f"component {name!r}: expected embed, a<layer>.h<head>, a<layer>.kv<head>, m<layer> or logits")
    if match["m"]:
        return Component(name, "mlp", int(match["m"]))
    return Component(name, _UNITS[match["unit"]], int(match["a"]), int(match["number"]))


def n_nodes(names: Iterable[str]) -> int:
    """Count components as the nodes of a circuit are counted: a kv-head belongs to its heads."""
    return sum(parse(name).kind != "kv_head" for name in names)


def feeds(edges: Iterable[EdgeName], group_size: int) -> list[tuple[str, str]]:
    """Return (kv-head, head) for each kv-head that edges reach and each head of its group that writes."""
    edges = list(edges)
    heads = {source for source, _, _ in edges}
    pairs: list[tuple[str, str]] = []
    for part in map(parse, dict.fromkeys(target for _, target, _ in edges)):
        if part.kind == "kv_head" and part.head is not None:
            group = range(part.head * group_size, (part.head + 1) * group_size)
            pairs += [(part.name, head) for each in group if (head := f"a{part.layer}.h{each}") in heads]
    return pairs


def edge_id(source: str, target: str, channel: str) -> str:
    """Return an edge's name, equal in all circuits of a model: `a9.h6->a12.h3.q`."""
    return f"{source}->{target}.{channel}"


def edge_ends(edge: str) -> EdgeName:
    """Return the source, target and channel of an edge's name."""
    source, _, slot = edge.partition("->")
    target, _, channel = slot.rpartition(".")
    return source, target, channel
