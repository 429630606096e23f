"""The command that finds what heads do in relations, and checks it by cutting them."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from graphdb.cli.extras import needs_extra
from graphdb.cli.store_commands import FormatOption, StoreOption
from graphdb.plain_text import visible
from graphdb.tables import Format, print_frame
from ingest.cli.models import find_model, open_model
from ingest.cli.options import ModelOption, TemplateOption

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer()


@app.command()
def roles(
    relations: Annotated[
        list[str] | None, typer.Argument(metavar="[RELATION]", help="Relations of the store. Default: all.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Cut the heads' attention on facts that did not choose them.")
    ] = False,
    template: TemplateOption = 0,
    model: ModelOption = "smollm2-135m",
    store: StoreOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Find which heads move objects and which carry relations, and what cutting them costs.

    An ingest finds roles in the template that it asks in; this finds them for relations that are stored, in any of
    their templates. With --check the strongest heads of one half of the facts are cut on the other half, beside as many
    random heads of the same layers.

    \b
    Examples:
      kcircuits roles country_capital --check
      kcircuits roles country_capital country_currency --template 1
      kcircuits roles --format json
    """
    with needs_extra("ingest"):
        from ingest.cli.progress import shown_progress
        from ingest.facts.sets import with_template
        from ingest.options import Options
        from ingest.roles.pipeline import check_stored, write_roles_of
        from ingest.roles.stored import stored_facts
        from ingest.settings import Settings
    from graphdb.store import open_store
    from graphdb.writing.writers import write_model

    options = Options(Settings(template=template))
    with open_store(store, create=False) as opened:
        handle = find_model(model)
        sets = with_template(stored_facts(opened, relations or ()), template)
        loaded = open_model(handle)
        write_model(opened, loaded.record)
        with shown_progress() as progress:
            write_roles_of(opened, loaded, sets, {}, options, progress, keep_larger=True)
            if check:
                for name, why in check_stored(opened, loaded, sets, options, progress).items():
                    print(f"{visible(name)}: not checked, {why}", file=sys.stderr)
        chosen = {each.relation.id for each in sets}
        frames = [opened.query(name, model=handle.id) for name in ("movers", "relation_heads", "role_checks")]
    _print([frame[frame["relation"].isin(chosen)] for frame in frames], form, check=check)


def _print(frames: "list[pd.DataFrame]", form: Format, *, check: bool) -> None:
    """Print movers, relation heads and checks; as CSV or JSON one table: the checks, or the heads."""
    if form is not Format.TABLE:
        import pandas as pd

        heads = [each.assign(role=role) for each, role in zip(frames, ("mover", "relation"), strict=False)]
        print_frame(frames[2] if check else pd.concat(heads, ignore_index=True), form)
        return
    titles = "Movers", "Relation heads", "What cutting them costs, beside random heads of the same layers"
    for title, frame in zip(titles, frames, strict=True):
        if len(frame):
            print(f"\n{title}")
            print_frame(frame, form)
