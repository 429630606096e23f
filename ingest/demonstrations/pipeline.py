"""Demonstrations of relations into a store: what they change, and what heads do with them.

What a relation gets depends on model, facts, template and the number of shots alone, and is written in one transaction
for each number; what stands already is passed over.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from graphdb.conditions.demonstrations import Labels
from graphdb.errors import UserError, unknown
from graphdb.store import Store
from graphdb.tables import records
from graphdb.writing.demonstration_writers import write_demonstrations
from graphdb.writing.writers import write_facts, write_relations
from ingest.demonstrations.heads import References
from ingest.demonstrations.measure import Measured, measure
from ingest.demonstrations.prompts import demonstrated
from ingest.demonstrations.summary import Of, head_records, movers, summarise
from ingest.facts.demonstrations import choose
from ingest.facts.sets import FactSet, builtin_relations
from ingest.model import LanguageModel
from ingest.options import Options, Progress
from ingest.roles.checks import mask, random_heads
from ingest.roles.facts import RoleFact
from ingest.roles.pipeline import ENOUGH, Asked, ask
from ingest.roles.stored import stored_facts
from ingest.roles.vocabularies import packaged_vocabularies

VERSION = 1
"""Part of every fingerprint: raised when the same facts would give other figures."""
LEAST = 2
"""Facts below which nothing is said of a relation."""


@dataclass(frozen=True)
class Posed:
    """The known facts of a relation, without demonstrations and behind them."""

    zero: Mapping[str, RoleFact]
    own: Mapping[str, RoleFact]
    """Some of them, by fact id."""
    shuffled: Mapping[str, RoleFact]
    """Some of those."""
    objects: tuple[int, ...]
    """Tokens of the relation's objects."""


def relations_to_ask(store: Store | None, names: Sequence[str]) -> list[FactSet]:
    """Return relations of the store, all where none is named, and packaged ones that it does not have.

    Raises UserError for a relation that is neither, and for no store, or one without relations, where none is named.
    """
    packaged = {each.relation.id for each in builtin_relations()}
    names = tuple(dict.fromkeys(names))
    if store is None:
        if not names:
            raise UserError("there is no store yet: name packaged relations, which `kcircuits relations` lists")
        if strange := [name for name in names if name not in packaged]:
            raise unknown("relation", strange[0], packaged, "there is no store yet; give packaged relations")
        return [each.first(ENOUGH) for each in builtin_relations(names)]
    stored = store.query("relations")
    there = set(stored[stored["facts"] > 0]["relation"])
    new = [name for name in names if name in packaged - there]
    known = [name for name in names if name not in new]
    found = stored_facts(store, known) if known or not names else []
    return [*found, *(each.first(ENOUGH) for each in (builtin_relations(new) if new else ()))]


@torch.no_grad()
def write_demonstrations_of(
    store: Store,
    model: LanguageModel,
    sets: Sequence[FactSet],
    shots: Sequence[int],
    options: Options,
    progress: Progress,
) -> dict[str, str]:
    """Measure and write what these numbers of demonstrations change in relations; the model is in the store.

    Returns of relations that some number is not measured of, by their ids, which and why.
    """
    progress.stage("demonstrations", sum(len(each.facts) for each in sets) * len(shots))
    vocabularies, without = packaged_vocabularies(model.encode), dict[str, str]()
    references = [References(model, number) for number in shots]
    for each in sets:
        write_relations(store, [each.relation])
        write_facts(store, each.facts)
        asked = ask(model, each, {}, vocabularies, options)
        for reference in references:
            if why := _write(store, model, asked, reference):
                without[each.relation.id] = why
            progress.advance(len(each.facts))
    return without


