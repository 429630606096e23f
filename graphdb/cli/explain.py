"""The command `explain`: a stored fact's story on one screen."""

from enum import StrEnum
from typing import Annotated

import typer

from graphdb.cli.store_commands import MethodOption, ModelOption, StoreOption

app = typer.Typer()


class Form(StrEnum):
    """How a story is printed."""

    TABLE = "table"
    JSON = "json"


@app.command()
def explain(
    fact: Annotated[str, typer.Argument(metavar="FACT", help="A fact's id, a subject or a circuit's id.")],
    model: ModelOption = "",
    method: MethodOption = "",
    store: StoreOption = None,
    form: Annotated[Form, typer.Option("--format", help="How to print the answer.")] = Form.TABLE,
) -> None:
    """Explain a fact: where its object appears, what feeds that, which heads act, what is not explained.

    \b
    Examples:
      kcircuits explain country_capital/France
      kcircuits explain France --method secant
      kcircuits explain France --format json
    """
    from dataclasses import asdict

    from graphdb.explain import explain as told
    from graphdb.explain.text import print_story
    from graphdb.store import open_store
    from graphdb.tables import print_json

    with open_store(store, create=False) as opened:
        story = told(opened, fact, model=model, method=method)
    if form is Form.JSON:
        print_json(asdict(story))
    else:
        print_story(story)
