"""What each tool takes, typed: its JSON schema, its description and the errors for wrong arguments follow from here."""

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from graphdb.comparison.answers import View
from graphdb.comparison.memberships import Level
from graphdb.errors import UserError, unknown
from graphdb.read_only.limits import SECONDS

MOST_ROWS = 1_000
"""Rows of a table that one answer can hold."""

_FACT = "A fact's id, such as country_capital/France, a subject or a circuit's id."
_THING = "A relation, a fact's id, a subject or a circuit's id."
_MODEL = "Only circuits of this model; needed where the store has several."
_METHOD = "Only circuits found by this method; needed where the store has several."


def _level(what: str) -> Any:
    return Field(Level.COMPONENT.value, description=what, json_schema_extra={"enum": [*map(str, Level)]})


class Arguments(BaseModel):
    """The arguments of a tool. The docstring of each is the tool's description."""

    model_config = ConfigDict(extra="forbid", frozen=True)


A = TypeVar("A", bound=Arguments)


class Status(Arguments):
    """Say what the store holds: models, counts of facts and circuits, runs. Begin here."""


class ListQueries(Arguments):
    """List the named queries, each with its parameters (`?` marks what may be left out) and its purpose."""

    about: str = Field("", description="Only queries that hold all of these words, such as: head role")


class DescribeQuery(Arguments):
    """Describe one named query: its parameters, its columns, its Cypher."""

    name: str = Field(description="A name from list_queries.")


class RunQuery(Arguments):
    """Run a named query. Prefer this to Cypher of your own: its figures stand beside their baselines."""

    name: str = Field(description="A name from list_queries.")
    parameters: dict[str, Any] = Field({}, description="Its parameters by name; see list_queries and describe_query.")
    rows: int = Field(100, ge=1, le=MOST_ROWS, description="Most rows to return.")


class Cypher(Arguments):
    """Run a Cypher statement that only reads. Read the schema first; values go into parameters, as $name."""

    statement: str = Field(description="One statement; it may not write.")
    parameters: dict[str, Any] = Field({}, description="Values of its $parameters, by name.")
    rows: int = Field(100, ge=1, le=MOST_ROWS, description="Most rows to return.")
    seconds: float = Field(SECONDS, ge=0.1, le=60, description="End the statement after this time.")


class Schema(Arguments):
    """Describe the graph's labels and relationships, or all properties of the labels that are named."""

    labels: list[str] = Field([], description="Labels whose properties to list, such as Circuit and Head.")


class Compare(Arguments):
    """Compare two relations or facts, one with the rest, or (without a and b) all relations, beside chance."""

    a: str = Field("", description=_THING)
    b: str = Field("", description="Another of the same.")
    view: str = Field(
        "", description="What to show; empty: what fits a and b.", json_schema_extra={"enum": ["", *map(str, View)]}
    )
    level: str = _level("What a circuit is a set or profile of.")
    rows: int = Field(20, ge=1, le=MOST_ROWS, description="Most rows of each table.")
    model: str = Field("", description=_MODEL)
    method: str = Field("", description=_METHOD)


class Nearest(Arguments):
    """Find the facts and relations whose circuits are most like a fact's, as profiles of score."""

    fact: str = Field(description=_FACT)
    level: str = _level("What a circuit is a profile of.")
    rows: int = Field(10, ge=1, le=MOST_ROWS, description="Most facts, and relations, to return.")
    model: str = Field("", description=_MODEL)
    method: str = Field("", description=_METHOD)


class Show(Arguments):
    """Show a fact: how the model recalls it, its circuits with all their figures, their heaviest edges."""

    fact: str = Field(description=_FACT)
    rows: int = Field(20, ge=1, le=MOST_ROWS, description="Most rows of each list, such as edges.")
    model: str = Field("", description=_MODEL)
    method: str = Field("", description=_METHOD)


class Explain(Arguments):
    """Tell a fact's story: the blocks where its object appears, which heads act, what is not explained."""

    fact: str = Field(description=_FACT)
    rows: int = Field(5, ge=1, le=MOST_ROWS, description="Most rows of each list, such as heads.")
    model: str = Field("", description=_MODEL)
    method: str = Field("", description=_METHOD)


def parse(tool: str, kind: type[A], given: dict[str, Any]) -> A:
    """Return the arguments of a tool, typed. Raises UserError for a wrong, missing or unknown one."""
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
    name = str(first["loc"][0])
    match first["type"]:
        case "extra_forbidden":
            raise unknown(f"argument of {tool}", name, kind.model_fields)
        case "missing":
            raise UserError(f"argument {name} of {tool} is missing; expected: {kind.model_fields[name].description}")
        case _:
            raise UserError(f"argument {name} of {tool} is {first['input']!r:.80}; {first['msg']}")


def input_schema(kind: type[Arguments]) -> dict[str, Any]:
    """Return the JSON schema of a tool's arguments, without the titles, which only repeat the names."""
    schema = kind.model_json_schema()
    properties = {
        name: {key: value for key, value in each.items() if key != "title"}
        for name, each in schema["properties"].items()
    }
    required = {"required": schema["required"]} if "required" in schema else {}
    return {"type": "object", "properties": properties, **required, "additionalProperties": False}
