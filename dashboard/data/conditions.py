"""What the page Before/after asks; as in `dashboard.data.questions`, `target` comes first."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard.data.comparisons import Choice
from dashboard.data.questions import ask, circuits
from graphdb.comparison.contrasts import kind_of, plain
from graphdb.comparison.ways import Way
from graphdb.records import Kind
from graphdb.tables import records

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pair:
    """A fact's two circuits, under two conditions."""

    a: Choice
    b: Choice


def edits(target: str, model: str) -> list[Row]:
    """The edits of a model, or the one that made it."""
    rows = ask(target, "edits")
    return records(rows[(rows["model"] == model) | (rows["edit"] == model)])


def effects(target: str, edit: Row) -> tuple[Row, Row]:
    """What an edit changed, and what its sham did."""
    rows = ask(target, "edit_effects", fact=edit["fact"])
    change, sham = records(rows[rows["edit"] == edit["edit"]].sort_values("is"))
    return change, sham


def of_edit(target: str, query: str, edit: Row) -> pd.DataFrame:
    """The answer of a query about one edit."""
    return ask(target, query, edit=edit["edit"])


def circuits_of_edit(target: str, edit: Row) -> list[Pair]:
    """Facts with a circuit in the model before an edit, and one by the same method after it."""
    before, after = (circuits(target, str(edit[name])) for name in ("model", "edit"))
    return _pairs(before.assign(by=before["method"]), after.assign(by=after["method"]))


def contrasts(target: str, model: str, kind: Kind) -> list[Pair]:
    """Facts with a circuit of the subject contrast, and one of another kind by the same method."""
    every = circuits(target, model)
    other = every[every["method"].map(kind_of) == kind]
    return _pairs(every.assign(by=every["method"]), other.assign(by=other["method"].map(plain)))


def _pairs(a: pd.DataFrame, b: pd.DataFrame) -> list[Pair]:
    """Return the circuits of facts that are in both, found the same way (`by`)."""

    def choice(row: Row, side: str) -> Choice:
        way = Way(str(row[f"model_{side}"]), str(row[f"method_{side}"]))
        return Choice(str(row["relation"]), str(row["fact"]), str(row[f"circuit_{side}"]), way)

    both = a.merge(b, on=["fact", "relation", "by"], suffixes=("_a", "_b")).sort_values(["fact", "by"])
    return [Pair(choice(row, "a"), choice(row, "b")) for row in records(both)]


def rivals(target: str, model: str) -> pd.DataFrame:
    """Known facts' objects against their rivals, right answers and wrong ones."""
    return ask(target, "rivals", model=model)


def roles_for(target: str, fact: str, model: str, wording: str) -> dict[str, str]:
    """Head -> its role for a fact, in one wording; those without one are absent."""
    rows = ask(target, "fact_heads", fact=fact, model=model)
    held = rows[(rows["wording"] == wording) & (rows["role"] != "")]
    return dict(zip(held["component"], held["role"], strict=True))


def lens(target: str, fact: str, model: str, wording: str) -> pd.DataFrame:
    """What the closed lens reads of a fact, block by block; empty where it is not stored."""
    rows = ask(target, "lens", fact=fact, model=model)
    return rows[rows["wording"] == wording]
