"""The command that measures stored circuits again."""

from functools import partial
from typing import Annotated

import typer

from graphdb.cli.extras import needs_extra
from graphdb.cli.store_commands import FormatOption, MethodOption, StoreOption
from graphdb.tables import Format
from ingest.cli.models import find_model, open_model
from ingest.cli.options import DeviceOption

app = typer.Typer()


@app.command()
def evaluate(
    circuits: Annotated[
        list[str], typer.Argument(metavar="CIRCUIT...", help="Circuits' ids, facts' ids or subjects, as for `show`.")
    ],
    curve: Annotated[bool, typer.Option("--curve", help="Measure faithfulness at fixed sizes too.")] = False,
    model: Annotated[
        str, typer.Option("--model", help="Where the model is. Default: where the store says it came from.")
    ] = "",
    method: MethodOption = "",
    device: DeviceOption = "cpu",
    store: StoreOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Measure stored circuits again, from their edges; exit code 1 if a figure differs.

    An imported circuit is measured for the first time, and its figures are written to the store.

    \b
    Examples:
      kcircuits evaluate country_capital/France
      kcircuits evaluate France Italy --method secant --curve
      kcircuits evaluate country_capital/France --format json --store my_store
    """
    with needs_extra("ingest"):
        from ingest.measures.evaluate import ModelsOf, evaluate, select_circuits
        from ingest.measures.imported import is_unmeasured, measure_imported
    from graphdb.store import open_store
    from ingest.cli.views.evaluate_view import print_evaluation

    with open_store(store, create=False) as opened:
        chosen = select_circuits(opened, circuits, method)
        models = ModelsOf(opened, model, find_model, partial(open_model, device=device))
        new, old = ([row for row in chosen if is_unmeasured(row) is unmeasured] for unmeasured in (True, False))
        figures = [each for row in new for each in measure_imported(opened, models.load(row), row)]
        figures += [each for row in old for each in evaluate(opened, models.load(row), row, curve=curve)]
    print_evaluation(figures, form)
    if any(each.differs for each in figures):
        raise typer.Exit(1)
