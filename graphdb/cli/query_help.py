"""The query library on the command line: the list, one query's description, and values given as text."""

from collections.abc import Sequence
from dataclasses import asdict

import pandas as pd

from graphdb.errors import UserError
from graphdb.queries.library import Parameter, Query, all_queries, origin
from graphdb.tables import Format, print_frame, print_json


def parse_parameters(texts: Sequence[str]) -> dict[str, str]:
    """Return the values of `name=value` texts. Raises UserError for one without `=`, or given twice."""
    values: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UserError(f"--param {text!r} is no parameter; write --param name=value")
        if name in values:
            raise UserError(f"--param {name} is given twice, {values[name]!r} and {value!r}; give it once")
        values[name] = value
    return values


def print_library(form: Format) -> None:
    """Print every query's name, parameters and purpose."""
    rows = [
        {
            "query": query.name,
            "parameters": [_signature(p) for p in query.parameters],
            "purpose": query.purpose,
        }
        for query in all_queries()
    ]
    print_frame(pd.DataFrame(rows), form)


def print_query(query: Query, form: Format) -> None:
    """Print a query's purpose, parameters, columns and Cypher; CSV holds the parameters alone."""
    parameters = pd.DataFrame([asdict(parameter) for parameter in query.parameters])
    match form:
        case Format.JSON:
            print_json(asdict(query))
        case Format.CSV:
            print_frame(parameters, form)
        case Format.TABLE:
            print(f"{query.name}: {query.purpose}")
            if query.parameters:
                print_frame(parameters, form, "\nParameters")
            print_frame(pd.DataFrame([asdict(column) for column in query.columns]), form, "\nColumns")
            print(f"\n{query.text or origin(query)}")


def _signature(parameter: Parameter) -> str:
    """Return `name` of a required parameter, `[name]` or `[name=default]` of an optional one."""
    match parameter.default:
        case None:
            return parameter.name
        case "":
            return f"[{parameter.name}]"
        case default:
            return f"[{parameter.name}={default}]"
