"""Shapes of models that circuits are published of: an import needs no weights, only these numbers."""

import csv
from functools import cache
from pathlib import Path

from graphdb.records import Model
from graphdb.topology import Topology

NO_WEIGHTS = "not at hand: its circuits were imported"
"""What a model's source says until somebody brings its weights."""


@cache
def known_models() -> dict[str, Model]:
    """Name that `--model` takes, its last part and its id in a store -> the model, without weights."""
    with Path(__file__).with_name("shapes.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    models: dict[str, Model] = {}
    for row in rows:
        layers, heads, kv_heads, d_model = (int(row[name]) for name in ("layers", "heads", "kv_heads", "d_model"))
        named = model(row["id"], row["architecture"], Topology(layers, heads, kv_heads), d_model)
        models |= {name.lower(): named for name in (row["name"].rpartition("/")[2], row["id"], row["name"])}
    return models


def model(model_id: str, architecture: str, top: Topology, d_model: int) -> Model:
    """Return a model of which the shape alone is known."""
    return Model(
        id=model_id,
        name=model_id,
        architecture=architecture,
        source=NO_WEIGHTS,
        n_layers=top.n_layers,
        n_heads=top.n_heads,
        n_kv_heads=top.n_kv_heads,
        d_model=d_model,
        n_edges=top.n_edges,
        weights_sha256="",
    )
