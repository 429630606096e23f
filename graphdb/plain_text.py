"""Text from the data as text: nothing in it commands a terminal, becomes a spreadsheet's formula or breaks XML."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

ACTIVE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f]")
"""Controls (C0, DEL, C1), line and paragraph separators, bidi embeddings, overrides and isolates, byte order marks,
halves of surrogate pairs, invisible tags."""
OUTSIDE_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML 1.0 document can hold, not even as references: https://www.w3.org/TR/xml/#charsets."""
FORMULA = re.compile("[=+\\-@\t\r\n\uff0b\uff0d\uff1d\uff20]")
"""How a text begins that a spreadsheet may take for a formula, see
https://owasp.org/www-community/attacks/CSV_Injection."""
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)


def visible(text: str) -> str:
    """Return the text with characters that act on a terminal or hide as escapes such as `\\x1b` and `\\u202e`."""
    return ACTIVE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def visible_json(text: str) -> str:
    """Return a JSON text of the same value, in which characters that act on a terminal are JSON's own escapes.

    Line ends and the like between the tokens stay.
    """
    return ACTIVE.sub(lambda found: found[0] if found[0] < "\x20" else _json_escape(found[0]), text)


def _json_escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))


def xml_text(text: str) -> str:
    """Return the text with characters that XML cannot hold as escapes such as `\\x1b`."""
    return OUTSIDE_XML.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def no_formula(value: object) -> object:
    """Return a cell of CSV: text that would be a formula begins with an apostrophe; numbers, as text too, stay."""
    if isinstance(value, str) and FORMULA.match(value) and not NUMBER.fullmatch(value):
        return f"'{value}"
    return value


def without_formulas(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return a table with no formula in its cells and heads; its heads differ."""
    import pandas as pd
    from pandas.api.types import is_numeric_dtype

    columns = {
        no_formula(name): column if is_numeric_dtype(column) else [no_formula(value) for value in column]
        for name, column in frame.items()
    }
    return pd.DataFrame(columns, index=frame.index)
