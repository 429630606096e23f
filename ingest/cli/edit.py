"""The command that edits facts of a model, and says what else that changed."""

import csv
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from graphdb.cli.store_commands import FormatOption, StoreOption
from graphdb.edit_records import EditMethod
from graphdb.errors import UserError
from graphdb.plain_text import visible
from graphdb.tables import Format, print_frame
from ingest.cli.extras import needs_extra
from ingest.cli.models import find_model, open_model
from ingest.cli.options import ModelOption, TemplateOption

if TYPE_CHECKING:
    from ingest.editing.edit import Edited

app = typer.Typer()
SHOWN = (
    *("efficacy", "probability", "paraphrase_prefix", "paraphrase_template", "neighbourhood", "other"),
    *("kl_neighbourhood", "kl_other", "spread", "flips", "flips_firm", "n_neighbourhood", "n_other"),
)
RISKS = 20
"""Facts that a dry run shows."""


@app.command()
def edit(
    fact: Annotated[
        str | None, typer.Argument(help="A fact's id or its subject: of the store, or a packaged one.")
    ] = None,
    to: Annotated[str, typer.Option("--to", help="The object that it is to have.")] = "",
    file: Annotated[
        Path | None, typer.Option("--file", help="Several edits: a CSV file with the columns fact and to.")
    ] = None,
    method: Annotated[str, typer.Option("--method", help="rome, rome-original, ft-m or ft-l.")] = "rome",
    layer: Annotated[
        int | None, typer.Option("--layer", min=0, help="Layer of the MLP. Default: told by the keys.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say which other facts are in danger, by their keys and margins.")
    ] = False,
    template: TemplateOption = 0,
    seed: Annotated[int, typer.Option("--seed", help="Of the sampled words and of the sham.")] = 0,
    model: ModelOption = "smollm2-135m",
    store: StoreOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Change a model's weights so that it gives a fact another object, and measure what else that changes.

    Beside every figure stands that of a sham: a random change of the same weights that is as large. The model itself
    stays as it is; the store keeps the change, and `kcircuits ingest --edit ID` finds circuits of the edited model.

    \b
    Examples:
      kcircuits edit country_capital/France --to Rome
      kcircuits edit country_capital/France --to Rome --dry-run
      kcircuits edit country_language/Japan --to Italian --method ft-m --layer 20
      kcircuits edit --file edits.csv --format json
    """
    asked = _asked(fact, to, file)
    with needs_extra("ingest"):
        from ingest.editing.edit import edit_with, prepare_edits, risks_with
        from ingest.editing.pipeline import find_facts, sets_beside, write_edit
        from ingest.editing.prompts.request import check_layer, check_method, check_request
    from graphdb.store import open_store

    chosen = EditMethod.ROME if dry_run else check_method(method)
    handle = find_model(model)  # before a new store is begun
    rows = list[dict[str, object]]()
    with open_store(store) as opened:
        found = find_facts(opened, [name for name, _ in asked])
        loaded = open_model(handle)
        check_layer(loaded, layer)
        sets = sets_beside([facts for facts, _ in found])
        wanted = zip(found, asked, strict=True)
        requests = [check_request(loaded, one, new, sets, template) for (_, one), (_, new) in wanted]
        bench = prepare_edits(loaded, sets, chosen, layer, seed)
        for (facts, one), request in zip(found, requests, strict=True):
            if dry_run:
                rows += map(asdict, risks_with(bench, request)[:RISKS])
            else:
                write_edit(opened, loaded, facts, one, edited := edit_with(bench, request))
                rows += _rows(edited)
                print(f"{visible(one.id)}: stored as {edited.record.id}", file=sys.stderr)
    _print(rows, form)


def _print(rows: list[dict[str, object]], form: Format) -> None:
    import pandas as pd

    print_frame(pd.DataFrame(rows), form)


def _asked(fact: str | None, to: str, file: Path | None) -> list[tuple[str, str]]:
    """Return facts and their new objects. Raises UserError unless they are given in one of the two ways."""
    if file is None:
        if not fact or not to.strip():
            raise UserError("an edit needs a fact and its new object: give FACT --to OBJECT, or --file edits.csv")
        return [(fact, to)]
    if fact or to:
        raise UserError("--file says which facts to edit: leave FACT and --to out")
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            table = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{file}: cannot be read ({error}); give a CSV file with the columns fact and to") from error
    for number, row in enumerate(table, start=2):
        if not (row.get("fact") or "").strip() or not (row.get("to") or "").strip():
            raise UserError(f"{file}:{number}: no fact or no new object; expected the columns fact and to")
    if not table:
        raise UserError(f"{file}: holds no edit; expected a line fact,to and one for each edit")
    return [(row["fact"].strip(), row["to"].strip()) for row in table]


def _rows(edited: "Edited") -> list[dict[str, object]]:
    """The figures of an edit, and of its sham."""
    record = edited.record
    named = {"fact": record.fact_id, "given": record.given, "object": record.object, "method": record.method.value}
    named |= {"layer": record.layer}
    return [
        named
        | {"is": "sham" if each.is_sham else "edit"}
        | {name: getattr(each, name) for name in SHOWN}
        | {"seconds": record.seconds, "edit": record.id}
        for each in (edited.effects, edited.sham)
    ]
