"""Hostile statements change nothing, read no file, and end in time, on both engines."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from graphdb.dump import digest
from graphdb.engines.neo4j import neo4j_local
from graphdb.errors import UserError
from graphdb.read_only import bolt_door
from graphdb.read_only.guard import ask
from graphdb.read_only.limits import Limits
from graphdb.store import Store, open_store
from graphdb.store import store as store_module
from tests import sample
from tests.hostile import CANARY, everything, statements, with_canary

HURRY = 0.25
"""Seconds that a bomb is given here."""
LATE = 30.0
"""Seconds that a bomb may take beyond its limit: while a full memory is collected every thread of the process stands
still, this one too. A bomb that nobody ends takes far longer, or answers."""


@pytest.fixture(scope="session")
def canary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that every statement may name and none may read."""
    path = tmp_path_factory.mktemp("canary") / "secret.csv"
    path.write_text(f"name,value\n{CANARY},{CANARY}\n")
    return path


def test_there_are_as_many_as_promised() -> None:
    assert len({each.text for each in statements()}) >= 120


@pytest.mark.soak
@pytest.mark.parametrize("outcome", ["refused", "harmless"])
def test_statements_neither_write_nor_read_files(store: Store, canary: Path, outcome: str, *, soak: bool) -> None:
    """The long form looks at the store after each statement, so it tells which one has written."""
    sample.fill(store)
    before, checksum = everything(store), digest(store)
    chosen = [each for each in statements() if each.outcome == outcome]
    assert len(chosen) >= 10
    for each in chosen:
        said, refused = _ask(store, with_canary(each.text, canary), Limits())
        assert CANARY not in said, each
        assert "\n" not in said or not refused, each
        assert refused or outcome == "harmless", each
        assert not soak or everything(store) == before, each
    assert everything(store) == before, "run with --soak to see after which statement"
    assert digest(store) == checksum


def _ask(store: Store, text: str, limits: Limits) -> tuple[str, bool]:
    """What a user sees: the answer and a note if it is cut, or the line that refuses."""
    try:
        answer = ask(store, text, limits=limits)
    except UserError as refusal:
        return str(refusal), True
    assert len(answer.frame) <= limits.rows
    assert (len(answer.frame) == limits.rows) == bool(answer.cut), text
    return answer.frame.to_csv(), False


@pytest.mark.soak  # with both of Java's compilers
@pytest.mark.slow
def test_bombs_end_in_time(bombed: Store) -> None:
    before, checksum = everything(bombed), digest(bombed)
    bombs = [each for each in statements() if each.outcome == "bomb"]
    assert len(bombs) >= 10
    for each in bombs:
        start = time.monotonic()
        _, refused = _ask(bombed, each.text, Limits(rows=1000, seconds=HURRY))
        assert refused or bombed.engine == "neo4j", each  # where a plan or a lazy list makes short work of some
        assert time.monotonic() - start < HURRY + LATE, each
        assert bombed.read("MATCH (m:Model) RETURN count(m) AS n")["n"].tolist() == [1], each
    assert everything(bombed) == before
    assert digest(bombed) == checksum


@pytest.fixture(params=["embedded", "neo4j"])
def bombed(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The sample store; on Neo4j in a server of its own, which goes on with what it cannot end, and is slow then."""
    if request.param == "embedded":
        with open_store(tmp_path / "store") as store:
            sample.fill(store)
            yield store
        return
    request.getfixturevalue("neo4j_jars")
    monkeypatch.setattr(bolt_door, "GRACE", 0.2)
    monkeypatch.setattr(store_module, "PATIENCE", 300.0)
    server = neo4j_local.start(tmp_path, port=0)
    monkeypatch.setenv("NEO4J_USERNAME", server.user)
    monkeypatch.setenv("NEO4J_PASSWORD", server.password)
    try:
        with open_store(server.uri) as store:
            sample.fill(store)
            yield store
    finally:
        os.kill(server.pid, signal.SIGKILL)  # asked to end, it would wait for what it cannot end
        os.waitpid(server.pid, 0)
