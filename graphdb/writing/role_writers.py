"""Writes what heads do in relations, what cutting them costs, and where answers appear; marks circuits' nodes with it.

A node of a circuit says what its head does for the circuit's fact, in the circuit's wording. That follows from the
roles of the relation: it is marked when circuits are written and when roles are, whichever comes last.
"""

from collections.abc import Iterable, Sequence

from graphdb.records import Circuit
from graphdb.role_records import FactLens, HeadRole, RoleCheck
from graphdb.store import Store, Transaction
from graphdb.store.types import Row, Statement
from graphdb.writing.statements import create, link, merge, node_row, pair

_HOLD = (
    "UNWIND $rows AS row MATCH (:Fact {id: row.fact_id})<-[h:HOLDS_FOR]-(r:HeadRole) "
    "WHERE r.model_id = row.model_id AND r.wording = row.wording "
    "RETURN row.id + '|' + r.component_id AS id, h.role AS role"
)
_CIRCUITS = (
    "UNWIND $rows AS row MATCH (:Relation {id: row.relation_id})<-[:OF_RELATION]-(:Fact)<-[:EXPLAINS]-(c:Circuit)"
    "-[:OF_CONTRAST]->(x:Contrast) WHERE c.model_id = row.model_id AND x.wording = row.wording "
    "RETURN c.id AS id, c.fact_id AS fact_id, c.model_id AS model_id, x.wording AS wording"
)
_UNMARK = (
    "UNWIND $rows AS row MATCH (:Circuit {id: row.id})-[:HAS_NODE]->(n:CircuitNode) WHERE n.role <> '' SET n.role = ''"
)
_MARK = "UNWIND $rows AS row MATCH (n:CircuitNode {id: row.id}) SET n.role = row.role"
_REMOVE = (
    "UNWIND $rows AS row MATCH (:Relation {id: row.relation_id})<-[:IN_RELATION]-(n:HeadRole) "
    "WHERE n.model_id = row.model_id AND n.wording = row.wording DETACH DELETE n"
)


def write_roles(store: Store, roles: Sequence[HeadRole]) -> None:
    """Write the roles of heads in one transaction, and mark the circuits that they are for.

    Model, relations and facts must be there. Of each relation, model and wording that is among them, all that was
    there before is replaced.
    """
    parts = list({(each.model_id, each.relation_id, each.wording): _part(each) for each in roles}.values())

    def work(transaction: Transaction) -> None:
        transaction.write([(_REMOVE, parts), *_role_statements(roles)])
        circuits = transaction.read(_CIRCUITS, rows=parts)
        transaction.write([(_UNMARK, circuits)])
        _mark(transaction, circuits)

    if roles:
        store.transact(work)


def write_role_checks(store: Store, checks: Iterable[RoleCheck]) -> None:
    """Write what cutting heads costs; model and relations must be there."""
    rows = list(checks)
    store.write(
        [
            (merge("RoleCheck"), [node_row("RoleCheck", each) for each in rows]),
            (link("RoleCheck", "IN_RELATION", "Relation"), [pair(each.id, each.relation_id) for each in rows]),
            (link("RoleCheck", "IN_MODEL", "Model"), [pair(each.id, each.model_id) for each in rows]),
        ]
    )


def write_lenses(store: Store, lenses: Iterable[FactLens]) -> None:
    """Write where answers appear; model and facts must be there."""
    rows = list(lenses)
    store.write(
        [
            (merge("FactLens"), [node_row("FactLens", each) for each in rows]),
            (link("FactLens", "OF_FACT", "Fact"), [pair(each.id, each.fact_id) for each in rows]),
            (link("FactLens", "IN_MODEL", "Model"), [pair(each.id, each.model_id) for each in rows]),
        ]
    )


def mark_circuits(transaction: Transaction, circuits: Iterable[Circuit]) -> None:
    """Mark nodes of circuits that are new with the roles that are there."""
    _mark(
        transaction,
        [
            {"id": each.id, "fact_id": each.fact_id, "model_id": each.model_id, "wording": each.contrast.wording}
            for each in circuits
        ],
    )


def _mark(transaction: Transaction, circuits: Sequence[Row]) -> None:
    if circuits:
        transaction.write([(_MARK, transaction.read(_HOLD, rows=circuits))])


def _part(role: HeadRole) -> Row:
    return {"model_id": role.model_id, "relation_id": role.relation_id, "wording": role.wording}


def _role_statements(roles: Sequence[HeadRole]) -> list[Statement]:
    held = [
        pair(
            each.id,
            fact.fact_id,
            role=fact.role.value,
            mover=fact.mover,
            relation=fact.relation,
            writes=list(fact.writes),
        )
        for each in roles
        for fact in each.facts
    ]
    return [
        (merge("HeadRole"), [node_row("HeadRole", each) for each in roles]),
        (create("HeadRole", "IN_RELATION", "Relation"), [pair(each.id, each.relation_id) for each in roles]),
        (create("HeadRole", "OF_COMPONENT", "Component"), [pair(each.id, each.component_id) for each in roles]),
        (create("HeadRole", "HOLDS_FOR", "Fact"), held),
    ]
