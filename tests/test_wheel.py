"""What is built to be given away: what it carries, and what works of it where there is nothing else, torch least."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from graphdb.dump import write_dump
from tests.conftest import Kept
from tests.sample import fill

ROOT = Path(__file__).parents[1]
PACKAGES = ("ingest", "graphdb", "dashboard")
TWINE = "twine==7.0.0"
"""What the package index checks with; in an environment of its own, which uv keeps."""
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # it fetches and installs
Run = Callable[..., subprocess.CompletedProcess[str]]
OPEN_THE_DASHBOARD = """
import importlib.resources
from streamlit.testing.v1 import AppTest
page = importlib.resources.files("dashboard") / "app.py"
test = AppTest.from_file(str(page), default_timeout=60).run()
assert not test.exception, test.exception
print([title.value for title in test.title])
"""


def uv(*arguments: str | Path, **environment: str) -> str:
    local = ROOT / ".tools" / "bin" / "uv"
    command = local if local.exists() else shutil.which("uv")
    assert command, "uv is neither in .tools nor on the path; `make test` brings it"
    done = subprocess.run(
        [command, *arguments], env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the source distribution, and of the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("built")
    uv("build", "--quiet", "--out-dir", folder, ROOT)
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    return next(built.glob("*.whl"))


@pytest.fixture(scope="module")
def run(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run a command of what `uv tool install` makes of the wheel without extras, for a user with an empty home."""
    home = tmp_path_factory.mktemp("home")
    places = {"UV_TOOL_DIR": str(home / "tools"), "UV_TOOL_BIN_DIR": str(home / "bin")}
    constraints = ("--constraints", ROOT / "requirements.txt")
    uv("tool", "install", "--quiet", "--python", sys.executable, *constraints, wheel, **places)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("KCIRCUITS_", "NEO4J_", "XDG_"))}

    def command(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        folder = home / "bin" if name == "kcircuits" else home / "tools" / "knowledge-circuits" / "bin"
        return subprocess.run(
            [folder / name, *arguments],
            cwd=home,
            env={**clean, "HOME": str(home)},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return command


def packaged() -> set[str]:
    """The files of the three packages that are under version control."""
    listed = subprocess.run(["git", "ls-files", *PACKAGES], cwd=ROOT, capture_output=True, text=True, check=True)
    return {name for name in listed.stdout.splitlines() if (ROOT / name).exists()}


def test_the_wheel_carries_every_file_of_its_packages_and_no_other(wheel: Path) -> None:
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert inside == packaged()
    assert {Path(name).suffix for name in inside} >= {".py", ".cypher", ".json", ".toml", ".css", ".js", ".html"}


def test_the_source_distribution_carries_them_too_and_no_tests(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    beside = {"README.md", "LICENSE", "CHANGELOG.md", "CITATION.cff", "pyproject.toml", ".gitignore", "PKG-INFO"}
    assert inside == packaged() | beside


def test_a_registry_would_take_both(built: Path) -> None:
    said = uv("tool", "run", "--quiet", "--from", TWINE, "twine", "check", "--strict", *built.glob("knowledge_*"))
    assert said.count("PASSED") == 2


def test_the_environment_has_no_torch(run: Run) -> None:
    assert "No module named 'torch'" in run("python", "-c", "import torch").stderr


def test_the_command_shows_its_help(run: Run) -> None:
    answer = run("kcircuits", "--help")
    assert answer.returncode == 0, answer.stderr
    for command in ("ingest", "query", "compare", "dashboard"):
        assert command in answer.stdout


def test_an_imported_dump_answers_without_torch(run: Run, kept_embedded: Kept, tmp_path: Path) -> None:
    store = kept_embedded(fill)
    write_dump(store, tmp_path / "dump.jsonl.gz", scores=True)
    imported = run("kcircuits", "import", tmp_path / "dump.jsonl.gz", "--store", tmp_path / "copy")
    assert imported.returncode == 0, imported.stderr
    answer = run("kcircuits", "query", "hubs", "--format", "json", "--store", tmp_path / "copy")
    assert [row["component"] for row in json.loads(answer.stdout)] == store.query("hubs")["component"].tolist()


def test_the_dashboard_opens_without_torch(run: Run) -> None:
    answer = run("python", "-c", OPEN_THE_DASHBOARD)
    assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize(("command", "extra"), [("ingest country_capital", "ingest"), ("mcp", "mcp")])
def test_a_command_says_which_extra_it_needs(run: Run, command: str, extra: str) -> None:
    answer = run("kcircuits", *command.split())
    assert answer.returncode == 2
    assert f"pip install 'knowledge-circuits[{extra}]'" in answer.stderr
    assert len(answer.stderr.splitlines()) == 1
