"""The way in for users' own Cypher: runs a statement that only reads, with limits on time, rows and bytes.

What only reads is for the engine to say, which has parsed the statement: see `http_door` and `bolt_door`, and
docs/security.md. Nothing that a statement does can last: no transaction here is ever committed.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphdb.errors import UserError
from graphdb.read_only.limits import ROWS, SECONDS, Limits, Rows

if TYPE_CHECKING:
    import pandas as pd

    from graphdb.store import Store

MAX_LENGTH = 100_000
"""Characters of a statement."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows of a statement; `cut`: why there are not all of them, in words, or the empty string."""

    frame: "pd.DataFrame"
    cut: str


def ask(
    store: "Store", cypher: str, parameters: Mapping[str, object] | None = None, limits: Limits | None = None
) -> Answer:
    """Run a statement that only reads; nothing that it does can last.

    Raises UserError for a statement that may write, that the engine refuses, or that takes longer or answers with
    more bytes than the limits allow.
    """
    import pandas as pd

    limits = limits or Limits()
    if not cypher.strip().strip(";").strip():
        raise UserError("the Cypher statement is empty; write one such as MATCH (r:Relation) RETURN r.id")
    if len(cypher) > MAX_LENGTH:
        raise UserError(f"the Cypher statement has {len(cypher):,} characters; at most {MAX_LENGTH:,}: use parameters")
    try:
        found = store.peek(cypher, parameters or {}, limits)
    except OverflowError:
        raise UserError("a parameter holds an integer of more than 64 bits; give it as text or as a float") from None
    return Answer(pd.DataFrame(found.rows, columns=pd.Index(found.columns)), _cut(found, limits))


def read_only(
    store: "Store",
    cypher: str,
    parameters: Mapping[str, object] | None = None,
    max_rows: int = ROWS,
    seconds: float = SECONDS,
) -> "pd.DataFrame":
    """Run a statement that only reads and return its first `max_rows` rows; a warning says when there were more.

    Raises UserError as `ask` does.
    """
    answer = ask(store, cypher, parameters, Limits(max_rows, seconds))
    if answer.cut:
        warnings.warn(answer.cut, stacklevel=2)
    return answer.frame


def _cut(found: Rows, limits: Limits) -> str:
    return f"only the first {limits.rows:,} rows: the statement has more" if found.cut else ""
