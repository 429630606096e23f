"""Which heads attend to demonstrations' answers, told on packaged relations: they are cut in others.

Always on the same relations and facts, whatever else is asked, so that a relation's figures hang on nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from graphdb.conditions.demonstrations import Labels
from ingest.demonstrations.measure import on_answers
from ingest.demonstrations.prompts import N_GROUPS, demonstrated
from ingest.facts.demonstrations import choose
from ingest.facts.names import fact_hash
from ingest.facts.prompts import encode_prompt, fact_prompt
from ingest.facts.sets import FactSet, builtin_relations
from ingest.model import LanguageModel
from ingest.roles.facts import RoleFact, batches
from ingest.roles.last_position import run_last
from ingest.roles.metrics import Doubles

RELATIONS = 6
"""Relations that heads are chosen on."""
FACTS = 8
"""Facts of each."""
MOST_HEADS = 10
"""Heads that are chosen, at most; of small models no more than a quarter."""


@dataclass(frozen=True)
class Chosen:
    """Heads that attend to demonstrations' answers, and the relations that say so."""

    heads: tuple[str, ...]
    """The strongest first."""
    relations: tuple[str, ...]


@dataclass(frozen=True)
class References:
    """The packaged relations that tell heads by, at one number of shots; nothing is run before heads are asked for."""

    model: LanguageModel
    shots: int

    @cached_property
    def facts(self) -> Mapping[str, tuple[RoleFact, ...]]:
        """Facts behind demonstrations of one relation more than are chosen on; by hash, known or not."""
        found = dict[str, tuple[RoleFact, ...]]()
        for each in sorted(builtin_relations(), key=lambda facts: fact_hash(facts.relation.id)):
            if len(found) <= RELATIONS and (facts := _facts(self.model, each, self.shots)):
                found[each.relation.id] = facts
        return found

    @cached_property
    def _over(self) -> Mapping[str, Doubles]:
        return {name: attention_over_even(self.model, facts) for name, facts in self.facts.items()}

    def chosen_for(self, relation_id: str) -> Chosen:
        """Return the heads that other relations than this one choose."""
        top = self.model.weights.topology
        return choose_heads(self._over, [part.name for part in top.components if part.kind == "head"], relation_id)


def _facts(model: LanguageModel, facts: FactSet, shots: int) -> tuple[RoleFact, ...]:
    """Facts of a relation in its first template; none where there are too few."""
    pool = sorted((fact for fact in facts.facts if not fact.prompt), key=lambda fact: fact_hash(fact.id))
    found = list[RoleFact]()
    for fact in pool[: 2 * FACTS]:
        shown = choose(fact, pool, shots, Labels.OWN)
        answers = encode_prompt(fact_prompt(facts.relation, fact), fact, model.encode).answers
        if shown and answers:
            asked = demonstrated(fact, answers[0], facts.relation.templates[0], shown, model.encode)
            found += [asked] if asked and len(asked.prompt.tokens) <= model.weights.max_positions else []
    return tuple(found[:FACTS]) if len(found) >= FACTS else ()


@torch.no_grad()
def attention_over_even(model: LanguageModel, facts: Sequence[RoleFact]) -> Doubles:
    """Return the attention of each head on the answers above an even spread [h], mean over facts."""
    found = list[Doubles]()
    for batch in batches(facts):
        own, even = on_answers(run_last(model.weights, batch, N_GROUPS))
        found.append((own - even).double().cpu().numpy())
    return np.concatenate(found).mean(0)


def choose_heads(over: Mapping[str, Doubles], heads: Sequence[str], relation_id: str) -> Chosen:
    """Return the heads with the largest mean over `RELATIONS` others than this one; each is above an even spread."""
    others = [name for name in over if name != relation_id][:RELATIONS]
    mean = np.mean([over[name] for name in others], 0)
    most = min(MOST_HEADS, len(heads) // 4)
    best = [head for head in np.argsort(-mean, kind="stable")[:most] if mean[head] > 0]
    return Chosen(tuple(heads[int(head)] for head in best), tuple(others))
