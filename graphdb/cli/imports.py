"""The command that brings a dump into a store."""

from pathlib import Path
from typing import Annotated

import typer

from graphdb.cli.store_commands import StoreOption

app = typer.Typer()


@app.command("import")
def import_(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A dump: `kcircuits export --all --to jsonl` writes it.")
    ],
    store: StoreOption = None,
) -> None:
    """Bring a dump into a store.

    The file is checked first. What the store has by the same id is replaced, the rest stays.

    \b
    Examples:
      kcircuits import store.jsonl.gz
      kcircuits import store.jsonl.gz --store bolt://localhost:7687
    """
    from rich.console import Console

    from graphdb.dump.reader import check
    from graphdb.dump.restore import restore
    from graphdb.store import open_store

    with Console(stderr=True).status("Checking the dump …") as status:
        contents = check(file)
        counts = contents.counts
        with open_store(store) as opened:
            restore(
                opened, file, contents, lambda edges: status.update(f"{edges:,} of {counts['edge']:,} edges written …")
            )
    print(f"{file}: {counts['circuit']} circuits, {counts['edge']} edges, {counts['scores']} score files")
