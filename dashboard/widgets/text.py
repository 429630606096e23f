"""Names from the data inside Streamlit's Markdown: shown as they are, whatever is in them."""

import re
from itertools import groupby

from graphdb.plain_text import visible

MARKUP = re.compile(r'(?<!\w)[-_.]|[-_.](?!\w)|[\\`*{}\[\]()<>#+!|~$&=^:@"]')
"""Punctuation that Markdown, HTML, mathematics or a directive begins or ends with."""
REPLACED = re.compile(r"(?<=[:@])(?=\S)|(?<=www)(?=\.)|(?<=[-<>~])(?=[-=>])", re.IGNORECASE)
"""Places inside what Streamlit replaces once Markdown is parsed, when no backslash helps: `:material/…:`, emoji,
addresses, arrows."""
JOINER = "\u2060"
"""Takes no room and is not seen."""


def plain(name: object) -> str:
    """Return Markdown that shows the name as text."""
    return MARKUP.sub(r"\\\g<0>", REPLACED.sub(JOINER, visible(str(name))))


def code(text: object) -> str:
    """Return Markdown that shows the text as a span of code."""
    shown = visible(str(text)).replace(":material/", f":{JOINER}material/")  # an icon even in code
    fence = "`" * (1 + max((len(list(run)) for tick, run in groupby(shown) if tick == "`"), default=0))
    space = " " if fence != "`" else ""
    return f"{fence}{space}{shown}{space}{fence}" if shown.strip() else plain(shown)
