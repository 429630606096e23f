"""Takes circuits out of a store, with what the summaries say of them."""

from collections.abc import Sequence

from graphdb.store import Transaction
from graphdb.summaries import READ, SCORE_STEPS, Judged, Tally, Way, add, circuit_row

_FIGURES = (
    "UNWIND $ids AS id MATCH (c:Circuit {id: id})-[:EXPLAINS]->(f:Fact) "
    "RETURN c.model_id AS model_id, f.relation_id AS relation_id, c.artifact AS artifact, "
    + ", ".join(f"c.{name} AS {name}" for name in READ)
)
_USES = (
    "UNWIND $ids AS id MATCH (c:Circuit {id: id})-[:EXPLAINS]->(f:Fact) MATCH (c)-[i:INCLUDES]->(k:Component) "
    "RETURN c.model_id AS model_id, f.relation_id AS relation_id, c.method AS method, k.id AS component_id, "
    f"count(*) AS n_circuits, sum({SCORE_STEPS}) AS score"
)


def remove_circuits(transaction: Transaction, ids: Sequence[str], tally: Tally) -> list[str]:
    """Delete the circuits of facts of these ids, and take them from the tally; return their score files' names.

    Ids of no circuit are passed over, so it is safe to repeat.
    """
    files = list[str]()
    for row in transaction.read(_FIGURES, ids=ids):
        key = Judged(row["model_id"], row["relation_id"], row["method"], row["judged_on"])
        add(tally.circuits[key], circuit_row(row), -1)
        files.append(row["artifact"])
    for row in transaction.read(_USES, ids=ids) if files else ():
        way = Way(row["model_id"], row["relation_id"], row["method"])
        add(tally.uses[way][row["component_id"]], {name: row[name] for name in ("n_circuits", "score")}, -1)
    delete_subgraphs(transaction, "Circuit", ids)
    return files


def delete_subgraphs(transaction: Transaction, label: str, ids: Sequence[str]) -> None:
    """Delete circuits of a label with their own nodes and edges."""
    rows = [{"id": each} for each in ids]
    transaction.write(
        [
            (f"UNWIND $rows AS row MATCH (:{label} {{id: row.id}})-[:HAS_NODE]->(n) DETACH DELETE n", rows),
            (f"UNWIND $rows AS row MATCH (c:{label} {{id: row.id}}) DETACH DELETE c", rows),
        ]
    )
