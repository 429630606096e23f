"""The commands that read a store: status, query, cypher, show, export, and a local Neo4j.

Everything heavy is imported inside the commands, so that `--help` and completion answer at once.
"""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from graphdb.errors import UserError
from graphdb.tables import Format, Kind, print_frame, print_pairs

if TYPE_CHECKING:
    from graphdb.engines.neo4j.neo4j_local import Server

app = typer.Typer()
neo4j_app = typer.Typer()
app.add_typer(neo4j_app, name="neo4j")


SERVER_COLUMNS = ["uri", "user", "password_file", "pid", "version", "folder"]


def query_names() -> list[tuple[str, str]]:
    """Return (name, purpose) of every library query, for shell completion."""
    from graphdb.queries.library import all_queries

    return [(query.name, query.purpose) for query in all_queries()]


StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store",
        envvar="KCIRCUITS_STORE",
        metavar="FOLDER|URI",
        help="A folder, or a server such as bolt://localhost:7687. Default: a folder in your data folder.",
    ),
]
FormatOption = Annotated[Format, typer.Option("--format", help="How to print the answer.")]
ModelOption = Annotated[str, typer.Option("--model", metavar="ID", help="Only this model. Default: every model.")]
MethodOption = Annotated[
    str, typer.Option("--method", metavar="NAME", help="Only circuits found so. Default: every method.")
]


@app.command()
def status(store: StoreOption = None, form: FormatOption = Format.TABLE) -> None:
    """Show what the store holds, and its size on disk.

    \b
    Examples:
      kcircuits status
      kcircuits status --store bolt://localhost:7687 --format json
    """
    from graphdb.cli.status import print_status, read_status
    from graphdb.store import open_store

    with open_store(store, create=False) as opened:
        print_status(read_status(opened), form)


@app.command()
def query(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]",
            help="A query of the library. Without it: list them.",
            autocompletion=query_names,
        ),
    ] = None,
    param: Annotated[
        list[str] | None,
        typer.Option("--param", "-p", metavar="NAME=VALUE", help="A parameter of the query."),
    ] = None,
    describe: Annotated[bool, typer.Option("--describe", help="Show its parameters and columns.")] = False,
    store: StoreOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Run a query of the library, or list them all.

    \b
    Examples:
      kcircuits query
      kcircuits query shared_components --describe
      kcircuits query shared_components --param min_relations=5
      kcircuits query hubs --format csv > hubs.csv
    """
    from graphdb.cli import query_help
    from graphdb.queries.library import bind, load_query
    from graphdb.store import open_store

    if name is None:
        query_help.print_library(form)
    elif describe:
        query_help.print_query(load_query(name), form)
    else:
        given = bind(load_query(name), query_help.parse_parameters(param or []))
        with open_store(store, create=False) as opened:
            print_frame(opened.query(name, **given), form)


@app.command()
def cypher(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The statement, or - to read it from standard input.")],
    limit: Annotated[int, typer.Option("--limit", min=1, help="Most rows to print.")] = 10_000,
    seconds: Annotated[
        float, typer.Option("--seconds", min=0.1, help="End a statement that reads after this time.")
    ] = 20.0,
    write: Annotated[bool, typer.Option("--write", help="Let the statement change the store.")] = False,
    store: StoreOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Run a Cypher statement of your own.

    It only reads, unless you say --write; a statement that writes prints no answer.

    \b
    Examples:
      kcircuits cypher "MATCH (r:Relation) RETURN r.id AS relation"
      kcircuits cypher - --format json < question.cypher
      kcircuits cypher --write "MATCH (r:Relation {id: 'antonym'}) SET r.note = 'mine'"
    """
    from graphdb.read_only.guard import ask
    from graphdb.read_only.limits import WRITES, Limits
    from graphdb.store import open_store

    statement = sys.stdin.read() if text == "-" else text
    with open_store(store, create=False) as opened:
        if write:
            opened.write([(statement, [{}])])
            return
        try:
            answer = ask(opened, statement, limits=Limits(limit, seconds))
        except UserError as error:
            hint = "; with --write it may change the store" if str(error) == WRITES else ""
            raise UserError(f"{error}{hint}") from None
    print_frame(answer.frame, form)
    if answer.cut:
        print(f"{answer.cut}; --limit takes more", file=sys.stderr)


