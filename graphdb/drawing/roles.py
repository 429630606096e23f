"""What a component does, in words: a row of the query `circuit_roles` as lines of text."""

from collections.abc import Mapping
from typing import Any

from graphdb.circuits.trust import number
from graphdb.plain_text import visible
from graphdb.role_records import GROUPS, RoleKind

NAMES = {role.value: role.words for role in RoleKind if role}
"""Role -> what it is called."""
COLOURS = {"mover": "#8b3fb0", "relation": "#14967a", "mixture": "#b8860b"}
"""Role -> its colour in charts; the drawing of a circuit shows a mixture as half of each."""
PLACES = {"at_subject": "subject", "at_template": "template", "at_last": "last"}
"""Column of the query -> position of the prompt."""
TOKENS = 5
"""Tokens that are named."""


def lines(row: Mapping[str, Any]) -> list[str]:
    """Return what is known of the component, maybe nothing: role, scores beside nulls, places, attention, tokens."""
    found = []
    if row["role"]:
        found.append(f"{NAMES[row['role']]} for this fact")
    if number(row["mover"]) is not None:
        found += [_score("M", row, "mover", "mover"), _score("R", row, "relation", "relation_score")]
    if places := split(row):
        found.append("acts " + ", ".join(f"{value:+.2f} at {name}" for name, value in places.items()) + " (logits)")
    if len(row["attention"]):
        shares = zip(GROUPS, row["attention"], strict=True)
        found.append("attends to " + ", ".join(f"{name} {share:.0%}" for name, share in shares))
    if len(row["writes"]):
        found.append(f"writes {tokens(row['writes'])}")
    return [line.replace("-", "−") if "writes" not in line else line for line in found]


def split(row: Mapping[str, Any]) -> dict[str, float]:
    """Return what the component does by position, in logits; empty where it was not measured."""
    values = {name: number(row[column]) for column, name in PLACES.items()}
    return {name: value for name, value in values.items() if value is not None}


def tokens(texts: list[str], most: int = TOKENS) -> str:
    """Return the first tokens in quotes, so that a space before a word is seen."""
    return ", ".join(f"‘{visible(text)}’" for text in texts[:most])


def q_of(value: object) -> str:
    """Return a q-value as text."""
    q = number(value)
    return "too few facts to test" if q is None else f"q {q:.2g}"


def _score(letter: str, row: Mapping[str, Any], name: str, column: str) -> str:
    """Return a score beside its null; the fact's own comes first where it has one."""
    own = number(row[f"fact_{name}"])
    here = "" if own is None else f"{own:.2f} here, "
    null = f"null {row[f'{name}_null']:.2f}, {q_of(row[f'{name}_q'])}"
    return f"{letter} {here}{row[column]:.2f} in the relation ({null})"
