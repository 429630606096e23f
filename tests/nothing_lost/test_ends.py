"""What an ingest does when the database goes away, the disk is full, or another ingest is at work."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from graphdb.engines.neo4j import neo4j_local
from graphdb.errors import UserError
from graphdb.queries.lookup import run_states
from graphdb.store import Store, locks, open_store
from tests.conftest import empty
from tests.graphdb.test_store import HOLD, another_process, line_of
from tests.nothing_lost.conftest import Whole, finish
from tests.nothing_lost.contents import contents
from tests.nothing_lost.forge import Child, Forge, Job

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # they fetch and start whole servers

LARGE = 1 << 30


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folder of a Neo4j that tests may kill: one after the other they find it running, or start it."""
    folder = tmp_path_factory.mktemp("mortal") / "neo4j"
    yield folder
    neo4j_local.stop(folder)


@pytest.fixture
def server(neo4j_jars: None, mortal: Path, monkeypatch: pytest.MonkeyPatch) -> neo4j_local.Server:
    """A Neo4j to be killed, with an empty store, and with its credentials in the environment."""
    server = neo4j_local.start(mortal, port=0)
    monkeypatch.setenv("NEO4J_USERNAME", server.user)
    monkeypatch.setenv("NEO4J_PASSWORD", server.password)
    with open_store(server.uri) as store:
        empty(store)
    return server


def restart(server: neo4j_local.Server, sent: signal.Signals) -> neo4j_local.Server:
    """End the server by a signal and start it again at the same address."""
    os.kill(server.pid, sent)
    os.waitpid(server.pid, 0)
    return neo4j_local.start(server.folder, port=int(server.uri.rpartition(":")[2]))


def test_an_ingest_outlives_its_server(server: neo4j_local.Server, forge: Forge, job: Job, whole: Whole) -> None:
    """The server is killed in the middle and started again; later it is stopped as `docker stop` does."""
    child = forge.start(replace(job, store=server.uri))
    child.await_line("circuits 4")
    server = restart(server, signal.SIGKILL)
    child.await_line("circuits 14")
    restart(server, signal.SIGTERM)
    assert child.wait() == 0, child.lines
    with open_store(server.uri) as store:
        assert contents(store) == whole.store


def test_an_ingest_ends_in_a_line_where_its_server_stays_away(
    server: neo4j_local.Server, forge: Forge, job: Job, whole: Whole
) -> None:
    """What was finished stays, and the same command goes on once the server is there again."""
    job = replace(job, store=server.uri)
    child = forge.start(replace(job, patience=5.0))
    child.await_line("circuits 4")
    os.kill(server.pid, signal.SIGKILL)
    os.waitpid(server.pid, 0)
    assert child.wait() == 2, child.lines
    assert child.lines[-1].startswith(f"refused {server.uri} does not answer")
    assert "start the server" in child.lines[-1]
    neo4j_local.start(server.folder, port=int(server.uri.rpartition(":")[2]))
    with open_store(server.uri) as store:
        assert len(store.query("fingerprints", model="small")) >= 2
    finish(forge, job)
    with open_store(server.uri) as store:
        assert contents(store) == whole.store


def test_a_guest_goes_on_where_the_engine_is_killed(forge: Forge, job: Job, whole: Whole, tmp_path: Path) -> None:
    """The process that runs the embedded engine is killed; the ingest, its guest, runs the engine from then on."""
    job = replace(job, store=str(tmp_path))
    with another_process(HOLD, tmp_path) as owner:
        assert line_of(owner) == "open"
        child = forge.start(job)
        child.await_line("circuits 4")
        owner.kill()
        assert child.wait() == 0, child.lines
    with open_store(tmp_path) as store:
        assert contents(store) == whole.store