@app.command()
def show(
    fact: Annotated[
        str,
        typer.Argument(metavar="FACT", help="A fact's id, such as country_capital/France, or its subject."),
    ],
    top: Annotated[
        int | None,
        typer.Option("--top", min=1, help="Take the N strongest edges anew from the stored scores, without a model."),
    ] = None,
    edges: Annotated[int, typer.Option("--edges", min=1, help="Edges to print of each circuit.")] = 20,
    model: ModelOption = "",
    method: MethodOption = "",
    store: StoreOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show a fact: recall, circuits, strongest edges.

    \b
    Examples:
      kcircuits show country_capital/France
      kcircuits show France --top 100
      kcircuits show France --format csv > edges.csv
    """
    from graphdb.cli.show import print_fact, view_fact
    from graphdb.store import open_store

    with open_store(store, create=False) as opened:
        print_fact(view_fact(opened, fact, model, method, top), form, edges)


@app.command()
def export(
    what: Annotated[
        str | None, typer.Argument(metavar="WHAT", help="A relation, a fact's id, a subject or a circuit's id.")
    ] = None,
    to: Annotated[Kind, typer.Option("--to", help="The format.")] = Kind.CSV,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Default: standard output. A new folder for several of html."
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every circuit of the store.")] = False,
    scores: Annotated[
        bool, typer.Option("--scores/--no-scores", help="Whether a dump (jsonl) holds the score files.")
    ] = True,
    model: ModelOption = "",
    method: MethodOption = "",
    store: StoreOption = None,
) -> None:
    """Write circuits, or a dump of the store, to a file.

    \b
    Examples:
      kcircuits export country_capital/France --to graphml --output france.graphml
      kcircuits export country_capital --to csv > capitals.csv
      kcircuits export country_capital/France --to html --output france.html
      kcircuits export country_capital --to neuronpedia --output graphs
      kcircuits export --all --to parquet --output circuits.parquet
      kcircuits export --all --to jsonl --output store.jsonl.gz
    """
    if (what is None) != everything:
        raise UserError("nothing or too much to export: name a relation, a fact or a circuit, or say --all")
    if to is Kind.JSONL and everything and not (model or method):
        _dump(store, output, scores)
        return
    from graphdb.formats import exports
    from graphdb.store import open_store

    with open_store(store, create=False) as opened:
        count = exports.export(opened, what or "", to, output, model, method)
    if output:
        print(f"{output}: {count} circuits")


def _dump(store: str | None, output: Path | None, scores: bool) -> None:
    from graphdb.dump import write_dump
    from graphdb.store import open_store

    with open_store(store, create=False) as opened:
        counts = write_dump(opened, output, scores)
    if output:
        print(f"{output}: {counts['circuit']} circuits, {counts['edge']} edges, {counts['scores']} score files")


@neo4j_app.callback(invoke_without_command=True)
def neo4j(context: typer.Context) -> None:
    """Run a local Neo4j server, without docker."""
    if context.invoked_subcommand is None:
        print(context.get_help())


@neo4j_app.command()
def start(
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port for Bolt, on 127.0.0.1 only.")] = 7687,
) -> None:
    """Start the server, and say how to reach it.

    The first start fetches it, about 170 MB.

    \b
    Examples:
      kcircuits neo4j start
      kcircuits neo4j start --port 7688
    """
    from graphdb.engines.neo4j import neo4j_local

    server = neo4j_local.start(port=port)
    print("Neo4j runs already" if server.was_running else "Neo4j is started")
    _print_server(server)


@neo4j_app.command()
def stop() -> None:
    """Stop the server; its data stays.

    \b
    Example:
      kcircuits neo4j stop
    """
    from graphdb.engines.neo4j import neo4j_local

    server = neo4j_local.stop()
    print(f"Neo4j at {server.uri} is stopped" if server else "no Neo4j of yours runs")


@neo4j_app.command("status")
def neo4j_status(form: FormatOption = Format.TABLE) -> None:
    """Say whether the server runs; exit code 1 if not.

    \b
    Examples:
      kcircuits neo4j status
      kcircuits neo4j status --format json
    """
    import pandas as pd

    from graphdb.engines.neo4j import neo4j_local

    server = neo4j_local.status()
    if server is None:
        print("no Neo4j of yours runs: `kcircuits neo4j start` starts one", file=sys.stderr)
        raise typer.Exit(1)
    if form is Format.TABLE:
        _print_server(server)
    else:
        print_frame(pd.DataFrame([{name: str(getattr(server, name)) for name in SERVER_COLUMNS}]), form)


def _print_server(server: "Server") -> None:
    """Say where a server is, and the lines that make the other commands use it."""
    print_pairs({"address": server.uri, "version": server.version, "process": server.pid, "folder": server.folder})
    print("\nTo use it in this shell:")
    if server.user:
        password = shlex.quote(str(server.password_file))
        print(f'  export NEO4J_USERNAME={server.user} NEO4J_PASSWORD="$(cat {password})"')
    print(f"  export KCIRCUITS_STORE={server.uri}")
