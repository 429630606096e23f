"""Relations of a store as facts to ask a model for."""

from collections.abc import Sequence
from typing import Any

from graphdb.errors import UserError, unknown
from graphdb.queries.lookup import fact_of
from graphdb.records import Relation
from graphdb.store import Store
from graphdb.tables import records
from ingest.facts.sets import FactSet, builtin_relations, derived_relations


def stored_facts(store: Store, names: Sequence[str]) -> list[FactSet]:
    """Return relations of the store, all where none is named, with their facts by id; for packaged relations the
    packaged facts that are not in the store are further facts.

    Raises UserError for a relation that the store does not have, and for a store that has none.
    """
    stored = store.query("relations")
    relations = list(stored[stored["facts"] > 0]["relation"])
    if not relations:
        raise UserError(f"{store.target} has no relation: `kcircuits ingest` writes some")
    for name in names:
        if name not in relations:
            raise unknown("relation", name, relations, "give relations of the store")
    packaged = {each.relation.id: each for each in (*builtin_relations(), *derived_relations())}
    return [_set(store, name, packaged.get(name)) for name in names or relations]


def _set(store: Store, name: str, packaged: FactSet | None) -> FactSet:
    rows: list[dict[str, Any]] = records(store.query("relation_facts", relation=name))
    facts, first = tuple(map(fact_of, rows)), rows[0]
    there = {fact.subject for fact in facts}
    further = tuple(fact for fact in packaged.facts if fact.subject not in there) if packaged else ()
    words = tuple(first["templates"]), tuple(first["derived_from"])
    return FactSet(Relation(name, first["name"], first["category"], *words), facts, (), further)
