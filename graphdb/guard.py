"""Tells reading Cypher from writing Cypher, and runs the reading kind with limits on rows and time.

ArcadeDB takes every statement for a write and ignores a session's READ mode, so the text itself is looked
at, in a way that errs towards refusing: what engines may read differently (comments, escapes, characters
beyond ASCII) never reaches them. Behind it stands a transaction that is always rolled back, and on Neo4j
the READ mode.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphdb.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

    from graphdb.store import Store

MAX_ROWS = 10_000
MAX_SECONDS = 30.0

FIRST = frozenset({"CALL", "EXPLAIN", "MATCH", "OPTIONAL", "PROFILE", "RETURN", "SHOW", "UNWIND", "WITH"})
"""What a statement can begin with. Commands to the server begin otherwise."""
WRITING = frozenset({
    "CREATE", "DELETE", "DETACH", "DROP", "FOREACH", "INSERT", "LOAD", "MERGE", "REMOVE", "SET", "TERMINATE",
})  # fmt: skip
READING_PROCEDURES = frozenset({"DB.LABELS", "DB.RELATIONSHIPTYPES", "DB.PROPERTYKEYS", "DB.SCHEMA.VISUALIZATION"})

_TOKEN = re.compile(
    r"""(?P<comment>//[^\r\n]*|/\*.*?\*/)
      | (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
      | (?P<quoted>`(?:[^`]|``)*`)
      | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<number>[0-9][A-Za-z0-9_]*)
      | (?P<space>[ \t\r\n]+)
      | (?P<symbol>[!#-&(-\[\]-_a-~])""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int

    @property
    def word(self) -> str:
        """The word in capitals, "" if this is none."""
        return self.text.upper() if self.kind == "word" else ""


_NOTHING = _Token("symbol", "", -1)


def check_reading(cypher: str) -> str:
    """Return the statement without comments if it can only read; raise UserError with the reason if not."""
    tokens = list(_tokens(cypher))
    code = [token for token in tokens if token.kind not in ("comment", "space")]
    while code and code[-1].text == ";":
        tokens.remove(code.pop())
    if not code:
        raise UserError("the Cypher statement is empty; write one such as MATCH (r:Relation) RETURN r.id")
    body = code[1:] if code[0].word in ("EXPLAIN", "PROFILE") else code
    if body and body[0].word not in FIRST:
        raise _refused(cypher, body[0], f"a statement that reads begins with one of {', '.join(sorted(FIRST))}")
    for index, token in enumerate(code):
        if token.text == ";":
            raise _refused(cypher, token, "only one statement at a time")
        if token.word in WRITING and not _is_name(code, index):
            raise _refused(cypher, token, f"{token.word} changes the store; the console only reads")
        if token.word == "CALL" and not _is_name(code, index):
            _check_call(cypher, code, index)
    return "".join(_blank(token.text) if token.kind == "comment" else token.text for token in tokens)


def read_only(
    store: "Store",
    cypher: str,
    parameters: Mapping[str, object] | None = None,
    max_rows: int = MAX_ROWS,
    seconds: float = MAX_SECONDS,
) -> "pd.DataFrame":
    """Run a statement that only reads and return its first `max_rows` rows; nothing that it does can last.

    Raises UserError for a statement that may write, that the engine refuses, or that takes longer than
    `seconds` (on the embedded engine: than the engine's own limit).
    """
    return store.peek(check_reading(cypher), parameters, max_rows, seconds)


def _tokens(cypher: str) -> Iterator[_Token]:
    position = 0
    while position < len(cypher):
        match = _TOKEN.match(cypher, position)
        if match is None:
            raise _unreadable(cypher, position)
        token = _Token(match.lastgroup or "", match[0], position)
        if token.kind in ("text", "quoted") and "\\u" in token.text.lower():
            raise _refused(cypher, token, r"\u escapes are not read here: write the character itself")
        yield token
        position = match.end()


def _unreadable(cypher: str, position: int) -> UserError:
    character = cypher[position]
    token = _Token("symbol", character, position)
    if character in "'\"`":
        return _refused(cypher, token, f"{character} is never closed")
    return _refused(cypher, token, f"unexpected character {character!r}: put names that hold it in backticks")


def _refused(cypher: str, token: _Token, reason: str) -> UserError:
    line = cypher.count("\n", 0, token.start) + 1
    column = token.start - (cypher.rfind("\n", 0, token.start) + 1) + 1
    return UserError(f"Cypher, line {line}, column {column}: {reason}")


def _is_name(code: list[_Token], index: int) -> bool:
    """Tell whether the word stands where only a name can: a property, label, type, map key or parameter."""
    before = code[index - 1] if index else _NOTHING
    owner = code[index - 2] if index > 1 else _NOTHING
    after = code[index + 1] if index + 1 < len(code) else _NOTHING
    if before.text == ".":
        return owner.kind in ("word", "quoted") or owner.text in (")", "]", "}")
    is_key = before.text in ("{", ",") and after.text == ":"
    return before.text in (":", "$") or is_key


def _check_call(cypher: str, code: list[_Token], index: int) -> None:
    """Refuse CALL of a procedure that is not known to read; subqueries are looked at word by word anyway."""
    rest = code[index + 1 :]
    if rest and rest[0].text in ("{", "("):
        return
    parts: list[str] = []
    for token in rest:
        if token.kind != "word" and token.text != ".":
            break
        if parts and token.text != "." and parts[-1] != ".":
            break
        parts.append(token.text)
    name = "".join(parts)
    if name.upper() not in READING_PROCEDURES:
        known = ", ".join(sorted(procedure.lower() for procedure in READING_PROCEDURES))
        raise _refused(cypher, code[index], f"procedure {name or '?'} may write; the console knows {known}")


def _blank(comment: str) -> str:
    """Spaces of the comment's length, line ends kept, so that an engine's error names the right place."""
    return "".join(character if character in "\r\n" else " " for character in comment)
