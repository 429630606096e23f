"""Formats with a file for each circuit: several circuits are a folder of files."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from graphdb.circuits.trust import number
from graphdb.errors import UserError
from graphdb.files import destination, new_folder
from graphdb.formats import neuronpedia
from graphdb.formats.edge_files import eap_ig_json, edge_files, prune_scores
from graphdb.reports.circuit import circuit_report
from graphdb.reports.index import index_page
from graphdb.store import Store
from graphdb.tables import Kind, records

LONGEST = 120
"""Characters of a file's name before its ending."""


@dataclass(frozen=True, slots=True)
class Format:
    """How circuits become files."""

    ending: str
    """Of a file's name."""
    contents: Callable[[Store, pd.DataFrame], Iterator[bytes]]
    """Yields the file of each circuit, rows of the query `circuits`."""
    index: Callable[[pd.DataFrame, Sequence[Path]], tuple[str, str]] | None = None
    """Returns name and text of what lists the files in their folder."""


def file_names(circuits: pd.DataFrame) -> list[str]:
    """Return a name for each circuit: ASCII letters, digits, `-` and `_`, no two alike whatever their case.

    It is the circuit's id, without the model where all are of one.
    """
    one_model = circuits["model"].nunique() == 1
    taken: dict[str, int] = {}
    names = []
    for circuit, model in zip(circuits["circuit"], circuits["model"], strict=True):
        said = circuit.removeprefix(f"{model}|") if one_model else circuit
        name = re.sub(r"\W+", "-", said, flags=re.ASCII).strip("-")[:LONGEST] or "circuit"
        count = taken[name.casefold()] = taken.get(name.casefold(), 0) + 1
        names.append(name if count == 1 else f"{name}--{count}")
    return names


def export_each(store: Store, circuits: pd.DataFrame, into: Format, output: Path | None) -> None:
    """Write one circuit to a file or standard output, several to a folder, which appears whole or not at all.

    Raises UserError where several have no folder, for one that has something in it, and for what cannot be written.
    """
    if len(circuits) == 1:
        with destination(output) as stream:
            stream.write(next(into.contents(store, circuits)))
        return
    if output is None:
        raise UserError(f"{len(circuits)} circuits are as many files: name a new folder with --output")
    with new_folder(output) as folder:
        files = [folder / f"{name}{into.ending}" for name in file_names(circuits)]
        for file, content in zip(files, into.contents(store, circuits), strict=True):
            file.write_bytes(content)
        if into.index:
            name, text = into.index(circuits, files)
            (folder / name).write_text(text, "utf-8")


def _pages(store: Store, circuits: pd.DataFrame) -> Iterator[bytes]:
    for row in records(circuits):
        yield circuit_report(store, row).page().encode()


def _page_index(circuits: pd.DataFrame, files: Sequence[Path]) -> tuple[str, str]:
    return "index.html", index_page(circuits, [file.name for file in files])


def _graphs(store: Store, circuits: pd.DataFrame) -> Iterator[bytes]:
    chances = {(row["fact"], row["model"]): row["probability"] for row in records(store.query("recalls"))}
    for row, name in zip(records(circuits), file_names(circuits), strict=True):
        yield neuronpedia.graph(store, row, name, number(chances.get((row["fact"], row["model"])))).json().encode()


def _graph_index(_: pd.DataFrame, files: Sequence[Path]) -> tuple[str, str]:
    """What `circuit-tracer start-server` lists."""
    metadata = [json.loads(file.read_text("utf-8"))["metadata"] for file in files]
    return "graph-metadata.json", json.dumps({"graphs": metadata}, indent=1)


Formats = Mapping[Kind, Format]
FORMATS: Formats = {
    Kind.HTML: Format(".html", _pages, _page_index),
    Kind.NEURONPEDIA: Format(".json", _graphs, _graph_index),
    Kind.EAP_IG: Format(".json", edge_files(eap_ig_json)),
    Kind.AUTO_CIRCUIT: Format(".npz", edge_files(prune_scores)),
}
"""Those that take no torch; `ingest.tensor_files` makes that of `eap-ig-pt`."""
