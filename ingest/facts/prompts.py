"""Prompts of facts as tokens, and their donors: other subjects whose prompts serve as the corrupt run."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import TypeVar

import numpy as np

from graphdb.errors import UserError
from graphdb.records import Fact, Kind, Reason, Relation
from ingest.facts.readers import SUBJECT
from ingest.facts.sets import FactSet

_Item = TypeVar("_Item")

Encode = Callable[[str], list[int]]
"""What a tokenizer does to a prompt: text in, token ids out, with the tokenizer's own special tokens."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A fact's prompt for one tokenizer: after the last of `tokens` the model must give one of `answers`."""

    fact_id: str
    text: str
    tokens: tuple[int, ...]
    answers: tuple[int, ...]
    """First tokens of the accepted objects, the fact's object first; empty if they cannot be told apart."""


@dataclass(frozen=True, slots=True)
class Case:
    """A fact ready for a model: its prompt and its donors, best spread first."""

    prompt: Prompt
    donors: tuple[Prompt, ...]
    """Prompts in the same words about other subjects; equal in number of tokens, with other answers."""
    reason: Reason | None
    """Why there is no donor; None if there is one."""
    wording: str = "0"
    """Number of the relation's template; or the words of the fact's own, `{}` for the subject."""
    kind: Kind = Kind.SUBJECT


def fact_template(relation: Relation, fact: Fact, template: int = 0) -> str:
    """Return the words about a fact, `{}` for its subject: its own prompt replaces the relation's first.

    Raises UserError if the relation has no template of that number, counted from 0.
    """
    if template == 0 and fact.prompt:
        return fact.prompt
    if not 0 <= template < len(relation.templates):
        raise UserError(
            f"relation {relation.id!r} has no template {template}; "
            f"give a number from 0 to {len(relation.templates) - 1}"
        )
    return relation.templates[template]


def fact_wording(fact: Fact, template: int = 0) -> str:
    """Return how a contrast names these words: by the template's number, or the fact's own words."""
    return fact.prompt if template == 0 and fact.prompt else str(template)


def fact_prompt(relation: Relation, fact: Fact, template: int = 0) -> str:
    """Return the text that the model goes on from; the answer is a space and the object."""
    return fact_template(relation, fact, template).replace(SUBJECT, fact.subject)


def encode_prompt(text: str, fact: Fact, encode: Encode) -> Prompt:
    """Return `text`, a prompt of `fact`, as tokens, with the first token of each accepted object."""
    tokens = tuple(encode(text))
    answers: list[int] = []
    for answer in fact.accepted or (fact.object,):
        whole = tuple(encode(f"{text} {answer}"))
        if whole[: len(tokens)] != tokens or len(whole) == len(tokens):
            return Prompt(fact.id, text, tokens, ())
        answers.append(whole[len(tokens)])
    return Prompt(fact.id, text, tokens, tuple(dict.fromkeys(answers)))


def prepare(facts: FactSet, encode: Encode, template: int = 0, n_donors: int = 10) -> list[Case]:
    """Return a case for each fact, in order, with at most `n_donors` donors from the same relation.

    The donors of a fact stay the same from run to run, and nearly the same when facts are added.
    """
    wording = {fact.id: fact_template(facts.relation, fact, template) for fact in facts.facts}
    cases: dict[str, Case] = {}
    for words in dict.fromkeys(wording.values()):
        prompts = [encode_prompt(words.replace(SUBJECT, fact.subject), fact, encode) for fact in facts.facts]
        asked = [index for index, fact in enumerate(facts.facts) if wording[fact.id] == words]
        cases.update((case.prompt.fact_id, case) for case in _with_donors(prompts, asked, n_donors))
    return [replace(cases[fact.id], wording=fact_wording(fact, template)) for fact in facts.facts]


def _with_donors(prompts: Sequence[Prompt], asked: Iterable[int], n: int) -> list[Case]:
    """Return the cases of the prompts at the places `asked`; every prompt may be a donor."""
    hashes = np.array([fact_hash(prompt.fact_id) for prompt in prompts], dtype=np.uint64)
    by_length: dict[int, list[int]] = defaultdict(list)
    for index, prompt in enumerate(prompts):
        if prompt.answers:
            by_length[len(prompt.tokens)].append(index)
    groups = {length: np.array(group) for length, group in by_length.items()}
    kinds = {length: {prompts[index].answers[0] for index in group} for length, group in by_length.items()}
    cases = []
    for index in asked:
        prompt = prompts[index]
        if not prompt.answers:
            cases.append(Case(prompt, (), Reason.MERGED))
            continue
        group = groups[len(prompt.tokens)]
        nearest = group[np.argsort(hashes[group] ^ hashes[index])]
        donors = _spread(prompt, (prompts[place] for place in nearest), kinds[len(prompt.tokens)], n)
        reason = None if donors else Reason.NO_EQUAL_LENGTH if len(group) == 1 else Reason.NO_OTHER_ANSWER
        cases.append(Case(prompt, donors, reason))
    return cases


def fact_hash(fact_id: str) -> int:
    """Hash of a fact that stays the same everywhere: donors are the nearest by it."""
    return int.from_bytes(blake2b(fact_id.encode(), digest_size=8).digest())


def _spread(prompt: Prompt, nearest: Iterable[Prompt], kinds: set[int], n: int) -> tuple[Prompt, ...]:
    """Return the first `n` of `nearest` that can be donors: one of each answer first, then the others.

    `kinds` are the answers among `nearest`: the search ends as soon as more of them can change nothing.
    """
    answers, seen = set(prompt.answers), set[int]()
    first, later = list[Prompt](), list[Prompt]()
    different = min(n, len(kinds) - len(kinds & answers))
    for donor in nearest if different else ():
        if answers.isdisjoint(donor.answers):
            (later if donor.answers[0] in seen else first).append(donor)
            seen.add(donor.answers[0])
        if len(first) == different and len(first) + len(later) >= n:
            break
    return tuple((first + later)[:n])


def chunks(items: Sequence[_Item], size: int) -> Iterator[Sequence[_Item]]:
    """Split items into pieces of `size`; the last one may be shorter."""
    return (items[first : first + size] for first in range(0, len(items), size))
