"""What the summaries say of circuits, in whole numbers: a fact's share is taken away as exactly as it was added.

A figure is counted in steps of 2^-24, rounded down, and what is beyond 2^20 counts as 2^20: sums never drift, and half
a million circuits at that limit do not overflow them. Neither do squares of shares, in steps of 2^-42.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from graphdb.components import ENDS
from graphdb.figures import figures_of
from graphdb.records import Circuit, relation_of

STEP = 2.0**-24
"""Queries multiply by it as `/ 16777216.0`: their files run where they are pasted. A test compares the two."""
LARGEST = 2.0**20
SQUARE = 2**6
"""Steps times steps that make a step of squares, which is 2^-42."""

_FIGURES = figures_of(Circuit)
SUMS = {each.name: each.count for each in _FIGURES if each.figure.mean}
"""Properties whose sum is kept, each of which a circuit may lack -> the count of those that have it."""
LISTS = {each.name: each.figure.values for each in _FIGURES if each.figure.values}
"""Properties whose every value is kept, for medians -> the list."""
READ = tuple(dict.fromkeys(["judged_on", "reached", "lacks", *SUMS, *LISTS]))
"""Properties of a circuit that its summary follows from."""

Figures = Mapping[str, Any]
Row = dict[str, Any]
"""Counts and sums, which are integers, and lists of values, each a Counter, by name. What is taken away is negative."""


class Way(NamedTuple):
    """Circuits of a relation in a model, found in one way; an empty name stands for any model, or any method."""

    model_id: str
    relation_id: str
    method: str

    @property
    def id(self) -> str:
        """The summary's id."""
        return "|".join(self)


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
    """A component in the circuits found in one way, or with an empty name in any."""

    model_id: str
    component_id: str
    method: str

    @property
    def id(self) -> str:
        """The summary's id."""
        return f"{self.component_id}|{self.method}"


class Asked(NamedTuple):
    """The facts of a relation that a model was asked; an empty name stands for any model."""

    model_id: str
    relation_id: str

    @property
    def id(self) -> str:
        """The summary's id."""
        return "|".join(self)


Key = Way | Judged | Use | Asked
"""What a summary that is a node is of."""


class Part(NamedTuple):
    """A component in a circuit: its score, and the edges that leave and reach it."""

    score: float
    n_out: int
    n_in: int


@dataclass(frozen=True, slots=True)
class Counted:
    """What the summaries need to know of a circuit."""

    id: str
    model_id: str
    fact_id: str
    method: str
    figures: Figures
    """Its properties of the names `READ`."""
    parts: Mapping[str, Part]
    """Component id -> the component's part in the circuit."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What is added to the summaries, or with negative signs taken away."""

    uses: dict[Way, dict[str, Row]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(Row)))
    """Component id -> what is added to its use by the relation; the ways are of a model."""
    facts: dict[Way, Row] = field(default_factory=lambda: defaultdict(Row))
    circuits: dict[Judged, Row] = field(default_factory=lambda: defaultdict(Row))
    recalls: dict[Asked, Row] = field(default_factory=lambda: defaultdict(Row))

    def count(self, circuits: Iterable[Counted], sign: int = 1) -> None:
        """Add the circuits of facts, or take them away. Of each fact they must be all that there are."""
        ways = defaultdict[tuple[str, Way], list[Counted]](list)
        for each in circuits:
            relation_id = relation_of(each.fact_id)
            judged = Judged(each.model_id, relation_id, each.method, each.figures["judged_on"])
            add(self.circuits[judged], circuit_row(each.figures), sign)
            for model_id in (each.model_id, ""):
                for method in (each.method, ""):
                    ways[each.fact_id, Way(model_id, relation_id, method)].append(each)
        for (_, way), group in ways.items():
            add(self.facts[way], {"n_facts": 1, "n_circuits": len(group)}, sign)
            for component_id, row in use_rows(group).items() if way.model_id else ():
                add(self.uses[way][component_id], row, sign)

    def count_recalls(self, recalls: Iterable[tuple[str, str, bool]], sign: int = 1) -> None:
        """Add recalls (model id, fact id, known) of facts, or take them away; of each fact all that there are."""
        asked = defaultdict[tuple[str, Asked], list[bool]](list)
        for model_id, fact_id, known in recalls:
            for name in (model_id, ""):
                asked[fact_id, Asked(name, relation_of(fact_id))].append(known)
        for (_, key), answers in asked.items():
            add(self.recalls[key], {"n_asked": 1, "n_known": int(any(answers))}, sign)


def steps(value: float) -> int:
    """Return a figure in steps; raises ValueError for NaN."""
    if math.isnan(value):
        raise ValueError("a figure of a circuit is NaN")
    return math.floor(max(-LARGEST, min(LARGEST, value)) / STEP)


def use_rows(circuits: Sequence[Counted]) -> dict[str, Row]:
    """What the circuits of one fact add to the uses of the components that they hold, by component id.

    The fact's share is the mean over its circuits, of which a component's use counts those without it as 0: a fact
    that several methods explain counts once.
    """
    rows = dict[str, Row]()
    for each in circuits:
        shares = shares_of(each.parts)
        for component_id, (score, n_out, n_in) in each.parts.items():
            row = rows.setdefault(component_id, {"n_facts": 1})
            share = steps(shares.get(component_id, 0.0))
            add(row, {"n_circuits": 1, "score": steps(score), "share": share, "n_out": n_out, "n_in": n_in})
    for row in rows.values():
        row["share"] //= len(circuits)
        row["share_squares"] = row["share"] ** 2 // SQUARE
    return rows


def shares_of(parts: Mapping[str, Part]) -> dict[str, float]:
    """Component id -> its share of the circuit's scores, of all components but embedding and logits."""
    scores = {
        component_id: min(part.score, LARGEST)
        for component_id, part in parts.items()
        if component_id.rpartition("/")[2] not in ENDS
    }
    total = math.fsum(scores.values())  # the same in every order, to the last bit
    return {component_id: score / total if total else 0.0 for component_id, score in scores.items()}


def circuit_row(figures: Figures) -> Row:
    """What a circuit with these properties adds to the summary of its relation."""
    counts = {"n_circuits": 1, "n_reached": int(figures["reached"] or False)}
    lacks = {f"lack_{part}": int(part in figures["lacks"]) for part in ("unseen", "size")}
    given = {count: int(figures[name] is not None) for name, count in SUMS.items()}
    sums = {name: steps(figures[name] or 0.0) for name in SUMS}
    values = {name: [figures[source]] if figures[source] is not None else [] for source, name in LISTS.items()}
    return counts | lacks | given | sums | {name: Counter(each) for name, each in values.items()}


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
    return {name: Counter(properties.get(name) or ()) if name in lists else properties.get(name) or 0 for name in names}


def to_store(row: Row) -> dict[str, object]:
    """Return the row with its lists in ascending order."""
    return {name: sorted(v.elements()) if isinstance(v, Counter) else v for name, v in row.items()}
