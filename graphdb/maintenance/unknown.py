"""Says of circuits of older schema versions what is not known of them: up to version 6 roles of their heads, up to
version 7 the tokens of their contrasts; and up to version 8 that none of them was imported."""

from graphdb.store import Store
from graphdb.store.types import Row

BATCH = 100
"""Circuits or contrasts a transaction."""
_UNMARKED = "MATCH (c:{label})-[:HAS_NODE]->(n:CircuitNode) WHERE n.role IS NULL RETURN DISTINCT c.id AS id ORDER BY id"
_MARK = (
    "UNWIND $rows AS row MATCH (:{label} {{id: row.id}})-[:HAS_NODE]->(n:CircuitNode) "
    "WHERE n.role IS NULL SET n.role = row.role"
)
_FOUND = "MATCH (c:Circuit) WHERE c.source IS NULL RETURN c.id AS id ORDER BY id"
_MARK_FOUND = "UNWIND $rows AS row MATCH (c:Circuit {id: row.id}) SET c.source = row.source"
_CONTRASTS = "MATCH (x:Contrast) WHERE x.tokens IS NULL RETURN x.id AS id ORDER BY id"
_MARK_CONTRAST = "UNWIND $rows AS row MATCH (x:Contrast {id: row.id}) SET x.tokens = row.tokens"


def migrate(store: Store) -> set[str]:
    """Mark contrasts and the nodes of circuits; return the ids of circuits of facts that were not marked yet."""
    _mark(store, _CONTRASTS, _MARK_CONTRAST, {"tokens": []})
    _mark(store, _FOUND, _MARK_FOUND, {"source": ""})
    changed = {
        label: _mark(store, _UNMARKED.format(label=label), _MARK.format(label=label), {"role": ""})
        for label in ("Circuit", "RelationCircuit")
    }
    return changed["Circuit"]


def _mark(store: Store, unmarked: str, mark: str, unknown: Row) -> set[str]:
    """Give what a statement finds these properties."""
    found = list(store.read(unmarked)["id"])
    for start in range(0, len(found), BATCH):
        store.write([(mark, [{"id": each, **unknown} for each in found[start : start + BATCH]])])
    return set(found)