def test_of_two_ingests_of_the_same_facts_the_second_is_told(
    store: Store, forge: Forge, job: Job, whole: Whole
) -> None:
    job = replace(job, store=store.target)
    first = forge.start(job)
    first.await_line("recall")
    assert run_states(store.query("runs"), store.is_running) == ["running"]
    second = forge.start(replace(job, effort="default"))
    assert second.wait() == 2
    assert second.lines[-1].startswith("refused another ingest is finding circuits of 'first' in small for ")
    assert first.wait() == 0, first.lines
    assert run_states(store.query("runs"), store.is_running) == ["finished"]
    assert contents(store) == whole.store


def test_two_ingests_of_different_relations_both_finish(store: Store, forge: Forge, job: Job, tmp_path: Path) -> None:
    """At once on one store, and one after the other on another: the same."""
    facts = Path(job.facts).read_text().splitlines()
    for name in ("first", "second"):
        chosen = [line for line in facts if line.startswith((name, "relation"))]
        (tmp_path / name).with_suffix(".csv").write_text("\n".join(chosen))
    jobs = [replace(job, store=store.target, facts=str(tmp_path / f"{name}.csv")) for name in ("first", "second")]
    children = [forge.start(each) for each in jobs]
    assert [child.wait() for child in children] == [0, 0], [child.lines for child in children]
    both = contents(store)
    empty(store)
    for each in jobs:
        finish(forge, each)
    assert contents(store) == both


def test_two_ingests_that_make_their_store_at_once(forge: Forge, job: Job, whole: Whole, tmp_path: Path) -> None:
    """One runs the engine, the other is its guest; one of them is told, the other ends as if alone."""
    job = replace(job, store=str(tmp_path / "store"))
    children = [forge.start(job), forge.start(job)]
    assert sorted(child.wait() for child in children) in ([0, 0], [0, 2]), [child.lines for child in children]
    with open_store(job.store) as store:
        assert contents(store) == whole.store


def test_a_file_that_cannot_grow_ends_an_ingest_in_a_line_and_loses_nothing(
    forge: Forge, job: Job, whole: Whole, tmp_path: Path
) -> None:
    """The engine's log meets a limit, as it would a full disk; what was written stays, and the ingest goes on."""
    job = replace(job, store=str(tmp_path / "store"))
    child = forge.start(replace(job, growth=1_000_000, rash=True))
    assert_out_of_room(child)
    finish(forge, job)
    with open_store(job.store) as store:
        assert contents(store) == whole.store


def assert_out_of_room(child: Child) -> None:
    assert child.wait() == 2, child.lines
    assert child.lines[-1].startswith("refused ")
    assert "free some space" in child.lines[-1]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, in memory. Mounting it takes rights that not every machine gives."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={LARGE}", "none", disk], capture_output=True).returncode:
        pytest.skip("a disk of one's own cannot be mounted without rights; the test of a file's limit stands for it")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


def resize(disk: Path, size: int) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", disk], check=True)


@pytest.mark.parametrize("rash", [False, True], ids=["looking at the room", "until nothing fits"])
def test_a_full_disk_ends_an_ingest_in_a_line_and_loses_nothing(
    forge: Forge, job: Job, whole: Whole, disk: Path, *, rash: bool
) -> None:
    """The disk is made too small in the middle. What was written stays, and the ingest goes on once there is room."""
    job = replace(job, store=str(disk / "store"))
    child = forge.start(replace(job, rash=rash))
    child.await_line("circuits 4")
    resize(disk, shutil.disk_usage(disk).used + (200_000 if rash else locks.ROOM))
    assert_out_of_room(child)
    resize(disk, LARGE)
    finish(forge, job)
    with open_store(job.store) as store:
        assert contents(store) == whole.store


def test_a_store_on_a_disk_that_is_all_but_full_is_read_and_not_written(
    embedded_store: Store, forge: Forge, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The room asked for is raised beyond what any disk has: the rest is real."""
    empty(embedded_store)
    finish(forge, replace(job, store=embedded_store.target))
    before = contents(embedded_store)
    monkeypatch.setattr(locks, "ROOM", 1 << 62)
    with pytest.raises(UserError, match=r"the disk of .* MB free, writing takes .* free some space"):
        empty(embedded_store)
    monkeypatch.undo()
    assert contents(embedded_store) == before
    assert json.loads(before[0])
