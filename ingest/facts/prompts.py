"""Prompts of facts as tokens, and their donors: other subjects whose prompts serve as the corrupt run."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from graphdb.errors import UserError
from graphdb.records import NAME, Fact, Kind, Reason, Relation
from ingest.facts.names import Names, fact_hash
from ingest.facts.readers import SUBJECT
from ingest.facts.sets import FactSet

_Item = TypeVar("_Item")

ENOUGH = 6
"""Donors at which each of a task's three parts has two."""
FURTHER = 20
"""Donors in reserve, for facts whose first ones turn out to change too little."""

Tokens = tuple[int, ...]

Encode = Callable[[str], list[int]]
"""What a tokenizer does to a prompt: text in, token ids out, with the tokenizer's own special tokens."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt for one tokenizer: after the last of `tokens` the model must give one of `answers`."""

    fact_id: str
    """Of the fact that it asks for. Where no fact says what is right, `name:` and the name in the subject's place, or
    `name:`, the other relation and the subject."""
    text: str
    """The words that are asked in, without the beginning of an object."""
    tokens: Tokens
    """Of the words, and of the beginning of an object where that is given."""
    answers: tuple[int, ...]
    """Tokens that accepted objects go on with there, the fact's object first; of another name the model's own first
    choice. Empty if they cannot be told apart, and for another name before the model is asked."""
    objects: tuple[Tokens, ...] = ()
    """All tokens of each accepted object, those of the beginning included."""

    @property
    def is_fact(self) -> bool:
        """Whether a fact is asked for, and not what the model says where none says what is right."""
        return not self.fact_id.startswith(NAME)

    def after(self, beginning: Tokens) -> "Prompt":
        """Return the prompt with the beginning of an object behind it."""
        n = len(beginning)
        answers = (each[n] for each in self.objects if each[:n] == beginning and len(each) > n)
        return replace(self, tokens=self.tokens + beginning, answers=tuple(dict.fromkeys(answers)))


@dataclass(frozen=True, slots=True)
class Case:
    """A fact ready for a model: its prompt and its donors, best spread first."""

    prompt: Prompt
    donors: tuple[Prompt, ...]
    """Prompts in the same words about other subjects; equal in number of tokens, with other answers."""
    reason: Reason | None
    """Why no fact of the relation is a donor; None if one is."""
    beginning: Tokens = ()
    """Of the object: the tokens that all these prompts end with, since answer and foils only differ behind them."""
    further: tuple[Prompt, ...] = ()
    """Facts that can be donors where the model makes too little of the first ones."""
    names: Names | None = None
    """What stands in where facts give too few donors."""
    wording: str = "0"
    """Number of the relation's template; or the words themselves, `{}` for the subject."""
    kind: Kind = Kind.SUBJECT
    subject: range | None = None
    """Positions of the subject, where it is the words around it that differ."""

    def substitutes(self) -> Iterator[Prompt]:
        """Yield what may stand in for missing donors: further facts, then other names, without answers."""
        yield from self.further
        if self.names is not None:
            n_tokens = len(self.prompt.tokens) - len(self.beginning)
            for name in self.names.nearest(self.prompt.fact_id, n_tokens):
                yield name_prompt(self.names.words, name, self.names.encode, self.beginning)


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
    tokens, objects = tuple(encode(text)), list[Tokens]()
    for answer in fact.accepted or (fact.object,):
        whole = tuple(encode(f"{text} {answer}"))
        if whole[: len(tokens)] != tokens or len(whole) == len(tokens):
            return Prompt(fact.id, text, tokens, ())
        objects.append(whole[len(tokens) :])
    return Prompt(fact.id, text, tokens, (), tuple(dict.fromkeys(objects))).after(())


def name_prompt(words: str, name: str, encode: Encode, beginning: Tokens) -> Prompt:
    """Return the prompt about a name of which no fact is known; it has no answers before the model is asked."""
    text = words.replace(SUBJECT, name)
    return Prompt(NAME + name, text, (*encode(text), *beginning), ())


