"""What a check found, a row a kind of fault."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from graphdb.store import Store, Transaction

EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """A kind of fault in a store, and what was or can be done about it."""

    problem: str
    count: int
    examples: tuple[str, ...]
    """The first few ids or names."""
    mended: bool
    remedy: str


@dataclass(frozen=True, slots=True)
class Findings:
    """Collects findings. `repair`: faults that can be mended are being mended."""

    repair: bool
    _found: dict[tuple[str, bool, str], tuple[int, tuple[str, ...]]] = field(default_factory=dict)

    def add(self, problem: str, names: Iterable[str], remedy: str, *, mendable: bool = True) -> bool:
        """Note faults and what mends them; return whether they are to be mended now."""
        names = tuple(names)
        key = problem, mendable and self.repair, remedy
        if names:
            self._add(key, len(names), names)
        return bool(names) and key[1]

    def _add(self, key: tuple[str, bool, str], count: int, examples: tuple[str, ...]) -> None:
        before, first = self._found.get(key, (0, ()))
        self._found[key] = before + count, (first + examples)[:EXAMPLES]

    def within(self, store: Store, work: Callable[[Transaction, "Findings"], None]) -> None:
        """Run a check in a transaction, which may run twice, and note what it finds once."""

        def once(transaction: Transaction) -> Findings:
            found = Findings(self.repair)
            work(transaction, found)
            return found

        for key, (count, examples) in store.transact(once)._found.items():
            self._add(key, count, examples)

    def all(self) -> list[Finding]:
        """Return the findings in the order in which they came."""
        return [
            Finding(problem, count, examples, mended, remedy)
            for (problem, mended, remedy), (count, examples) in self._found.items()
        ]
