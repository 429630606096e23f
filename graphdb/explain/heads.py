"""The heads that act on a fact, as movers and as relation heads."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from graphdb.explain.records import Actor
from graphdb.role_records import GROUPS, FactRole, HeadRole, RoleKind

SIDES = {RoleKind.MOVER: "subject", RoleKind.RELATION: "template"}
"""Role -> the group of positions that heads of the role carry from."""


def of_fact(roles: Sequence[HeadRole], fact_id: str) -> dict[str, FactRole]:
    """Return head -> what it does for the fact, for the heads with a role for it."""
    found = {each.component: fact for each in roles for fact in each.facts if fact.fact_id == fact_id}
    return {name: fact for name, fact in found.items() if fact.role}


def actors(
    roles: Sequence[HeadRole], wording: str, fact_id: str, kind: RoleKind, in_circuit: Mapping[str, float]
) -> tuple[Actor, ...]:
    """Return the heads that are of a kind, `mover` or `relation`, for the fact; the strongest for it first.

    `roles`: of the fact's relation in any wording. `in_circuit`: head -> sum of |weight| that it writes.
    """
    here = [each for each in roles if each.wording == wording]
    own, wordings = of_fact(here, fact_id), _wordings(roles, kind)
    found = [
        _actor(each, own[each.component], kind, in_circuit, wordings[each.component])
        for each in here
        if each.component in own and own[each.component].role.is_of(kind)
    ]
    return tuple(sorted(found, key=lambda each: (-each.score, each.component)))


def _wordings(roles: Sequence[HeadRole], kind: RoleKind) -> Mapping[str, tuple[str, ...]]:
    found = defaultdict[str, tuple[str, ...]](tuple)
    for each in sorted(roles, key=lambda each: each.wording):
        if each.role.is_of(kind):
            found[each.component] += (each.wording,)
    return found


def _actor(
    head: HeadRole, own: FactRole, kind: RoleKind, in_circuit: Mapping[str, float], wordings: tuple[str, ...]
) -> Actor:
    moves = kind is RoleKind.MOVER
    return Actor(
        component=head.component,
        role=own.role,
        score=own.mover if moves else own.relation,
        mean=head.mover if moves else head.relation,
        null=head.mover_null if moves else head.relation_null,
        q=head.mover_q if moves else head.relation_q,
        attention=head.attention[GROUPS.index(SIDES[kind])],
        in_circuit=in_circuit.get(head.component),
        writes=own.writes,
        writes_in_most=head.writes,
        wordings=wordings,
    )
