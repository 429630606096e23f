"""What a visitor's own statement may cost, and how its answer says that it is not whole."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from graphdb.errors import UserError

ROWS, SECONDS = 10_000, 20.0
WRITES = "the statement writes, or calls what may write, and only reading is allowed here"


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one statement: rows of the answer, seconds until it ends, bytes of the answer."""

    rows: int = ROWS
    seconds: float = SECONDS
    bytes: int = 64_000_000


class Rows(NamedTuple):
    """An answer: names of its columns, its rows, and whether the statement had more."""

    columns: list[str]
    rows: list[list[Any]]
    cut: bool


def too_long(limits: Limits) -> UserError:
    """Say that a statement passed its time."""
    return UserError(f"the statement was ended after {limits.seconds:g} s: ask for less, or bound its paths and ranges")


def too_large(limits: Limits) -> UserError:
    """Say that an answer passed its size."""
    return UserError(f"the answer is larger than {limits.bytes / 1e6:g} MB: return fewer or shorter values")
