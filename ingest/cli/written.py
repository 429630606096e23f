"""The command that says which tokens components write."""

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
    from collections.abc import Sequence

    from graphdb.role_records import Written

app = typer.Typer()


@app.command()
def written(
    of: Annotated[str, typer.Argument(help="A fact's id or subject, or a relation: of the store, or packaged.")],
    components: Annotated[list[str], typer.Argument(metavar="COMPONENT...", help="Heads (a9.h6), MLPs (m9) or embed.")],
    top: Annotated[int, typer.Option("--top", min=1, help="Tokens at each end.")] = 10,
    template: TemplateOption = 0,
    model: ModelOption = "smollm2-135m",
    store: StoreOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Say which tokens components write at a prompt's last position, of the whole vocabulary.

    Of a fact: the tokens that each component raises most and lowers most, with what it adds to their logits, less the
    mean over the vocabulary. Of a relation: those that are among the first of more than half of its facts.

    \b
    Examples:
      kcircuits written country_capital/France a23.h4 m27
      kcircuits written country_capital a23.h4 --format json
    """
    with needs_extra("ingest"):
        from ingest.facts.prompts import prepare
        from ingest.facts.sets import with_template
        from ingest.lens.tokens import written as find_written
        from ingest.roles.stored import find_asked
    from graphdb.store import open_store

    handle = find_model(model)
    with open_store(store, create=False) as opened:
        (facts,) = with_template([find_asked(opened, of)], template)
    loaded = open_model(handle)
    prompts = [case.prompt for case in prepare(facts, loaded.encode, template, n_donors=0)]
    found = find_written(loaded, prompts, list(dict.fromkeys(components)), top, str(template))
    _print(_of_fact(found) if len(prompts) == 1 else _of_relation(found), form)


def _of_fact(found: "Sequence[Written]") -> list[dict[str, object]]:
    return [
        {"component": each.component, "end": end, "token": token.text, "value": token.value}
        for each in found
        for end, tokens in (("raises", each.promoted), ("lowers", each.suppressed))
        for token in tokens
    ]


def _of_relation(found: "Sequence[Written]") -> list[dict[str, object]]:
    from ingest.lens.tokens import written_in_most

    return [
        {
            "component": each.component,
            "end": end,
            "token": token.text,
            "share": token.share,
            "value": token.value,
            "facts": each.n_facts,
        }
        for each in written_in_most(found)
        for end, tokens in (("raises", each.promoted), ("lowers", each.suppressed))
        for token in tokens
    ]


def _print(rows: list[dict[str, object]], form: Format) -> None:
    """Print the rows; tokens as they are in JSON and CSV, in quotes for people, so that a space before a word shows."""
    import pandas as pd

    if form is Format.TABLE:
        rows = [{**row, "token": f"‘{visible(str(row['token']))}’"} for row in rows]
    if not rows:
        print("No token is among the first in more than half of the facts.", file=sys.stderr)
    print_frame(pd.DataFrame(rows), form)
