"""What stands in where a fact has too few donors: further facts of its relation, then other names."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from statistics import median

from ingest.discovery.answers import Answer, Ends, first_choices, last_states
from ingest.facts.prompts import Case, Prompt
from ingest.facts.task import LEAST_SHARE, MIN_EFFECT
from ingest.model import LanguageModel

AT_ONCE = 8
"""Substitutes of a fact that are put to the model together."""
ROUNDS = 6
"""How often so many are tried."""


def effect(model: LanguageModel, case: Case, answer: Answer, donor: Prompt, ends: Ends) -> float:
    """By how much a donor's prompt lowers logit(answer) - logit(foil)."""
    unembed = model.weights.unembed
    difference = ends[case.prompt.tokens] - ends[donor.tokens]
    return float(difference @ (unembed[answer.token] - unembed[donor.answers[0]]))


def least_effect(model: LanguageModel, case: Case, answer: Answer, ends: Ends) -> float:
    """Smallest effect with which a donor serves: `MIN_EFFECT`, or a share of what facts of the relation mostly have.

    The median is over the fact's own donors, so that it hangs on no other fact that is explained or not.
    """
    effects = [each for donor in case.donors if (each := effect(model, case, answer, donor, ends)) >= MIN_EFFECT]
    return max(MIN_EFFECT, LEAST_SHARE * median(effects)) if effects else MIN_EFFECT


def usable(
    model: LanguageModel, case: Case, answer: Answer, donors: Sequence[Prompt], ends: Ends
) -> tuple[Prompt, ...]:
    """Donors of at least the effect that `least_effect` asks."""
    least = least_effect(model, case, answer, ends)
    return tuple(donor for donor in donors if effect(model, case, answer, donor, ends) >= least)


def with_substitutes(
    model: LanguageModel,
    cases: Sequence[Case],
    answers: Mapping[str, Answer],
    found: Mapping[str, tuple[Prompt, ...]],
    ends: Ends,
    enough: int,
) -> dict[str, tuple[Prompt, ...]]:
    """Fact id -> its usable donors, those found first, filled up to `enough` where they are fewer."""
    filled = {case.prompt.fact_id: found[case.prompt.fact_id] for case in cases}
    waiting = {case.prompt.fact_id: _different(case) for case in cases}
    for _ in range(ROUNDS):
        short = [case for case in cases if len(filled[case.prompt.fact_id]) < enough]
        tried = {case.prompt.fact_id: list(islice(waiting[case.prompt.fact_id], AT_ONCE)) for case in short}
        trials = [each for trial in tried.values() for each in trial]
        ends = {**ends, **last_states(model, (each for each in trials if each.tokens not in ends))}
        told = iter(with_foils(model, trials, ends))
        for case in short:
            fact, right = case.prompt.fact_id, case.prompt.answers
            wrong = [each for each in islice(told, len(tried[fact])) if each.answers[0] not in right]
            filled[fact] = (*filled[fact], *usable(model, case, answers[fact], wrong, ends))[:enough]
    return filled


def _different(case: Case) -> Iterator[Prompt]:
    """Yield the substitutes of a case whose tokens are those of no other of its prompts."""
    seen = {prompt.tokens for prompt in (case.prompt, *case.donors)}
    for prompt in case.substitutes():
        if prompt.tokens not in seen:
            seen.add(prompt.tokens)
            yield prompt


def with_foils(model: LanguageModel, donors: Sequence[Prompt], ends: Ends | None = None) -> tuple[Prompt, ...]:
    """Return the donors, those that are no facts with what the model itself says after them as their answer."""
    names = [each for each in donors if not each.is_fact]
    foils = iter(first_choices(model, names, last_states(model, names) if ends is None else ends))
    return tuple(each if each.is_fact else replace(each, answers=(next(foils),)) for each in donors)
