"""Neo4j's bulk import: `neo4j-admin database import`, for an empty local server that this machine's user runs.

The import makes the circuits' own nodes and edges, and nothing but the ids of circuits and components; the ordinary
writers and `graphdb.writing.bulk.completion` give them the rest.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from graphdb.components import KINDS
from graphdb.dump.records import batches
from graphdb.engines.neo4j import neo4j_local
from graphdb.records import Circuit, Model
from graphdb.schema import Property
from graphdb.store import Store
from graphdb.store.types import Row
from graphdb.topology import Topology
from graphdb.writing.bulk.completion import Completion
from graphdb.writing.bulk.subgraphs import FLOW, INCLUDED, NODE, fits
from graphdb.writing.statements import own_graph
from graphdb.writing.writers import CircuitWriter, write_batch

DATABASE = "neo4j"


class _Absent(float):
    """A value that is not there: the writer quotes texts and None, and the import takes an unquoted nothing for it."""

    def __str__(self) -> str:
        return ""


ABSENT = _Absent("nan")
TYPES = {"string": "string", "integer": "long", "float": "double", "floats": "double[]"}
"""Type that the schema declares -> its name in the head of a file."""
RELATED = {
    "HAS_NODE": ("Circuit", "CircuitNode", ()),
    "INSTANCE_OF": ("CircuitNode", "Component", ()),
    "INCLUDES": ("Circuit", "Component", INCLUDED),
    "FLOWS": ("CircuitNode", "CircuitNode", FLOW),
    "FEEDS": ("CircuitNode", "CircuitNode", ()),
}
"""Type of a relationship -> the labels of its ends, its properties."""


def local_server(store: Store) -> neo4j_local.Server | None:
    """Return the user's own server if the store is on its default database, and empty; else None."""
    server = neo4j_local.status() if store.engine == "neo4j" else None
    if server is None or store.login.database not in (None, DATABASE):
        return None
    ours, theirs = urlsplit(server.uri), urlsplit(store.target)
    same = theirs.hostname in ("127.0.0.1", "localhost") and theirs.port == ours.port
    empty = store.read("MATCH (n) WHERE NOT n:Meta RETURN n.id AS id LIMIT 1").empty
    return server if same and empty else None


@contextmanager
def bulk_writer(store: Store, server: neo4j_local.Server, path: Path) -> Iterator[CircuitWriter]:
    """Import the circuits' nodes and edges of a checked dump, and yield what writes the rest of circuits.

    The server is stopped, and started again. UserError where the import fails; its database is empty or unfinished
    then.
    """
    _load(server, path)
    store.reconnect()
    completion = Completion(store)
    yield partial(_write_circuits, store, completion)
    completion.end()


def _load(server: neo4j_local.Server, path: Path) -> None:
    with TemporaryDirectory(dir=server.folder, prefix="import-") as name:
        folder = Path(name)
        _Files(folder).write(path)
        neo4j_local.stop(server.folder)
        try:
            neo4j_local.admin(server.folder, ["database", "import", "full", DATABASE, *_arguments(folder)])
        finally:
            neo4j_local.start(server.folder, urlsplit(server.uri).port or 7687, auth=bool(server.user))


def _write_circuits(store: Store, completion: Completion, circuits: Sequence[Circuit]) -> None:
    """Have what was imported completed, and write over Bolt what no file could carry."""
    completion.add([each for each in circuits if fits(each)])
    write_batch(store, circuits=[each for each in circuits if not fits(each)])


def _arguments(folder: Path) -> list[str]:
    nodes = [f"--nodes={label}={folder}/{label}.csv" for label in ("Circuit", "CircuitNode")]
    related = [f"--relationships={kind}={folder}/{kind}.csv" for kind in RELATED]
    options = ["--overwrite-destination", "--id-type=integer", "--multiline-fields=true"]
    options.append(f"--report-file={folder}/report")
    return [*options, *nodes, f"--nodes={folder}/Component.csv", *related]


class _Files:
    """The files of an import, being written. Nodes are numbered, for the files' own use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers: dict[str, int] = {}
        """Component id -> number."""
        self._sizes: dict[str, int] = {}
        self._n_circuits = self._n_nodes = 0
        self._writers: dict[str, Any] = {}

    def write(self, path: Path) -> None:
        with ExitStack() as files:
            self._open(files)
            for batch in batches(path):
                for each in batch.records:
                    match each:
                        case Model():
                            self._model(each)
                        case Circuit() if fits(each):
                            self._circuit(each)
                        case _:
                            pass

    def _open(self, files: ExitStack) -> None:
        heads = {
            "Circuit": [":ID(Circuit)", "id:string"],
            "Component": [":ID(Component)", "id:string", ":LABEL"],
            "CircuitNode": [":ID(CircuitNode)", *_columns(NODE)],
        }
        for kind, (source, target, properties) in RELATED.items():
            heads[kind] = [f":START_ID({source})", f":END_ID({target})", *_columns(properties)]
        for name, head in heads.items():
            file = files.enter_context((self._folder / f"{name}.csv").open("w", encoding="utf-8", newline=""))
            csv.writer(file).writerow(head)
            self._writers[name] = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")

    def _model(self, model: Model) -> None:
        top = Topology(model.n_layers, model.n_heads, model.n_kv_heads)
        self._sizes[model.id] = top.group_size
        for part in top.components:
            number = self._numbers[f"{model.id}/{part.name}"] = len(self._numbers)
            self._writers["Component"].writerow([number, f"{model.id}/{part.name}", f"Component;{KINDS[part.kind]}"])

    def _circuit(self, circuit: Circuit) -> None:
        rows, number, first = own_graph(circuit, self._sizes[circuit.model_id]), self._n_circuits, self._n_nodes
        ends = [(first + place, self._numbers[str(row["component_id"])]) for place, row in enumerate(rows.nodes)]
        self._n_circuits, self._n_nodes = number + 1, first + len(rows.nodes)
        write = {name: writer.writerows for name, writer in self._writers.items()}
        write["Circuit"]([(number, circuit.id)])
        write["CircuitNode"]((node, *_values(row, NODE)) for (node, _), row in zip(ends, rows.nodes, strict=True))
        write["HAS_NODE"]((number, node) for node, _ in ends)
        write["INSTANCE_OF"](ends)
        write["INCLUDES"](
            (number, component, *_values(row, INCLUDED)) for (_, component), row in zip(ends, rows.nodes, strict=True)
        )
        write["FLOWS"]((first + source, first + target, *values) for source, target, *values in rows.flows)
        write["FEEDS"]((first + kv, first + head) for kv, head in rows.feeds)


def _values(row: Row, properties: Sequence[Property]) -> Iterator[object]:
    """Yield what the row holds of these properties, as files have it."""
    return (_plain(row[each.name]) for each in properties)


def _plain(value: object) -> object:
    if isinstance(value, list):
        return ";".join(map(repr, value))
    return ABSENT if value is None else value


def _columns(properties: Iterable[Property]) -> Iterator[str]:
    return (f"{each.name}:{TYPES[each.type]}" for each in properties)
