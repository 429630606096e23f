"""Tells a fact's story from records, wherever they come from: no store is opened, no model is asked."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from graphdb.circuits.trust import levels
from graphdb.components import ENDS, parse
from graphdb.explain import gaps
from graphdb.explain.appearance import Roles, appearance, feeding
from graphdb.explain.heads import actors, of_fact
from graphdb.explain.records import Conditions, Given, Place, Story, Unexplained
from graphdb.records import Fact
from graphdb.role_records import FactLens, HeadRole, RoleCheck, RoleKind


def story(
    fact: Fact,
    model_id: str,
    wording: str,
    *,
    circuit: Given | None = None,
    roles: Sequence[HeadRole] = (),
    lens: FactLens | None = None,
    checks: Sequence[RoleCheck] = (),
    conditions: Conditions | None = None,
    why_none: Sequence[str] = (),
) -> Story:
    """Return the story of a fact in a model, in one wording.

    `roles`: of the heads of the fact's relation in this model, in any wording; what a head does for the fact is in
    its `facts`. `checks`: of the relation in this model, in any wording. `why_none`: why there is no circuit.
    """
    here = [each for each in roles if each.wording == wording]
    mine: Roles = {name: each.role for name, each in of_fact(here, fact.id).items()}
    written = _written(circuit)
    told = Story(
        fact=fact.id,
        relation=fact.relation_id,
        subject=fact.subject,
        object=fact.object,
        model=model_id,
        wording=wording,
        circuit=circuit.figures["circuit"] if circuit else "",
        method=circuit.figures["method"] if circuit else "",
        prompt=circuit.figures["clean_prompt"] if circuit else "",
        appearance=appearance(lens) if lens else None,
        feeding=feeding(lens, circuit, mine) if lens and circuit else (),
        movers=actors(roles, wording, fact.id, RoleKind.MOVER, written),
        relation_heads=actors(roles, wording, fact.id, RoleKind.RELATION, written),
        facts=max((each.n_facts for each in here), default=0),
        places=_places(circuit, written, mine) if circuit else (),
        checks=tuple(each for each in checks if each.wording == wording),
        faithfulness=tuple(levels(circuit.figures)) if circuit else (),
        unexplained=_unexplained(written, mine),
        conditions=conditions or Conditions(),
        gaps=(),
    )
    return gaps.told(told, roles, why_none)


def _written(circuit: Given | None) -> Mapping[str, float]:
    """Return head or MLP -> sum of |weight| of the edges that leave it."""
    found = defaultdict[str, float](float)
    for edge in circuit.edges if circuit else ():
        if edge.source not in ENDS:
            found[edge.source] += abs(edge.weight)
    return dict(found)


def _places(circuit: Given, written: Mapping[str, float], roles: Roles) -> tuple[Place, ...]:
    found = [
        Place(each.component, roles.get(each.component, RoleKind.NONE), written[each.component],
              each.subject, each.template, each.last)
        for each in circuit.places
        if each.component in written
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda place: (-place.score, place.component)))


def _unexplained(written: Mapping[str, float], roles: Roles) -> Unexplained | None:
    """Return how much of what is written comes from nodes without a role; None where nothing is written."""
    total = sum(written.values())
    if not total:
        return None
    mlps = sum(score for name, score in written.items() if parse(name).kind == "mlp")
    with_role = sum(score for name, score in written.items() if name in roles)
    return Unexplained(
        with_role=with_role / total,
        heads=(total - mlps - with_role) / total,
        mlps=mlps / total,
        nodes_with_role=len(written.keys() & roles.keys()),
        nodes=len(written),
    )
