"""The built wheel, in an environment of its own without torch: what it carries and what works there."""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.slow
Run = Callable[..., subprocess.CompletedProcess[str]]
ASK_A_STORE = """
import sys
from graphdb.store import open_store
with open_store(sys.argv[1]) as store:
    frame = store.query("shared_components", min_relations=2)
print(list(frame.columns), len(frame))
"""
OPEN_THE_DASHBOARD = """
import importlib.resources
from streamlit.testing.v1 import AppTest
page = importlib.resources.files("dashboard") / "app.py"
test = AppTest.from_file(str(page), default_timeout=60).run()
assert not test.exception, test.exception
print([title.value for title in test.title])
"""


def uv(*arguments: str | Path) -> None:
    local = ROOT / ".tools" / "bin" / "uv"
    command = local if local.exists() else shutil.which("uv")
    assert command, "uv is neither in .tools nor on the path; `make test` brings it"
    done = subprocess.run([command, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    uv("build", "--wheel", "--quiet", "--out-dir", folder, ROOT)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def run(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run a command where only the wheel and its plain dependencies are, away from the checkout."""
    folder = tmp_path_factory.mktemp("installed")
    python = folder / "env" / "bin" / "python"
    uv("venv", "--quiet", "--python", sys.executable, folder / "env")
    uv("pip", "install", "--quiet", "--python", python, "--constraint", ROOT / "requirements.txt", wheel)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("KCIRCUITS_", "NEO4J_"))}
    surroundings = {**clean, "XDG_DATA_HOME": str(folder / "data"), "XDG_CACHE_HOME": str(folder / "cache")}

    def command(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [python.parent / name, *arguments],
            cwd=folder,
            env=surroundings,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return command


def test_the_wheel_carries_every_file_of_its_packages(wheel: Path) -> None:
    packages = ["ingest", "graphdb", "dashboard"]
    listed = subprocess.run(["git", "ls-files", *packages], cwd=ROOT, capture_output=True, text=True, check=True)
    inside = set(zipfile.ZipFile(wheel).namelist())
    sources = {name for name in listed.stdout.splitlines() if (ROOT / name).exists()}
    assert sources - inside == set()
    assert {Path(name).suffix for name in sources} >= {".py", ".cypher", ".json"}
    assert not [name for name in inside if name.startswith(("tests/", "benchmarks/", "docs/"))]


def test_the_environment_has_no_torch(run: Run) -> None:
    assert "No module named 'torch'" in run("python", "-c", "import torch").stderr


def test_the_command_shows_its_help(run: Run) -> None:
    answer = run("kcircuits", "--help")
    assert answer.returncode == 0, answer.stderr
    for command in ("ingest", "query", "compare", "dashboard"):
        assert command in answer.stdout


def test_a_store_answers_without_torch(run: Run, tmp_path: Path) -> None:
    answer = run("python", "-c", ASK_A_STORE, str(tmp_path / "store"))
    assert answer.returncode == 0, answer.stderr
    assert "shared_by" in answer.stdout


def test_the_dashboard_opens_without_torch(run: Run) -> None:
    answer = run("python", "-c", OPEN_THE_DASHBOARD)
    assert answer.returncode == 0, answer.stderr


def test_ingest_says_which_extra_it_needs(run: Run) -> None:
    answer = run("kcircuits", "ingest", "country_capital")
    assert answer.returncode == 2
    assert "pip install 'knowledge-circuits[ingest]'" in answer.stderr
    assert len(answer.stderr.splitlines()) == 1
