"""Says of circuits of schema version 6 and before that no role of their heads is known."""

from graphdb.store import Store

CIRCUITS = 100
"""Circuits a transaction."""
_UNMARKED = "MATCH (c:{label})-[:HAS_NODE]->(n:CircuitNode) WHERE n.role IS NULL RETURN DISTINCT c.id AS id ORDER BY id"
_MARK = (
    "UNWIND $rows AS row MATCH (:{label} {{id: row.id}})-[:HAS_NODE]->(n:CircuitNode) "
    "WHERE n.role IS NULL SET n.role = ''"
)


def migrate(store: Store) -> set[str]:
    """Mark the nodes of circuits; return the ids of those of facts that were not marked yet."""
    changed = {label: _migrate(store, label) for label in ("Circuit", "RelationCircuit")}
    return changed["Circuit"]


def _migrate(store: Store, label: str) -> set[str]:
    circuits = list(store.read(_UNMARKED.format(label=label))["id"])
    for start in range(0, len(circuits), CIRCUITS):
        rows = [{"id": each} for each in circuits[start : start + CIRCUITS]]
        store.write([(_MARK.format(label=label), rows)])
    return set(circuits)
