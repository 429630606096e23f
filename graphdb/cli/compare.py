"""The commands `compare` and `nearest`: what circuits share, and what a fact's circuit is most like."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from graphdb.cli.store_commands import FormatOption, MethodOption, ModelOption, StoreOption
from graphdb.errors import UserError
from graphdb.plain_text import visible
from graphdb.tables import Format, print_frame, print_json, records

if TYPE_CHECKING:
    from graphdb.comparison.answers import Answer, Question

app = typer.Typer()

VIEWS = (
    "measures, names, parts, stability, outliers, nearest, sets, profiles, relations, retrieval, matrix, modules, "
    "circuits, runs, contrasts, missing"
)
WIDEST = 12
"""Columns of a matrix that a table shows."""


@app.command()
def compare(
    a: Annotated[str, typer.Argument(metavar="[A]", help="A relation, a fact's id, a subject or a circuit's id.")] = "",
    b: Annotated[str, typer.Argument(metavar="[B]", help="Another of the same.")] = "",
    view: Annotated[str, typer.Option("--view", help=f"What to show: {VIEWS}. Default: what fits A and B.")] = "",
    level: Annotated[
        list[str] | None,
        typer.Option(
            "--level",
            help="component, edge, layer or channel; more than one for two things, and for retrieval.",
        ),
    ] = None,
    other_model: Annotated[
        str, typer.Option("--other-model", metavar="ID", help="The model of B, if not that of A.")
    ] = "",
    other_method: Annotated[
        str, typer.Option("--other-method", metavar="NAME", help="The method of B, if not that of A.")
    ] = "",
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write two things, both in one drawing, to an HTML file."),
    ] = None,
    rows: Annotated[int, typer.Option("--rows", min=1, help="Rows of each table; CSV and JSON hold all.")] = 20,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of permutations, draws and bootstrap samples.")] = 0,
    model: ModelOption = "",
    method: MethodOption = "",
    store: StoreOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Compare circuits: two relations or facts, one with the rest, or all relations, beside chance.

    \b
    Examples:
      kcircuits compare
      kcircuits compare --view retrieval --level component --level edge
      kcircuits compare --view modules
      kcircuits compare country_capital
      kcircuits compare country_capital --view nearest
      kcircuits compare country_capital/France
      kcircuits compare country_capital country_currency --level component --level edge
      kcircuits compare country_capital/France country_capital/Japan --view names --format csv
      kcircuits compare country_capital --method trained --other-method secant
      kcircuits compare country_capital/France --view contrasts
      kcircuits compare country_capital country_currency --html both.html
    """
    from graphdb.comparison.answers import answer, question
    from graphdb.store import open_store

    ways = {"model": model, "method": method, "other_model": other_model, "other_method": other_method}
    if html:
        if level:
            raise UserError("--html shows components and edges: leave --level out")
        write_pair(store, question(a, b, view, ("component", "edge"), **ways, seed=seed), html)
        return
    asked = question(a, b, view, level or ["component"], **ways, seed=seed)
    with open_store(store, create=False) as opened:
        print_answer(answer(opened, asked), form, rows)


def write_pair(store: str | None, asked: "Question", output: Path) -> None:
    """Write two things in one drawing to an HTML file."""
    from graphdb.files import destination
    from graphdb.reports.pair import pair_report
    from graphdb.store import open_store

    with open_store(store, create=False) as opened:
        report = pair_report(opened, asked)
    with destination(output) as stream:
        stream.write(report.page().encode())
    print(f"{output}: {visible(report.title)}")


@app.command()
def nearest(
    fact: Annotated[str, typer.Argument(metavar="FACT", help="A fact's id, a subject or a circuit's id.")],
    level: Annotated[
        str, typer.Option("--level", help="component, edge, layer or channel: what a circuit is a profile of.")
    ] = "component",
    limit: Annotated[int, typer.Option("--limit", min=1, help="Facts, and relations, to print.")] = 10,
    model: ModelOption = "",
    method: MethodOption = "",
    store: StoreOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show the facts and relations whose circuits are most like a fact's, as profiles of score.

    \b
    Examples:
      kcircuits nearest country_capital/France
      kcircuits nearest France --level edge --limit 5
      kcircuits nearest France --format json
    """
    from graphdb.comparison import answers
    from graphdb.store import open_store

    with open_store(store, create=False) as opened:
        found, notes = answers.nearest_circuits(opened, fact, answers.level(level), answers.Way(model, method))
    tables = {"Nearest facts": found.facts[:limit], "Nearest relations": found.relations[:limit]}
    print_answer(answers.Answer(tables, notes), form, limit)


def print_answer(found: "Answer", form: Format, rows: int) -> None:
    """Print an answer: JSON holds every table and the notes, CSV the table asked for, a table `rows` rows of each."""
    match form:
        case Format.JSON:
            print_json({title: records(table) for title, table in found.tables.items()} | {"notes": found.notes})
        case Format.CSV:
            print_frame(found.main, form)
        case Format.TABLE:
            print("\n".join(map(visible, found.notes)))
            for title, table in found.tables.items():
                more = f" ({rows} of {len(table)})" if len(table) > rows else ""
                if len(table.columns) > WIDEST and title == "Share of a relation's circuits":
                    more += f", {WIDEST - 1} of {len(table.columns) - 1} names"
                    table = table.iloc[:, :WIDEST]
                print_frame(table[:rows], form, f"\n{title}{more}")
