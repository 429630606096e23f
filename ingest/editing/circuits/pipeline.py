"""What edits do inside the model, into the store: one edit after the other, and none twice."""

import hashlib
import json
from dataclasses import asdict, replace

from graphdb.records import Fact
from graphdb.store import Store
from graphdb.writing.edit_writers import write_edit_actions, write_edit_circuits, write_edit_lenses
from graphdb.writing.writers import write_facts
from ingest.editing.bench import Bench, control
from ingest.editing.change import Change
from ingest.editing.circuits.contrast import SETTINGS, SUBSTITUTES
from ingest.editing.circuits.cut import SIZE
from ingest.editing.circuits.heads import Roles, found_roles, stored_roles
from ingest.editing.circuits.inside import look_inside
from ingest.editing.circuits.subject import Subject
from ingest.editing.prompts.request import Request
from ingest.editing.variant import apply
from ingest.facts.names import fact_hash
from ingest.facts.sets import FactSet

VERSION = 1
"""Part of every fingerprint: raised when the same edit would give other records."""
NEIGHBOURS = 2
"""Known facts of the relation whose circuits are compared too."""


def write_inside(
    store: Store, bench: Bench, request: Request, change: Change, facts: FactSet, template: int, neighbours: int
) -> list[str]:
    """Write what an edit that is stored does inside the model; one whose fingerprint stands is passed over.

    Returns the ids of facts without circuits: too few donors are told apart in both models. Raises UserError where
    old and new object begin with the same token.
    """
    subject = subject_of(bench, request, change, facts, template, neighbours, None)
    stored = store.query("edit_actions", edit=subject.variant_id)
    if subject.fingerprint in set(stored["fingerprint"]):
        return []
    roles = stored_roles(store, bench.model, facts.relation.id, template)
    roles = roles if roles is not None else found_roles(bench.model, facts, template)
    found = look_inside(replace(subject, roles=roles))
    with store.writing():
        write_facts(store, subject.neighbours)
        write_edit_circuits(store, found.circuits)
        write_edit_lenses(store, found.lenses)
        write_edit_actions(store, found.actions)  # last: they have the fingerprint
    there = {each.fact_id for each in found.circuits}
    return [each.id for each in (request.fact, *subject.neighbours) if each.id not in there]


def subject_of(
    bench: Bench,
    request: Request,
    change: Change,
    facts: FactSet,
    template: int,
    neighbours: int,
    roles: Roles | None,
) -> Subject:
    """Return what is looked at: the edit that a change makes, with as many of its neighbours, the nearest by hash."""
    chosen = _nearest(bench, request.fact, facts, neighbours)
    parts = (
        *(VERSION, SIZE, SUBSTITUTES, asdict(SETTINGS), change.base_sha256, change.weights_sha256, bench.seed),
        *(request.fact.id, request.asked.tokens, request.asked.answer, request.asked.at, template),
        *([each.id for each in chosen], [asdict(each) for each in (*facts.facts, *facts.donors)]),
    )
    return Subject(
        before=bench.model,
        after=apply(bench.model, change),
        sham=control(bench, change),
        layer=change.layer,
        request=request,
        facts=facts,
        template=template,
        neighbours=chosen,
        roles=roles,
        fingerprint=hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32],
    )


def _nearest(bench: Bench, fact: Fact, facts: FactSet, n: int) -> tuple[Fact, ...]:
    by_id = {each.id: each for each in (*facts.facts, *facts.donors)}
    known = (each.prompt.fact_id for each in bench.known.beside(fact, 0).facts)
    near = sorted((name for name in known if name in by_id), key=lambda name: fact_hash(name) ^ fact_hash(fact.id))
    return tuple(by_id[name] for name in near[:n])
