"""What the summaries say of circuits, in whole numbers: a circuit's share is taken away as exactly as it was added.

A figure is counted in steps of 2^-24, rounded down, and what is beyond 2^20 counts as 2^20: sums never drift, and half
a million circuits at that limit do not overflow them. Cypher rounds the same way (`SCORE_STEPS`).
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

STEP = 2.0**-24
LARGEST = 2.0**20

SCORE_STEPS = "toInteger(floor((CASE WHEN i.score < 1048576.0 THEN i.score ELSE 1048576.0 END) * 16777216.0))"
"""The steps of the score of a relationship `i`, as an expression of Cypher."""

SUMS = ("faithfulness", "faithfulness_size", "faithfulness_random", "hit10_model", "hit10_circuit", "hit10_random")
"""Properties that every circuit has."""
SUMS_OF_SOME = {
    "faithfulness_other": "n_other",
    "faithfulness_template": "n_template",
    "completeness": "n_completeness",
    "divergence": "n_divergence",
    "top1": "n_top1",
    "minimality": "n_minimality",
    "stability": "n_stability",
    "cmd": "n_cmd",
}
"""Properties that a circuit may lack -> the count of those that have it."""
LISTS = {"n_edges": "edges", "n_edges_searched": "edges_searched", "faithfulness": "judged"}
"""Properties whose every value is kept, for medians -> the list."""
READ = ("method", "judged_on", "reached", "lacks", *SUMS, *SUMS_OF_SOME, "n_edges", "n_edges_searched")
"""Properties of a circuit that its summary follows from."""

Figures = Mapping[str, Any]
Row = dict[str, Any]
"""Counts and sums, which are integers, and lists of values, each a Counter, by name. What is taken away is negative."""


class Way(NamedTuple):
    """Circuits of a relation in a model, found in one way."""

    model_id: str
    relation_id: str
    method: str


class Judged(NamedTuple):
    """Circuits of a relation in a model, found in one way and judged on one part of the donors."""

    model_id: str
    relation_id: str
    method: str
    judged_on: str

    @property
    def id(self) -> str:
        """The summary's id."""
        return "|".join(self)


class Use(NamedTuple):
    """A component in the circuits found in one way."""

    model_id: str
    component_id: str
    method: str

    @property
    def id(self) -> str:
        """The summary's id."""
        return f"{self.component_id}|{self.method}"


class Asked(NamedTuple):
    """The facts of a relation that a model was asked."""

    model_id: str
    relation_id: str

    @property
    def id(self) -> str:
        """The summary's id."""
        return "|".join(self)


Key = Judged | Use | Asked
"""What a summary that is a node is of."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What circuits and recalls add to the summaries, or with negative signs take away."""

    uses: dict[Way, dict[str, Row]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(Row)))
    """Component id -> what is added to its use by the relation."""
    circuits: dict[Judged, Row] = field(default_factory=lambda: defaultdict(Row))
    recalls: dict[Asked, Row] = field(default_factory=lambda: defaultdict(Row))


def steps(value: float) -> int:
    """Return a figure in steps; raises ValueError for NaN."""
    if math.isnan(value):
        raise ValueError("a figure of a circuit is NaN")
    return math.floor(max(-LARGEST, min(LARGEST, value)) / STEP)


def use_row(score: float) -> Row:
    """What one circuit adds to the summaries of a component that it holds with this score."""
    return {"n_circuits": 1, "score": steps(score)}


def circuit_row(figures: Figures) -> Row:
    """What a circuit with these properties adds to the summary of its relation."""
    counts = {"n_circuits": 1, "n_reached": int(figures["reached"])}
    lacks = {f"lack_{part}": int(part in figures["lacks"]) for part in ("unseen", "size")}
    some = {name: figures[name] for name in SUMS_OF_SOME}
    given = {SUMS_OF_SOME[name]: int(value is not None) for name, value in some.items()}
    sums = {name: steps(value or 0.0) for name, value in (some | {name: figures[name] for name in SUMS}).items()}
    return counts | lacks | given | sums | {name: Counter([figures[source]]) for source, name in LISTS.items()}


def recall_row(known: bool) -> Row:
    """What one recall adds to the summary of its relation."""
    return {"n_asked": 1, "n_known": int(known)}


def add(total: Row, part: Row, sign: int = 1) -> None:
    """Add a part to a total, or with `sign` -1 take it away."""
    for name, value in part.items():
        if isinstance(value, Counter):
            counter = total.setdefault(name, Counter())
            for member, count in value.items():
                counter[member] += sign * count
        else:
            total[name] = total.get(name, 0) + sign * value


def is_something(total: Row) -> bool:
    """Whether a summary counts anything."""
    return total.get("n_circuits", 0) > 0 or total.get("n_asked", 0) > 0


def changes(row: Row) -> bool:
    """Whether adding the row to another makes a difference."""
    return any(any(value.values()) if isinstance(value, Counter) else value for value in row.values())


def from_stored(properties: Mapping[str, Any], names: Iterable[str]) -> Row:
    """Return the counts, sums and lists of these names as a stored node has them."""
    lists = (*LISTS.values(), "relation_ids")
    return {name: Counter(properties.get(name, ())) if name in lists else properties.get(name, 0) for name in names}


def to_store(row: Row) -> dict[str, object]:
    """Return the row with its lists in ascending order."""
    return {name: sorted(v.elements()) if isinstance(v, Counter) else v for name, v in row.items()}
