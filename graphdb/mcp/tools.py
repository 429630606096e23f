"""The tools of the MCP server: each a function of its typed arguments and of the store, which is opened when asked for.

docs/mcp.md says why there is one tool for all queries of the library and not one for each.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Generic

from graphdb import schema
from graphdb.cli.show import view_fact
from graphdb.cli.status import read_status
from graphdb.comparison import answers as comparison
from graphdb.errors import UserError, unknown
from graphdb.mcp import arguments
from graphdb.mcp.answers import shortened, table
from graphdb.mcp.arguments import A
from graphdb.queries.library import Parameter, Query, all_queries, bind, load_query
from graphdb.read_only.guard import ask
from graphdb.read_only.limits import Limits
from graphdb.schema.page import arrow, node_section, relationship_section
from graphdb.store import Store
from graphdb.tables import plain

Open = Callable[[], Store]


@dataclass(frozen=True, slots=True)
class Tool(Generic[A]):
    """A tool: its name, what it takes, and what answers it with text or with values that JSON has."""

    name: str
    arguments: type[A]
    answer: Callable[[Open, A], object]


def _status(store: Open, _: arguments.Status) -> object:
    status = read_status(store())
    runs = [{name: run[name] for name in ("run", "model", "method", "state")} for run in status.runs]
    return {
        "store": status.store,
        "engine": status.engine,
        "counts": status.counts,
        "models": status.models,
        "runs": runs,
    }


def list_queries(about: str = "") -> str:
    """Return a line for each query that holds all words of `about`. Raises UserError where there is none."""
    lines = [
        f"{query.name}({', '.join(map(_signature, query.parameters))}): {query.purpose}" for query in all_queries()
    ]
    found = [line for line in lines if all(word in line.lower() for word in about.lower().split())]
    if not found:
        raise UserError(f"no query holds all of the words {about!r}; give fewer words, or none for the whole list")
    return "\n".join(found)


def _signature(parameter: Parameter) -> str:
    return f"{parameter.name}{'' if parameter.default is None else '?'}: {parameter.type}"


def _describe_query(_: Open, given: arguments.DescribeQuery) -> object:
    return _described(load_query(given.name))


def _described(query: Query) -> Mapping[str, object]:
    """A query without what is empty, and its parameters as they are declared."""
    said = {name: value for name, value in asdict(query).items() if value}
    return said | {"parameters": [asdict(each) | {"required": each.default is None} for each in query.parameters]}


def _query(store: Open, given: arguments.RunQuery) -> object:
    values = bind(load_query(given.name), given.parameters)
    return table(store().query(given.name, **values), given.rows)


def _cypher(store: Open, given: arguments.Cypher) -> object:
    answer = ask(store(), given.statement, given.parameters, Limits(given.rows, given.seconds))
    return table(answer.frame, given.rows, answer.cut)


def _schema(_: Open, given: arguments.Schema) -> str:
    if given.labels:
        return "\n".join(part for label in given.labels for part in _sections(label))
    nodes = [f":{each.label}{' or '.join(['', *each.kinds])}: {each.description}" for each in schema.NODES]
    relationships = [f"{arrow(each)}: {each.description}" for each in schema.RELATIONSHIPS]
    return "\n".join([*nodes, "", *relationships])


def _sections(label: str) -> Iterator[str]:
    """The sections of a label and of the relationships that begin or end at it."""
    found = [each for each in schema.NODES if label in (each.label, *each.kinds)]
    if not found:
        raise unknown("label", label, [name for each in schema.NODES for name in (each.label, *each.kinds)])
    yield from map(node_section, found)
    joined = [each for each in schema.RELATIONSHIPS if found[0].label in (each.source, each.target)]
    yield from map(relationship_section, joined)


def _compare(store: Open, given: arguments.Compare) -> object:
    question = comparison.question(given.a, given.b, given.view, [given.level], model=given.model, method=given.method)
    return _tables(comparison.answer(store(), question), given.rows)


def _nearest(store: Open, given: arguments.Nearest) -> object:
    way = comparison.Way(given.model, given.method)
    found, notes = comparison.nearest_circuits(store(), given.fact, comparison.level(given.level), way)
    return _tables(comparison.Answer({"facts": found.facts, "relations": found.relations}, notes), given.rows)


def _tables(answer: comparison.Answer, rows: int) -> Mapping[str, object]:
    return {title: table(frame, rows) for title, frame in answer.tables.items()} | {"notes": answer.notes}


def _show(store: Open, given: arguments.Show) -> object:
    return shortened(plain(asdict(view_fact(store(), given.fact, given.model, given.method))), given.rows)


def _explain(store: Open, given: arguments.Explain) -> object:
    story = store().explain(given.fact, model=given.model, method=given.method)
    if seen := story.appearance:
        told = {seen.rise, seen.emergence, seen.points[-1].block}
        story = replace(
            story, appearance=replace(seen, points=tuple(each for each in seen.points if each.block in told))
        )
    levels = [asdict(level) for level in story.faithfulness]  # whole: each stands beside its baselines
    return shortened(plain(asdict(replace(story, faithfulness=()))), given.rows) | {"faithfulness": levels}


TOOLS: dict[str, Tool[Any]] = {
    tool.name: tool
    for tool in (
        Tool("status", arguments.Status, _status),
        Tool("list_queries", arguments.ListQueries, lambda _, given: list_queries(given.about)),
        Tool("describe_query", arguments.DescribeQuery, _describe_query),
        Tool("query", arguments.RunQuery, _query),
        Tool("schema", arguments.Schema, _schema),
        Tool("cypher", arguments.Cypher, _cypher),
        Tool("compare", arguments.Compare, _compare),
        Tool("nearest", arguments.Nearest, _nearest),
        Tool("show", arguments.Show, _show),
        Tool("explain", arguments.Explain, _explain),
    )
}
