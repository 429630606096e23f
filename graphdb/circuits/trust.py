"""What stands beside a circuit's faithfulness, so that it can be trusted or not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphdb.records import NAME

PARTS = {
    "unseen": "on donors never used",
    "size": "on donors that chose the size",
    "find": "on donors that found it",
}
"""The part of a fact's donors that judges its circuit (`judged_on`), in words."""


@dataclass(frozen=True, slots=True)
class Level:
    """A faithfulness, of the circuit or of what it must beat."""

    name: str
    value: float | None
    """None: not measured."""
    how: str
    """How it was measured, or why it was not."""
    baseline: bool = False


def levels(circuit: Mapping[str, Any]) -> list[Level]:
    """Every faithfulness of a circuit (a row of the query `circuits`), its baselines last."""
    judges = donors(circuit, str(circuit["judged_on"]))
    reached = "reached" if circuit["reached"] else "not reached"
    profile = f"mean of {circuit['random_draws']}, of equal size and layer profile"
    template = number(circuit["faithfulness_template"])
    return [
        Level(PARTS[circuit["judged_on"]], number(circuit["faithfulness"]), f"mean over {some(judges)}"),
        Level(
            "lowest where the size was chosen",
            number(circuit["faithfulness_size"]),
            f"target {circuit['target']:.2f} {reached}; {some(donors(circuit, 'size'))}",
        ),
        Level("in the second template", template, "no template to ask it in" if template is None else "one donor"),
        Level("random circuits", number(circuit["faithfulness_random"]), profile, baseline=True),
        _other(circuit),
        Level(
            "model without the circuit",
            number(circuit["completeness"]),
            f"what survives against {subject(circuit['donor'])}",
            baseline=True,
        ),
    ]


def _other(circuit: Mapping[str, Any]) -> Level:
    value = number(circuit["faithfulness_other"])
    compared = f"{circuit['other']}'s at equal size, against {subject(circuit['donor'])}"
    how = "the ingest had none to compare with" if value is None else compared
    return Level("another relation's circuit", value, how, baseline=True)


def donors(circuit: Mapping[str, Any], part: str) -> list[str]:
    """Subjects of the donors of a part: `find`, `size` or `unseen`."""
    return [subject(fact) for fact in circuit[f"donors_{part}"]]


def subject(fact_id: str) -> str:
    """The subject of a fact, from its id; of a donor that is no fact the name."""
    return fact_id.removeprefix(NAME) if fact_id.startswith(NAME) else fact_id.partition("/")[2]


def number(value: object) -> float | None:
    """A figure of the store, None where it is absent: a table of several circuits holds NaN there."""
    return None if not isinstance(value, int | float) or value != value else float(value)


def some(names: Sequence[str], shown: int = 3) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more
