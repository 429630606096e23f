"""A corpus as a dump, straight from its circuits: no store holds it first."""

import hashlib
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.store.corpus import Corpus
from graphdb.dump import record_format
from graphdb.dump.record_format import CONTRAST, SECTIONS, plain
from graphdb.records import Circuit
from graphdb.writing.statements import node_row

BY_KIND = {each.kind: each for each in SECTIONS}


def write_corpus(corpus: Corpus, path: Path) -> int:
    """Write a corpus as a dump without score files, a cell of model and relation in memory; return its edges."""
    counts = Counter[str](dict.fromkeys(record_format.COUNTED, 0))
    circuits = path.with_name(f"{path.name}.circuits")  # recalls come before them, and are made with them
    recalls = list[Any]()
    with circuits.open("wb") as file:
        for sample in corpus.by_id():
            recalls.append(sample.recall)
            file.write(record_format.encode(_circuit(sample.circuit)))
            counts.update(circuit=1, edge=len(sample.circuit.edges))
    small = {
        "model": corpus.models,
        "relation": corpus.relations,
        "fact": list(corpus.facts),
        "run": corpus.runs,
        "recall": recalls,
    }
    with path.open("wb") as file:
        file.write(record_format.encode(record_format.head(scores=False)))
        for kind, records in small.items():
            counts[kind] = len(records)
            file.writelines(_lines(kind, records))
        with circuits.open("rb") as written:
            shutil.copyfileobj(written, file, 1 << 20)
    circuits.unlink()
    with path.open("rb") as file:
        checksum = hashlib.file_digest(file, "sha256").hexdigest()
    with path.open("ab") as file:
        file.write(record_format.encode({"kind": "end", "counts": dict(counts), "sha256": checksum}))
    return counts["edge"]


def _lines(kind: str, records: Sequence[Any]) -> Iterator[bytes]:
    rows = sorted((_values(kind, each) for each in records), key=lambda row: row["id"])
    return (record_format.encode(row) for row in rows)


def _values(kind: str, record: Any) -> dict[str, Any]:
    section = BY_KIND[kind]
    return {"kind": kind, **section.values(node_row(section.label, record))}


def _circuit(circuit: Circuit) -> dict[str, Any]:
    contrast = node_row("Contrast", circuit.contrast)
    edges = [
        [each.source, each.target, each.channel, each.weight, each.rank, each.search_rank] for each in circuit.edges
    ]
    return {
        **_values("circuit", circuit),
        "contrast": {each.name: plain(each.type, contrast[each.name]) for each in CONTRAST},
        "edges": record_format.edge_values(edges),
        "places": [],
    }
