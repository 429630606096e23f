"""Statements that want to write, to read files or to use a machine up, from `graphdb/hostile/statements.txt`."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from graphdb.store import Store

FILE = Path(__file__).parent / "graphdb" / "hostile" / "statements.txt"
CANARY = "CANARY-7f3a91"
"""What the file holds that no statement may show."""
SPELT = {
    "<nbsp>": "\u00a0",
    "<thin>": "\u2009",
    "<ideographic>": "\u3000",
    "<long s>": "\u017f",
    "<fullwidth>CREATE</fullwidth>": "\uff23\uff32\uff25\uff21\uff34\uff25",
    "<zero width>": "\u200b",
    "<bom>": "\ufeff",
    "<rtl>": "\u202e",
    "<nul>": "\x00",
    "<formfeed>": "\x0c",
    "<deep brackets>": "(" * 5000 + "1" + ")" * 5000,
    "<long sum>": "+".join(["1"] * 20_000),
    "<deep not>": "NOT " * 5000 + "true",
    "<deep list>": "[" * 5000 + "]" * 5000,
    "<long text>": "a" * 40_000 + "!",
}
"""What cannot be seen, or would be long, in the file."""


class Hostile(NamedTuple):
    """A statement of the file: what must come of it, and what it tries."""

    outcome: str
    what: str
    text: str


def statements() -> list[Hostile]:
    """All of the file, one a line under the heading of its group; `\\n` and `\\r` are line ends."""
    outcome, what, found = "", "", []
    for line in FILE.read_text("utf-8").splitlines():
        if line.startswith("%%"):
            outcome, _, what = line.removeprefix("%% ").partition(": ")
        elif line:
            found.append(Hostile(outcome, what, _spelt(line)))
    return found


def _spelt(line: str) -> str:
    for name, text in SPELT.items():
        line = line.replace(name, text)
    return re.sub(r"(?<!\\)\\([nr])", lambda found: {"n": "\n", "r": "\r"}[found[1]], line)


def with_canary(text: str, canary: Path) -> str:
    """The statement, with the file that it is to read."""
    return text.replace("<canary path>", str(canary)).replace("<canary>", canary.as_uri())


def everything(store: Store) -> tuple[object, ...]:
    """Every node, relationship and index of a store, as values that can be compared."""
    nodes = store.read("MATCH (n) RETURN labels(n) AS labels, properties(n) AS properties")
    links = store.read("MATCH (a)-[r]->(b) RETURN a.id AS a, type(r) AS type, properties(r) AS properties, b.id AS b")
    indexes = store.read("SHOW INDEXES")
    names = indexes[["labelsOrTypes", "properties", "type"]].map(str).to_numpy().tolist()
    return _sorted(nodes.to_dict("records")), _sorted(links.to_dict("records")), _sorted(names)


def _sorted(rows: Iterable[object]) -> list[str]:
    return sorted(map(_text, rows))


def _text(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_text(value[name])}" for name in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(sorted(map(_text, value))) + "]"
    return repr(value)
