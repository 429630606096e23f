"""docs/commands.md has a section for each command, with each of its options and no other."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_main import commands

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE.read_text(), re.MULTILINE | re.DOTALL))


def test_there_is_a_section_for_each_command() -> None:
    documented = [heading.removeprefix("kcircuits ") for heading in SECTIONS if heading.startswith("kcircuits ")]
    assert sorted(documented) == sorted(commands())


@pytest.mark.parametrize("name", commands())
def test_a_section_has_the_options_of_its_command(name: str) -> None:
    rows = [line.split("|")[1] for line in SECTIONS[f"kcircuits {name}"].splitlines() if line.startswith("| `")]
    documented = {option for row in rows for option in re.findall(r"`(-.+?)`", row)}
    assert documented == options(commands()[name])


@pytest.mark.parametrize("name", commands())
def test_the_examples_of_the_help_are_taken(name: str) -> None:
    command = commands()[name]
    examples = [line.strip() for line in (command.help or "").splitlines() if line.strip().startswith("kcircuits ")]
    assert examples
    for example in examples:
        words = shlex.split(re.split(r" [<>] ", example)[0])
        command.make_context(name, words[1 + len(name.split()) :])


def options(command: Any) -> set[str]:
    """Every spelling of a command's options."""
    words = {word for parameter in command.params for word in (*parameter.opts, *parameter.secondary_opts)}
    return {word for word in words if word.startswith("-")} - {"--help", "-h"}
