"""The command that edits facts of a model, and says what else that changed."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graphdb.cli.extras import needs_extra
from graphdb.cli.store_commands import FormatOption, StoreOption
from graphdb.errors import UserError
from graphdb.tables import Format, plain, print_frame, records
from ingest.cli.models import find_model, open_model
from ingest.cli.options import ModelOption, TemplateOption

if TYPE_CHECKING:
    from graphdb.store import Store
    from ingest.editing.bench import Bench
    from ingest.editing.prompts.request import Request
    from ingest.facts.sets import FactSet
    from ingest.options import Progress

app = typer.Typer()
SHOWN = (
    *("fact", "given", "object", "method", "layer", "is", "efficacy", "paraphrase", "neighbourhood", "other", "kl"),
    *("probability", "paraphrase_prefix", "paraphrase_template", "kl_neighbourhood", "kl_other", "spread"),
    *("flips", "flips_firm", "n_neighbourhood", "n_other", "seconds", "edit"),
)
"""Of the query `edit_effects`, with two sums over its figures."""
RISKS = 20
"""Facts that a dry run shows."""

FactArgument = Annotated[
    str | None, typer.Argument(help="A fact's id or its subject: of the store, or a packaged one.")
]
FileOption = Annotated[
    Path | None, typer.Option("--file", help="Several edits: a CSV file with the columns fact and to.")
]
LayerOption = Annotated[
    int | None,
    typer.Option("--layer", min=0, help="Layer of the MLP. Default: for ROME told by the keys, else 0."),
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Only say which other facts are in danger, by their keys and margins.")
]
CircuitsOption = Annotated[
    bool,
    typer.Option(
        "--circuits",
        help="Find circuits before and after, where the edit acts, where both objects appear: a minute each.",
    ),
]
NeighboursOption = Annotated[
    int, typer.Option("--neighbours", min=0, help="Known facts of the relation whose circuits are compared too.")
]


@app.command()
def edit(
    fact: FactArgument = None,
    to: Annotated[str, typer.Option("--to", help="The object that it is to have.")] = "",
    file: FileOption = None,
    method: Annotated[str, typer.Option("--method", help="rome, rome-original, ft-m or ft-l.")] = "rome",
    layer: LayerOption = None,
    dry_run: DryRunOption = False,
    circuits: CircuitsOption = False,
    neighbours: NeighboursOption = 2,
    template: TemplateOption = 0,
    seed: Annotated[int, typer.Option("--seed", help="Of the sampled words and of the sham.")] = 0,
    model: ModelOption = "smollm2-135m",
    store: StoreOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Change a model's weights so that it gives a fact another object, and measure what else that changes.

    Beside every figure stands that of a sham: a random change of the same weights that is as large. The model itself
    stays as it is; the store keeps the change, and `kcircuits ingest --edit ID` finds circuits of the edited model.
    What is stored is not made again: the same command goes on where it was stopped.

    \b
    Examples:
      kcircuits edit country_capital/France --to Rome
      kcircuits edit country_capital/France --to Rome --dry-run
      kcircuits edit country_language/Japan --to Italian --method ft-m --layer 20
      kcircuits edit country_capital/France --to Rome --circuits
      kcircuits edit --file edits.csv --format json
    """
    asked = _asked(fact, to, file)
    if dry_run and circuits:
        raise UserError("--dry-run makes no edit: leave out --circuits")
    with needs_extra("ingest"):
        from ingest.cli.progress import going_on, shown_progress
        from ingest.editing.edit import prepare_edits, risks_with
        from ingest.editing.pipeline import sets_beside
        from ingest.editing.prompts.request import check_layer, check_method, check_request
        from ingest.roles.stored import find_facts
    from graphdb.conditions.edits import EditMethod
    from graphdb.store import existing_store, open_store

    chosen = EditMethod.ROME if dry_run else check_method(method)
    handle = find_model(model)
    with existing_store(store) as there:
        found = find_facts(there, [name for name, _ in asked])
    loaded = open_model(handle)
    check_layer(loaded, layer)
    sets = sets_beside([facts for facts, _ in found])
    wanted = zip(found, asked, strict=True)
    requests = [check_request(loaded, one, new, sets, template) for (_, one), (_, new) in wanted]
    with going_on(), shown_progress() as progress:
        bench = prepare_edits(loaded, sets, chosen, layer, seed)
        if dry_run:
            rows = [asdict(each) for request in requests for each in risks_with(bench, request)[:RISKS]]
        else:
            of_facts = zip((facts for facts, _ in found), requests, strict=True)
            progress.stage("edits", len(requests))
            with open_store(store) as opened:  # a new one is begun when all is checked
                rows = _made(opened, bench, of_facts, template, neighbours if circuits else None, progress)
    _print(rows, form)


def _made(
    store: "Store",
    bench: "Bench",
    wanted: "Iterable[tuple[FactSet, Request]]",
    template: int,
    neighbours: int | None,
    progress: "Progress",
) -> list[dict[str, Any]]:
    """Make edits that the store does not have, and return the figures of all; `neighbours` None: without circuits."""
    from ingest.editing.circuits.pipeline import write_inside
    from ingest.editing.pipeline import make_stored

    names = list[str]()
    for facts, request in wanted:
        stored = make_stored(store, bench, request, facts)
        names.append(stored.variant_id)
        progress.note(f"{request.fact.id}: {'stands' if stored.stood else 'stored'} as {stored.variant_id}")
        if neighbours is not None:
            without = write_inside(store, bench, request, stored.change, facts, template, neighbours)
            if without:
                progress.note(f"no circuits of {', '.join(without)}: too few donors that the edit left alone")
        progress.advance(1)
    return _rows(store, names)


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


def _rows(store: "Store", edits: Sequence[str]) -> list[dict[str, Any]]:
    """The figures of each edit, and of its sham."""
    stored: list[Any] = [plain(row) for row in records(store.query("edit_effects"))]
    wanted = [row for name in dict.fromkeys(edits) for row in stored if row["edit"] == name]
    return [{name: (row | _sums(row))[name] for name in SHOWN} for row in wanted]


def _sums(row: Mapping[str, Any]) -> dict[str, float | None]:
    """The mean over both kinds of paraphrases, and over all facts asked; None where there are none."""
    paraphrases = [row[name] for name in ("paraphrase_prefix", "paraphrase_template") if row[name] is not None]
    parts = [(row[f"kl_{part}"], row[f"n_{part}"]) for part in ("neighbourhood", "other")]
    n_facts = sum(n for _, n in parts)
    return {
        "paraphrase": sum(paraphrases) / len(paraphrases) if paraphrases else None,
        "kl": sum(kl * n for kl, n in parts if n) / n_facts if n_facts else None,
    }
