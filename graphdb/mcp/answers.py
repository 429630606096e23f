"""Answers as JSON for a reader of little patience: few rows, six digits, and words where something is left out."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from graphdb.errors import UserError
from graphdb.plain_text import visible_json
from graphdb.tables import plain

if TYPE_CHECKING:
    import pandas as pd

CHARACTERS = 60_000
"""Of an answer, about 20,000 tokens."""
DIGITS = 6
"""Significant digits of a number."""


def table(frame: "pd.DataFrame", rows: int, cut: str = "") -> Mapping[str, object]:
    """Return a table's columns and first rows, at most `rows` and no more than fit an answer.

    What is left out is said under `cut`; `cut`: what was left out before.
    """
    kept: list[object] = []
    size = 0
    for row in frame.head(rows).itertuples(index=False, name=None):
        kept.append(rounded(plain(row)))
        size += len(_compact(kept[-1]))
        if size > CHARACTERS // 2 and len(kept) > 1:
            kept.pop()
            break
    if len(kept) < len(frame):
        more = "a higher `rows` gives more" if len(kept) == rows else "an answer holds no more: ask for fewer columns"
        cut = f"only the first {len(kept):,} of {len(frame):,} rows; {more}"
    return {"columns": list(frame.columns), "rows": kept} | ({"cut": cut} if cut else {})


def shortened(value: Any, rows: int) -> Any:
    """Return a value of JSON whose lists of records end after `rows` of them with how many more there are."""
    match value:
        case [dict(), *_]:
            first = [shortened(item, rows) for item in value[:rows]]
            return [*first, f"and {len(value) - rows} more"] if len(value) > rows else first
        case dict():
            return {key: shortened(item, rows) for key, item in value.items()}
        case _:
            return value


def rounded(value: object) -> object:
    """Return a value of JSON with its numbers cut to `DIGITS` significant digits."""
    match value:
        case float():
            return float(f"{value:.{DIGITS}g}")
        case list():
            return [rounded(item) for item in value]
        case dict():
            return {key: rounded(item) for key, item in value.items()}
        case _:
            return value


def text(answer: object) -> str:
    """Return an answer as a tool gives it: words as they are, all else as JSON. Raises UserError for one too long."""
    written = answer if isinstance(answer, str) else visible_json(_compact(rounded(plain(answer))))
    if len(written) > CHARACTERS:
        length = f"the answer has {len(written):,} characters, at most {CHARACTERS:,} are given"
        raise UserError(f"{length}: ask for fewer rows or columns")
    return written


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
