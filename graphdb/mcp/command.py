"""The command `mcp`."""

import typer

from graphdb.cli.extras import needs_extra
from graphdb.cli.store_commands import StoreOption

app = typer.Typer()


@app.command()
def mcp(store: StoreOption = None) -> None:
    """Serve a store to a program that speaks the Model Context Protocol, on standard input and output; it only reads.

    The program starts this command itself: see docs/mcp.md.

    \b
    Examples:
      kcircuits mcp
      kcircuits mcp --store bolt://localhost:7687
    """
    with needs_extra("mcp"):
        from graphdb.mcp.server import serve

    serve(store)
