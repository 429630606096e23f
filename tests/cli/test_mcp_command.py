"""`kcircuits mcp` as a program starts it: a process with the protocol, and nothing else, on its standard output."""

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from graphdb.store import Store, open_store
from tests.cli.conftest import KCIRCUITS, Cli
from tests.conftest import Kept
from tests.loops import run
from tests.sample import fill

Calls = tuple[tuple[str, dict[str, Any]], ...]
HUBS: Calls = (("status", {}), ("query", {"name": "hubs", "rows": 2}), ("cypher", {"statement": "CREATE (n)"}))


def asked(target: object, *calls: tuple[str, dict[str, Any]]) -> list[tuple[bool, str]]:
    """Start the command on a store, and return whether each call failed, and its text."""
    command = StdioServerParameters(command=KCIRCUITS, args=["mcp", "--store", str(target)], env={**os.environ})

    async def ask() -> list[tuple[bool, str]]:
        async with Client(command) as client:
            answers = [await client.call_tool(name, arguments) for name, arguments in calls]
        return [(bool(answer.is_error), answer.content[0].text) for answer in answers]  # type: ignore[union-attr]

    return run(ask())


@pytest.mark.slow
def test_a_program_asks_a_store_that_others_have_open(kept: Kept) -> None:
    store = kept(fill)
    (_, status), (_, hubs), (refused, line) = asked(store.target, *HUBS)
    assert json.loads(status)["engine"] == store.engine
    assert [row[0] for row in json.loads(hubs)["rows"]] == store.query("hubs")["component"].tolist()[:2]
    assert refused
    assert "only reading" in line


@pytest.mark.slow
def test_a_program_asks_a_store_that_the_command_opens_itself(tmp_path: Path) -> None:
    with open_store(tmp_path / "store") as store:
        fill(store)
    (_, status), _, (refused, _) = asked(tmp_path / "store", *HUBS)
    assert json.loads(status)["counts"]["circuits"] == 5
    assert refused
    with open_store(tmp_path / "store", create=False) as store:
        assert store.query("facts").shape[0] == 7


@pytest.mark.slow
def test_a_store_that_is_away_is_an_error_of_the_tool_that_asks_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"bolt://127.0.0.1:{taken.getsockname()[1]}"
    (listed, _), (failed, line) = asked(address, ("list_queries", {}), ("status", {}))
    assert (listed, failed) == (False, True)
    assert line == f"{address} does not answer (connection refused): start the server, or correct the address"
    ((failed, line),) = asked(tmp_path / "none", ("status", {}))
    assert failed
    assert "there is no store in" in line
    assert not (tmp_path / "none").exists()


@pytest.mark.slow
def test_standard_output_carries_the_protocol_alone_for_older_programs_too(filled: Store) -> None:
    server = subprocess.Popen(
        [KCIRCUITS, "mcp", "--store", filled.target], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    killer = threading.Timer(120, server.kill)
    killer.start()
    try:
        begin = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "old", "version": "1"}}
        hello = request(server, 1, "initialize", begin)
        assert hello["serverInfo"]["name"] == "knowledge-circuits"
        assert "status" in hello["instructions"]
        send(server, {"jsonrpc": "2.0", "method": "notifications/initialized"})
        said = request(server, 2, "tools/call", {"name": "explain", "arguments": {"fact": "country_capital/France"}})
        assert json.loads(said["content"][0]["text"])["fact"] == "country_capital/France"
        out, _ = server.communicate()
    finally:
        killer.cancel()
    assert (server.returncode, out) == (0, "")


def request(server: "subprocess.Popen[str]", number: int, method: str, params: dict[str, Any]) -> Any:
    send(server, {"jsonrpc": "2.0", "id": number, "method": method, "params": params})
    assert server.stdout
    answer = json.loads(server.stdout.readline())
    assert answer["id"] == number
    return answer["result"]


def send(server: "subprocess.Popen[str]", message: dict[str, Any]) -> None:
    assert server.stdin
    server.stdin.write(json.dumps(message) + "\n")
    server.stdin.flush()


def test_without_its_extra_the_command_says_how_to_get_it(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "graphdb.mcp.server", raising=False)
    monkeypatch.setitem(sys.modules, "mcp", None)  # what an import finds where it is missing
    assert "pip install 'knowledge-circuits[mcp]'" in cli("mcp").complaint
