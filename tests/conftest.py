"""The stores that tests share, one embedded and one on a real Neo4j, and what kinds of tests there are."""

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from filelock import FileLock
from hypothesis import settings
from playwright.sync_api import Browser
from playwright.sync_api import Error as PlaywrightError

from benchmarks import chromium
from graphdb.engines.neo4j import neo4j_local
from graphdb.engines.neo4j.jars import jars
from graphdb.errors import UserError
from graphdb.store import Store, open_store
from ingest.model_files import DEFAULT_MODEL, resolve
from tests import ray_head as rays
from tests.short_lived import hurry

ENGINES = ("embedded", "neo4j")
IN_CI = os.environ.get("CI", "").lower() == "true"
NOT_RUN = "not run"
"""Property of a test for which something could not be had: what, and why."""
LONGEST = ("test_ends.py", "test_readme.py", "test_kills.py", "test_end_to_end.py", "test_hostile.py")
"""Files that take minutes each, the longest first: no worker is to be left with one of them at the end."""
SERVER = {"neo4j_server", "neo4j_store", "neo4j_jars", "neo4j", "each_store", "embedded_store", "filled", "forge"}
"""Fixtures that take a graph engine: a Neo4j, or the embedded one, which is a server in this process."""
Fill = Callable[[Store], None]
Kept = Callable[[Fill], Store]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="run the long forms: every kill, every random statement")


def pytest_configure(config: pytest.Config) -> None:
    settings.register_profile("test", deadline=None, max_examples=40)
    settings.register_profile("soak", deadline=None, max_examples=1000)
    settings.load_profile("soak" if config.getoption("soak") else "test")
    if not config.getoption("soak"):
        hurry()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what takes a server or a browser, and begin with the files that take long: a worker has whole files."""
    for item in items:
        uses = {*getattr(item, "fixturenames", ())}
        call: Any = getattr(item, "callspec", None)
        if uses & SERVER or (call and "neo4j" in call.params.values()):
            item.add_marker("server")
        if "browser" in uses:
            item.add_marker("browser")
    slow = {item.path for item in items if item.get_closest_marker("slow") or item.get_closest_marker("weights")}
    items.sort(key=lambda item: _turn(item.path, item.path in slow))


def _turn(file: Path, slow: bool) -> int:
    return LONGEST.index(file.name) if file.name in LONGEST else len(LONGEST) + (not slow)


@pytest.fixture(scope="session")
def soak(pytestconfig: pytest.Config) -> bool:
    """Whether a test is to run in its long form."""
    return bool(pytestconfig.getoption("soak"))


@pytest.fixture(scope="session", autouse=True)
def user_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the tests away from the user's own stores and credentials, and let what they start be interrupted."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored, and inherited so, in a background job
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        for name in ("KCIRCUITS_STORE", "NEO4J_URI", "NEO4J_USERNAME", "NEO4J_PASSWORD", "NEO4J_DATABASE"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(autouse=True)
def _convert(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Convert the default model's weights, one worker at a time."""
    if request.node.get_closest_marker("weights"):
        with FileLock(tmp_path_factory.getbasetemp().parent / "weights.lock"):
            resolve(DEFAULT_MODEL, print)


@pytest.fixture
def neo4j_jars(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> None:
    """For tests of servers of their own: Neo4j's jars are here; without them, outside CI, the test is skipped."""
    try:
        _fetch(tmp_path_factory)
    except UserError as error:
        go_without(request, "Neo4j", error)


def _fetch(folders: pytest.TempPathFactory) -> None:
    """Fetch the jars, one worker at a time."""
    with FileLock(folders.getbasetemp().parent / "neo4j.lock"):
        jars(neo4j_local.choose(folders.mktemp("fetching"))[0])


@pytest.fixture(scope="session")
def neo4j_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[neo4j_local.Server]:
    """A real Neo4j on a free port, with a password."""
    _fetch(tmp_path_factory)
    folder = tmp_path_factory.mktemp("neo4j")
    yield neo4j_local.start(folder, port=0)
    neo4j_local.stop(folder)


@pytest.fixture(scope="session")
def ray_head() -> Iterator[rays.Head]:
    """A real Ray of two CPUs on this machine."""
    with rays.running() as head:
        yield head


@pytest.fixture(scope="session")
def running_browser() -> Iterator[Browser | PlaywrightError]:
    """A running browser, or the reason why there is none."""
    with chromium.running() as found:
        yield found


@pytest.fixture
def browser(running_browser: Browser | PlaywrightError, request: pytest.FixtureRequest) -> Browser:
    """A real browser, for pages and for files that leave the store."""
    if isinstance(running_browser, PlaywrightError):
        go_without(request, "browser", running_browser)
    return running_browser


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
def each_store(request: pytest.FixtureRequest) -> Store:
    """The shared store of each engine in turn, with whatever the last test left."""
    try:
        return request.getfixturevalue(f"{request.param}_store")
    except UserError as error:
        if request.param != "neo4j":
            raise
        go_without(request, "Neo4j", error)


@pytest.fixture
def store(each_store: Store) -> Store:
    """An empty store, on each engine in turn."""
    empty(each_store)
    return each_store


_kept: dict[str, Fill] = {}
"""Engine -> what its shared store was filled with, while no other kind of test came between."""


@pytest.fixture(autouse=True)
def _forget(request: pytest.FixtureRequest) -> None:
    if not {"kept", "kept_embedded"} & {*request.fixturenames}:
        _kept.clear()


@pytest.fixture
def kept(each_store: Store, monkeypatch: pytest.MonkeyPatch) -> Kept:
    """Gives a store, on each engine in turn, that holds what a function writes; the test may only read it."""
    return _keeper(each_store, monkeypatch)


@pytest.fixture
def kept_embedded(embedded_store: Store, monkeypatch: pytest.MonkeyPatch) -> Kept:
    """The same on the embedded engine alone."""
    return _keeper(embedded_store, monkeypatch)


def _keeper(store: Store, monkeypatch: pytest.MonkeyPatch) -> Kept:
    """Fill a store only where the test before needed another content, and let nothing write into it afterwards."""

    def filled(fill: Fill) -> Store:
        if _kept.get(store.engine) is not fill:
            empty(store)
            fill(store)
            _kept[store.engine] = fill
        for door in ("transact", "define", "writing"):
            monkeypatch.setattr(Store, door, _refuse)
        return store

    return filled


def _refuse(*_: object) -> NoReturn:
    raise AssertionError("this test only reads: ask for `store` and fill it")


def go_without(request: pytest.FixtureRequest, what: str, error: Exception) -> NoReturn:
    """Fail in CI; elsewhere skip the test and name it, with the reason, in the last lines."""
    if IN_CI:
        raise error
    reason = f"no {what} here: {str(error).splitlines()[0]}"
    request.node.user_properties.append((NOT_RUN, reason))
    pytest.skip(reason)


def empty(store: Store) -> None:
    """Leave nothing in the store but its schema."""
    store.write([("UNWIND $rows AS row MATCH (n) WHERE NOT n:Meta DETACH DELETE n", [{}])])
    shutil.rmtree(store.data_folder, ignore_errors=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in terminalreporter.stats.get("skipped", []):
        for name, reason in report.user_properties:
            if name == NOT_RUN:
                terminalreporter.write_line(f"NOT RUN {report.nodeid}: {reason}", yellow=True)


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
