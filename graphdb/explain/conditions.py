"""What a store has of a fact under other conditions: wrong answers, demonstrations, edits, two hops."""

from dataclasses import fields
from typing import Any

from graphdb.conditions.demonstrations import Demonstration, Labels
from graphdb.conditions.edits import EditMethod
from graphdb.conditions.hops import HopFact
from graphdb.conditions.rivals import Rival, RivalKind
from graphdb.explain.records import Conditions, EditOfFact
from graphdb.records import relation_of
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
    shown = _demonstrations(store, model, relation_of(fact_id), wording)
    return Conditions(
        rival=Rival(**_fields(Rival, rivals[0], **named, rival_kind=RivalKind(rivals[0]["kind"]))) if rivals else None,
        hops=HopFact(**_fields(HopFact, hops[0], **named)) if hops else None,
        edits=tuple(edits),
        shown=shown.get(Labels.OWN),
        shown_shuffled=shown.get(Labels.SHUFFLED),
    )


def _demonstrations(store: Queries, model: str, relation: str, wording: str) -> dict[Labels, Demonstration]:
    """Return what the most demonstrations change in a relation, by their labels."""
    rows = _rows(store, "demonstrations", relation=relation, model=model)
    rows = [row for row in rows if row["wording"] == wording]
    most = max((row["shots"] for row in rows), default=0)
    given = {"model_id": model, "relation_id": relation}
    found = [
        Demonstration(
            **_fields(Demonstration, row, labels=Labels(row["labels"]), n_facts=row["facts"],
                      probability_zero=row["zero"], **given)
        )
        for row in rows if row["shots"] == most
    ]  # fmt: skip
    return {each.labels: each for each in found}


def _rows(store: Queries, query: str, **given: str) -> list[Row]:
    return [{name: plain(value) for name, value in row.items()} for row in records(store.query(query, **given))]


def _fields(record: type, row: Row, **given: object) -> Row:
    """Return what the row has of a record's fields, and those that are given."""
    found = {each.name: row[each.name] for each in fields(record) if each.name in row}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()} | given
