"""What a store has of a fact under other conditions: wrong answers, edits, two hops."""

from dataclasses import fields
from typing import Any

from graphdb.conditions.edits import EditMethod
from graphdb.conditions.hops import HopFact
from graphdb.conditions.rivals import Rival, RivalKind
from graphdb.explain.records import Conditions, EditOfFact
from graphdb.store.types import Queries
from graphdb.tables import plain, records

Row = dict[str, Any]


def conditions_of(store: Queries, fact_id: str, model: str, wording: str) -> Conditions:
    """Return what is stored of a fact in a model; of what is said wording by wording, that of this one."""
    given = {"fact": fact_id, "model": model}
    rivals, hops = (
        [row for row in _rows(store, query, **given) if row["wording"] == wording] for query in ("rivals", "hop_facts")
    )
    named = {"model_id": model, "fact_id": fact_id}
    edits = [
        EditOfFact(**_fields(EditOfFact, row, method=EditMethod(row["method"])))
        for row in _rows(store, "edits", **given)
    ]
    return Conditions(
        rival=Rival(**_fields(Rival, rivals[0], **named, rival_kind=RivalKind(rivals[0]["kind"]))) if rivals else None,
        hops=HopFact(**_fields(HopFact, hops[0], **named)) if hops else None,
        edits=tuple(edits),
    )


def _rows(store: Queries, query: str, **given: str) -> list[Row]:
    return [{name: plain(value) for name, value in row.items()} for row in records(store.query(query, **given))]


def _fields(record: type, row: Row, **given: object) -> Row:
    """Return what the row has of a record's fields, and those that are given."""
    found = {each.name: row[each.name] for each in fields(record) if each.name in row}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()} | given
