"""Writes circuits for tools that keep each in a file of its own: one file, or a folder of them."""

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pandas as pd

from graphdb.errors import UserError, unwritable
from graphdb.files import destination
from graphdb.formats.auto_circuit import arrays_of
from graphdb.formats.eap_ig import document, encode
from graphdb.formats.foreign import Native, Scores
from graphdb.queries.lookup import topology
from graphdb.store import Store
from graphdb.tables import Kind, records

Encode = Callable[[Native, Scores, Mapping[str, Any]], bytes]
"""From a circuit, the scores of its edges [source, slot] and what it is of to a file's content."""


def encode_eap_ig(native: Native, scores: Scores, about: Mapping[str, Any]) -> bytes:
    """Return EAP-IG's JSON."""
    return encode(document(native, scores, about))


def encode_npz(native: Native, scores: Scores, _: Mapping[str, Any]) -> bytes:
    """Return auto-circuit's prune scores; they do not say what the circuit is of."""
    stream = io.BytesIO()
    arrays: dict[str, Any] = {**arrays_of(native, scores)}
    np.savez(stream, **arrays)
    return stream.getvalue()


Encoders = Mapping[Kind, tuple[str, Encode]]
ENCODERS: Encoders = {
    Kind.EAP_IG: (".json", encode_eap_ig),
    Kind.AUTO_CIRCUIT: (".npz", encode_npz),
}
"""Format -> how its files' names end, and what makes them; `ingest.tensor_files` makes that of `eap-ig-pt`."""


def write_files(store: Store, circuits: pd.DataFrame, suffix: str, make: Encode, output: Path | None) -> None:
    """Write circuits (rows of the query `circuits`): one to a file or standard output, several into a folder.

    A file appears whole or not at all; those of a folder are called after their circuits. Raises UserError where
    several have no folder, and for what cannot be written.
    """
    rows = records(circuits)
    if len(rows) == 1 and not (output and output.is_dir()):
        with destination(output) as stream:
            stream.write(_content(store, rows[0], make))
        return
    if output is None or output.is_file() or output.suffix:
        raise UserError(f"{len(rows)} circuits are as many files: name a folder with --output")
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(output, error) from error
    for row in rows:
        with destination(output / (quote(str(row["circuit"]), safe=" ") + suffix)) as stream:
            stream.write(_content(store, row, make))


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
