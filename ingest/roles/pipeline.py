"""Roles of heads and lenses of facts, a relation at a time, into the store that holds the facts.

What a relation gets depends on model, facts and template alone, and is written in one transaction each for roles and
lenses; a relation whose fingerprint stands is passed over.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from graphdb.errors import UserError
from graphdb.role_records import FactLens, HeadRole, Written
from graphdb.store import Store
from graphdb.tables import records
from graphdb.writing.role_writers import write_lenses, write_role_checks, write_roles
from ingest.discovery.answers import best_answers, last_states
from ingest.facts.prompts import Case, fact_template, prepare
from ingest.facts.sets import FactSet
from ingest.lens.facts import lens_facts
from ingest.lens.lens import lenses, lenses_in
from ingest.lens.tokens import written_in, written_in_most
from ingest.model import LanguageModel
from ingest.options import Options, Progress
from ingest.roles.checks import check_roles
from ingest.roles.decide import LEAST_FACTS
from ingest.roles.facts import RelationFacts, RoleFact, role_fact
from ingest.roles.last_position import LastPosition, run_all
from ingest.roles.roles import Scores, roles, score_heads
from ingest.roles.vocabularies import packaged_vocabularies

VERSION = 1
"""Part of every fingerprint: raised when the same facts would give other roles or lenses."""
ENOUGH = 2 * LEAST_FACTS
"""Facts of a relation that roles are told from at least, where there are as many: those that are explained, and then
further ones, so that `--limit` leaves a relation enough to test."""
SHOWN = 5
"""Tokens that are kept of what a head writes for a fact."""


@dataclass(frozen=True)
class Asked:
    """The facts of a relation that the model knows, in the words of one template."""

    facts: FactSet
    template: int
    cases: tuple[Case, ...]
    """All facts, known or not: their objects are the relation's vocabulary."""
    answers: Mapping[str, int]
    """Fact id -> the token of its object, of those that are known: lenses are of these."""
    relation: RelationFacts
    """Those whose subjects have positions of their own: roles are of these."""
    fingerprint: str


@torch.no_grad()
def write_roles_of(
    store: Store,
    model: LanguageModel,
    sets: Sequence[FactSet],
    known: Mapping[str, int],
    options: Options,
    progress: Progress,
    *,
    keep_larger: bool = False,
) -> None:
    """Find and write the roles and lenses of relations whose facts are in the store.

    `known`: fact id -> the token of its object, of facts that were asked and are known. `keep_larger`: roles that more
    facts gave stay, for callers who do not know all facts that an ingest knew.
    """
    progress.stage("roles", sum(len(each.facts) for each in sets))
    vocabularies, without = packaged_vocabularies(model.encode), dict[str, str]()
    for each in sets:
        asked = ask(model, each, known, vocabularies, options)
        stored = _n_facts(store, model, asked) if keep_larger else 0
        if stored > len(asked.relation.facts):
            without[each.relation.id] = f"those of {stored} facts stay, the store has {len(asked.relation.facts)}"
        elif not holds(store, model, asked):
            why = _write(store, model, asked)
            without |= {each.relation.id: why} if why else {}
        progress.advance(len(each.facts))
    if without:
        progress.note(_gaps(without))


def _n_facts(store: Store, model: LanguageModel, asked: Asked) -> int:
    """The number of facts behind the relation's roles that are stored; 0 where there are none."""
    return max((row["facts"] for row in _stored(store, "role_fingerprints", model, asked)), default=0)


def _write(store: Store, model: LanguageModel, asked: Asked) -> str:
    """Write one relation's roles and lenses; return why no head has a role, or an empty text."""
    explained = {fact.id for fact in asked.facts.facts}
    runs = run_all(model.weights, asked.relation.facts)
    write_lenses(store, lenses_of(model, asked, explained, runs))
    if not asked.relation.facts:
        return "no fact is known, or their subjects have no position of their own"
    try:
        scores = score_heads(model, asked.relation, runs)
    except UserError as error:
        return str(error)
    found = head_roles(model, asked, scores, runs)
    write_roles(store, [_of_facts(each, explained) for each in found])
    if not found:
        return "too few different objects"
    n_facts = found[0].n_facts
    return "" if n_facts >= LEAST_FACTS else f"{n_facts} facts of {LEAST_FACTS} that a test needs"


