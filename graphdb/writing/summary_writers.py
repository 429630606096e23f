"""Adds to the summaries, and takes away from them, in the transaction that writes the circuits themselves.

What is stored is read, changed and written: no other transaction writes meanwhile (`Store.transact`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import TypeVar

from graphdb.store import Transaction
from graphdb.store.types import Statement
from graphdb.writing.statements import create, merge, pair
from graphdb.writing.summaries import Key, Row, Tally, Use, Way, add, changes, from_stored, is_something, to_store

AnyKey = TypeVar("AnyKey", bound=Key)

_USES = (
    "MATCH (:Relation {id: $relation_id})<-[u:USED_BY]-(:Component) WHERE u.model_id = $model_id "
    "AND u.method = $method RETURN u.component_id AS component_id, properties(u) AS stored"
)
_USES_OF_ROW = (
    "UNWIND $rows AS row MATCH (:Relation {id: row.relation_id})<-[u:USED_BY]-(:Component) "
    "WHERE u.model_id = row.model_id AND u.method = row.method "
)
"""All uses of a way at once: the embedded engine has no faster way to a relationship than past its neighbours."""
_CHANGE_USES = f"{_USES_OF_ROW} WITH u, row.uses[u.component_id] AS use WHERE use IS NOT NULL SET u += use"
_REMOVE_USES = f"{_USES_OF_ROW} AND u.component_id IN row.components DELETE u"


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
        relations = {"relation_ids": Counter({way.relation_id: related})} if related else {}
        add(components[Use(way.model_id, name, way.method)], row | relations)
    transaction.write(_use_statements(way, totals, stored.keys()))


def _use_statements(way: Way, totals: Mapping[str, Row], stored: Iterable[str]) -> list[Statement]:
    held = {name for name, total in totals.items() if is_something(total)}
    gone = sorted(totals.keys() - held)
    kept = {name: totals[name] for name in held.intersection(stored)}
    new = [use_of(way, name, totals[name]) for name in sorted(held.difference(stored))]
    return [
        (_REMOVE_USES, [{**way._asdict(), "components": gone}] if gone else []),
        (_CHANGE_USES, [{**way._asdict(), "uses": kept}] if kept else []),
        (create_uses(), new),
    ]


def create_uses() -> str:
    """The statement that writes uses of components."""
    return create("Component", "USED_BY", "Relation")


def use_of(way: Way, component_id: str, total: Row) -> dict[str, object]:
    """The row of a use that is not stored."""
    return pair(component_id, way.relation_id, **way._asdict(), component_id=component_id, **total)


def add_rows(transaction: Transaction, label: str, rows: Mapping[AnyKey, Row]) -> None:
    """Add rows to the summaries that are nodes. What a row does not name is not read: lists are long."""
    by_names = defaultdict[tuple[str, ...], dict[str, tuple[Key, Row]]](dict)
    for key, row in rows.items():
        if changes(row):
            by_names[tuple(sorted(row))][key.id] = key, row
    for names, by_id in by_names.items():
        wanted = ", ".join(f".{name}" for name in names)
        found = transaction.read(
            f"UNWIND $ids AS id MATCH (n:{label} {{id: id}}) RETURN n.id AS id, n {{{wanted}}} AS stored",
            ids=list(by_id),
        )
        transaction.write(_node_statements(label, by_id, {row["id"]: row["stored"] for row in found}))


def _node_statements(label: str, rows: Mapping[str, tuple[Key, Row]], stored: Mapping[str, Row]) -> list[Statement]:
    written, gone = list[dict[str, object]](), list[dict[str, object]]()
    for name, (key, row) in rows.items():
        total = from_stored(stored.get(name, {}), row)
        add(total, row)
        (written if is_something(total) else gone).append(node(key, total))
    return [(f"UNWIND $rows AS row MATCH (n:{label} {{id: row.id}}) DELETE n", gone), (merge(label), written)]


def node(key: Key, total: Row) -> dict[str, object]:
    """The properties of a summary that is a node."""
    return {"id": key.id, **key._asdict(), **to_store(total)}
