"""Relations of a store as facts to ask a model for."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from graphdb.errors import UserError, unknown
from graphdb.records import Fact, Relation
from graphdb.store import Store
from ingest.facts.sets import FactSet, builtin_relations


def stored_facts(store: Store, names: Sequence[str]) -> list[FactSet]:
    """Return relations of the store, all where none is named, with their facts by id; for packaged relations the
    packaged facts that are not in the store are further facts.

    Raises UserError for a relation that the store does not have, and for a store that has none.
    """
    stored = store.read("MATCH (r:Relation) RETURN properties(r) AS given ORDER BY r.id")["given"]
    relations = {each["id"]: _record(Relation, each) for each in stored}
    if not relations:
        raise UserError(f"{store.target} has no relation: `kcircuits ingest` writes some")
    for name in names:
        if name not in relations:
            raise unknown("relation", name, relations, "give relations of the store")
    packaged = {each.relation.id: each.facts for each in builtin_relations()}
    return [_set(relations[name], _facts(store, name), packaged.get(name, ())) for name in names or relations]


def _set(relation: Relation, facts: tuple[Fact, ...], packaged: tuple[Fact, ...]) -> FactSet:
    there = {fact.subject for fact in facts}
    return FactSet(relation, facts, (), tuple(fact for fact in packaged if fact.subject not in there))


def _facts(store: Store, relation: str) -> tuple[Fact, ...]:
    found = store.read(
        "MATCH (:Relation {id: $id})<-[:OF_RELATION]-(f:Fact) RETURN properties(f) AS given ORDER BY f.id",
        {"id": relation},
    )
    return tuple(_record(Fact, each) for each in found["given"])


def _record(of: type, stored: dict[str, Any]) -> Any:
    values = {each.name: stored[each.name] for each in fields(of) if each.name in stored}
    return of(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})
