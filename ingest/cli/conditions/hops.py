"""The command that tells how a model answers two-hop facts."""

import sys
from typing import Annotated

import typer

from graphdb.cli.extras import needs_extra
from graphdb.cli.store_commands import FormatOption, StoreOption
from graphdb.plain_text import visible
from graphdb.tables import Format, print_frame
from ingest.cli.models import find_model, open_model
from ingest.cli.options import ModelOption, TemplateOption

app = typer.Typer()
SHOWN = {
    "How often the answer is right, and the one that the single hops lead to": (
        *("facts", "known", "hops_right", "right_given_hops", "first_wrong", "right_given_second"),
        *("consistent", "consistent_null"),
    ),
    "Whether the bridge appears before the object": (
        *("bridge_before", "bridge_before_null", "bridge_probability", "bridge_probability_null"),
    ),
    "What cutting movers from the subject costs, in logits": (
        *("drop", "drop_low", "drop_high", "drop_second", "drop_other", "drop_random", "drop_every"),
    ),
    "How far its movers are those of each hop": ("r_first", "r_second", "r_other"),
}
"""Title of a table -> its columns, beside the relation."""


@app.command()
def hops(
    relations: Annotated[
        list[str] | None,
        typer.Argument(metavar="[RELATION]", help="Composed relations, of the store or packaged. Default: all."),
    ] = None,
    template: TemplateOption = 0,
    model: ModelOption = "smollm2-135m",
    store: StoreOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Tell whether a model answers two-hop facts by way of the first hop, or past it.

    A two-hop fact follows from two others: the Eiffel Tower is in France, whose capital is Paris. The model is asked
    for both hops at once and for each alone. Every figure stands beside what chance gives.

    \b
    Examples:
      kcircuits hops landmark_capital
      kcircuits hops landmark_capital city_currency --template 1
      kcircuits hops --format json
    """
    with needs_extra("ingest"):
        from ingest.cli.progress import shown_progress
        from ingest.facts.sets import with_template
        from ingest.hops.pipeline import composed, write_hops_of
        from ingest.options import Options
        from ingest.settings import Settings
    from graphdb.store import open_store

    handle = find_model(model)  # before a new store is begun
    with open_store(store) as opened:
        sets, known = composed(opened, relations or ())
        sets = with_template(sets, template)
        loaded = open_model(handle)
        with shown_progress() as progress:
            options = Options(Settings(template=template))
            for name, why in write_hops_of(opened, loaded, sets, known, options, progress).items():
                print(f"{visible(name)}: not told, {why}", file=sys.stderr)
        frame = opened.query("two_hops", model=handle.id)
    frame = frame[frame["relation"].isin([each.relation.id for each in sets]) & (frame["wording"] == str(template))]
    if form is not Format.TABLE:
        print_frame(frame, form)
        return
    for title, columns in SHOWN.items():
        print(f"\n{title}")
        print_frame(frame[["relation", *columns]], form)
