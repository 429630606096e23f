"""Cases of the relation contrast: donors ask something else about the fact's own subject, in as many tokens."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from graphdb.records import NAME, Fact, Kind, Reason
from ingest.facts.names import fact_hash
from ingest.facts.prompts import ENOUGH, FURTHER, Case, Encode, Prompt, encode_prompt, fact_prompt
from ingest.facts.readers import SUBJECT
from ingest.facts.sets import FactSet, builtin_relations

HELD = 2
"""Donors of one relation that come last, where they judge: what found the circuit knows nothing of that relation."""


@dataclass(frozen=True, slots=True)
class _Words:
    """What another relation says about a subject."""

    relation: str
    templates: tuple[str, ...]
    fact: Fact | None
    """Its fact of the subject; None where the model itself has to say what is right."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A prompt of another relation about a subject, and where that stands in it."""

    relation: str
    prompt: Prompt
    place: range


def partners(sets: Sequence[FactSet]) -> list[FactSet]:
    """Return the relations whose words may be donors: those given, and the packaged ones that are not."""
    given = {each.relation.id for each in sets}
    return [*sets, *(each for each in builtin_relations() if each.relation.id not in given)]


def is_pair(one: FactSet, other: FactSet) -> bool:
    """Whether the words of two relations can stand against each other: both have paired ones, and no common object."""
    objects = [{text.casefold() for fact in _every(each) for text in fact.accepted} for each in (one, other)]
    different = one.relation.id != other.relation.id and objects[0].isdisjoint(objects[1])
    return bool(different and one.paired and other.paired)


def prepare_relation(
    facts: FactSet, others: Iterable[FactSet], encode: Encode, choice: int = 0, n_donors: int = 10
) -> list[Case]:
    """Return a case for each fact to explain, in order, whose donors are other relations' words about its subject.

    The fact is asked in the first of its relation's paired templates that has enough donors: words of `others`, of
    as many tokens, with the subject at the same place. Those that know the subject's object come first; the foil of
    what follows is the model's own first choice. `choice` 1 asks in the paired template that is next best.
    """
    by_subject = [(each, {fact.subject: fact for fact in _every(each)}) for each in others if is_pair(facts, each)]
    return [_case(facts, fact, _words(facts, fact, by_subject), encode, choice, n_donors) for fact in facts.facts]


def subject_place(template: str, subject: str, encode: Encode) -> range | None:
    """Return the positions of the subject's tokens in a prompt; None where a token is half the subject's."""
    before = template.partition(SUBJECT)[0]
    whole = encode(template.replace(SUBJECT, subject, 1))
    head, until = encode(before.rstrip()), encode(before + subject)
    if whole[: len(head)] != head or whole[: len(until)] != until:
        return None
    return range(len(head), len(until))


def _every(facts: FactSet) -> tuple[Fact, ...]:
    return (*facts.facts, *facts.donors)


def _words(facts: FactSet, fact: Fact, by_subject: Iterable[tuple[FactSet, Mapping[str, Fact]]]) -> Iterator[_Words]:
    """Yield what other relations say: those with a fact of the subject, those about its kind, and the file's own."""
    for other, subjects in by_subject:
        if fact.subject in subjects or (facts.domain and facts.domain == other.domain):
            yield _Words(other.relation.id, other.paired, subjects.get(fact.subject))
    for each in facts.others:
        yield _Words(each.relation, each.templates, None)


def _case(facts: FactSet, fact: Fact, words: Iterable[_Words], encode: Encode, choice: int, n_donors: int) -> Case:
    if len(facts.paired) <= choice:
        return _without_pair(fact_prompt(facts.relation, fact), fact, encode)
    asked = [each for one in words for each in _asked(one, fact.subject, encode)]
    cases = [_case_in(template, fact, asked, encode, n_donors) for template in facts.paired]
    return sorted(cases, key=lambda case: -min(ENOUGH, len(case.donors) + len(case.further)))[choice]


def _asked(words: _Words, subject: str, encode: Encode) -> Iterator[_Asked]:
    """Yield what another relation's words ask about a subject, where its tokens can be told."""
    for template in words.templates:
        if place := subject_place(template, subject, encode):
            yield _Asked(words.relation, _donor(words, template.replace(SUBJECT, subject), subject, encode), place)


def _case_in(template: str, fact: Fact, asked: Iterable[_Asked], encode: Encode, n_donors: int) -> Case:
    """Return the case of a fact in these words."""
    prompt = encode_prompt(template.replace(SUBJECT, fact.subject), fact, encode)
    place = subject_place(template, fact.subject, encode)
    if not prompt.answers:
        return Case(prompt, (), Reason.MERGED, wording=template, kind=Kind.RELATION)
    known, unknown = defaultdict[str, list[Prompt]](list), defaultdict[str, list[Prompt]](list)
    for each in asked:
        if each.place == place and _serves(each.prompt, prompt):
            (known if each.prompt.is_fact else unknown)[each.relation].append(each.prompt)
    donors = _spread(known, fact.id, n_donors)
    rest = [each for each in _in_turn(known.values()) if each not in donors]
    further = (*rest, *_in_turn(unknown.values()))[:FURTHER]
    if not donors and not further:
        return _without_pair(prompt.text, fact, encode)
    return Case(prompt, donors, None, further=further, wording=template, kind=Kind.RELATION, subject=place)


def _without_pair(text: str, fact: Fact, encode: Encode) -> Case:
    """The case of a fact that the model is not asked."""
    prompt = replace(encode_prompt(text, fact, encode), answers=())
    return Case(prompt, (), Reason.NO_PAIR, kind=Kind.RELATION)


def _donor(words: _Words, text: str, subject: str, encode: Encode) -> Prompt:
    if words.fact is None:
        return Prompt(f"{NAME}{words.relation}/{subject}", text, tuple(encode(text)), ())
    return encode_prompt(text, words.fact, encode)


def _serves(donor: Prompt, prompt: Prompt) -> bool:
    """Whether a prompt can be another's donor: as many tokens, other ones, and something else is right behind them.

    What is right where no fact says so is asked later.
    """
    if len(donor.tokens) != len(prompt.tokens) or donor.tokens == prompt.tokens:
        return False
    if not donor.is_fact:
        return True
    return bool(donor.answers) and {*donor.answers, *donor.objects}.isdisjoint({*prompt.answers, *prompt.objects})


def _spread(known: Mapping[str, Sequence[Prompt]], fact_id: str, n: int) -> tuple[Prompt, ...]:
    """Return at most n donors, from every relation in turn; where there are three and more, one of them comes last."""
    own = fact_hash(fact_id)
    names = sorted(known, key=lambda name: fact_hash(name) ^ own)
    held = list(known[names[-1]][:HELD]) if len(names) > 2 else []
    first = _in_turn([known[name] for name in (names[:-1] if held else names)])
    return (*first[: n - len(held)], *held)


def _in_turn(groups: Iterable[Sequence[Prompt]]) -> list[Prompt]:
    """Take one of every group after the other."""
    return [each for row in zip_longest(*groups) for each in row if each is not None]
