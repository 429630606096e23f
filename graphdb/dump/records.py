"""Turns the checked objects of a dump into records, a batch at a time."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from graphdb.conditions.demonstrations import Labels
from graphdb.conditions.edits import Against, EditMethod, Stage
from graphdb.conditions.rivals import RivalKind
from graphdb.dump.checks import KINDS
from graphdb.dump.reader import Reader
from graphdb.records import Contrast, Edge, Kind, NodePlaces, Reason, Transfer, Weights
from graphdb.role_records import FactRole, LensKind, RoleKind

BATCH = 2_000
"""Records of a batch."""
BATCH_EDGES = 10_000
"""Edges of a batch, or those of one circuit: over Bolt larger batches are not faster, and take more memory."""


class Batch(NamedTuple):
    """Records of one kind, and the score files that came with them in base64: name -> content."""

    kind: str
    records: list[Any]
    scores: dict[str, str]

    @property
    def n_edges(self) -> int:
        """Edges of all circuits of the batch."""
        return sum(len(each.edges) for each in self.records) if self.kind in ("circuit", "relation_circuit") else 0


def batches(path: Path, most_edges: int = BATCH_EDGES) -> Iterator[Batch]:
    """Yield a dump in batches of one kind each, in its order. Raises UserError as `graphdb.dump.reader.check`."""
    batch = Batch("model", [], {})
    n_edges = 0
    for value in Reader(path).records():
        size = len(value.get("edges", ()))
        if value["kind"] != batch.kind or len(batch.records) == BATCH or n_edges + size > most_edges:
            yield batch
            batch, n_edges = Batch(value["kind"], [], {}), 0
        batch.records.append(parse(value))
        n_edges += size
        if value.get("scores") is not None:
            batch.scores[value["artifact"]] = value["scores"]
    yield batch


def parse(value: Mapping[str, Any]) -> Any:
    """Return the record that a checked object of a dump describes."""
    section = KINDS[value["kind"]]
    fields = {each.name: value[each.name] for each in section.properties if each.name in section.fields}
    given = _frozen(fields)
    if "contrast" in value:
        given["contrast"] = _contrast(value)
    if section.kind == "circuit":
        given["weights"] = Weights(given["weights"])
    if section.kind == "attempt":
        given |= {"contrast_kind": Kind(given["contrast_kind"]), "code": Reason(given["code"])}
    if "edges" in value:
        given["edges"] = tuple(Edge(*each) for each in value["edges"])
    if "places" in value:
        given["places"] = tuple(
            NodePlaces(name, *parts, attention=tuple(attention)) for name, *parts, attention in value["places"]
        )
    if "transfers" in value:
        given["transfers"] = tuple(Transfer(**each) for each in value["transfers"])
    if "role" in given:
        given["role"] = RoleKind(given["role"])
    if section.kind == "head_role":
        given["facts"] = tuple(
            FactRole(fact_id=fact, role=RoleKind(role), mover=mover, relation=relation, writes=tuple(writes))
            for fact, role, mover, relation, writes in value["facts"]
        )
    if section.kind == "edit":
        given["method"] = EditMethod(given["method"])
    if section.kind == "rival":
        given["rival_kind"] = RivalKind(given["rival_kind"])
    if section.kind == "edit_circuit":
        given["against"] = Against(given["against"])
    if section.kind == "edit_lens":
        given["stage"] = Stage(given["stage"])
    if section.kind == "demonstration":
        given["labels"] = Labels(given["labels"])
    if section.kind == "fact_lens":
        given["lens"] = LensKind(given["lens"])
    return section.record(**given)


def _contrast(circuit: Mapping[str, Any]) -> Contrast:
    given = _frozen(circuit["contrast"])
    named = {"model_id": circuit["model_id"], "fact_id": circuit["fact_id"], "kind": Kind(given["kind"])}
    return Contrast(**given | named)


def _frozen(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(each) if isinstance(each, list) else each for name, each in values.items()}
