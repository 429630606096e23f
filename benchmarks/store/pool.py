"""Circuits that are really ingested: what the corpus is made of."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphdb.circuits.rethreshold import strongest
from graphdb.records import Circuit, Contrast, Fact, Kind, Model
from graphdb.store import Store, open_store
from graphdb.store.score_files import load_scores
from graphdb.topology import Topology
from ingest.facts.sets import FactSet, builtin_relations
from ingest.model_files import resolve
from ingest.options import Options, Silent
from ingest.pipeline import ingest
from ingest.settings import Settings

FACTS = 8
"""Facts of each packaged relation that are ingested."""
OPTIONS = Options(Settings(method="secant", effort="quick", robust=False))
CALIBRATIONS = 4


@dataclass(frozen=True, slots=True)
class Real:
    """The circuit of one fact, cut to its size in the corpus."""

    fact: Fact
    circuit: Circuit
    """Without its edges."""
    edges: NDArray[np.intp]
    """Numbers of its edges, largest |score| first."""
    scores: NDArray[np.float32]
    """Of every edge of the model [n_edges], in logits."""


@dataclass(frozen=True, slots=True)
class Source:
    """A model and its circuits."""

    model: Model
    circuits: tuple[Real, ...]

    @property
    def topology(self) -> Topology:
        """The model's shape."""
        return topology(self.model)


def topology(model: Model) -> Topology:
    """Return a model's shape."""
    return Topology(model.n_layers, model.n_heads, model.n_kv_heads)


def ingested(
    folder: Path, mean_edges: float, names: Sequence[str], n_relations: int | None = None
) -> tuple[Source, ...]:
    """Ingest the first facts of packaged relations with these models into a store in `folder`, and read them back.

    Every circuit is cut by one factor, so that a model's have `mean_edges` edges on average and keep their spread.
    """
    sets = [replace(each, facts=each.facts[:FACTS]) for each in builtin_relations()[:n_relations]]
    with open_store(folder) as store:
        for name in names:
            ingest(sets, resolve(name, print), OPTIONS, store, Silent())
        return tuple(_source(store, model, sets, mean_edges) for model in _models(store))


def _models(store: Store) -> list[Model]:
    rows = store.read("MATCH (m:Model) RETURN properties(m) AS model ORDER BY m.id")
    return [Model(**model) for model in rows["model"]]


def _source(store: Store, model: Model, sets: Sequence[FactSet], mean_edges: float) -> Source:
    facts = {fact.id: fact for each in sets for fact in each.facts}
    circuits = circuits_of(store, model.id)
    scores = [load_scores(store.data_folder, each.artifact).astype(np.float32) for each in circuits]
    edges = cut([each.n_edges for each in circuits], scores, topology(model), mean_edges)
    return Source(model, tuple(map(Real, [facts[each.fact_id] for each in circuits], circuits, edges, scores)))


def circuits_of(store: Store, model_id: str) -> list[Circuit]:
    """Return the circuits of a model's facts, without their edges."""
    statement = (
        "MATCH (c:Circuit {model_id: $model})-[:OF_CONTRAST]->(x:Contrast) "
        "RETURN properties(c) AS circuit, properties(x) AS contrast ORDER BY c.id"
    )
    rows = store.read(statement, {"model": model_id})
    return [_circuit(*row) for row in zip(rows["circuit"], rows["contrast"], strict=True)]


def _circuit(circuit: dict[str, Any], contrast: dict[str, Any]) -> Circuit:
    """Return a circuit without edges as its node and its contrast's say."""
    of = Contrast(**_fields(Contrast, contrast | {"kind": Kind(contrast["kind"])}))
    return Circuit(**_fields(Circuit, circuit), contrast=of, edges=())


def _fields(record: type, properties: dict[str, Any]) -> dict[str, Any]:
    """Return what a record has of a node's properties; lists become tuples."""
    values = {field.name: properties[field.name] for field in fields(record) if field.name in properties}
    return {name: tuple(each) if isinstance(each, list) else each for name, each in values.items()}


def cut(
    sizes: Sequence[int], scores: Sequence[NDArray[np.float32]], shape: Topology, mean_edges: float
) -> list[NDArray[np.intp]]:
    """Return the strongest edges of circuits of these sizes, all times the factor that gives the mean."""
    factor, found = mean_edges / float(np.mean(sizes)), list[NDArray[np.intp]]()
    for _ in range(CALIBRATIONS):
        found = [strongest(each, shape, round(factor * size)) for each, size in zip(scores, sizes, strict=True)]
        # Edges on no path are left out, so that a factor gives fewer than it says.
        factor *= mean_edges / float(np.mean([len(edges) for edges in found]))
    return found
