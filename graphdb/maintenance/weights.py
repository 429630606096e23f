"""Says of circuits of schema version 5 and before that their edges' weights are the scores of the search.

Effects cannot be told without the model: an ingest with the same settings finds these circuits again, with effects.
"""

from graphdb.records import Weights
from graphdb.store import Store

CIRCUITS = 100
"""Circuits a transaction."""
_EDGES = (
    "UNWIND $rows AS row MATCH (c:{label} {{id: row.id}})-[:HAS_NODE]->(:CircuitNode)-[e:FLOWS]->(:CircuitNode) "
    "SET e.search_rank = e.rank"
)
_CIRCUITS = "UNWIND $rows AS row MATCH (c:Circuit {id: row.id}) SET c.weights = row.weights REMOVE c.minimality"
_RELATION_CIRCUITS = (
    "MATCH (c:RelationCircuit)-[:HAS_NODE]->(:CircuitNode)-[e:FLOWS]->(:CircuitNode) "
    "WHERE e.search_rank IS NULL RETURN DISTINCT c.id AS id ORDER BY id"
)


def migrate(store: Store) -> set[str]:
    """Mark circuits and their edges; return the ids of those of facts that were not marked yet."""
    circuits = list(store.read("MATCH (c:Circuit) WHERE c.weights IS NULL RETURN c.id AS id ORDER BY id")["id"])
    for start in range(0, len(circuits), CIRCUITS):
        rows = [{"id": each, "weights": Weights.SCORE.value} for each in circuits[start : start + CIRCUITS]]
        store.write([(_EDGES.format(label="Circuit"), rows), (_CIRCUITS, rows)])
    rows = [{"id": each} for each in store.read(_RELATION_CIRCUITS)["id"]]
    store.write([(_EDGES.format(label="RelationCircuit"), rows)])
    return set(circuits)
