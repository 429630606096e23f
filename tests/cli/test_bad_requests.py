"""Requests that cannot be met: one line each, and no store is begun."""

import socket
import threading
from pathlib import Path

import pytest
from filelock import FileLock

from graphdb.engines.embedded import engine
from graphdb.engines.neo4j.neo4j_local import Server
from graphdb.store import Store
from tests.cli.conftest import Cli


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["hub"], ["'hub'", "nearest: hubs"]),
        (["hubs", "-p", "limt=3"], ["'limt'", "nearest: limit"]),
        (["hubs", "-p", "limit=many"], ["limit", "'many'", "integer"]),
        (["hubs", "-p", "limit"], ["'limit'", "name=value"]),
        (["hubs", "-p", "limit=1", "-p", "limit=2"], ["limit", "twice"]),
        (["circuit_edges"], ["circuit", "missing"]),
    ],
)
def test_a_query_that_is_wrong(cli: Cli, tmp_path: Path, arguments: list[str], expected: list[str]) -> None:
    complaint = cli("query", *arguments, "--store", tmp_path / "store").complaint
    for part in expected:
        assert part in complaint
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize(
    "text", ["CREATE (n:Note)", "MATCH (n) SET n.x = 1", "MATCH (n) DETACH DELETE n", "match (n) ReMoVe n.x"]
)
def test_cypher_does_not_write_unasked(cli: Cli, in_filled: Store, text: str) -> None:
    assert "--write" in cli("cypher", text).complaint
    assert cli("cypher", "MATCH (f:Fact) RETURN count(f) AS n", "--format", "csv").out == "n\n7\n"


def test_cypher_that_is_no_cypher(cli: Cli, in_filled: Store) -> None:
    assert "refuses the statement" in cli("cypher", "MATCH (n RETURN n").complaint
    assert "empty" in cli("cypher", "").complaint


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Japan", ["country_capital/Japan", "country_currency/Japan"]), ("Frence", ["nearest: France"])],
)
@pytest.mark.parametrize("command", [("show",), ("compare", "country_capital")])
def test_a_fact_that_is_unclear(
    cli: Cli, in_filled: Store, command: tuple[str, ...], text: str, expected: list[str]
) -> None:
    complaint = cli(*command, text).complaint
    for part in expected:
        assert part in complaint


@pytest.mark.parametrize("command", [["status"], ["query", "hubs"], ["show", "France"], ["compare", "a", "b"]])
def test_a_store_that_is_not_there(cli: Cli, tmp_path: Path, command: list[str]) -> None:
    complaint = cli(*command, "--store", tmp_path / "store").complaint
    assert str(tmp_path / "store") in complaint
    assert "kcircuits ingest" in complaint
    assert not (tmp_path / "store").exists()


def test_a_folder_that_is_not_a_store(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    assert str(tmp_path) in cli("status", "--store", tmp_path).complaint
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_store_of_a_newer_schema(cli: Cli, in_filled: Store) -> None:
    version = "MATCH (m:Meta {{id: 'schema'}}) SET m.version = m.version {} 1"
    in_filled.write([(version.format("+"), [{}])])
    try:
        assert "schema version" in cli("status").complaint
    finally:
        in_filled.version += 1  # what the store holds now, or the write is refused
        in_filled.write([(version.format("-"), [{}])])
        in_filled.version -= 1


def test_an_address_that_is_no_server(cli: Cli) -> None:
    assert "expected a folder or bolt" in cli("status", "--store", "http://localhost:7474").complaint


def test_a_server_that_is_down(cli: Cli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    complaint = cli("status", "--store", f"bolt://127.0.0.1:{port}").complaint
    assert f"bolt://127.0.0.1:{port} does not answer" in complaint


@pytest.mark.parametrize("command", ["dashboard", "neo4j start"])
def test_a_port_in_use(cli: Cli, command: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        complaint = cli(*command.split(), "--port", port).complaint
    assert f"port {port}" in complaint
    assert "--port" in complaint


def test_an_export_of_nothing(cli: Cli, in_filled: Store, tmp_path: Path) -> None:
    assert "--all" in cli("export").complaint
    assert "--all" in cli("export", "France", "--all").complaint
    assert "Mexico" in cli("export", "Mexico").complaint
    assert "cannot be written" in cli("export", "--all", "--output", tmp_path / "no" / "x.csv").complaint


def test_a_store_whose_owner_does_not_answer(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "PATIENCE", 0.2)
    with FileLock(tmp_path / engine.LOCK):
        complaint = cli("status", "--store", tmp_path).complaint
    assert f"{tmp_path} is locked" in complaint


def test_a_server_that_speaks_no_bolt_of_ours(cli: Cli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        answering = threading.Thread(target=refuse_every_version, args=(server,), daemon=True)
        answering.start()
        complaint = cli("status", "--store", f"bolt://127.0.0.1:{server.getsockname()[1]}").complaint
    assert "expected Neo4j 5 or newer" in complaint


def refuse_every_version(server: socket.socket) -> None:
    """Shake hands as a server does that is too old: it has none of the versions of Bolt on offer."""
    connection, _ = server.accept()
    with connection:
        connection.recv(20)
        connection.sendall(bytes(4))


def test_a_wrong_password_and_a_wrong_database(cli: Cli, neo4j: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEO4J_USERNAME", neo4j.user)
    monkeypatch.setenv("NEO4J_PASSWORD", "guessed")
    refused = cli("status", "--store", neo4j.uri).complaint
    assert "NEO4J_PASSWORD" in refused
    assert "guessed" not in refused
    monkeypatch.setenv("NEO4J_PASSWORD", neo4j.password)
    monkeypatch.setenv("NEO4J_DATABASE", "elsewhere")
    missing = cli("status", "--store", neo4j.uri).complaint
    assert "no such database" in missing
    assert neo4j.password not in missing
