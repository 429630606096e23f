"""The commands that keep a store in order: check, delete and migrate."""

import sys
from dataclasses import asdict
from typing import Annotated

import typer

from graphdb.cli.store_commands import FormatOption, StoreOption
from graphdb.errors import UserError
from graphdb.maintenance.deletable import What
from graphdb.tables import Format, print_frame, print_pairs

app = typer.Typer()


@app.command()
def check(
    repair: Annotated[bool, typer.Option("--repair", help="Mend what can be mended from the rest.")] = False,
    store: StoreOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Verify a store; exit code 1 if anything is wrong.

    \b
    Examples:
      kcircuits check
      kcircuits check --repair
      kcircuits check --store bolt://localhost:7687 --format json
    """
    import pandas as pd

    from graphdb.maintenance.check import check as find
    from graphdb.store import open_store

    with open_store(store, create=False) as opened:
        findings = find(opened, repair=repair)
    if not findings and form is Format.TABLE:
        print("nothing is wrong")
        return
    columns = ["problem", "count", "examples", "mended", "remedy"]
    print_frame(pd.DataFrame([asdict(each) for each in findings], columns=pd.Index(columns)), form)
    if findings:
        raise typer.Exit(1)


@app.command()
def delete(
    what: Annotated[What, typer.Argument(help="What to delete.")],
    name: Annotated[str, typer.Argument(metavar="ID", help="Its id.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Count what would be deleted, and delete nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    store: StoreOption = None,
) -> None:
    """Delete a circuit, a run, a relation or a model.

    A relation goes with its facts, recalls, attempts and circuits; a model also with its components and runs.

    \b
    Examples:
      kcircuits delete relation country_capital --dry-run
      kcircuits delete run 0f3c --yes
      kcircuits delete circuit 'smollm2-135m-instruct-q4_1|country_capital/France|trained'
    """
    from graphdb.maintenance import deletion
    from graphdb.store import open_store

    with open_store(store, create=False) as opened:
        counts = asdict(deletion.count(opened, what, name))
        print_pairs({f"{what}": name} | {key.replace("_", " "): n for key, n in counts.items() if n})
        if dry_run:
            return
        if not yes and not sys.stdin.isatty():
            raise UserError(f"nobody can be asked whether to delete {what} {name}: say --yes")
        if not yes and not typer.confirm("Delete all of it?"):
            raise typer.Exit(1)
        deletion.delete(opened, what, name)
        print("deleted")


@app.command()
def migrate(
    without_scores: Annotated[
        bool, typer.Option("--without-scores", help="Go on where score files are missing: circuits then name none.")
    ] = False,
    store: StoreOption = None,
) -> None:
    """Bring a store that an earlier version wrote up to this one.

    When interrupted, the same command goes on. A store of a newer version is refused.

    \b
    Examples:
      kcircuits migrate
      kcircuits migrate --store bolt://localhost:7687
    """
    from graphdb.maintenance import migrate as migration
    from graphdb.store import open_store

    with open_store(store, create=False, older=True) as opened:
        before = opened.version
        circuits = migration.migrate(opened, without_scores=without_scores)
        done = f"from {before} to {opened.version}, {circuits} circuits" if before < opened.version else before
        print(f"{opened.target}: schema version {done}")
