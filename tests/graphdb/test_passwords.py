"""A server's password comes from the environment, a private file or a prompt."""

from pathlib import Path

import pytest

from graphdb import passwords
from graphdb.errors import UserError
from graphdb.passwords import server_password
from graphdb.store import open_store


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
