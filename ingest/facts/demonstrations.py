"""Demonstrations: other facts of the relation before a prompt, in the same words, one a line; and cases behind them.

They read "The capital of Italy is Rome" and so on, and then "The capital of France is".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from graphdb.conditions.demonstrations import Labels
from graphdb.records import Fact, Kind, Reason
from ingest.facts.names import fact_hash
from ingest.facts.prompts import Case, Encode, Prompt, encode_prompt, fact_template, prepare
from ingest.facts.readers import SUBJECT
from ingest.facts.sets import FactSet

SHOTS = 3
"""Demonstrations before the prompts of a circuit."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A demonstration: a subject, and the object that it is shown with."""

    subject: str
    object: str


def line(template: str, shown: Shown) -> tuple[str, str]:
    """Return the words of a demonstration, without its answer and with it."""
    words = template.replace(SUBJECT, shown.subject)
    return words, f"{words} {shown.object}"


def text_before(template: str, shown: Iterable[Shown]) -> str:
    """Return the demonstrations in the words of a template, one a line: what comes before a prompt."""
    return "".join(f"{line(template, each)[1]}\n" for each in shown)


def choose(fact: Fact, pool: Sequence[Fact], shots: int, labels: Labels) -> tuple[Shown, ...] | None:
    """Return the demonstrations of a fact; None where `pool` has too few.

    They share neither subject nor object with the fact. Nearest by hash come first, each object once before any comes
    again, so that a fact keeps its demonstrations, and more of them begin with the fewer. Shuffled labels are the
    objects of the facts that follow in this order, none that is right for the subject.
    """
    own = _texts(fact)
    others = [each for each in pool if own.isdisjoint(_texts(each))]
    near = sorted(others, key=lambda each: fact_hash(each.id) ^ fact_hash(fact.id))
    first = {each.object: each for each in reversed(near)}
    order = sorted(near, key=lambda each: first[each.object] is not each)
    if len(order) < shots:
        return None
    if labels is Labels.OWN:
        return tuple(Shown(each.subject, each.object) for each in order[:shots])
    shown = list[Shown]()
    for place, each in enumerate(order[:shots]):
        wrong = (after.object for after in (*order[place + 1 :], *order[:place]) if after.object not in each.accepted)
        label = next(wrong, None)
        if label is None:
            return None
        shown.append(Shown(each.subject, label))
    return tuple(shown)


def _texts(fact: Fact) -> set[str]:
    return {text.casefold() for text in (fact.subject, fact.object, *fact.accepted)}


def prepare_demonstrated(facts: FactSet, encode: Encode, template: int = 0) -> list[Case]:
    """Return a case for each fact to explain, in order: as without demonstrations, its prompts all behind the same.

    They are facts of the relation, of its donors only where there are too few others; a donor that is shown is none.
    """
    every = {fact.id: fact for fact in (*facts.facts, *facts.donors)}
    cases = zip(prepare(facts, encode, template), facts.facts, strict=True)
    return [_behind(case, fact, fact_template(facts.relation, fact, template), every, encode) for case, fact in cases]


def _behind(case: Case, fact: Fact, words: str, every: Mapping[str, Fact], encode: Encode) -> Case:
    donors = {each.fact_id for each in case.donors}
    others = [each for each in every.values() if each.id not in donors]
    shown = choose(fact, others, SHOTS, Labels.OWN) or choose(fact, tuple(every.values()), SHOTS, Labels.OWN)
    if shown is None:
        unasked, reason = replace(case.prompt, answers=()), case.reason or Reason.NO_DEMONSTRATION
        return Case(unasked, (), reason, kind=Kind.DEMONSTRATION)
    before, subjects = text_before(words, shown), {each.subject for each in shown}

    def behind(prompt: Prompt) -> Prompt:
        return encode_prompt(before + prompt.text, every[prompt.fact_id], encode).after(case.beginning)

    def serving(prompts: Iterable[Prompt]) -> tuple[Prompt, ...]:
        asked = [behind(each) for each in prompts if every[each.fact_id].subject not in subjects]
        return tuple(each for each in asked if each.answers and len(each.tokens) == len(own.tokens))

    own = behind(case.prompt)
    return replace(
        case,
        prompt=own,
        donors=serving(case.donors),
        reason=case.reason or (None if own.answers else Reason.MERGED),
        further=serving(case.further),
        names=replace(case.names, words=before + case.names.words) if case.names else None,
        wording=before + words,
        kind=Kind.DEMONSTRATION,
    )
