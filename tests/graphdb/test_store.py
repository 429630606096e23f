import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest
from neo4j import GraphDatabase
from neo4j.exceptions import TransientError

from graphdb import schema
from graphdb.engines.embedded import engine
from graphdb.engines.neo4j import neo4j_local
from graphdb.errors import UserError
from graphdb.store import Store, Transaction, open_store
from tests import sample
from tests.conftest import empty

ROOT = Path(__file__).parents[2]
COUNT = "MATCH (f:Fact) RETURN count(f) AS n"


@contextmanager
def another_process(code: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Run Python code that imports what this file does; killed at the end."""
    process = subprocess.Popen(
        [sys.executable, "-c", f"import sys\nfrom graphdb.store import open_store\n{code}", *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


HOLD = "with open_store(sys.argv[1]) as store:\n    print('open', flush=True)\n    sys.stdin.read()"


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


# What both engines do


def test_columns_are_there_without_rows(store: Store) -> None:
    frame = store.read("MATCH (f:Fact) RETURN f.id AS id, count(*) AS `n rows`")
    assert frame.empty
    assert list(frame.columns) == ["id", "n rows"]


def test_parameters_and_lists_come_back(store: Store) -> None:
    frame = store.read("UNWIND $items AS item RETURN item, $text AS text", {"items": [1, 2], "text": "a'`\"\\é"})
    assert frame.to_dict("list") == {"item": [1, 2], "text": ["a'`\"\\é"] * 2}


def test_a_refused_statement_is_one_line(store: Store) -> None:
    with pytest.raises(UserError, match="refuses the statement") as error:
        store.read("MATCH (f:Fact RETURN f")
    assert "\n" not in str(error.value)


def test_statements_of_a_write_stand_or_fall_together(store: Store) -> None:
    create = "UNWIND $rows AS row CREATE (:Fact {id: row.id})"
    with pytest.raises(UserError):
        store.write([(create, [{"id": "a"}]), (create, [{"id": "b"}, {"id": "a"}])])
    assert store.read(COUNT)["n"][0] == 0


def test_more_rows_than_one_statement_takes(store: Store) -> None:
    rows = [{"id": str(number)} for number in range(4_500)]
    store.write([("UNWIND $rows AS row MERGE (:Fact {id: row.id})", rows)])
    assert store.read(COUNT)["n"][0] == 4_500


def test_a_named_query_answers(store: Store) -> None:
    sample.fill(store)
    assert not store.query("shared_components", min_relations=2).empty


def test_a_newer_schema_is_refused(store: Store) -> None:
    version = "UNWIND $rows AS row MATCH (m:Meta {id: 'schema'}) SET m.version = row.version"
    store.write([(version, [{"version": schema.VERSION + 1}])])
    try:
        with pytest.raises(UserError, match=f"schema version {schema.VERSION + 1}"):
            open_store(store.target)
    finally:
        store.version += 1  # what the store holds now, or the write is refused
        store.write([(version, [{"version": schema.VERSION}])])
        store.version -= 1


# The embedded engine


def test_a_guest_sees_what_the_owner_writes_and_leaves_it_running(embedded_store: Store) -> None:
    sample.fill(embedded_store)
    with open_store(embedded_store.target) as guest:
        assert guest.read(COUNT)["n"][0] == len(sample.FACTS)
    assert embedded_store.read(COUNT)["n"][0] == len(sample.FACTS)


def test_another_process_connects_and_says_nothing(embedded_store: Store) -> None:
    sample.fill(embedded_store)
    code = f"with open_store(sys.argv[1], create=False) as store:\n    print(store.read({COUNT!r})['n'][0])"
    with another_process(code, embedded_store.target) as process:
        assert process.communicate(timeout=60) == (f"{len(sample.FACTS)}\n", "")


def test_the_password_is_the_owners_alone(embedded_store: Store) -> None:
    note = Path(embedded_store.target) / engine.NOTE
    assert stat.S_IMODE(note.stat().st_mode) == 0o600
    assert json.loads(note.read_text())["password"] not in repr(embedded_store) + repr(vars(embedded_store))


@pytest.mark.slow
def test_a_guest_takes_over_when_the_owner_ends(tmp_path: Path) -> None:
    with another_process(HOLD, tmp_path) as owner:
        assert line_of(owner) == "open"
        with open_store(tmp_path) as guest:
            assert guest.read(COUNT)["n"][0] == 0
            assert owner.communicate(timeout=60) == ("", "")
            guest.write([("UNWIND $rows AS row MERGE (:Fact {id: row.id})", [{"id": "a"}])])
            assert guest.read(COUNT)["n"][0] == 1
    assert not (tmp_path / engine.NOTE).exists()


@pytest.mark.slow
def test_a_process_ends_whose_store_was_opened_by_a_thread_that_is_gone(tmp_path: Path) -> None:
    """As in the dashboard, where a visitor's thread opens the store."""
    opening = "threading.Thread(target=open_store, args=sys.argv[1:])"
    with another_process(f"import threading\nopener = {opening}\nopener.start()\nopener.join()", tmp_path) as process:
        assert process.wait(60) == 0


@pytest.mark.slow
def test_two_processes_that_open_at_once_both_open(tmp_path: Path) -> None:
    with another_process(HOLD, tmp_path) as first, another_process(HOLD, tmp_path) as second:
        assert [line_of(first), line_of(second)] == ["open", "open"]


@pytest.mark.slow
def test_a_killed_writer_leaves_every_acknowledged_batch_whole(tmp_path: Path) -> None:
    code = """
from dataclasses import replace
from tests import sample
from graphdb.writing.writers import write_batch
with open_store(sys.argv[1]) as store:
    sample.fill(store)
    for number in range(10_000):
        method = f"m{number}"
        batch = [replace(c, method=method, id=sample.circuit_id(c.fact_id, method)) for c in sample.CIRCUITS]
        write_batch(store, [], batch)
        print(number, flush=True)
"""
    with another_process(code, tmp_path) as process:
        while line_of(process) != "5":
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
        rest, _ = process.communicate()
    acknowledged = int((["5", *rest.split()])[-1]) + 1
    assert (tmp_path / engine.NOTE).exists()
    with open_store(tmp_path, create=False) as store:
        sizes = store.read(
            "MATCH (c:Circuit)-[:HAS_NODE]->(:CircuitNode)-[e:FLOWS]->(:CircuitNode) WHERE c.method STARTS WITH 'm' "
            "RETURN c.method AS method, c.fact_id AS fact, c.n_edges AS n_edges, count(e) AS edges"
        )
        circuits = store.read("MATCH (c:Circuit) WHERE c.method STARTS WITH 'm' RETURN count(c) AS n")["n"][0]
    assert (sizes["n_edges"] == sizes["edges"]).all()
    assert len(sizes) == circuits == sizes["method"].nunique() * len(sample.CIRCUITS)
    assert {f"m{number}" for number in range(acknowledged)} <= set(sizes["method"])
    assert sizes["method"].nunique() <= acknowledged + 1


def test_an_end_during_creation_blocks_nothing(tmp_path: Path) -> None:
    (tmp_path / engine.LOCK).touch()
    (tmp_path / "server" / "draft").mkdir(parents=True)
    (tmp_path / "server" / "draft" / "schema.json").write_text("{")
    with open_store(tmp_path) as store:
        assert store.read(COUNT)["n"][0] == 0


def test_an_owner_that_does_not_answer_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "PATIENCE", 0.5)
    code = """
from filelock import FileLock
with FileLock(sys.argv[1]):
    print('locked', flush=True)
    sys.stdin.read()
"""
    with another_process(code, tmp_path / engine.LOCK) as owner:
        assert line_of(owner) == "locked"
        with pytest.raises(UserError, match="is locked by another process, which does not answer"):
            open_store(tmp_path)


