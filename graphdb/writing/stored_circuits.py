"""Reads what is stored of facts' circuits, as far as the summaries follow from it."""

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Sequence
from typing import Any

from graphdb.writing.summaries import READ, Counted, Part

Read = Callable[..., list[dict[str, Any]]]
"""Runs a statement with parameters and returns its rows: `Transaction.read`."""

_CIRCUITS = (
    "UNWIND $ids AS id MATCH (:Fact {id: id})<-[:EXPLAINS]-(c:Circuit) "
    "RETURN c.id AS id, c.model_id AS model_id, id AS fact_id, c.method AS method, "
    + ", ".join(f"c.{name} AS {name}" for name in READ)
)
_PARTS = (
    "UNWIND $ids AS id MATCH (:Circuit {id: id})-[i:INCLUDES]->(k:Component) "
    "RETURN id, k.id AS component_id, i.score AS score, i.n_out AS n_out, i.n_in AS n_in"
)


def circuits_of(read: Read, fact_ids: Iterable[str], models: Container[str] | None = None) -> list[Counted]:
    """Return all circuits of facts, of every model and method; those of models not among `models` without parts."""
    found = read(_CIRCUITS, ids=sorted(set(fact_ids)))
    whole = [row["id"] for row in found if models is None or row["model_id"] in models]
    parts = parts_of(read, whole) if whole else {}
    return [_counted(row, parts.get(row["id"], {})) for row in found]


def parts_of(read: Read, ids: Sequence[str]) -> dict[str, dict[str, Part]]:
    """Return circuit id -> component id -> the component's part in the circuit."""
    parts = defaultdict[str, dict[str, Part]](dict)
    for row in read(_PARTS, ids=ids):
        parts[row["id"]][row["component_id"]] = Part(row["score"], row["n_out"], row["n_in"])
    return parts


def _counted(row: dict[str, Any], parts: dict[str, Part]) -> Counted:
    names = ("id", "model_id", "fact_id", "method")
    return Counted(*(row[name] for name in names), figures={name: row[name] for name in READ}, parts=parts)


def recalls_of(read: Read, fact_ids: Iterable[str]) -> dict[str, tuple[str, str, bool]]:
    """Return recall id -> (model id, fact id, known) of all recalls of facts."""
    rows = read(
        "UNWIND $ids AS id MATCH (:Fact {id: id})<-[:RECALLS]-(k:Recall) "
        "RETURN k.id AS id, k.model_id AS model_id, id AS fact_id, k.known AS known",
        ids=sorted(set(fact_ids)),
    )
    return {row["id"]: (row["model_id"], row["fact_id"], row["known"]) for row in rows}
