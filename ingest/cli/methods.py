"""The command that lists the discovery methods."""

import typer

from graphdb.cli.extras import needs_extra
from graphdb.cli.store_commands import FormatOption
from graphdb.tables import Format

app = typer.Typer()


@app.command()
def methods(form: FormatOption = Format.TABLE) -> None:
    """List the methods that find circuits: price, measured quality, source.

    \b
    Examples:
      kcircuits methods
      kcircuits methods --format json
    """
    with needs_extra("ingest"):
        from ingest.methods.table import print_methods

    print_methods(form)
