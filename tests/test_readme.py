"""The README's tour, run as a reader types it: own facts, queries, a notebook's cell, the dashboard and Neo4j."""

import os
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import platformdirs
import pytest

from graphdb.engines.ports import free_port
from graphdb.store import open_store
from tests.test_docs import ROOT, blocks
from tests.test_end_to_end import assert_answers

README = ROOT / "README.md"
TOUR = README.read_text().split("## A tour")[1].split("\n## ")[0]
SHELL = re.findall(r"```bash\n(.*?)```", TOUR, re.DOTALL)
LIMIT = " --limit 8"
"""Facts a relation of the README's ingests; the short forms find fewer circuits, with less effort."""


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The surroundings of a reader with an empty home folder, but with our downloads."""
    home = tmp_path_factory.mktemp("reader")
    (home / "my_facts.csv").write_text(re.findall(r"```csv\n(.*?)```", TOUR, re.DOTALL)[0])
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    own = {"HOME": str(home), "PATH": path, "XDG_CACHE_HOME": str(Path(platformdirs.user_cache_dir()))}
    return {name: value for name, value in os.environ.items() if name != "XDG_DATA_HOME"} | own


def _type(commands: str, reader: dict[str, str], few: int | None) -> str:
    """Type the commands, as printed or with few facts a relation."""
    assert LIMIT in commands
    commands = commands if few is None else commands.replace(LIMIT, f" --limit {few} --effort quick")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands], env=reader, cwd=reader["HOME"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.timeout(1800)
@pytest.mark.soak
@pytest.mark.weights
@pytest.mark.slow
def test_the_tour_on_the_embedded_store(reader: dict[str, str], *, soak: bool) -> None:
    """What its ingest of the default model found is held to what every packaged model is held to.

    The short form has as many facts as a relation's circuit takes.
    """
    commands, served = SHELL[0].replace("kcircuits dashboard\n", ""), "kcircuits dashboard\n" in SHELL[0]
    output = _type(commands, reader, None if soak else 6)
    assert "dish_country" in output
    assert (Path(reader["HOME"]) / "capitals.graphml").stat().st_size > 10_000
    (cell,) = re.findall(r"```python\n(.*?)```", TOUR, re.DOTALL)
    notebook = subprocess.run([sys.executable, "-c", cell], env=reader, capture_output=True, text=True)
    assert notebook.returncode == 0, notebook.stderr
    assert "component" in notebook.stdout
    assert served
    _serve(reader)
    with open_store(Path(reader["HOME"]) / ".local" / "share" / "kcircuits" / "store", create=False) as store:
        relations = {"dish_country", "country_capital", "country_language"}
        assert_answers(store, "smollm2-135m-instruct-q4_1", 9, relations)


def _serve(reader: dict[str, str]) -> None:
    port = free_port(0)
    with subprocess.Popen(["kcircuits", "dashboard", "--port", str(port)], env=reader) as dashboard:
        try:
            assert _answer(f"http://127.0.0.1:{port}/_stcore/health") == b"ok"
        finally:
            dashboard.terminate()


def _answer(url: str) -> bytes:
    for _ in range(120):
        try:
            return urllib.request.urlopen(url, timeout=5).read()
        except OSError:
            time.sleep(0.5)
    raise AssertionError(f"{url} does not answer")


@pytest.mark.timeout(1800)
@pytest.mark.soak
@pytest.mark.weights
@pytest.mark.slow
@pytest.mark.usefixtures("neo4j_jars")
def test_the_tour_on_neo4j(reader: dict[str, str], *, soak: bool) -> None:
    """Another port than the README's, so that it meets no server of the person who runs the tests."""
    port = str(free_port(0))
    commands = SHELL[1].replace("neo4j start", f"neo4j start --port {port}").replace("7687", port)
    output = _type(commands, reader, None if soak else 2)
    assert "smollm2-135m-instruct-q4_1" in output


def test_the_demo_runs_the_ingest_and_ends_with_the_dashboard() -> None:
    recipe = subprocess.run(["make", "-n", "-s", "demo"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert ".venv/bin/kcircuits ingest\n" in recipe
    assert recipe.rstrip().splitlines()[-1].startswith("printf")
    assert [block for block in blocks(README, "bash") if block.startswith("make demo")]
