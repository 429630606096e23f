"""What a story does not explain, in sentences."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from graphdb.circuits.trust import some
from graphdb.explain.records import Actor, Story
from graphdb.role_records import HeadRole, RoleKind

KINDS = (RoleKind.MOVER, RoleKind.RELATION)


def told(story: Story, roles: Sequence[HeadRole], why_none: Sequence[str]) -> Story:
    """Return the story with its gaps. `roles`: of the relation's heads, in any wording."""
    found = (*_of_circuit(story, why_none), *_of_lens(story), *_of_roles(story, roles), *_of_checks(story, roles))
    return replace(story, gaps=found)


def _of_circuit(story: Story, why_none: Sequence[str]) -> Iterator[str]:
    if not story.circuit:
        yield f"no circuit is stored: {'; '.join(why_none)}" if why_none else "no circuit is stored"
    elif not story.places:
        yield "where in the prompt the circuit's nodes write was not measured"
    rest = story.unexplained
    if rest and story.facts:
        chance = f"{rest.nodes_with_role} of {rest.nodes} nodes ({rest.nodes_with_role / rest.nodes:.0%})"
        yield (
            f"{1 - rest.with_role:.0%} of what the circuit's heads and MLPs write comes from nodes without a role: "
            f"{rest.mlps:.0%} from MLPs, {rest.heads:.0%} from heads; {chance} have one"
        )


def _of_lens(story: Story) -> Iterator[str]:
    seen = story.appearance
    if seen is None:
        yield "no lens is stored in this wording: where the object appears is not known"
    elif all(point.others is None for point in seen.points):
        yield "the relation has no other object to compare with: the lens cannot say where this one appears"
    elif not seen.emergence:
        yield "the object is not first among the relation's objects at the end of the model: it never emerges"
    for each in story.feeding:
        if not each.edges:
            yield f"no edge of the circuit enters {each.block}"


def _of_roles(story: Story, roles: Sequence[HeadRole]) -> Iterator[str]:
    here = [each for each in roles if each.wording == story.wording]
    others = sorted({each.wording for each in roles} - {story.wording})
    if not here:
        elsewhere = f"; there are some in template {', '.join(others)}" if others else ""
        yield f"no roles are stored in this wording{elsewhere}"
        return
    if all(each.mover_q is None and each.relation_q is None for each in here):
        yield f"too few facts to give heads roles: {story.facts} in this wording"
        return
    for kind, found in ((RoleKind.MOVER, story.movers), (RoleKind.RELATION, story.relation_heads)):
        if not found:
            count = sum(each.role.is_of(kind) for each in here)
            yield f"no head is a {kind.words} for this fact; {_counted(count, kind)} in the relation"
        elif story.circuit:
            yield from _outside(found, kind)
    yield from _of_wordings(story.relation_heads, story.wording, others)


def _outside(found: Sequence[Actor], kind: RoleKind) -> Iterator[str]:
    outside = [each.component for each in found if each.in_circuit is None]
    if outside:
        yield f"of {_counted(len(found), kind)} of this fact {len(outside)} not in the circuit: {some(outside, 5)}"


def _of_wordings(heads: Sequence[Actor], wording: str, others: Sequence[str]) -> Iterator[str]:
    if heads and not others:
        yield "roles were measured in one wording alone: relation heads may be this wording's, not the relation's"
    elif heads:
        only = [each.component for each in heads if each.wordings == (wording,)]
        yield f"of {_counted(len(heads), RoleKind.RELATION)} of this fact {len(only)} hold in this wording alone"


def _of_checks(story: Story, roles: Sequence[HeadRole]) -> Iterator[str]:
    checked = {each.role for each in story.checks}
    held = {kind for kind in KINDS if any(each.role.is_of(kind) and each.wording == story.wording for each in roles)}
    missing = [f"{kind.words}s" for kind in KINDS if kind in held - checked]
    if missing:
        yield f"what cutting {' and '.join(missing)} costs was not measured: `kcircuits roles RELATION --check`"


def _counted(count: int, kind: RoleKind) -> str:
    return f"{count} {kind.words}{'' if count == 1 else 's'}"
