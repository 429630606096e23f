import os
import re
import signal
import subprocess
import sys
import time
from typing import Any

import pytest
import typer

from ingest.cli.program import app, main
from tests.cli.conftest import KCIRCUITS, Cli

HEAVY = (
    "torch",
    "transformers",
    "pandas",
    "numpy",
    "neo4j",
    "streamlit",
    "pyarrow",
    "pydantic",
    "rich",
    "scipy",
)


def test_help_imports_nothing_heavy() -> None:
    script = "import sys; from ingest.cli import main; main(['--help']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "Usage: kcircuits" in done.stdout
    assert not set(done.stderr.split()) & set(HEAVY)


def test_help_answers_in_half_a_second(shell: Cli) -> None:
    def seconds() -> float:
        start = time.perf_counter()
        assert shell("--help").status == 0
        return time.perf_counter() - start

    assert any(seconds() < 0.5 for _ in range(10))  # the machine may be busy with other tests


def test_without_a_command_the_help_is_shown(cli: Cli) -> None:
    assert cli().out == cli("--help").out
    assert cli("neo4j").out == cli("neo4j", "--help").out


def test_version(cli: Cli) -> None:
    assert re.fullmatch(r"kcircuits \d+\.\d+\.\d+\n", cli("--version").out)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["hubs"], "No such command 'hubs'"),
        (["statsu"], "Did you mean 'status'"),
        (["show"], "Missing argument 'FACT'"),
        (["status", "--frmt", "csv"], "--frmt"),
        (["status", "--format", "xml"], "--format"),
        (["show", "France", "--top", "0"], "--top"),
        (["query", "hubs", "--param"], "--param"),
    ],
)
def test_a_wrong_command_line_gets_one_line(cli: Cli, arguments: list[str], complaint: str) -> None:
    assert complaint in cli(*arguments).complaint


@pytest.mark.slow
def test_a_reader_that_goes_early_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([KCIRCUITS, "query"], stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.slow
def test_ctrl_c_ends_with_one_line_and_130() -> None:
    command = subprocess.Popen([KCIRCUITS, "relations", "-"], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert command.stdin
    command.stdin.write("relation,subject,object\n")
    command.stdin.flush()
    time.sleep(3)  # it now waits for the rest of its input
    command.send_signal(signal.SIGINT)
    _, err = command.communicate(timeout=30)
    assert (command.returncode, err) == (130, "kcircuits: interrupted\n")


def test_a_bug_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphdb.cli.query_help.all_queries", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        main(["query"])


@pytest.mark.parametrize("line", ["kcircuits query sh", "kcircuits ingest country_cap", "kcircuits sta"])
def test_shell_completion(shell: Cli, line: str) -> None:
    answer = shell(_KCIRCUITS_COMPLETE="complete_bash", COMP_WORDS=line, COMP_CWORD=str(len(line.split()) - 1))
    wanted = {"sh": "shared_components", "country_cap": "country_capital", "sta": "status"}
    assert wanted[line.split()[-1]] in answer.out.split()


def test_every_command_has_help_with_an_example() -> None:
    for name, command in commands().items():
        assert f"kcircuits {name}" in (command.help or ""), name


def commands() -> dict[str, Any]:
    """Every command that does something, by its words."""
    root: Any = typer.main.get_command(app)
    found = {}
    for name, command in root.commands.items():
        parts = getattr(command, "commands", None)
        found |= {f"{name} {word}": part for word, part in parts.items()} if parts else {name: command}
    return found