def _write(store: Store, model: LanguageModel, asked: Asked, reference: References) -> str:
    """Write what one number of demonstrations changes in one relation; return why not, or an empty text."""
    posed = pose(model, asked, reference.shots)
    if len(posed.own) < LEAST:
        return (
            f"with {reference.shots} demonstrations: {len(posed.own)} known facts have as many others to show, "
            f"{LEAST} are needed"
        )
    if not reference.facts.keys() - {asked.relation.relation_id}:
        return f"with {reference.shots} demonstrations: they fit the model in no other relation, which chooses heads"
    of = Of(
        model.record.id,
        asked.relation.relation_id,
        asked.relation.wording,
        reference.shots,
        _fingerprint(model, posed, reference),
    )
    if not _holds(store, of):
        _measure(store, model, posed, of, reference)
    return ""


def pose(model: LanguageModel, asked: Asked, shots: int) -> Posed:
    """Return the facts that roles would be told from, and the same behind demonstrations where they can be."""
    facts = {fact.id: fact for fact in (*asked.facts.facts, *asked.facts.donors)}
    pool = [facts[name] for name in sorted(asked.answers)]
    beginnings = {case.prompt.fact_id: case.beginning for case in asked.cases}
    template = asked.facts.relation.templates[asked.template]
    zero = {fact.prompt.fact_id: fact for fact in asked.relation.facts}
    found: dict[Labels, dict[str, RoleFact]] = {labels: {} for labels in Labels}
    for labels, name in ((labels, name) for labels in Labels for name in sorted(zero)):
        shown = choose(facts[name], pool, shots, labels)
        if shown:
            answer, beginning = zero[name].answer, beginnings[name]
            fact = demonstrated(facts[name], answer, template, shown, model.encode, beginning)
            if fact and len(fact.prompt.tokens) <= model.weights.max_positions:
                found[labels][name] = fact
    own, shuffled = found[Labels.OWN], found[Labels.SHUFFLED]
    both = {name: fact for name, fact in shuffled.items() if name in own}
    objects = tuple(asked.relation.vocabularies[asked.relation.relation_id])
    return Posed(zero, own, both, objects)


def _measure(store: Store, model: LanguageModel, posed: Posed, of: Of, reference: References) -> None:
    """Run one relation with one number of demonstrations, and write what comes of it."""
    top, chosen = model.weights.topology, reference.chosen_for(of.relation_id)
    heads = tuple(part.name for part in top.components if part.kind == "head")
    cuts = [mask(top, each) for each in (chosen.heads, *random_heads(heads, chosen.heads))]
    plain = measure(model.weights, [posed.zero[name] for name in posed.own], posed.objects)
    shown = dict[Labels, Measured]()
    for labels, facts in ((Labels.OWN, posed.own), (Labels.SHUFFLED, posed.shuffled)):
        if len(facts) >= LEAST:
            shown[labels] = measure(model.weights, list(facts.values()), posed.objects, cuts)
    beside = {labels: plain.take([fact.prompt.fact_id for fact in each.facts]) for labels, each in shown.items()}
    moved = {labels: movers(beside[labels], each, posed.objects) for labels, each in shown.items()}
    write_demonstrations(
        store,
        [summarise(of, labels, beside[labels], each, moved[labels], chosen) for labels, each in shown.items()],
        head_records(of, heads, shown[Labels.OWN], shown.get(Labels.SHUFFLED), moved[Labels.OWN]),
    )


def _fingerprint(model: LanguageModel, posed: Posed, reference: References) -> str:
    kinds = (posed.zero, posed.own, posed.shuffled)
    asked = [sorted((name, fact.prompt.tokens, fact.answer) for name, fact in each.items()) for each in kinds]
    chosen_on = [(name, [fact.prompt.tokens for fact in facts]) for name, facts in sorted(reference.facts.items())]
    parts = (VERSION, model.record.weights_sha256, reference.shots, asked, posed.objects, chosen_on)
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def _holds(store: Store, of: Of) -> bool:
    """Whether the store has what these facts would give again."""
    rows: list[dict[str, Any]] = records(
        store.query("demonstration_fingerprints", relation=of.relation_id, model=of.model_id)
    )
    there = {row["fingerprint"] for row in rows if (row["wording"], row["shots"]) == (of.wording, of.shots)}
    return there == {of.fingerprint}
