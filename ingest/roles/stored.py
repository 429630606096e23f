"""Relations of a store as facts to ask a model for."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from graphdb.errors import UserError, unknown
from graphdb.queries.lookup import fact_of
from graphdb.records import Fact, Relation
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


def find_facts(store: Store | None, names: Sequence[str]) -> list[tuple[FactSet, Fact]]:
    """Return facts of the store, or packaged ones, by id or subject, each with its relation and all facts of that.

    Raises UserError with the nearest names where nothing matches, and with the choices where several facts do.
    """
    sets = _every(store)
    return [_find(sets, name) for name in names]


def find_asked(store: Store, name: str) -> FactSet:
    """Return a relation of the store, or a packaged one, by id with its facts; or one fact alone, by id or subject.

    Raises UserError as `find_facts`.
    """
    sets = _every(store)
    if name in sets:
        return sets[name]
    facts, fact = _find(sets, name)
    return replace(facts, facts=(fact,))


def _every(store: Store | None) -> dict[str, FactSet]:
    """Relation -> its facts, of the store where it has it, else the packaged ones."""
    sets = {each.relation.id: each for each in builtin_relations()}
    stored = () if store is None or store.query("relations").empty else stored_facts(store, ())
    return sets | {each.relation.id: replace(each, facts=each.facts + each.donors, donors=()) for each in stored}


def _find(sets: dict[str, FactSet], name: str) -> tuple[FactSet, Fact]:
    every = [(each, fact) for each in sets.values() for fact in each.facts]
    found = [pair for pair in every if name == pair[1].id] or [pair for pair in every if name == pair[1].subject]
    if not found:
        names = {text for _, fact in every for text in (fact.id, fact.subject)}
        raise unknown("fact", name, names, "give a fact's id or its subject")
    if len(found) > 1:
        raise UserError(
            f"subject {name!r} has several facts: {', '.join(fact.id for _, fact in found)}; give one of these ids"
        )
    return found[0]


def _set(store: Store, name: str, packaged: FactSet | None) -> FactSet:
    rows: list[dict[str, Any]] = records(store.query("relation_facts", relation=name))
    facts, first = tuple(map(fact_of, rows)), rows[0]
    there = {fact.subject for fact in facts}
    further = tuple(fact for fact in packaged.facts if fact.subject not in there) if packaged else ()
    words = tuple(first["templates"]), tuple(first["derived_from"])
    return FactSet(Relation(name, first["name"], first["category"], *words), facts, (), further)
