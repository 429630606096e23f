"""Circuits as the files of tools that score the edges of query heads."""

import io
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from graphdb.formats.auto_circuit import arrays_of
from graphdb.formats.eap_ig import document, encode
from graphdb.formats.foreign import Native, Scores
from graphdb.queries.lookup import topology
from graphdb.store import Store
from graphdb.tables import records

Encode = Callable[[Native, Scores, Mapping[str, Any]], bytes]
"""From a circuit, the scores of its edges [source, slot] and what it is of to a file's content."""


def eap_ig_json(native: Native, scores: Scores, about: Mapping[str, Any]) -> bytes:
    """Return EAP-IG's JSON."""
    return encode(document(native, scores, about))


def prune_scores(native: Native, scores: Scores, _: Mapping[str, Any]) -> bytes:
    """Return auto-circuit's prune scores as `.npz`; they do not say what the circuit is of."""
    stream = io.BytesIO()
    arrays: dict[str, Any] = {**arrays_of(native, scores)}
    np.savez(stream, **arrays)
    return stream.getvalue()


def edge_files(make: Encode) -> Callable[[Store, pd.DataFrame], Iterator[bytes]]:
    """Return what yields the file of each circuit, rows of the query `circuits`."""

    def contents(store: Store, circuits: pd.DataFrame) -> Iterator[bytes]:
        for row in records(circuits):
            yield _content(store, row, make)

    return contents


def _content(store: Store, circuit: Mapping[str, Any], make: Encode) -> bytes:
    top = topology(store, circuit["model"])
    edges = store.query("circuit_edges", circuit=circuit["circuit"])
    places = top.places(zip(edges["source"], edges["target"], edges["channel"], strict=True))
    member, scores = np.zeros(top.allowed.shape, bool), np.zeros(top.allowed.shape, np.float32)
    member[places], scores[places] = True, edges["weight"]
    models = store.query("models")
    about = {
        "d_model": int(models.loc[models["model"] == circuit["model"], "d_model"].iloc[0]),
        "prompt": str(circuit["clean_prompt"]),
        **{name: str(circuit[name]) for name in ("model", "fact", "object")},
    }
    return make(Native(top, member, scores, split=0), scores, about)
