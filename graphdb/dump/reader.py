"""Reads a dump, and refuses one that is not whole and right, naming the line."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from graphdb.dump import record_format
from graphdb.dump.checks import KINDS, Checks, UnfitError
from graphdb.dump.line_reader import lines
from graphdb.dump.record_format import SECTIONS
from graphdb.errors import UserError

ORDER = [each.kind for each in SECTIONS]


@dataclass(frozen=True, slots=True)
class Contents:
    """What a dump holds. `counts`: records of each kind, edges and score files."""

    counts: dict[str, int]
    sha256: str


def check(path: Path) -> Contents:
    """Read a whole dump and return what it holds; UserError where it is damaged, cut, too new, too large or wrong."""
    reader = Reader(path)
    for _ in reader.records():
        pass
    return Contents(dict(reader.counts), reader.sha256)


class Reader:
    """One pass through a dump."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.counts = Counter[str](dict.fromkeys(record_format.COUNTED, 0))
        self.sha256 = ""
        """Of the lines; empty until the end is reached."""
        self._line = 0

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield the records in the order of the file, each checked; the last one is yielded before the end is."""
        numbered = lines(self.path)
        checksum, checks, last = hashlib.sha256(), None, (0, "")
        for self._line, line in numbered:
            value = self._parse(line)
            if checks is None:
                checks = Checks(self._head(value))
            elif value.get("kind") == "end":
                self._end(value, checksum.hexdigest())
                break
            else:
                last = self._checked(checks, value, last)
                yield value
            checksum.update(line)
        if not self.sha256:
            self._refuse("the end is missing; take a whole copy of the dump")
        if next(numbered, None):
            self._line += 1
            self._refuse("more follows after the end")

    def _refuse(self, reason: str) -> NoReturn:
        raise UserError(f"{self.path}:{max(self._line, 1)}: {reason}")

    def _parse(self, line: bytes) -> dict[str, Any]:
        try:
            value = json.loads(line, parse_constant=_no_number, object_pairs_hook=_once)
        except UnfitError as error:
            self._refuse(str(error))
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            self._refuse("not an object of JSON; expected a line that `kcircuits export --all --to jsonl` wrote")
        return value

    def _head(self, value: dict[str, Any]) -> bool:
        """Refuse what this program does not read; return whether score files are included."""
        if value.get("format") != record_format.FORMAT:
            self._refuse(f"not a dump; expected a first line with the format {record_format.FORMAT!r}")
        for name, own in (("version", record_format.VERSION), ("schema", record_format.SCHEMA)):
            if value.get(name) != own:
                self._refuse(
                    f"the dump has {name} {value.get(name)!r}, this program reads {own}: "
                    "import it with the version of knowledge-circuits that wrote it"
                )
        scores = value.get("scores")
        if type(scores) is not bool or len(value) != len(record_format.head(scores)):
            self._refuse("the first line has other fields than a dump")
        return scores

    def _checked(self, checks: Checks, value: dict[str, Any], last: tuple[int, str]) -> tuple[int, str]:
        """Check a record; return its place in the order, which must be after the last one's."""
        section = KINDS.get(str(value.get("kind")))
        if section is None:
            self._refuse(f"unknown kind {value.get('kind')!r}; expected one of {', '.join(ORDER)}, end")
        try:
            checks.check(section, value)
        except UnfitError as error:
            self._refuse(f"{section.kind}: {error}")
        place = ORDER.index(section.kind), value["id"]
        if place <= last:
            self._refuse(f"{section.kind} {value['id']!r} is twice there, or not in its place")
        self.counts[section.kind] += 1
        self.counts["edge"] += len(value.get("edges", ()))
        self.counts["scores"] += value.get("scores") is not None
        return place

    def _end(self, value: dict[str, Any], sha256: str) -> None:
        if value.get("counts") != dict(self.counts):
            self._refuse("the records are not as many as the end says; take a whole copy of the dump")
        if value.get("sha256") != sha256 or len(value) != 3:
            self._refuse("the checksum is not that of the lines: a line was changed; take a whole copy of the dump")
        self.sha256 = sha256


def _no_number(name: str) -> NoReturn:
    raise UnfitError(f"{name} is not a number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise UnfitError("a field is there twice")
    return value
