"""Adds to the summaries, and takes away from them, in the transaction that writes the circuits themselves.

What is stored is read, deleted and made anew: no other transaction writes meanwhile (`Store.transact`). It is not
changed in place, for the embedded engine (ArcadeDB 26.10.2) loses the last property of a record that has outgrown its
page when it grows again.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from typing import TypeVar

from graphdb.store import Transaction
from graphdb.store.types import Statement
from graphdb.writing.statements import create, pair
from graphdb.writing.summaries import Key, Row, Tally, Use, Way, add, changes, from_stored, is_something, to_store

AnyKey = TypeVar("AnyKey", bound=Key)

_USES = (
    "MATCH (:Relation {id: $relation_id})<-[u:USED_BY]-(:Component) WHERE u.model_id = $model_id "
    "AND u.method = $method RETURN u.component_id AS component_id, properties(u) AS stored"
)
_REMOVE_USES = (
    "UNWIND $rows AS row MATCH (:Relation {id: row.relation_id})<-[u:USED_BY]-(:Component) "
    "WHERE u.model_id = row.model_id AND u.method = row.method AND u.component_id IN row.components "
    "WITH collect(u) AS uses UNWIND uses AS use DELETE use"
)
"""All uses of a way at once: the embedded engine has no faster way to a relationship than past its neighbours. They are
collected first: it passes over some of what it deletes while it is still reading."""


def apply(transaction: Transaction, tally: Tally) -> None:
    """Add a tally to the summaries; what holds nothing any more is removed."""
    components = defaultdict[Use, Row](dict)
    for way, uses in sorted(tally.uses.items()):
        _add_uses(transaction, way, {name: row for name, row in uses.items() if changes(row)}, components)
    add_rows(transaction, "ComponentSummary", components)
    add_rows(transaction, "FactSummary", tally.facts)
    add_rows(transaction, "CircuitSummary", tally.circuits)
    add_rows(transaction, "RecallSummary", tally.recalls)


def _add_uses(transaction: Transaction, way: Way, uses: Mapping[str, Row], components: dict[Use, Row]) -> None:
    """Add to how a relation uses components, and note in `components` what that adds over all relations."""
    if not uses:
        return
    stored = {row["component_id"]: row["stored"] for row in transaction.read(_USES, **way._asdict())}
    totals = {name: from_stored(stored.get(name, {}), row) for name, row in uses.items()}
    for name, row in uses.items():
        add(totals[name], row)
        related = is_something(totals[name]) - (name in stored)
        relations = Counter({way.relation_id: related} if related else {})
        add(components[Use(way.model_id, name, way.method)], row | {"relation_ids": relations})
    transaction.write(_use_statements(way, totals, stored.keys()))


def _use_statements(way: Way, totals: Mapping[str, Row], stored: Collection[str]) -> list[Statement]:
    gone = sorted(totals.keys() & stored)
    new = [use_of(way, name, total) for name, total in sorted(totals.items()) if is_something(total)]
    return [(_REMOVE_USES, [{**way._asdict(), "components": gone}] if gone else []), (create_uses(), new)]


def create_uses() -> str:
    """The statement that writes uses of components."""
    return create("Component", "USED_BY", "Relation")


def use_of(way: Way, component_id: str, total: Row) -> dict[str, object]:
    """The row of a use that is not stored."""
    return pair(component_id, way.relation_id, **way._asdict(), component_id=component_id, **total)


def add_rows(transaction: Transaction, label: str, rows: Mapping[AnyKey, Row]) -> None:
    """Add rows to the summaries that are nodes. A row names all that its summary counts."""
    changed = {key.id: (key, row) for key, row in rows.items() if changes(row)}
    found = transaction.read(
        f"UNWIND $ids AS id MATCH (n:{label} {{id: id}}) RETURN id, properties(n) AS stored", ids=list(changed)
    )
    stored, written = {row["id"]: row["stored"] for row in found}, list[dict[str, object]]()
    for name, (key, row) in changed.items():
        total = from_stored(stored.get(name, {}), row)
        add(total, row)
        if is_something(total):
            written.append(node(key, total))
    transaction.write(
        [
            (f"UNWIND $rows AS row MATCH (n:{label} {{id: row.id}}) DELETE n", [{"id": name} for name in stored]),
            (f"UNWIND $rows AS row CREATE (n:{label}) SET n = row", written),
        ]
    )


def node(key: Key, total: Row) -> dict[str, object]:
    """The properties of a summary that is a node."""
    return {"id": key.id, **key._asdict(), **to_store(total)}
