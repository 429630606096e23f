"""What the summaries must say, from the circuits themselves: a relation at a time, so that memory stays bounded."""

from collections.abc import Mapping
from typing import Any

from graphdb.store import Transaction
from graphdb.writing.statements import merge, pair
from graphdb.writing.stored_circuits import Read, circuits_of, recalls_of
from graphdb.writing.summaries import Row, Tally, Use
from graphdb.writing.summary_writers import create_uses, node

FACTS = 200
"""Facts whose circuits are read at once."""
LABELS = ("FactSummary", "CircuitSummary", "RecallSummary")
"""Summaries of a relation that are nodes."""

Summaries = dict[str, dict[str, Row]]
"""Label, or `USED_BY` -> id -> properties."""

_STORED_USES = (
    "MATCH (:Relation {id: $relation})<-[u:USED_BY]-(k:Component) "
    "RETURN k.id + '|' + u.method AS id, properties(u) AS stored"
)
_USES_OF_MODEL = (
    "MATCH (k:Component {model_id: $model})-[u:USED_BY]->(r:Relation) "
    "RETURN k.id AS component_id, u.method AS method, sum(u.n_facts) AS n_facts, sum(u.n_circuits) AS n_circuits, "
    "sum(u.score) AS score, sum(u.share) AS share, sum(u.share_squares) AS share_squares, "
    "sum(u.n_out) AS n_out, sum(u.n_in) AS n_in, collect(r.id) AS relation_ids"
)


def expected(read: Read, relation: str) -> Summaries:
    """Return what the summaries of a relation must be."""
    tally = Tally()
    facts = [
        row["id"] for row in read("MATCH (f:Fact)-[:OF_RELATION]->(:Relation {id: $id}) RETURN f.id AS id", id=relation)
    ]
    for start in range(0, len(facts), FACTS):
        chunk = facts[start : start + FACTS]
        tally.count(circuits_of(read, chunk))
        tally.count_recalls(recalls_of(read, chunk).values())
    return {"USED_BY": _uses(tally)} | {
        label: {key.id: node(key, row) for key, row in rows.items()}
        for label, rows in zip(LABELS, (tally.facts, tally.circuits, tally.recalls), strict=True)
    }


def _uses(tally: Tally) -> dict[str, Row]:
    return {
        Use(way.model_id, component_id, way.method).id: {**way._asdict(), "component_id": component_id, **row}
        for way, rows in tally.uses.items()
        for component_id, row in rows.items()
    }


def stored(read: Read, relation: str) -> Summaries:
    """Return what the summaries of a relation are."""
    uses = read(_STORED_USES, relation=relation)
    return {"USED_BY": {row["id"]: row["stored"] for row in uses}} | {
        label: _by_id(read(f"MATCH (n:{label} {{relation_id: $id}}) RETURN properties(n) AS stored", id=relation))
        for label in LABELS
    }


def expected_components(read: Read, model: str) -> dict[str, Row]:
    """Return what the summaries of a model's components must be, if the uses by relations are right."""
    keys = ((Use(model, row.pop("component_id"), row.pop("method")), row) for row in read(_USES_OF_MODEL, model=model))
    return {key.id: node(key, {**row, "relation_ids": sorted(row["relation_ids"])}) for key, row in keys}


def stored_components(read: Read, model: str) -> dict[str, Row]:
    """Return what the summaries of a model's components are."""
    return _by_id(read("MATCH (n:ComponentSummary {model_id: $id}) RETURN properties(n) AS stored", id=model))


def _by_id(rows: list[dict[str, Any]]) -> dict[str, Row]:
    return {row["stored"]["id"]: row["stored"] for row in rows}


def differing(wanted: Mapping[str, Row], found: Mapping[str, Row]) -> list[str]:
    """Return the ids of summaries that are missing, wrong or too many."""
    return sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))


def rebuild_relation(transaction: Transaction, relation: str) -> None:
    """Write the summaries of a relation anew."""
    wanted = expected(transaction.read, relation)
    row = [{"id": relation}]
    transaction.write(
        [
            ("UNWIND $rows AS row MATCH (:Relation {id: row.id})<-[u:USED_BY]-() DELETE u", row),
            *((f"UNWIND $rows AS row MATCH (n:{label} {{relation_id: row.id}}) DELETE n", row) for label in LABELS),
            (create_uses(), [pair(each["component_id"], relation, **each) for each in wanted["USED_BY"].values()]),
            *((merge(label), list(wanted[label].values())) for label in LABELS),
        ]
    )


def rebuild_components(transaction: Transaction, model: str) -> None:
    """Write the summaries of a model's components anew, from the uses by relations."""
    wanted = expected_components(transaction.read, model)
    transaction.write(
        [
            ("UNWIND $rows AS row MATCH (n:ComponentSummary {model_id: row.id}) DELETE n", [{"id": model}]),
            (merge("ComponentSummary"), list(wanted.values())),
        ]
    )
