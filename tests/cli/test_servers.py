"""The commands that start something: the dashboard, and a local Neo4j."""

import json
import re
import signal
import subprocess
import time
import urllib.request
import zipfile
from pathlib import Path
from urllib.error import URLError

import pytest

from graphdb.engines.neo4j.neo4j_local import Server
from graphdb.engines.ports import free_port
from graphdb.store import Store
from tests.cli.conftest import KCIRCUITS, Answer, Cli


@pytest.mark.slow
def test_the_dashboard_serves_on_the_loopback_until_ctrl_c(in_filled: Store) -> None:
    port = free_port(0)
    command = [KCIRCUITS, "dashboard", "--port", str(port)]
    serving = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert health(port) == "ok"
    finally:
        serving.send_signal(signal.SIGINT)
    out, err = serving.communicate(timeout=60)
    assert f"http://127.0.0.1:{port}" in out
    assert "Traceback" not in err


def health(port: int) -> str:
    """What the dashboard says of itself, once it answers."""
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health") as answer:
                return answer.read().decode()
        except URLError:
            assert time.monotonic() < deadline, "the dashboard does not answer within a minute"
            time.sleep(0.2)


def test_a_local_neo4j_starts_serves_and_stops(cli: Cli, neo4j: Server) -> None:
    # `neo4j` makes sure that one can be had; this is another, the user's own.
    nothing = Answer(1, "", "no Neo4j of yours runs: `kcircuits neo4j start` starts one\n")
    assert cli("neo4j", "status") == nothing
    started = cli("neo4j", "start", "--port", free_port(0))
    try:
        assert "Neo4j is started" in started.out
        (server,) = json.loads(cli("neo4j", "status", "--format", "json").out)
        exports = "\n".join(line for line in started.lines if line.startswith("  export "))
        assert server["uri"] in exports
        used = subprocess.run(["bash", "-c", f"{exports}\n{KCIRCUITS} status"], capture_output=True, text=True)
        assert re.search(r"^engine +neo4j$", used.stdout, re.MULTILINE), used
    finally:
        assert "is stopped" in cli("neo4j", "stop").out
    assert cli("neo4j", "status") == nothing


def test_what_neo4j_browser_takes_is_written_whole_or_refused(cli: Cli, tmp_path: Path) -> None:
    style, scripts = tmp_path / "knowledge-circuits.grass", tmp_path / "knowledge-circuits.zip"
    assert cli("neo4j", "browser", "--output", tmp_path).lines == [str(style), str(scripts)]
    assert style.read_text().startswith("node {")
    assert zipfile.ZipFile(scripts).testzip() is None
    assert "cannot be written" in cli("neo4j", "browser", "--output", tmp_path / "none").complaint
