"""The stores that tests share: one embedded, one on a real Neo4j, both started once a session."""

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from typing import NoReturn

import pytest

from graphdb.engines.neo4j import neo4j_local
from graphdb.errors import UserError
from graphdb.store import Store, open_store

ENGINES = ("embedded", "neo4j")
IN_CI = os.environ.get("CI", "").lower() == "true"
_not_run: dict[str, str] = {}
"""Test -> what could not be had for it, and why."""


@pytest.fixture(scope="session", autouse=True)
def user_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the tests away from the user's own stores and credentials, and let what they start be interrupted."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored, and inherited so, in a background job
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        for name in ("KCIRCUITS_STORE", "NEO4J_URI", "NEO4J_USERNAME", "NEO4J_PASSWORD", "NEO4J_DATABASE"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session")
def neo4j_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[neo4j_local.Server]:
    """A real Neo4j on a free port, with a password."""
    folder = tmp_path_factory.mktemp("neo4j")
    yield neo4j_local.start(folder, port=0)
    neo4j_local.stop(folder)


@pytest.fixture(scope="session")
def embedded_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("embedded") / "store") as store:
        yield store


@pytest.fixture(scope="session")
def neo4j_store(neo4j_server: neo4j_local.Server) -> Iterator[Store]:
    """A store on the real Neo4j; while it is open the environment holds the server's credentials."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEO4J_USERNAME", neo4j_server.user)
        patch.setenv("NEO4J_PASSWORD", neo4j_server.password)
        with open_store(neo4j_server.uri) as store:
            yield store


@pytest.fixture(params=ENGINES)
def store(request: pytest.FixtureRequest) -> Store:
    """An empty store, on each engine in turn."""
    try:
        opened: Store = request.getfixturevalue(f"{request.param}_store")
    except UserError as error:
        if request.param != "neo4j":
            raise
        go_without(request, "Neo4j", error)
    empty(opened)
    return opened


def go_without(request: pytest.FixtureRequest, what: str, error: Exception) -> NoReturn:
    """Fail in CI; elsewhere skip the test and name it, with the reason, in the last lines."""
    if IN_CI:
        raise error
    _not_run[request.node.nodeid] = reason = f"no {what} here: {str(error).splitlines()[0]}"
    pytest.skip(reason)


def empty(store: Store) -> None:
    """Leave nothing in the store but its schema."""
    store.write([("UNWIND $rows AS row MATCH (n) WHERE NOT n:Meta DETACH DELETE n", [{}])])
    shutil.rmtree(store.data_folder, ignore_errors=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for test, reason in _not_run.items():
        terminalreporter.write_line(f"NOT RUN {test}: {reason}", yellow=True)


_status: list[int] = []


def pytest_sessionfinish(exitstatus: int) -> None:
    _status.append(int(exitstatus))


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Leave with the tests' own verdict.

    Java, torch and the browser's driver have threads in this one process; at the interpreter's end one of them may
    touch what is gone, and a crash after the last test would hide how the tests went. Commands, which are processes
    of their own, are held to their exit status by their tests.
    """
    if _status:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(_status[-1])
