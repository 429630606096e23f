"""A server's password comes from the environment, a private file or a prompt."""

import logging
import traceback
from pathlib import Path

import pytest

from graphdb.dump import write_dump
from graphdb.engines.embedded.engine import Note, Reader
from graphdb.errors import UserError
from graphdb.formats.exports import Kind, export
from graphdb.store import Store, open_store, passwords
from graphdb.store.passwords import server_password
from graphdb.store.types import Login
from tests import sample
from tests.conftest import empty


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A private file that NEO4J_PASSWORD_FILE names, while NEO4J_PASSWORD is not set."""
    path = tmp_path / "password"
    path.write_text("se cret\n")
    path.chmod(0o600)
    monkeypatch.delenv("NEO4J_PASSWORD", raising=False)
    monkeypatch.setenv("NEO4J_PASSWORD_FILE", str(path))
    return path


def test_it_is_the_files_first_line(file: Path) -> None:
    assert server_password("bolt://x", "neo4j") == "se cret"


def test_the_environment_wins_over_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEO4J_PASSWORD", "other")
    assert server_password("bolt://x", "neo4j") == "other"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_file_that_others_may_touch_is_refused(file: Path, mode: int) -> None:
    file.chmod(mode)
    with pytest.raises(UserError, match="chmod 600"):
        server_password("bolt://x", "neo4j")


def test_a_file_that_is_not_there_is_named(file: Path) -> None:
    file.unlink()
    with pytest.raises(UserError, match="cannot be read"):
        server_password("bolt://x", "neo4j")


def test_a_terminal_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NEO4J_PASSWORD", raising=False)
    monkeypatch.setenv("NEO4J_USERNAME", "reader")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    asked: list[str] = []
    monkeypatch.setattr(passwords.getpass, "getpass", lambda prompt: asked.append(prompt) or "typed")
    assert server_password("bolt://x:1", "reader") == "typed"
    assert asked == ["password of reader at bolt://x:1: "]


def test_an_address_with_a_password_is_refused_without_repeating_it() -> None:
    with pytest.raises(UserError) as refusal:
        open_store("bolt://neo4j:hunter2@127.0.0.1:7687")
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize("source", ["environment", "file"])
def test_no_complaint_traceback_or_log_repeats_it(
    file: Path, source: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    if source == "environment":
        monkeypatch.setenv("NEO4J_PASSWORD", "se cret")
    with caplog.at_level(logging.DEBUG), pytest.raises(UserError) as refusal:
        open_store("bolt://127.0.0.1:1")
    assert "bolt://127.0.0.1:1" in str(refusal.value)
    told = "".join(traceback.format_exception(refusal.value)) + caplog.text
    assert "se cret" not in told


def test_no_record_shows_it() -> None:
    reader = Reader(1, "reader", "se cret")
    for each in (
        reader,
        Note("bolt://x", "root", "db", 1, "se cret", reader),
        Login("bolt://x", "me", "se cret", None),
    ):
        assert "se cret" not in f"{each!r} {each}"


def test_no_exported_file_or_repr_holds_it(embedded_store: Store, tmp_path: Path) -> None:
    empty(embedded_store)
    sample.fill(embedded_store)
    password = embedded_store.login.password
    assert len(password) >= 24
    for kind in (Kind.CSV, Kind.JSON, Kind.GRAPHML):
        export(embedded_store, "", kind, tmp_path / f"all.{kind}")
    write_dump(embedded_store, tmp_path / "all.jsonl")
    assert len(list(tmp_path.iterdir())) == 4
    assert all(password not in path.read_text("utf-8") for path in tmp_path.iterdir())
    assert password not in repr(embedded_store)
