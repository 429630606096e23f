"""A fact whose circuit is sought, with its donors in three parts."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from graphdb.records import Kind
from ingest.facts.prompts import Prompt

UNSEEN = 2
"""Donors kept back: the figures that stand beside a circuit are measured on them."""
MIN_EFFECT = 0.5
"""Smallest effect of a corrupt prompt on the metric, in logits, for a faithfulness to mean anything."""
LEAST_SHARE = 1 / 3
"""Smallest effect of a donor, as a share of the median over the fact's donors: f is a quotient by it."""
SIZE = 2
"""Donors that choose a circuit's size."""


@dataclass(frozen=True, slots=True)
class Task:
    """A fact whose circuit is sought: its clean prompt, donors equal in tokens, and the answer's token.

    The donors have three parts: some find the circuit, some choose its size, some are used for neither. The foil
    against a donor is the first of its `answers`.
    """

    prompt: Prompt
    donors: tuple[Prompt, ...]
    answer: int
    rank: int
    """Rank of the answer in the model."""
    n_find: int
    n_size: int
    twin: tuple[Prompt, Prompt] | None = None
    """The fact's prompt and the first judging donor's in second words: the relation's second template, or its next
    paired one. None where both cannot be asked so."""
    wording: str = "0"
    """Number of the relation's template; or the words themselves, `{}` for the subject."""
    kind: Kind = Kind.SUBJECT
    again: bool = True
    """Whether its circuit is found a second time, from the donors that did not find it, to see how stable it is."""
    beginning: str = ""
    """What of the object all prompts end with, in tokens though not in `text`; the answer is the token behind it."""
    subject: range | None = None
    """Positions of the subject, where it is the words around it that differ."""

    @property
    def start(self) -> int:
        """First position at which the clean prompt and a donor's differ."""
        return self.differing.start

    @property
    def differing(self) -> range:
        """Positions from the first to the last one at which the clean prompt and a donor's differ."""
        rows = zip(self.prompt.tokens, *(donor.tokens for donor in self.donors), strict=True)
        places = [place for place, row in enumerate(rows) if len(set(row)) > 1]
        return range(places[0], places[-1] + 1)

    @property
    def relation_id(self) -> str:
        """The relation of the fact."""
        return self.prompt.fact_id.partition("/")[0]

    @property
    def find(self) -> range:
        """Numbers of the donors that find the circuit."""
        return range(self.n_find)

    @property
    def size(self) -> range:
        """Numbers of the donors that choose its size; those that found it where none is left for this."""
        return range(self.n_find, self.n_find + self.n_size) if self.n_size else self.find

    @property
    def unseen(self) -> range:
        """Numbers of the donors used for neither; may be empty."""
        return range(self.n_find + self.n_size, len(self.donors))

    @property
    def judges(self) -> range:
        """Numbers of the donors that the figures beside a circuit are measured on: the unseen ones if there are any."""
        return self.unseen or self.size

    @property
    def judged_on(self) -> str:
        """The part that judges: `unseen`, `size` or `find`."""
        return "unseen" if self.unseen else "size" if self.n_size else "find"

    @property
    def lacks(self) -> str:
        """Parts for which donors are missing; empty if there are enough."""
        parts = (("size", self.n_size, 1), ("unseen", len(self.unseen), UNSEEN))
        return ", ".join(f"{name}: {count} of {needed}" for name, count, needed in parts if count < needed)

    @property
    def others(self) -> range:
        """Numbers of the donors that did not find the circuit."""
        return range(self.n_find, len(self.donors))

    @property
    def shape(self) -> tuple[int, ...]:
        """Facts of one shape can share a batch: tokens of the prompt and donors of each part."""
        return len(self.prompt.tokens), self.n_find, self.n_size, len(self.donors)


def divide(n_donors: int) -> tuple[int, int]:
    """Return how many of n donors find the circuit and how many choose its size; the rest is unseen.

    What comes first: one to find, one for the size, two unseen, a second for the size, and all others find.
    """
    if n_donors < 5:
        return 1, min(1, n_donors - 1)
    n_size = SIZE if n_donors > 5 else 1
    return n_donors - n_size - UNSEEN, n_size


def with_new_foils_last(donors: Sequence[Prompt]) -> tuple[Prompt, ...]:
    """Put donors last, where the unseen ones are, whose foil no other of them has; else keep their order."""
    foils = Counter(donor.answers[0] for donor in donors)
    last = [donor for donor in donors if foils[donor.answers[0]] == 1][-UNSEEN:]
    return (*(donor for donor in donors if donor not in last), *last)
