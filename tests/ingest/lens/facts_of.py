"""Facts of a small model, as a lens reads them, and a tokenizer that gives its words different tokens."""

from dataclasses import replace
from zlib import crc32

from ingest.lens.facts import LensFact
from ingest.model import LanguageModel


class Words:
    """Every word of any text is one of a small model's tokens."""

    def encode(self, text: str) -> list[int]:
        return [1 + crc32(word.encode()) % 59 for word in text.split()]

    def decode(self, tokens: list[int]) -> str:
        return " ".join(f"w{token}" for token in tokens)


def worded(model: LanguageModel) -> LanguageModel:
    return replace(model, tokenizer=Words())


def fact(name: str, tokens: tuple[int, ...], answer: int, others: tuple[int, ...] = (20, 33)) -> LensFact:
    return LensFact(f"r/{name}", tokens, answer, (answer,), others)


def three() -> list[LensFact]:
    """Prompts of two lengths, the longer one between the others."""
    return [
        fact("one", (3, 9, 4, 1, 5), 7),
        fact("two", (2, 6, 5, 3, 8, 30, 31), 8),
        fact("three", (4, 9, 2, 6, 5), 21, (7, 8, 33, 40)),
    ]
