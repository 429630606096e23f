"""Two-hop relations, one at a time, into the store: what a model makes of them, and of each of their facts.

What a relation gets depends on model, facts and templates alone, and is written in one transaction; a relation whose
fingerprint stands is passed over.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch

from graphdb.errors import UserError, unknown
from graphdb.store import Store
from graphdb.writing.hop_writers import write_hops
from graphdb.writing.writers import write_facts, write_model, write_relations
from ingest.facts.sets import FactSet, builtin_relations, derived_relations
from ingest.hops.analysis import analyse
from ingest.hops.heads import Bench, stand_ins
from ingest.hops.questions import Questions, put
from ingest.model import LanguageModel
from ingest.options import Options, Progress
from ingest.roles.pipeline import Asked, ask
from ingest.roles.stored import stored_facts
from ingest.roles.vocabularies import packaged_vocabularies

VERSION = 1
"""Part of every fingerprint: raised when the same facts would give something else."""


def composed(store: Store, names: Sequence[str]) -> tuple[list[FactSet], dict[str, FactSet]]:
    """Return the composed relations of these names, all without any, and by id every relation at hand, with all facts.

    Relations are the store's, and packaged ones. Raises UserError for a relation that is not composed, and for one
    whose hops are not at hand.
    """
    stored = () if store.query("relations").empty else stored_facts(store, ())
    known = {each.relation.id: _whole(each) for each in (*builtin_relations(), *derived_relations(), *stored)}
    found = {name: each for name, each in known.items() if len(each.relation.derived_from) > 1}
    for name in names:
        if name not in found:
            raise unknown("composed relation", name, found, "give one that is composed of two")
    for name in names or found:
        for hop in known[name].relation.derived_from:
            if hop not in known:
                raise UserError(f"relation {name} is composed of {hop}, which is not in {store.target}: ingest it too")
    return [found[name] for name in names or sorted(found)], known


def _whole(facts: FactSet) -> FactSet:
    """The relation with all of its facts to be asked for."""
    return replace(facts, facts=facts.facts + facts.donors, donors=())


@torch.no_grad()
def write_hops_of(
    store: Store,
    model: LanguageModel,
    sets: Sequence[FactSet],
    known: Mapping[str, FactSet],
    options: Options,
    progress: Progress,
) -> dict[str, str]:
    """Write what the model makes of composed relations, given every relation at hand; return why some were left out."""
    progress.stage("hops", sum(len(each.facts) for each in sets))
    write_model(store, model.record)
    vocabularies, bench, without = packaged_vocabularies(model.encode), Bench(model), dict[str, str]()
    single = replace(options, settings=replace(options.settings, template=0))
    for each in sets:
        both = ask(model, each, {}, vocabularies, options)
        first, second = (ask(model, known[hop], {}, vocabularies, single) for hop in each.relation.derived_from)
        fingerprint = _fingerprint(both, first, second)
        if not _holds(store, model, both, fingerprint):
            questions = put(model, both, first, second)
            names = [name for name in stand_ins(questions, vocabularies) if name in known]
            others = [ask(model, known[name], {}, vocabularies, single) for name in names]
            if why := _write(store, bench, questions, others, fingerprint):
                without[each.relation.id] = why
        progress.advance(len(each.facts))
    return without


def _write(store: Store, bench: Bench, questions: Questions, others: Sequence[Asked], fingerprint: str) -> str:
    """Write what there is to tell of a relation; return why there is nothing, or an empty text."""
    if not questions.known:
        return "no fact is known in all three questions"
    try:
        check, facts = analyse(bench, questions, others, fingerprint)
    except UserError as error:
        return str(error)
    write_relations(store, [questions.both.facts.relation])
    write_facts(store, questions.both.facts.facts)
    write_hops(store, check, facts)
    return ""


def _fingerprint(both: Asked, first: Asked, second: Asked) -> str:
    parts = (VERSION, *(each.fingerprint for each in (both, first, second)))
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def _holds(store: Store, model: LanguageModel, both: Asked, fingerprint: str) -> bool:
    """Whether the store has what the relation would give again."""
    rows = store.query("two_hops", relation=both.relation.relation_id, model=model.record.id)
    return bool((rows[rows["wording"] == both.relation.wording]["fingerprint"] == fingerprint).any())
