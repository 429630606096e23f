"""The words that a fact is asked in, with the place of the subject's last token."""

from collections.abc import Sequence
from dataclasses import dataclass

from graphdb.errors import UserError
from graphdb.records import Fact, Relation
from ingest.editing.samples import specials
from ingest.facts.prompts import Encode, Tokens, fact_template
from ingest.facts.readers import SUBJECT
from ingest.model import LanguageModel

JOINT = ". "
"""Stands between a prefix and the prompt."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A text that asks for a fact."""

    text: str
    end: int
    """Characters up to the end of the subject."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A wording as tokens."""

    tokens: Tokens
    at: int
    """Position of the subject's last token."""
    answer: Tokens = ()
    """Tokens of an object behind it; empty: of none, or of one that the tokenizer joins with the prompt."""


def wording(words: str, subject: str) -> Wording:
    """Return the words with the subject at `{}`, or at the last place where they have the subject itself.

    Raises UserError where they have neither.
    """
    template = words if SUBJECT in words else SUBJECT.join(words.rsplit(subject, 1))
    if not subject.strip() or SUBJECT not in template:
        raise UserError(
            f"subject {subject!r} is not in the prompt {words!r}: edits act at the subject, give a prompt that has it"
        )
    before = template.rpartition(SUBJECT)[0].replace(SUBJECT, subject)
    return Wording(template.replace(SUBJECT, subject), len(before) + len(subject))


def asked_words(relation: Relation, fact: Fact, template: int = 0) -> Wording:
    """Return the words about a fact. Raises UserError where the relation has no such template."""
    return wording(fact_template(relation, fact, template), fact.subject)


def last_token(encode: Encode, words: Wording) -> int:
    """Return the position of the subject's last token: the one that has its last character."""
    whole, head = encode(words.text), encode(words.text[: words.end])
    pairs = zip(whole, head, strict=False)
    shared = next((place for place, (one, two) in enumerate(pairs) if one != two), min(len(whole), len(head)))
    return min(shared, len(head) - 1, len(whole) - 1)


def ask(model: LanguageModel, words: Wording, answer: str = "") -> Asked:
    """Return the wording as tokens, with those of an answer behind a space."""
    tokens = tuple(model.encode(words.text))
    whole = tuple(model.encode(f"{words.text} {answer.strip()}")) if answer.strip() else tokens
    behind = whole[len(tokens) :] if whole[: len(tokens)] == tokens else ()
    return Asked(tokens, last_token(model.encode, words), behind)


def ask_behind(model: LanguageModel, prefixes: Sequence[Tokens], words: Wording, answer: str = "") -> list[Asked]:
    """Return the wording behind each of the prefixes."""
    first = specials(model)
    asked = ask(model, Wording(JOINT + words.text, len(JOINT) + words.end), answer)
    rest, at = asked.tokens[len(first) :], asked.at - len(first)
    return [Asked((*first, *prefix, *rest), len(first) + len(prefix) + at, asked.answer) for prefix in prefixes]
