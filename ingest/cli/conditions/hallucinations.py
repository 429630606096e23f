"""The command that shows wrong answers of a store: what the model says in place of objects, and what pushes it."""

from typing import TYPE_CHECKING, Annotated

import typer

from graphdb.cli.store_commands import FormatOption, ModelOption, StoreOption
from graphdb.errors import unknown
from graphdb.tables import Format, print_frame

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer()
SHOWN = ("movers", "movers_random", "mlps", "for_object", "for_rival")
"""Columns of a wrong answer that a table shows beside what it is; CSV and JSON hold all."""


@app.command()
def hallucinations(
    relation: Annotated[str, typer.Argument(metavar="[RELATION]", help="A relation of the store. Default: all.")] = "",
    summary: Annotated[
        bool, typer.Option("--summary", help="Only how often each part favours the wrong object.")
    ] = False,
    template: Annotated[str, typer.Option("--template", help="Only facts asked in this template, from 0.")] = "",
    model: ModelOption = "",
    store: StoreOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show wrong answers: the model's first choice in an object's place, and what pushes each of the two.

    `kcircuits ingest --wrong-answers` measures them. The summary says how often movers, as many random heads, all heads
    and MLPs favour the wrong object, beside the same of right answers against their next choice.

    \b
    Examples:
      kcircuits hallucinations
      kcircuits hallucinations country_currency --format json
      kcircuits hallucinations --summary --format csv
    """
    from graphdb.store import open_store

    asked = {"relation": relation, "model": model, "wording": template}
    with open_store(store, create=False) as opened:
        known = list(opened.query("relations")["relation"])
        if relation and relation not in known:
            raise unknown("relation", relation, known, "give a relation of the store")
        wrong, kinds = (opened.query(name, **asked) for name in ("wrong_answers", "wrong_answer_kinds"))
        parts = with_intervals(opened.query("wrong_answer_summary", **asked), opened.query("rivals", **asked))
    if form is not Format.TABLE:
        print_frame(parts if summary else wrong, form)
        return
    if not summary:
        print_frame(wrong[["fact", "object", "rank", "rival", "kind", "margin", "turn", *SHOWN]], form)
    if len(parts):
        print_frame(kinds, form, "\nKinds of wrong answers, beside the next choices of right ones")
        print_frame(parts, form, "\nHow often each part favours the rival of the object")


def with_intervals(parts: "pd.DataFrame", rivals: "pd.DataFrame") -> "pd.DataFrame":
    """Return the rows of `wrong_answer_summary` with the 95% bootstrap interval of each share, over facts."""
    import numpy as np

    from ingest.measures.bootstrap import interval

    keys = ["model", "wording", "wrong"]
    groups = dict(list(rivals.groupby(keys)))
    values = [groups[tuple(row[keys])][row["part"]].dropna() for _, row in parts.iterrows()]
    ends = [interval((each < 0).to_numpy(np.float32)) for each in values]
    columns = [*parts.columns[:-1], "low", "high", "mean"]
    return parts.assign(low=[low for low, _ in ends], high=[high for _, high in ends])[columns]
