"""Whether the answer to a two-hop question is the one that the model's answers to the single hops lead to.

Answers are of the relation's own objects, and of the bridges: what a small model finds likeliest of all tokens is often
no object at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from ingest.facts.prompts import Case
from ingest.hops.questions import Questions
from ingest.model import LanguageModel


@dataclass(frozen=True, slots=True)
class Choice:
    """What a model answers to one two-hop question."""

    choice: int
    """Token."""
    by_hops: int
    """What the second hop gives for the bridge that the first gives."""
    null: float | None
    """Share of the facts with other bridges whose hops lead to the choice."""


def choices(model: LanguageModel, questions: Questions) -> tuple[Choice, ...]:
    """Return what the model answers, in the order of the chains."""
    chains = questions.chains
    if not chains:
        return ()
    answered = _likeliest(model, questions, [each.both for each in chains], _objects([each.both for each in chains]))
    given = _likeliest(model, questions, [each.first for each in chains], _objects([each.first for each in chains]))
    seconds = {each.bridge: each.second for each in chains}
    names = {each.first.prompt.answers[0]: each.bridge for each in reversed(chains)}
    # A bridge that begins with the same token as another is taken to be the right one.
    bridges = [
        each.bridge if token in each.first.prompt.answers else names[token]
        for each, token in zip(chains, given, strict=True)
    ]
    asked = [seconds[bridge] for bridge in bridges]
    led = _likeliest(model, questions, asked, _objects([each.both for each in chains]))
    return tuple(
        Choice(
            choice, by_hops, _share([other for other, at in zip(led, chains, strict=True) if at.bridge != own], choice)
        )
        for choice, by_hops, own in zip(answered, led, (each.bridge for each in chains), strict=True)
    )


def _objects(cases: Sequence[Case]) -> list[int]:
    """The tokens that the facts' objects begin with."""
    return sorted({case.prompt.answers[0] for case in cases})


def _likeliest(model: LanguageModel, questions: Questions, cases: Sequence[Case], tokens: Sequence[int]) -> list[int]:
    """The one of `tokens` that the model finds likeliest after each prompt."""
    states = torch.stack([questions.ends[case.prompt.tokens] for case in cases])
    best = (states @ model.weights.unembed[torch.tensor(tokens)].T).argmax(-1)
    return [tokens[place] for place in best.tolist()]


def _share(tokens: Sequence[int], wanted: int) -> float | None:
    return tokens.count(wanted) / len(tokens) if tokens else None
