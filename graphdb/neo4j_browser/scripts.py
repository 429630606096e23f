"""The query library as saved scripts of Neo4j Browser: a zip of `.cypher` files, which it imports when dropped on it.

The Browser shows rows and graphs of a script only where it is one statement. So the parameters of all scripts are set
by a script of their own, and the others name them.
"""

import json
import zipfile
from collections.abc import Iterable
from importlib.resources import files
from typing import IO

from graphdb.queries.library import Parameter, Query, Value, all_queries, read_folder

FOLDER = "Knowledge circuits"
"""The folder of the scripts in the Browser's drawer; graphs have one of their own."""
PARAMETERS = "0 parameters"
"""The script that sets the parameters; its name is the first of the drawer."""
EXAMPLES: dict[str, Value] = {
    "relation": "country_capital",
    "fact": "country_capital/France",
    "text": "France",
    "component": "a23.h4",
    "circuit": "smollm2-135m-instruct-q4_1|country_capital/France|secant",
    "first": "smollm2-135m-instruct-q4_1|country_capital/France|secant",
    "second": "smollm2-135m-instruct-q4_1|country_capital/Japan|secant",
    "relation_circuit": "smollm2-135m-instruct-q4_1|country_capital|secant|mean",
    "limit": 100,
    "max_rank": 100,
    "role": "mover",
    "wording": "0",
}
"""Parameter -> its value where a query must be given one, or where queries differ in their default."""


def scripts() -> dict[str, str]:
    """Return path in the zip -> script, the script of the parameters first."""
    tables = [query for query in all_queries() if query.text]
    graphs = [*read_folder(files("graphdb") / "neo4j_browser" / "graphs").values()]
    return {
        f"{FOLDER}/{PARAMETERS}.cypher": _parameters([*tables, *graphs]),
        **{f"{FOLDER}/{query.name}.cypher": _script(query) for query in tables},
        **{f"{FOLDER} (graphs)/{query.name}.cypher": _script(query) for query in graphs},
    }


def write_scripts(stream: IO[bytes]) -> None:
    """Write the zip of the scripts."""
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in scripts().items():
            archive.writestr(zipfile.ZipInfo(path), text)


def _script(query: Query) -> str:
    """A query whose first line is its name in the drawer, and whose parameters are explained where they are used."""
    needed = [f"// ${parameter.name}: {parameter.help}" for parameter in query.parameters]
    return "\n".join([f"// {query.name}", f"// {query.purpose}", *needed, f"{query.text};", ""])


def _parameters(queries: Iterable[Query]) -> str:
    values = {each.name: _value(each) for query in queries for each in query.parameters}
    lines = [f":param {name} => {literal(value)};" for name, value in sorted(values.items())]
    about = "// What the other scripts ask about: change a value, then run this and any of them."
    return "\n".join([f"// {PARAMETERS}", about, *lines, ""])


def _value(parameter: Parameter) -> Value:
    if parameter.name in EXAMPLES:
        return EXAMPLES[parameter.name]
    assert parameter.default is not None, f"give {parameter.name} an example"
    return parameter.default


def literal(value: Value) -> str:
    """Return a value as a literal of Cypher."""
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return json.dumps(value)
