"""The command that finds the circuits of whole relations."""

import sys
from typing import Annotated

import typer

from graphdb.cli.extras import needs_extra
from graphdb.cli.store_commands import FormatOption, StoreOption
from graphdb.errors import UserError
from graphdb.plain_text import visible
from graphdb.tables import Format
from ingest.cli.models import find_model, open_model
from ingest.cli.options import ModelOption

app = typer.Typer()


@app.command()
def relation_circuits(
    relations: Annotated[
        list[str] | None, typer.Argument(metavar="[RELATION]", help="Relations of the store. Default: all.")
    ] = None,
    model: ModelOption = "smollm2-135m",
    method: Annotated[str, typer.Option("--method", help="How the facts' circuits were found.")] = "secant",
    faithfulness: Annotated[
        float, typer.Option("--faithfulness", max=1, help="What the mean over a relation's facts must reach.")
    ] = 0.85,
    store: StoreOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Find one circuit for each relation from the circuits of its facts, and how they transfer.

    Two thirds of a relation's facts find its circuit, the others judge it; every circuit also runs on the held-out
    facts of the other relations named. Costs runs of the model, but no new scores.

    \b
    Examples:
      kcircuits relation-circuits
      kcircuits relation-circuits country_capital country_currency --faithfulness 0.9
      kcircuits relation-circuits --method secant --format json
    """
    if not 0 < faithfulness <= 1:
        raise UserError(f"faithfulness {faithfulness:g} is out of range: give a number above 0 and up to 1")
    with needs_extra("ingest"):
        from ingest.cli.progress import shown_progress
        from ingest.relations.pipeline import choose
        from ingest.relations.pipeline import relation_circuits as run
    from graphdb.store import open_store
    from ingest.cli.views.relation_circuits_view import print_relation_circuits

    with open_store(store, create=False) as opened:
        handle = find_model(model)
        chosen = choose(opened, relations or (), handle.id, method)
        for name, count in chosen.too_few.items():
            print(f"{visible(name)}: left out, {count} facts with a circuit are too few", file=sys.stderr)
        loaded = open_model(handle)
        with shown_progress() as progress:
            built = {each.id for each in run(opened, loaded, chosen.relations, method, faithfulness, progress)}
        circuits = opened.query("relation_circuits", model=handle.id, method=method)
        transfer = opened.query("transfer", model=handle.id, method=method)
    print_relation_circuits(circuits[circuits["circuit"].isin(built)], transfer, form)
