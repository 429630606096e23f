"""The facts that an edit is to leave alone: those that the model knows, of the same relation and of others."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from graphdb.records import Fact
from ingest.discovery.answers import BATCH, last_states
from ingest.editing.prompts.wording import Asked, ask, asked_words
from ingest.facts.prompts import Prompt, encode_prompt
from ingest.facts.sets import FactSet
from ingest.model import LanguageModel

PER_RELATION = 5
"""Known facts of each other relation that are asked."""


@dataclass(frozen=True)
class Bystander:
    """A fact that the model knows."""

    prompt: Prompt
    asked: Asked
    """The same prompt, with the place of its subject."""
    relation_id: str


@dataclass(frozen=True)
class Bystanders:
    """Facts, and what the unembedding of the model before the edit reads after them."""

    model: LanguageModel
    facts: tuple[Bystander, ...]
    states: Tensor  # [fact, d]

    def take(self, chosen: Sequence[int]) -> "Bystanders":
        """Return some of the facts; nothing is asked again."""
        return Bystanders(self.model, tuple(self.facts[each] for each in chosen), self.states[list(chosen)])

    def beside(self, fact: Fact, per_relation: int | None = PER_RELATION) -> "Bystanders":
        """Return all of the fact's relation but those of its subject, and the first few of every other relation."""
        chosen, counts = list[int](), dict[str, int]()
        for index, each in enumerate(self.facts):
            if each.relation_id == fact.relation_id:
                if each.prompt.fact_id != fact.id:
                    chosen.append(index)
            elif per_relation is None or counts.setdefault(each.relation_id, 0) < per_relation:
                counts[each.relation_id] = counts.get(each.relation_id, 0) + 1
                chosen.append(index)
        return self.take(chosen)

    @cached_property
    def margins(self) -> Tensor:
        """Nats between first and second choice before the edit [fact]."""
        rows = [_log_p(self.model, each).topk(2).values for each in self.states.split(BATCH)]
        return torch.cat([each[:, 0] - each[:, 1] for each in rows]) if rows else self.states.new_zeros(0)

    @cached_property
    def log_probabilities(self) -> Tensor:
        """Log probability of the first choice before the edit [fact]."""
        rows = [_log_p(self.model, each).amax(-1) for each in self.states.split(BATCH)]
        return torch.cat(rows) if rows else self.states.new_zeros(0)

    @cached_property
    def answers(self) -> Tensor:
        """First choices before the edit [fact]."""
        return self.first_choices(self.states)

    def first_choices(self, states: Tensor) -> Tensor:
        """The most likely token behind each fact [fact]."""
        rows = [_log_p(self.model, each).argmax(-1) for each in states.split(BATCH)]
        return torch.cat(rows) if len(states) else torch.zeros(0, dtype=torch.long)

    def divergences(self, states: Tensor) -> Tensor:
        """KL(before || after) of the next token in nats [fact]."""
        pairs = zip(self.states.split(BATCH), states.split(BATCH), strict=True)
        rows = [_kl(_log_p(self.model, before), _log_p(self.model, after)) for before, after in pairs]
        return torch.cat(rows) if rows else self.states.new_zeros(0)

    def states_in(self, model: LanguageModel) -> Tensor:
        """What the unembedding of another model, which is the same, reads after the facts [fact, d]."""
        ends = last_states(model, (each.prompt for each in self.facts))
        return torch.stack([ends[each.prompt.tokens] for each in self.facts]) if self.facts else self.states


@torch.no_grad()
def known_facts(model: LanguageModel, sets: Sequence[FactSet]) -> Bystanders:
    """Return the facts whose accepted answer is the model's first choice, each in its relation's first template."""
    found = [
        Bystander(encode_prompt(words.text, fact, model.encode), ask(model, words), given.relation.id)
        for given in sets
        for fact in given.facts
        for words in (asked_words(given.relation, fact),)
    ]
    fitting = [each for each in found if each.prompt.answers and len(each.asked.tokens) <= model.weights.max_positions]
    ends = last_states(model, (each.prompt for each in fitting))
    if not fitting:
        return Bystanders(model, (), torch.zeros(0, model.weights.d_model).to(model.weights.embed))
    every = Bystanders(model, tuple(fitting), torch.stack([ends[each.prompt.tokens] for each in fitting]))
    choices = every.first_choices(every.states).tolist()
    return every.take([row for row, each in enumerate(fitting) if choices[row] in each.prompt.answers])


def _log_p(model: LanguageModel, states: Tensor) -> Tensor:
    return (states @ model.weights.unembed.T).float().log_softmax(-1)


def _kl(before: Tensor, after: Tensor) -> Tensor:
    return (before.exp() * (before - after)).sum(-1)