def prepare(facts: FactSet, encode: Encode, template: int = 0, n_donors: int = 10) -> list[Case]:
    """Return a case for each fact to explain, in order, with at most `n_donors` donors from the same relation.

    The donors of a fact stay the same from run to run, and nearly the same when facts are added.
    """
    every = (*facts.facts, *facts.donors)
    wording = {fact.id: fact_template(facts.relation, fact, template) for fact in facts.facts}
    cases: dict[str, Case] = {}
    for words in dict.fromkeys(wording.values()):
        prompts = [encode_prompt(words.replace(SUBJECT, fact.subject), fact, encode) for fact in every]
        candidates, names = _Candidates(prompts), Names.of(facts, words, encode)
        for index, fact in enumerate(facts.facts):
            if wording[fact.id] == words:
                case = candidates.case(index, n_donors, names)
                cases[fact.id] = replace(case, wording=fact_wording(fact, template))
    return [cases[fact.id] for fact in facts.facts]


class _Candidates:
    """Prompts in the same words, each of which may be a donor of the others."""

    def __init__(self, prompts: Sequence[Prompt]) -> None:
        self._prompts = prompts
        self._hashes = np.array([fact_hash(prompt.fact_id) for prompt in prompts], dtype=np.uint64)
        places: dict[tuple[int, Tokens], list[int]] = defaultdict(list)
        for index, prompt in enumerate(prompts):
            for beginning in beginnings(prompt):
                places[len(prompt.tokens), beginning].append(index)
        self._groups = {place: np.array(group) for place, group in places.items()}
        self._kinds = {
            (length, beginning): {self._at(index, beginning).answers[0] for index in group}
            for (length, beginning), group in places.items()
        }

    def case(self, index: int, n: int, names: Names) -> Case:
        """Return the case of one prompt with at most n donors.

        It is read behind the beginning of its object that most donors share, where too few differ at the first token.
        """
        prompt = self._prompts[index]
        if not prompt.answers:
            return Case(prompt, (), Reason.MERGED)
        beginning, donors = (), self._donors(index, (), n + FURTHER)
        if len(donors) < ENOUGH:
            found = {each: self._donors(index, each, n + FURTHER) for each in beginnings(prompt)}
            beginning, donors = max(found.items(), key=lambda each: len(each[1]))
        alone = len(self._groups[len(prompt.tokens), ()]) == 1
        reason = None if donors else Reason.NO_EQUAL_LENGTH if alone else Reason.NO_OTHER_ANSWER
        return Case(self._at(index, beginning), donors[:n], reason, beginning, donors[n:], names)

    def _at(self, index: int, beginning: Tokens) -> Prompt:
        return self._prompts[index].after(beginning) if beginning else self._prompts[index]

    def _donors(self, index: int, beginning: Tokens, n: int) -> tuple[Prompt, ...]:
        """Return the first n donors by hash that go on with something else behind the beginning."""
        place = (len(self._prompts[index].tokens), beginning)
        group = self._groups[place]
        nearest = group[np.argsort(self._hashes[group] ^ self._hashes[index])]
        donors = (self._at(each, beginning) for each in nearest)
        return _spread(self._at(index, beginning), donors, self._kinds[place], n)


def beginnings(prompt: Prompt) -> list[Tokens]:
    """Return all proper beginnings of the objects, the shortest first; none where objects cannot be told apart."""
    found = dict.fromkeys(each[:n] for each in prompt.objects for n in range(len(each)))
    return sorted(found, key=len)


def _spread(prompt: Prompt, nearest: Iterable[Prompt], kinds: set[int], n: int) -> tuple[Prompt, ...]:
    """Return the first `n` of `nearest` that can be donors: one of each answer first, then the others.

    `kinds` are the answers among `nearest`: the search ends as soon as more of them can change nothing.
    """
    answers, objects, seen = set(prompt.answers), set(prompt.objects), set[int]()
    first, later = list[Prompt](), list[Prompt]()
    different = min(n, len(kinds) - len(kinds & answers))
    for donor in nearest if different else ():
        if answers.isdisjoint(donor.answers) and objects.isdisjoint(donor.objects):
            (later if donor.answers[0] in seen else first).append(donor)
            seen.add(donor.answers[0])
        if len(first) == different and len(first) + len(later) >= n:
            break
    return tuple((first + later)[:n])


def chunks(items: Sequence[_Item], size: int) -> Iterator[Sequence[_Item]]:
    """Split items into pieces of `size`; the last one may be shorter."""
    return (items[first : first + size] for first in range(0, len(items), size))
