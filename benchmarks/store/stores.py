"""New stores of both engines, and what they take on the disk."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from graphdb.engines.neo4j import neo4j_local
from graphdb.store import Store, open_store


@dataclass(frozen=True, slots=True)
class Place:
    """An open store and where its files lie."""

    store: Store
    engine: str
    """`embedded`, or the name and version of the server."""
    data: Path
    """Folder of the graph."""
    logs: Path
    """Folder of the transaction logs."""

    @property
    def data_bytes(self) -> int:
        """Bytes of the graph, without logs of transactions."""
        return taken(self.data) - (taken(self.logs) if self.logs.is_relative_to(self.data) else 0)


@contextmanager
def embedded_store(folder: Path) -> Iterator[Place]:
    """Yield a store of the embedded engine in `folder`, which this process owns."""
    with open_store(folder) as store:
        yield Place(store, "embedded", folder / "databases", folder / "server" / "log")


@contextmanager
def neo4j_store(folder: Path) -> Iterator[Place]:
    """Yield a store on a local Neo4j in `folder`."""
    server = neo4j_local.start(folder, port=0)
    login = {"NEO4J_USERNAME": server.user, "NEO4J_PASSWORD": server.password, "NEO4J_DATABASE": ""}
    try:
        with patch.dict(os.environ, login), open_store(server.uri) as store:
            data = folder / "data"
            yield Place(store, f"Neo4j {server.version}", data / "databases", data / "transactions")
    finally:
        neo4j_local.stop(folder)


ENGINES = {"embedded": embedded_store, "Neo4j": neo4j_store}


def taken(folder: Path) -> int:
    """Return the bytes that a folder's files take on the disk."""
    return sum(file.stat().st_blocks * 512 for file in folder.rglob("*") if file.is_file())
