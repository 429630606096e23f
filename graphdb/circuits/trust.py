"""What stands beside a circuit's faithfulness, so that it can be trusted or not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphdb.records import NAME, Kind

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


NOT_MEASURED = "not measured: `kcircuits evaluate` measures it"
"""What stands where an imported circuit has no figures."""


def is_measured(circuit: Mapping[str, Any]) -> bool:
    """Whether a circuit (a row of a query) has figures: one that was imported has none until it is evaluated."""
    return number(circuit["faithfulness"]) is not None


def levels(circuit: Mapping[str, Any]) -> list[Level]:
    """Every faithfulness of a circuit (a row of the query `circuits`), its baselines last; none where not measured."""
    if not is_measured(circuit):
        return []
    judges = donors(circuit, str(circuit["judged_on"]))
    spread, lowest = number(circuit["random_spread"]), number(circuit["faithfulness_lowest"])
    profile = f"mean of {circuit['random_draws']}, of equal size and layer profile" + _said("; spread", spread)
    template = number(circuit["faithfulness_template"])
    no_template = "not measured" if circuit["source"] else "no template to ask it in"
    return [
        Level(
            judged(circuit),
            number(circuit["faithfulness"]),
            f"mean over {some(judges)}" + _said("; lowest", lowest),
        ),
        _size(circuit),
        Level("in the second template", template, no_template if template is None else "one donor"),
        Level("random circuits", number(circuit["faithfulness_random"]), profile, baseline=True),
        _other(circuit),
        Level(
            "model without the circuit",
            number(circuit["completeness"]),
            f"what survives against {stands_for(circuit['donor'], circuit['contrast_kind'])}",
            baseline=True,
        ),
    ]


def judged(circuit: Mapping[str, Any]) -> str:
    """The donors that judge a circuit, in words; what the tool behind an imported one used is not known."""
    part = PARTS[circuit["judged_on"]]
    return f"on donors that {circuit['source']} may have used" if circuit["source"] else part


def _size(circuit: Mapping[str, Any]) -> Level:
    name, value = "lowest where the size was chosen", number(circuit["faithfulness_size"])
    if value is None:
        return Level(name, None, "another tool chose the size")
    reached = "reached" if circuit["reached"] else "not reached"
    return Level(name, value, f"target {circuit['target']:.2f} {reached}; {some(donors(circuit, 'size'))}")


def _said(what: str, value: float | None) -> str:
    return "" if value is None else f"{what} {value:.2f}"


def _other(circuit: Mapping[str, Any]) -> Level:
    value = number(circuit["faithfulness_other"])
    compared = f"{circuit['other']}'s at equal size, against {stands_for(circuit['donor'], circuit['contrast_kind'])}"
    how = (
        ("not measured" if circuit["source"] else "the ingest had none to compare with") if value is None else compared
    )
    return Level("another relation's circuit", value, how, baseline=True)


def donors(circuit: Mapping[str, Any], part: str) -> list[str]:
    """What the donors of a part stand for: `find`, `unseen`, or `size`, where those that find stand in for none."""
    named = circuit[f"donors_{part}"]
    said = circuit["donors_find"] if part == "size" and not len(named) else named
    return list(dict.fromkeys(stands_for(donor, circuit["contrast_kind"]) for donor in said))


def stands_for(donor: str, kind: str) -> str:
    """What a donor has in place of the fact's own: another subject, or in the relation contrast another relation."""
    return donor.removeprefix(NAME).partition("/")[0] if kind == Kind.RELATION else subject(donor)


def subject(donor: str) -> str:
    """The subject of a donor: from a fact's id, or the name that is no fact's."""
    return donor.removeprefix(NAME) if donor.startswith(NAME) else donor.partition("/")[2]


def number(value: object) -> float | None:
    """A figure of the store, None where it is absent: a table of several circuits holds NaN there."""
    return None if not isinstance(value, int | float) or value != value else float(value)


def some(names: Sequence[str], shown: int = 3) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more
