"""The query library: one named record for each `.cypher` file of `graphdb/queries`.

A file answers one question. Its first lines say what, in comments that this module reads:

    // Purpose, one sentence or two.
    // @param min_relations: integer = 3 — help          (no `= default`: the parameter is required)
    // @column component, kind — help
    MATCH ...

In place of a statement, `// @computed from NAME, NAME` names the queries that `graphdb.specificity` or
`graphdb.foretelling` computes it from.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from numbers import Real
from typing import Any

from graphdb.errors import UserError, unknown

Value = str | int | float
TYPES: dict[str, type[str] | type[int] | type[float]] = {"string": str, "integer": int, "float": float}
LARGEST = 2**63
"""Integers of a graph database have 64 bits."""

_PARAMETER = re.compile(r"@param (?P<name>\w+): (?P<type>\w+)(?: = (?P<default>.+?))? — (?P<help>.+)")
_COMPUTED = re.compile(r"@computed from (?P<names>\w+(?:, \w+)*)")
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
            value = TYPES[self.type](given)
        elif isinstance(given, bool) or not isinstance(given, Real) or self.type == "string":
            raise ValueError(given)
        else:
            value = _number(given, self.type)
        if isinstance(value, int) and abs(value) >= LARGEST:
            raise ValueError(given)
        return value


def _number(given: Any, kind: str) -> int | float:
    """Return a number as an integer or a float; raises ValueError for one that is none, or too large."""
    try:
        if kind == "float":
            return float(given)
        whole = int(given)
    except OverflowError as error:
        raise ValueError(given) from error
    if whole != given:
        raise ValueError(given)
    return whole


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a query's answer."""

    name: str
    help: str


@dataclass(frozen=True, slots=True)
class Query:
    """A question to the store, as one Cypher text for both engines, or computed from others' answers."""

    name: str
    purpose: str
    text: str
    """The Cypher, without the header; empty where it is computed."""
    parameters: tuple[Parameter, ...]
    columns: tuple[Column, ...]
    computed_from: tuple[str, ...] = ()
    """The queries whose answers it is computed from."""


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
    return read_folder(files("graphdb") / "queries")


def read_folder(folder: Traversable) -> dict[str, Query]:
    """Return the queries of a folder's `.cypher` files, by name."""
    texts = {file.name: file.read_text("utf-8") for file in folder.iterdir() if file.name.endswith(".cypher")}
    return {name.removesuffix(".cypher"): parse_query(name, texts[name]) for name in sorted(texts)}


def parse_query(file_name: str, text: str) -> Query:
    """Return the query that a `.cypher` file's text declares."""
    lines = text.splitlines()
    header = [line.removeprefix("//").strip() for line in lines if line.startswith("//")]
    matches = [_PARAMETER.fullmatch(line) or _COLUMN.fullmatch(line) or _COMPUTED.fullmatch(line) for line in header]
    parameters, columns, purpose, sources = [], [], [], []
    for line, match in zip(header, matches, strict=True):
        if match is None:
            assert not line.startswith("@"), f"{file_name}: {line!r} is neither @param, @column nor @computed"
            purpose.append(line)
        elif match.re is _PARAMETER:
            parameters.append(_parameter(match))
        elif match.re is _COMPUTED:
            sources = match["names"].split(", ")
        else:
            columns += [Column(name, match["help"]) for name in match["names"].split(", ")]
    return Query(
        name=file_name.removesuffix(".cypher"),
        purpose=" ".join(purpose),
        text="\n".join(line for line in lines if not line.startswith("//")).strip(),
        parameters=tuple(parameters),
        columns=tuple(columns),
        computed_from=tuple(sources),
    )


def _parameter(match: re.Match[str]) -> Parameter:
    default = None if match["default"] is None else TYPES[match["type"]](json.loads(match["default"]))
    return Parameter(match["name"], match["type"], default, match["help"])


def library_page() -> str:
    """Return the library's documentation, docs/queries.md."""
    computed = [f"`{query.name}`" for query in all_queries() if query.computed_from]
    return "\n".join([_PREFACE.format(computed=", ".join(computed)), *(_section(query) for query in all_queries())])


_PREFACE = """\
# Queries

Each query is one file of `graphdb/queries` and answers one question, in Cypher that is the same for both engines:

    store.query("shared_components", min_relations=3)              # a pandas DataFrame
    kcircuits query shared_components --param min_relations=3      # the same in the terminal

Some are computed from the rows of others: in `graphdb/specificity` and `graphdb/comparison`, because Cypher has no t
distribution, which their intervals and q-values need, and in `graphdb/foretelling`, with weights that a benchmark
fitted: {computed}.

A component's **lift** in a relation is its mean share of the scores of the relation's circuits, divided by the mean of
that over all relations, each once: 1 means used as everywhere, 2 twice as much. `low` and `high` are the ends of its
95% interval over facts, after Fieller; `q` is that of Welch's t-test of more use than in the other relations, over
everything asked about (Benjamini-Hochberg). Relations of under 5 facts get no q.

What q can mean: with other facts *of this relation, in its wording,* the component would be found again. What it
cannot mean: facts of a relation share a wording and often subjects, and are not independent of them, so a small q does
not say whether the relation is what is special, its words, or its kind of subject. Circuits in a second template and a
relation with the same subjects tell these apart. Nor does q speak of relations that are not stored: a lift is a
comparison with those that are.

This page follows from the files: `python -m graphdb.queries.library > docs/queries.md` writes it.
"""


def origin(query: Query) -> str:
    """Return where a computed query's answer comes from, as a sentence."""
    return f"Computed from the rows of {' and '.join(f'`{name}`' for name in query.computed_from)}."


def _section(query: Query) -> str:
    needed = [
        f"| `{p.name}` | {p.type} | {'required' if p.default is None else f'`{json.dumps(p.default)}`'} | {p.help} |"
        for p in query.parameters
    ]
    parameters = ["| parameter | type | default | |", "|---|---|---|---|", *needed, ""] if needed else []
    columns = [f"| `{column.name}` | {column.help} |" for column in query.columns]
    sources = [origin(query), ""] if query.computed_from else []
    return "\n".join(
        [f"## {query.name}", "", query.purpose, "", *sources, *parameters, "| column | |", "|---|---|", *columns, ""]
    )


if __name__ == "__main__":
    print(library_page(), end="")
