"""Checks that the nodes of circuits say of their heads what the roles of the relation say."""

from typing import Any

from graphdb.maintenance.findings import Findings
from graphdb.store import Transaction

_OF = "MATCH (:Relation {id: $id})<-[:OF_RELATION]-(f:Fact)<-[:EXPLAINS]-(c:Circuit)"
_MARKED = f"{_OF}-[:HAS_NODE]->(n:CircuitNode) WHERE n.role <> '' OR n.role IS NULL RETURN n.id AS id, n.role AS role"
_WANTED = (
    f"{_OF}-[:OF_CONTRAST]->(x:Contrast) MATCH (f)<-[h:HOLDS_FOR]-(r:HeadRole) "
    "WHERE r.model_id = c.model_id AND r.wording = x.wording "
    "MATCH (n:CircuitNode {id: c.id + '|' + r.component_id}) RETURN n.id AS id, h.role AS role"
)


def check_roles(transaction: Transaction, found: Findings, relation: str) -> None:
    """Find nodes of a relation's circuits that say something else of their head than its role for the fact."""
    marked, wanted = (_roles(transaction.read(statement, id=relation)) for statement in (_MARKED, _WANTED))
    wrong = sorted(name for name in marked.keys() | wanted.keys() if marked.get(name, "") != wanted.get(name, ""))
    if found.add("nodes with another role than their head's", wrong, "marked again from the roles"):
        rows = [{"id": name, "role": wanted.get(name, "")} for name in wrong]
        transaction.write([("UNWIND $rows AS row MATCH (n:CircuitNode {id: row.id}) SET n.role = row.role", rows)])


def _roles(rows: list[dict[str, Any]]) -> dict[str, str | None]:
    return {row["id"]: row["role"] for row in rows}
