"""The query library: one named record for each `.cypher` file of `graphdb/queries`.

A file answers one question. Its first lines say what, in comments that this module reads:

    // Purpose, one sentence or two.
    // @param min_relations: integer = 3 — help          (no `= default`: the parameter is required)
    // @column component, kind — help
    MATCH ...
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from numbers import Real

from graphdb.errors import UserError, unknown

Value = str | int | float
TYPES: dict[str, type[str] | type[int] | type[float]] = {"string": str, "integer": int, "float": float}

_PARAMETER = re.compile(r"@param (?P<name>\w+): (?P<type>\w+)(?: = (?P<default>.+?))? — (?P<help>.+)")
_COLUMN = re.compile(r"@column (?P<names>\w+(?:, \w+)*) — (?P<help>.+)")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query's parameter. `default` None: it must be given."""

    name: str
    type: str
    """A key of `TYPES`."""
    default: Value | None
    help: str

    def parse(self, given: object) -> Value:
        """Return the value as the parameter's type; text such as `"3"` is read. Raises ValueError."""
        if isinstance(given, str):
            return TYPES[self.type](given)
        if isinstance(given, bool) or not isinstance(given, Real) or self.type == "string":
            raise ValueError(given)
        number = float(given)
        if self.type == "float":
            return number
        if not number.is_integer():
            raise ValueError(given)
        return int(number)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a query's answer."""

    name: str
    help: str


@dataclass(frozen=True, slots=True)
class Query:
    """A question to the store, as one Cypher text for both engines."""

    name: str
    purpose: str
    text: str
    """The Cypher, without the header."""
    parameters: tuple[Parameter, ...]
    columns: tuple[Column, ...]


def load_query(name: str) -> Query:
    """Return the query of that name; raises UserError with the nearest names if there is none."""
    queries = _library()
    if name not in queries:
        raise unknown("query", name, queries)
    return queries[name]


def all_queries() -> tuple[Query, ...]:
    """Every query of the library, by name."""
    return tuple(_library().values())


def bind(query: Query, given: Mapping[str, object]) -> dict[str, Value]:
    """Return a value for each parameter of `query`: what is given, read as its type, else the default.

    Raises UserError for a name that the query does not have, a value of the wrong type and a missing value.
    """
    names = [parameter.name for parameter in query.parameters]
    for name in given:
        if name not in names:
            raise unknown(f"parameter of query {query.name}", name, names)
    return {parameter.name: _value(query, parameter, given) for parameter in query.parameters}


def _value(query: Query, parameter: Parameter, given: Mapping[str, object]) -> Value:
    wanted = f"parameter {parameter.name} of query {query.name}"
    if parameter.name in given:
        value = given[parameter.name]
        try:
            return parameter.parse(value)
        except ValueError:
            expected = f"expected {parameter.type} ({parameter.help})"
            raise UserError(f"{wanted} is {value!r}; {expected}") from None
    if parameter.default is None:
        raise UserError(f"{wanted} is missing; give {parameter.name}=... ({parameter.help})")
    return parameter.default


@cache
def _library() -> dict[str, Query]:
    folder = files("graphdb") / "queries"
    texts = {file.name: file.read_text("utf-8") for file in folder.iterdir() if file.name.endswith(".cypher")}
    return {name.removesuffix(".cypher"): parse_query(name, texts[name]) for name in sorted(texts)}


def parse_query(file_name: str, text: str) -> Query:
    """Return the query that a `.cypher` file's text declares."""
    lines = text.splitlines()
    header = [line.removeprefix("//").strip() for line in lines if line.startswith("//")]
    matches = [_PARAMETER.fullmatch(line) or _COLUMN.fullmatch(line) for line in header]
    parameters, columns, purpose = [], [], []
    for line, match in zip(header, matches, strict=True):
        if match is None:
            assert not line.startswith("@"), f"{file_name}: {line!r} is neither @param nor @column"
            purpose.append(line)
        elif match.re is _PARAMETER:
            parameters.append(_parameter(match))
        else:
            columns += [Column(name, match["help"]) for name in match["names"].split(", ")]
    return Query(
        name=file_name.removesuffix(".cypher"),
        purpose=" ".join(purpose),
        text="\n".join(line for line in lines if not line.startswith("//")).strip(),
        parameters=tuple(parameters),
        columns=tuple(columns),
    )


def _parameter(match: re.Match[str]) -> Parameter:
    default = None if match["default"] is None else TYPES[match["type"]](json.loads(match["default"]))
    return Parameter(match["name"], match["type"], default, match["help"])


def library_page() -> str:
    """Return the library's documentation, docs/queries.md."""
    return "\n".join([_PREFACE, *(_section(query) for query in all_queries())])


_PREFACE = """\
# Queries

Each query is one Cypher file of `graphdb/queries`, the same for both engines, and answers one question:

    store.query("shared_components", min_relations=3)              # a pandas DataFrame
    kcircuits query shared_components --param min_relations=3      # the same in the terminal

This page follows from the files: `python -m graphdb.queries.library > docs/queries.md` writes it.
"""


def _section(query: Query) -> str:
    needed = [
        f"| `{p.name}` | {p.type} | {'required' if p.default is None else f'`{json.dumps(p.default)}`'} | {p.help} |"
        for p in query.parameters
    ]
    parameters = ["| parameter | type | default | |", "|---|---|---|---|", *needed, ""] if needed else []
    columns = [f"| `{column.name}` | {column.help} |" for column in query.columns]
    return "\n".join(
        [f"## {query.name}", "", query.purpose, "", *parameters, "| column | |", "|---|---|", *columns, ""]
    )


if __name__ == "__main__":
    print(library_page(), end="")
