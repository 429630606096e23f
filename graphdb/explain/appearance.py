"""Where a fact's object appears, and which edges of its circuit enter that block."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from graphdb.components import feeds
from graphdb.explain.records import Appearance, Feed, Feeding, Given, Point
from graphdb.records import Edge
from graphdb.role_records import FactLens, RoleKind

Roles = Mapping[str, RoleKind]
"""Component -> its role for the fact; those without one are absent."""


def appearance(lens: FactLens) -> Appearance:
    """Return what a lens reads, block by block."""
    others, wrong = (each or (None,) * len(lens.blocks) for each in (lens.others, lens.wrong))
    rows = zip(lens.blocks, lens.object, others, wrong, lens.rank, lens.probability, strict=True)
    return Appearance(lens.lens, lens.emergence, lens.rise, lens.wrong_token, tuple(Point(*row) for row in rows))


def feeding(lens: FactLens, circuit: Given, roles: Roles) -> tuple[Feeding, ...]:
    """Return what enters the block of the largest rise, then that of emergence where it is another; none where empty.

    A block is all heads and kv-heads of a layer (`a9`) or an MLP (`m9`).
    """
    marks: dict[str, tuple[str, ...]] = {}
    for mark, block in (("rise", lens.rise), ("emergence", lens.emergence)):
        if block:
            marks[block] = (*marks.get(block, ()), mark)
    return tuple(_into(block, of, circuit, roles) for block, of in marks.items())


def _into(block: str, marks: tuple[str, ...], circuit: Given, roles: Roles) -> Feeding:
    edges = sorted((edge for edge in circuit.edges if edge.target.split(".")[0] == block), key=lambda edge: edge.rank)
    entering = _weight(edges)
    groups: dict[str, tuple[str, ...]] = {}
    for kv_head, head in feeds(((e.source, e.target, e.channel) for e in circuit.edges), circuit.group_size):
        groups[kv_head] = (*groups.get(kv_head, ()), head)
    fed = [_feed(edge, groups.get(edge.target, (edge.target,)), roles) for edge in edges]
    return Feeding(
        block,
        marks,
        from_roles=_from_roles(edges, roles),
        from_roles_elsewhere=_from_roles(circuit.edges, roles),
        edges=tuple(replace(each, share=abs(each.weight) / entering if entering else 0.0) for each in fed),
    )


def _feed(edge: Edge, readers: tuple[str, ...], roles: Roles) -> Feed:
    role, of_readers = roles.get(edge.source, RoleKind.NONE), (roles.get(each, RoleKind.NONE) for each in readers)
    return Feed(
        edge.source, role, edge.target, edge.channel, readers, tuple(of_readers), edge.weight, edge.rank, share=0.0
    )


def _from_roles(edges: Sequence[Edge], roles: Roles) -> float:
    """Share of the edges' |weight| that leaves heads with a role."""
    total = _weight(edges)
    return _weight([edge for edge in edges if edge.source in roles]) / total if total else 0.0


def _weight(edges: Sequence[Edge]) -> float:
    return sum(abs(edge.weight) for edge in edges)