def head_roles(
    model: LanguageModel, asked: Asked, scores: Scores, runs: Sequence[LastPosition]
) -> tuple[HeadRole, ...]:
    """Return the roles of all heads, and for those that have one the tokens that they write."""
    return tuple(
        replace(_with_tokens(each, _written(model, each, runs)), fingerprint=asked.fingerprint)
        for each in roles(scores)
    )


def _written(model: LanguageModel, role: HeadRole, runs: Sequence[LastPosition]) -> Iterator[Written]:
    """What a head writes for the facts for which it has its role."""
    held = {fact.fact_id for fact in role.facts}
    for last in runs:
        rows = [row for row, fact in enumerate(last.facts) if fact.prompt.fact_id in held]
        if rows:
            prompts, trace = [last.facts[row].prompt for row in rows], last.trace.rows(torch.tensor(rows))
            yield from written_in(model, prompts, trace, (role.component,), wording=role.wording)


def _with_tokens(role: HeadRole, texts: Iterable[Written]) -> HeadRole:
    by_fact = {each.fact_id: each for each in texts}
    facts = tuple(
        replace(each, writes=tuple(token.text for token in by_fact[each.fact_id].promoted[:SHOWN]))
        for each in role.facts
    )
    shared = written_in_most([by_fact[each.fact_id] for each in facts])[0].promoted if facts else ()
    return replace(
        role,
        facts=facts,
        writes=tuple(token.text for token in shared),
        writes_share=tuple(token.share for token in shared),
    )


def lenses_of(
    model: LanguageModel, asked: Asked, explained: Iterable[str], runs: Sequence[LastPosition]
) -> tuple[FactLens, ...]:
    """Return the closed lens of the facts that are explained and known; those that are not in `runs` are run here."""
    wanted, wording = set(explained), asked.relation.wording
    answers = {name: token for name, token in asked.answers.items() if name in wanted}
    rest = {fact.fact_id: fact for fact in lens_facts(asked.cases, answers)}
    found = list[FactLens]()
    for last in runs:
        rows = [row for row, fact in enumerate(last.facts) if fact.prompt.fact_id in rest]
        facts = [rest.pop(last.facts[row].prompt.fact_id) for row in rows]
        found += lenses_in(model, facts, last.trace.rows(torch.tensor(rows)), wording) if facts else ()
    found += lenses(model, list(rest.values()), wording)
    return tuple(replace(each, fingerprint=asked.fingerprint) for each in found)


def _of_facts(role: HeadRole, explained: Iterable[str]) -> HeadRole:
    """The role with the facts that are in the store alone."""
    there = set(explained)
    return replace(role, facts=tuple(each for each in role.facts if each.fact_id in there))


@torch.no_grad()
def check_stored(
    store: Store, model: LanguageModel, sets: Sequence[FactSet], options: Options, progress: Progress
) -> dict[str, str]:
    """Cut the heads with a role on facts that did not choose them, and write what it costs, a relation at a time.

    Returns why relations were not checked, by their ids.
    """
    progress.stage("checks", sum(len(each.facts) for each in sets))
    vocabularies, without = packaged_vocabularies(model.encode), dict[str, str]()
    for each in sets:
        asked = ask(model, each, {}, vocabularies, options)
        try:
            found = check_roles(model, score_heads(model, asked.relation)) if asked.relation.facts else ()
        except UserError as error:
            found, without[each.relation.id] = (), str(error)
        write_role_checks(store, found)
        if not found:
            without.setdefault(each.relation.id, f"{len(asked.relation.facts)} known facts give no head to cut")
        progress.advance(len(each.facts))
    return without


