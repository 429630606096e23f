"""Donors that are no facts: other names in a subject's place, where a relation has too few donors of its own."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

from graphdb.records import NAME, Fact
from ingest.facts.readers import SUBJECT
from ingest.facts.sets import FactSet, packaged_subjects


@dataclass(frozen=True)
class Names:
    """Names that may take the subject's place in a template: packaged subjects that the relation has no fact of."""

    words: str
    """`{}` stands for the name."""
    near: frozenset[str]
    """Those of the relation's category: they come first."""
    far: frozenset[str]
    encode: Callable[[str], list[int]]

    @classmethod
    def of(cls, facts: FactSet, words: str, encode: Callable[[str], list[int]]) -> "Names":
        """Names for a relation's facts in these words."""
        by_category = packaged_subjects()
        taken = set(_texts((*facts.facts, *facts.donors)))
        near = frozenset(by_category.get(facts.relation.category, ())) - taken
        return cls(words, near, frozenset().union(*by_category.values()) - near - taken, encode)

    def nearest(self, fact_id: str, n_tokens: int) -> list[str]:
        """Return the names whose prompts have so many tokens, the nearest to the fact by hash first."""
        own = fact_hash(fact_id)
        names = self._by_length.get(n_tokens, ())
        return sorted(names, key=lambda name: (name in self.far, fact_hash(NAME + name) ^ own))

    @cached_property
    def _by_length(self) -> Mapping[int, list[str]]:
        found = defaultdict(list)
        for name in sorted(self.near | self.far):
            found[len(self.encode(self.words.replace(SUBJECT, name)))].append(name)
        return found


def _texts(facts: Iterable[Fact]) -> Iterator[str]:
    """Subjects and objects of facts."""
    for fact in facts:
        yield from (fact.subject, fact.object, *fact.accepted)


def fact_hash(fact_id: str) -> int:
    """Hash of a fact's or a name's id that stays the same everywhere: donors are the nearest by it."""
    return int.from_bytes(blake2b(fact_id.encode(), digest_size=8).digest())
