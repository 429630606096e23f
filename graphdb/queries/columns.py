"""The columns a Cypher statement returns, read from its text.

The embedded engine names the columns of an answer only when it has rows; a table without rows needs them too.
"""

import re

_TOKEN = re.compile(
    r"""(?P<skip>//[^\n]*|/\*.*?\*/)|(?P<quoted>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`[^`]*`)|\w+|\s+|.""",
    re.DOTALL,
)
_END = {"ORDER", "SKIP", "LIMIT", "UNION"}


def returned_columns(cypher: str) -> list[str]:
    """Return the names in the statement's last RETURN; [] where there is none or it is `RETURN *`."""
    columns = [_name(item) for item in _items(cypher)]
    return [] if columns == ["*"] else [name for name in columns if name]


def _items(cypher: str) -> list[list[str]]:
    """Return the tokens of each item of the last RETURN that is not inside brackets."""
    items: list[list[str]] = []
    depth, inside = 0, False
    for match in _TOKEN.finditer(cypher):
        token, word = match.group(), match.group().upper()
        if match["skip"]:
            continue
        depth += (token in "([{") - (token in ")]}")
        if depth == 0 and word == "RETURN":
            items, inside = [[]], True
        elif depth == 0 and word in _END:
            inside = False
        elif inside and depth == 0 and token == ",":
            items.append([])
        elif inside and not (word == "DISTINCT" and not "".join(items[-1]).strip()):
            items[-1].append(token)
    return items


def _name(tokens: list[str]) -> str:
    words = [token.upper() for token in tokens]
    if "AS" in words:
        tokens = tokens[len(words) - words[::-1].index("AS") :]
    name = "".join(tokens).strip().removesuffix(";").strip()
    return name[1:-1] if re.fullmatch(r"`[^`]*`", name) else name
