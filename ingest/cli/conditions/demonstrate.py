"""The command that measures what demonstrations before a prompt change."""

import sys
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Annotated

import typer

from graphdb.cli.extras import needs_extra
from graphdb.cli.store_commands import FormatOption, StoreOption
from graphdb.errors import UserError
from graphdb.plain_text import visible
from graphdb.tables import Format, print_frame
from ingest.cli.models import find_model, open_model
from ingest.cli.options import ModelOption, TemplateOption

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer()
MOST_SHOTS = 16
SHOWN = (
    *("relation", "wording", "shots", "labels", "facts", "zero", "probability", "gain", "gain_low", "gain_high"),
    *("gain_log", "first_zero", "first", "movers_r", "movers_r_halves", "drop", "drop_low", "drop_high", "random"),
    "drop_share",
)
"""Columns of the table; CSV and JSON have all."""


@app.command()
def demonstrate(
    relations: Annotated[
        list[str] | None,
        typer.Argument(metavar="[RELATION]", help="Relations of the store, or packaged ones. Default: the store's."),
    ] = None,
    shots: Annotated[
        str, typer.Option("--shots", help="Numbers of demonstrations, with commas; 0 is always measured beside them.")
    ] = "0,1,3",
    template: TemplateOption = 0,
    model: ModelOption = "smollm2-135m",
    store: StoreOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Measure what other facts of a relation, put before the prompt, change.

    The gain stands beside that of demonstrations with shuffled labels, and the cost of cutting the heads that attend to
    the demonstrations' answers, chosen on other relations, beside that of random heads of the same layers.

    \b
    Examples:
      kcircuits demonstrate country_capital
      kcircuits demonstrate country_capital antonym --shots 0,1,3
      kcircuits demonstrate --template 1 --format json
    """
    numbers = read_shots(shots)
    with needs_extra("ingest"):
        from ingest.cli.progress import shown_progress
        from ingest.demonstrations.pipeline import relations_to_ask, write_demonstrations_of
        from ingest.facts.sets import with_template
        from ingest.options import Options
        from ingest.settings import Settings
    from graphdb.store import existing_store, open_store
    from graphdb.writing.writers import write_model

    handle = find_model(model)
    with existing_store(store) as there:
        sets = with_template(relations_to_ask(there, relations or ()), template)
    loaded = open_model(handle)
    with open_store(store) as opened:  # a new one is begun when all is checked
        write_model(opened, loaded.record)
        options = Options(Settings(template=template))
        with shown_progress() as progress:
            without = write_demonstrations_of(opened, loaded, sets, numbers, options, progress)
        for name, why in without.items():
            print(f"{visible(name)}: not measured {why}", file=sys.stderr)
        chosen = {each.relation.id for each in sets}
        changes = opened.query("demonstrations", model=handle.id)
        heads = opened.query("demonstration_heads", model=handle.id)
    asked = changes["relation"].isin(chosen) & changes["shots"].isin(numbers) & (changes["wording"] == str(template))
    _print(changes[asked], heads[heads["shots"].isin(numbers)], chosen, form)


def read_shots(text: str) -> tuple[int, ...]:
    """Return the numbers of demonstrations, ascending, without 0. Raises UserError where there is none."""
    parts = [part.strip() for part in text.split(",")]
    fits = all(part.isascii() and part.isdigit() and int(part) <= MOST_SHOTS for part in parts)
    numbers = sorted({int(part) for part in parts} - {0}) if fits else []
    if not numbers:
        raise UserError(
            f"shots {text!r}: give whole numbers up to {MOST_SHOTS} with commas, one above 0, such as --shots 0,1,3"
        )
    return tuple(numbers)


def _print(changes: "pd.DataFrame", heads: "pd.DataFrame", chosen: AbstractSet[str], form: Format) -> None:
    """Print what demonstrations change, and as a table which heads are new with them."""
    if form is not Format.TABLE:
        print_frame(changes, form)
        return
    print_frame(changes[list(SHOWN)], form)
    new = heads[[not chosen.isdisjoint(names) for names in heads["new_for"]]]
    if len(new):
        print("\nHeads that are new with demonstrations: they attend to their answers")
        print_frame(new, form)
