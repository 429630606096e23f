"""The facts of one relation in one wording, as roles are measured on them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ingest.compute.batching import POSITIONS
from ingest.facts.names import fact_hash
from ingest.facts.prompts import Encode, Prompt, chunks
from ingest.roles.positions import position_groups


@dataclass(frozen=True, slots=True)
class RoleFact:
    """A fact that the model is asked for; `prompt.answers` are the tokens of all its accepted objects."""

    prompt: Prompt
    answer: int
    """The token of its object, one of `prompt.answers`."""
    groups: tuple[int, ...]
    """Of each position, see `position_groups`."""


@dataclass(frozen=True, slots=True)
class RelationFacts:
    """Facts of one relation, all in the words of one template, and what relations are told apart by."""

    relation_id: str
    wording: str
    """Number of the template."""
    facts: tuple[RoleFact, ...]
    vocabularies: Mapping[str, Sequence[int]]
    """Relation -> tokens of its objects; this relation's own, which hold every fact's answer, and others'."""


def role_fact(prompt: Prompt, answer: int, template: str, subject: str, encode: Encode) -> RoleFact | None:
    """Return a fact with its groups of positions; None where its subject has no position of its own."""
    groups = position_groups(template, subject, prompt.tokens, encode)
    return None if groups is None else RoleFact(prompt, answer, groups)


def batches(facts: Sequence[RoleFact]) -> Iterator[Sequence[RoleFact]]:
    """Split facts into batches of prompts of one length, each of so many positions as a CPU runs best."""
    by_length: dict[int, list[RoleFact]] = {}
    for fact in sorted(facts, key=lambda fact: (len(fact.prompt.tokens), fact_hash(fact.prompt.fact_id))):
        by_length.setdefault(len(fact.prompt.tokens), []).append(fact)
    for length, group in by_length.items():
        yield from chunks(group, max(1, POSITIONS // length))
