"""Two hops over the words of a small model: twelve subjects lead to six bridges, and these to six objects."""

from collections.abc import Sequence
from dataclasses import replace

from graphdb.records import Fact, Relation
from ingest.facts.sets import FactSet
from ingest.hops.questions import Questions, put
from ingest.model import LanguageModel
from ingest.options import Options
from ingest.roles.pipeline import Asked, ask

WORDS = {"one": (50, 51, 52), "two": (53, 54, 55), "three": (56, 57, 58)}
"""Objects of the relations that the model is told others by."""
OPTIONS = Options(known_rank=60)
"""Of the 60 words, every one is known."""


class Numbered:
    """Every word is the token of its number, which not all tokenizers that random models are saved with keep to."""

    def encode(self, text: str) -> list[int]:
        return [int(word[1:]) for word in text.split()]

    def decode(self, tokens: list[int]) -> str:
        return " ".join(f"w{token}" for token in tokens)


def worded(model: LanguageModel) -> LanguageModel:
    return replace(model, tokenizer=Numbered())


def relation(name: str, template: str, pairs: Sequence[tuple[int, int]], *of: str) -> FactSet:
    facts = tuple(Fact(f"{name}/w{one}", name, f"w{one}", f"w{two}", (f"w{two}",)) for one, two in pairs)
    return FactSet(Relation(name, name, "own", (template,), of), facts)


FIRST = relation("first", "w40 w41 {} w42", [(n, 13 + n % 6) for n in range(1, 13)])
SECOND = relation("second", "w43 {} w44 w45", [(n, n + 6) for n in range(13, 19)])
BOTH = relation("both", "w46 w49 {} w47 w48", [(n, 19 + n % 6) for n in range(1, 13)], "first", "second")
OTHER = relation("one", "w59 {} w38", [(n, 50 + n % 3) for n in range(1, 13)])
KNOWN = {each.relation.id: each for each in (FIRST, SECOND, BOTH, OTHER)}


def asked(model: LanguageModel, facts: FactSet, known_rank: int = 60) -> Asked:
    return ask(model, facts, {}, WORDS, replace(OPTIONS, known_rank=known_rank))


def questions(model: LanguageModel, known_rank: int = 60) -> Questions:
    both, first, second = (asked(model, each, known_rank) for each in (BOTH, FIRST, SECOND))
    return put(model, both, first, second)