def ask(
    model: LanguageModel,
    facts: FactSet,
    known: Mapping[str, int],
    vocabularies: Mapping[str, Sequence[int]],
    options: Options,
) -> Asked:
    """Return what roles and lenses of a relation are found from.

    Facts with words of their own are left out, and where objects are read behind their beginning, all facts but those
    of the most frequent beginning.
    """
    template, further = options.settings.template, facts.donors[: max(0, ENOUGH - len(facts.facts))]
    every = [fact for fact in (*facts.facts, *further) if not (template == 0 and fact.prompt)]
    cases = [
        case for case in prepare(FactSet(facts.relation, tuple(every)), model.encode, template) if _fits(model, case)
    ]
    answers = _answers(model, cases, known, options.known_rank)
    beginnings = Counter(case.beginning for case in cases if case.prompt.fact_id in answers)
    beginning = max(beginnings, key=lambda each: (beginnings[each], each)) if beginnings else ()
    subjects = {fact.id: fact for fact in every}
    chosen = list[RoleFact]()
    for case in cases:
        name = case.prompt.fact_id
        if name in answers and case.beginning == beginning:
            words = fact_template(facts.relation, subjects[name], template)
            fact = role_fact(case.prompt, answers[name], words, subjects[name].subject, model.encode)
            chosen += [fact] if fact else []
    objects = {token for case in cases if case.beginning == beginning for token in case.prompt.answers[:1]}
    own = tuple(sorted(objects | {fact.answer for fact in chosen}))
    relation = RelationFacts(facts.relation.id, str(template), tuple(chosen), {**vocabularies, facts.relation.id: own})
    return Asked(facts, template, tuple(cases), answers, relation, _fingerprint(model, cases, answers, relation))


def _fits(model: LanguageModel, case: Case) -> bool:
    return bool(case.prompt.answers) and len(case.prompt.tokens) <= model.weights.max_positions


def _answers(model: LanguageModel, cases: Sequence[Case], known: Mapping[str, int], known_rank: int) -> dict[str, int]:
    """Fact id -> the token of its object, of all that the model knows; those that are not in `known` are asked."""
    rest = [case for case in cases if case.prompt.fact_id not in known]
    found = best_answers(model, rest, last_states(model, (case.prompt for case in rest)))
    more = {name: answer.token for name, answer in found.items() if answer.rank <= known_rank}
    mine = {case.prompt.fact_id for case in cases}
    return {name: token for name, token in known.items() if name in mine} | more


def _fingerprint(
    model: LanguageModel, cases: Sequence[Case], answers: Mapping[str, int], relation: RelationFacts
) -> str:
    prompts = ((case.prompt.fact_id, case.prompt.tokens, case.prompt.answers) for case in cases)
    facts = [(*prompt, answers.get(prompt[0])) for prompt in prompts]
    parts = (VERSION, model.record.weights_sha256, relation.relation_id, relation.wording, facts)
    vocabularies = sorted((name, list(tokens)) for name, tokens in relation.vocabularies.items())
    return hashlib.sha256(json.dumps((*parts, vocabularies)).encode()).hexdigest()[:32]


def holds(store: Store, model: LanguageModel, asked: Asked) -> bool:
    """Whether the store has what these facts would give again."""
    heads = [row["fingerprint"] for row in _stored(store, "role_fingerprints", model, asked)]
    there = {row["fact"]: row["fingerprint"] for row in _stored(store, "lens_fingerprints", model, asked)}
    wanted = [fact.id for fact in asked.facts.facts if fact.id in asked.answers]
    has_roles = heads == [asked.fingerprint] or not (asked.relation.facts or heads)
    return has_roles and all(there.get(name) == asked.fingerprint for name in wanted)


def _stored(store: Store, query: str, model: LanguageModel, asked: Asked) -> list[dict[str, Any]]:
    """Return what a query says of the relation in the model and the template."""
    rows: list[dict[str, Any]] = records(store.query(query, relation=asked.relation.relation_id, model=model.record.id))
    return [row for row in rows if row["wording"] == asked.relation.wording]


def _gaps(without: Mapping[str, str]) -> str:
    """One line that says which relations have no roles, and why."""
    by_reason: dict[str, list[str]] = {}
    for name, why in without.items():
        by_reason.setdefault(why, []).append(name)
    return "no new roles: " + "; ".join(f"{', '.join(names)} ({why})" for why, names in by_reason.items())