def test_a_folder_of_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(UserError, match="holds other files and no store"):
        open_store(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_folder_without_a_store_is_not_made_one_by_reading(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no store in"):
        open_store(tmp_path / "store", create=False)
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("place", ["file", "file/store"])
def test_a_file_in_place_of_the_folder(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="is not a folder"):
        open_store(tmp_path / place)


@pytest.mark.parametrize("place", ["/proc/kcircuits", "/dev/null"])
def test_a_place_that_cannot_be_written(place: str) -> None:
    with pytest.raises(UserError, match=r"cannot be written|is not a folder"):
        open_store(place)


def test_the_environment_names_the_store(embedded_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEO4J_URI", "bolt://127.0.0.1:1")
    monkeypatch.setenv("KCIRCUITS_STORE", embedded_store.target)
    with open_store(create=False) as store:
        assert store.target == embedded_store.target


# Servers


@pytest.fixture
def port() -> Iterator[int]:
    """A port whose server answers every handshake with bytes of `answers`, in turn: none in common."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_refuse, args=(server,), daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def _refuse(server: socket.socket) -> None:
    """Answer as a server does that shares no version of Bolt with the client."""
    while True:
        try:
            client, _ = server.accept()
        except OSError:
            return
        with client:
            client.recv(20)
            client.sendall(bytes(4))


def test_a_server_too_old_for_the_driver(port: int) -> None:
    with pytest.raises(UserError, match="expected Neo4j 5 or newer"):
        open_store(f"bolt://127.0.0.1:{port}")


@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
def test_a_dead_server(scheme: str) -> None:
    with pytest.raises(UserError, match=rf"{scheme}://127\.0\.0\.1:1 does not answer \(connection refused\)"):
        open_store(f"{scheme}://127.0.0.1:1")


def test_credentials_in_the_address_are_refused_and_not_repeated() -> None:
    with pytest.raises(UserError, match="NEO4J_PASSWORD") as error:
        open_store("bolt://someone:hidden@127.0.0.1:7687")
    assert "hidden" not in str(error.value)


@pytest.mark.parametrize("address", ["http://127.0.0.1:7474", "bolt://127.0.0.1:port"])
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises(UserError, match="the store's address"):
        open_store(address)


@pytest.fixture
def server(store: Store, neo4j_server: neo4j_local.Server) -> neo4j_local.Server:
    return neo4j_server


@pytest.mark.parametrize("each_store", ["neo4j"], indirect=True)
def test_a_wrong_password(server: neo4j_local.Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEO4J_PASSWORD", "wrong-and-hidden")
    with pytest.raises(UserError, match="set NEO4J_USERNAME and NEO4J_PASSWORD") as error:
        open_store(server.uri)
    assert "hidden" not in str(error.value)


@pytest.mark.parametrize("each_store", ["neo4j"], indirect=True)
def test_a_wrong_database(server: neo4j_local.Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEO4J_DATABASE", "nowhere")
    with pytest.raises(UserError, match="set NEO4J_DATABASE"):
        open_store(server.uri)


@pytest.mark.parametrize("each_store", ["neo4j"], indirect=True)
def test_a_server_without_tls(server: neo4j_local.Server) -> None:
    with pytest.raises(UserError, match="no TLS there"):
        open_store(server.uri.replace("bolt://", "bolt+s://"))


@pytest.mark.parametrize("each_store", ["neo4j"], indirect=True)
def test_reading_does_not_write_on_a_server(store: Store) -> None:
    with pytest.raises(UserError, match="only reading is allowed"):
        store.read("CREATE (f:Fact {id: 'a'}) RETURN f.id AS id")


@pytest.mark.parametrize("each_store", ["neo4j"], indirect=True)
def test_score_files_of_a_server_lie_among_the_users_data(store: Store) -> None:
    assert store.data_folder.is_relative_to(os.environ["XDG_DATA_HOME"])
    assert store.data_folder.name.startswith("127.0.0.1_")


def test_a_deadlock_with_another_writer_is_tried_again(neo4j_store: Store) -> None:
    """The other holds a model and wants what every transaction of a store locks first; ours holds that, and waits."""
    empty(neo4j_store)
    sample.fill(neo4j_store)
    login, begun, runs, lost = neo4j_store.login, Event(), list[int](), list[str]()
    rename = "UNWIND $rows AS row MATCH (m:Model {id: row.id}) SET m.name = row.name"

    def work(transaction: Transaction) -> None:
        runs.append(1)
        begun.set()
        transaction.write([(rename, [{"id": "toy", "name": "new"}])])

    with (
        GraphDatabase.driver(login.uri, auth=(login.user, login.password)) as driver,
        driver.session() as session,
        ThreadPoolExecutor() as pool,
    ):
        other = session.begin_transaction()
        other.run("MATCH (m:Model {id: 'toy'}) SET m.n_layers = m.n_layers").consume()
        ours = pool.submit(neo4j_store.transact, work)
        assert begun.wait(10)
        time.sleep(0.5)  # until ours waits for the model
        try:
            other.run("MATCH (m:Meta) SET m.version = m.version").consume()
            other.commit()
        except TransientError as error:
            lost.append(str(error.code))
        other.close()
        ours.result(60)
    assert len(runs) + len(lost) == 2
    assert all("DeadlockDetected" in code for code in lost)
    assert neo4j_store.read("MATCH (m:Model {id: 'toy'}) RETURN m.name AS name")["name"].to_list() == ["new"]
    empty(neo4j_store)
