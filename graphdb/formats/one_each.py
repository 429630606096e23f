"""Formats with one circuit a file: several circuits are a folder of files, with an index."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from graphdb.circuits.trust import number
from graphdb.errors import UserError
from graphdb.files import new_folder
from graphdb.formats import neuronpedia
from graphdb.reports.circuit import circuit_report
from graphdb.reports.index import index_page
from graphdb.store import Store
from graphdb.tables import Kind, records

ENDINGS = {Kind.HTML: "html", Kind.NEURONPEDIA: "json"}
"""Format -> how its files' names end."""
LONGEST = 120
"""Characters of a file's name before its ending."""


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


def documents(store: Store, circuits: pd.DataFrame, kind: Kind) -> Iterator[str]:
    """Yield the file of each circuit, rows of the query `circuits`."""
    if kind is Kind.HTML:
        for row in records(circuits):
            yield circuit_report(store, row).page()
        return
    chances = {(row["fact"], row["model"]): row["probability"] for row in records(store.query("recalls"))}
    for row, name in zip(records(circuits), file_names(circuits), strict=True):
        yield neuronpedia.graph(store, row, name, number(chances.get((row["fact"], row["model"])))).json()


def export_folder(store: Store, circuits: pd.DataFrame, kind: Kind, output: Path | None) -> None:
    """Write a file a circuit and an index into a folder, which appears whole or not at all.

    Raises UserError where no folder is named, for one that has something in it, and for one that cannot be written.
    """
    if output is None:
        raise UserError(f"{len(circuits)} circuits are as many files of {kind}: name a new folder with --output")
    names = [f"{name}.{ENDINGS[kind]}" for name in file_names(circuits)]
    with new_folder(output) as folder:
        metadata = []
        for name, document in zip(names, documents(store, circuits, kind), strict=True):
            (folder / name).write_text(document, "utf-8")
            if kind is Kind.NEURONPEDIA:
                metadata.append(json.loads(document)["metadata"])
        if kind is Kind.HTML:
            (folder / "index.html").write_text(index_page(circuits, names), "utf-8")
        else:  # what `circuit-tracer start-server` lists
            (folder / "graph-metadata.json").write_text(json.dumps({"graphs": metadata}, indent=1), "utf-8")
