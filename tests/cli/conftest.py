"""The command line as a user meets it: arguments in; exit status, output and complaints out."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from graphdb.engines.neo4j.neo4j_local import Server
from graphdb.errors import UserError
from graphdb.store import Store, open_store
from ingest.cli.program import main
from tests.conftest import go_without
from tests.ingest.conftest import save_small_model
from tests.sample import fill


@dataclass(frozen=True)
class Answer:
    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def complaint(self) -> str:
        """The one line of a command that refuses; nothing else may be printed."""
        assert (self.status, self.out) == (2, ""), self
        (line,) = self.err.splitlines()
        assert line.startswith("kcircuits: ")
        return line.removeprefix("kcircuits: ")


KCIRCUITS = str(Path(sys.executable).parent / "kcircuits")
Cli = Callable[..., Answer]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run `kcircuits` in this process."""

    def run(*arguments: object) -> Answer:
        capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return Answer(status, printed.out, printed.err)

    return run


@pytest.fixture
def shell() -> Cli:
    """Run `kcircuits` as a process of its own, with additional environment variables."""

    def run(*arguments: object, stdin: bytes = b"", **environment: str) -> Answer:
        command = [KCIRCUITS, *map(str, arguments)]
        done = subprocess.run(command, input=stdin, capture_output=True, env=os.environ | environment)
        return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """An embedded store that holds `tests.sample`; it stays open here, so commands are its guests."""
    with open_store(tmp_path_factory.mktemp("cli") / "store") as store:
        fill(store)
        yield store


@pytest.fixture
def neo4j(request: pytest.FixtureRequest) -> Server:
    """A real Neo4j; outside CI, a test is skipped and named where there can be none."""
    try:
        return request.getfixturevalue("neo4j_server")
    except UserError as error:
        go_without(request, "Neo4j", error)


@pytest.fixture
def in_filled(filled: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Makes the filled store the one that commands use without `--store`."""
    monkeypatch.setenv("KCIRCUITS_STORE", filled.target)
    return filled


@pytest.fixture(scope="session")
def small_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small random model of the words w0 .. w59, as transformers saves it."""
    return save_small_model(tmp_path_factory.mktemp("models") / "small", "llama")
