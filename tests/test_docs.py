"""What the documents say holds: commands parse, links lead somewhere, every query and command is there."""

import ast
import importlib
import pkgutil
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from graphdb.queries.library import all_queries, bind, load_query
from ingest.cli.program import app

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
TREE = re.compile(r"(?<![\w/.-])(?:graphdb|ingest|dashboard|tests|benchmarks)/[\w./-]*\w")
MODULE = re.compile(r"(?<![\w/.-])(?:graphdb|ingest|dashboard|benchmarks)(?:\.(?!md\b)\w+)+")
COMMANDS: Any = typer.main.get_command(app)


def blocks(page: Path, language: str) -> Iterator[str]:
    return (match[2] for match in FENCE.finditer(page.read_text()) if match[1] == language)


def shell_text(page: Path) -> str:
    """What a page tells its reader to type: its bash blocks, and the lines of console blocks after a `$`."""
    typed = list(blocks(page, "bash"))
    for block in blocks(page, "console"):
        lines = block.replace("\\\n", " ").splitlines()
        typed += [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    return "\n".join(typed).replace("\\\n", " ")


def commands(text: str, program: str) -> list[list[str]]:
    """Return the words after each use of the program, up to a pipe, a comment or the end of the line."""
    lexer = shlex.shlex(re.sub(r"(^|\s)#\s.*$", "", text, flags=re.MULTILINE), posix=True, punctuation_chars="|&;<>\n")
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = " \t", True, ""
    found: list[list[str]] = []
    command: list[str] = []
    for word in [*lexer, "\n"]:
        if set(word) <= set("|&;<>\n"):
            if command and Path(command[0]).name == program:
                found.append(command[1:])
            command = []
        elif command or not re.match(r"^\w+=", word):
            command.append(word)
    return found


def parse(words: list[str]) -> list[str]:
    """Parse a command line down to its last subcommand without running it; return the names on the way."""
    command, names = COMMANDS, []
    while True:
        context = command.make_context("kcircuits", list(words))
        left = [*context._protected_args, *context.args]
        if not hasattr(command, "commands") or not left:
            return names
        name, command, words = command.resolve_command(context, left)
        names.append(name)


def all_commands(command: Any = COMMANDS, path: str = "kcircuits") -> Iterator[str]:
    children = getattr(command, "commands", None)
    if children is None:
        yield path
        return
    for name, child in children.items():
        yield from all_commands(child, f"{path} {name}")


def test_commands_are_read_as_a_shell_reads_them() -> None:
    text = "A=1 kcircuits query x | head  # first\nkcircuits cypher 'MATCH (n)\n RETURN n;' && make demo\n"
    assert commands(text, "kcircuits") == [["query", "x"], ["cypher", "MATCH (n)\n RETURN n;"]]
    assert commands(text, "make") == [["demo"]]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_documented_command_line_is_one_that_kcircuits_takes(page: Path) -> None:
    for words in commands(shell_text(page), "kcircuits"):
        names = parse(words)
        if names == ["query"] and len(words) > 1 and not words[1].startswith("-"):
            given = [words[i + 1] for i, word in enumerate(words) if word == "--param"]
            bind(load_query(words[1]), dict(pair.split("=", 1) for pair in given))


def test_every_documented_make_target_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    used = {word for page in PAGES for words in commands(shell_text(page), "make") for word in words}
    assert {word for word in used if word.isalpha()} <= targets


def test_make_chooses_tests_by_marks_that_are_declared() -> None:
    chosen = re.findall(r'-m "(.*)"', (ROOT / "Makefile").read_text())
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]["markers"]
    known = {line.partition(":")[0] for line in declared} | {"hypothesis"}
    assert len(chosen) == 2
    assert set(re.findall(r"\w+", " ".join(chosen))) - {"not", "and", "or"} <= known


def test_every_python_block_compiles_and_imports_what_exists() -> None:
    for page in PAGES:
        for block in blocks(page, "python"):
            for node in ast.walk(ast.parse(block)):
                if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] in (
                    "graphdb",
                    "ingest",
                ):
                    module = importlib.import_module(str(node.module))
                    missing = [alias.name for alias in node.names if not hasattr(module, alias.name)]
                    assert not missing, f"{page.name}: {node.module} has no {missing}"


def named(pattern: re.Pattern[str]) -> list[tuple[str, str]]:
    """(page, name) of all that README and docs/ name in this way; the change log names what was."""
    return [
        (page.name, name) for page in PAGES if page.name != "CHANGELOG.md" for name in pattern.findall(page.read_text())
    ]


def test_every_file_and_folder_that_is_named_exists() -> None:
    paths = named(TREE)
    assert ("architecture.md", "graphdb/store/locks.py") in paths
    assert [(page, path) for page, path in paths if not (ROOT / path).exists()] == []


def test_every_module_that_is_named_exists() -> None:
    modules = named(MODULE)
    assert ("python.md", "ingest.trace") in modules
    assert [(page, name) for page, name in modules if not is_there(name)] == []


def is_there(name: str) -> bool:
    """Whether a dotted name is a module, or something in one."""
    try:
        pkgutil.resolve_name(name)
    except (ImportError, AttributeError):
        return False
    return True


def test_every_query_is_documented() -> None:
    text = (ROOT / "docs" / "queries.md").read_text()
    assert [query.name for query in all_queries() if not re.search(rf"\b{query.name}\b", text)] == []


def test_every_command_is_documented() -> None:
    text = (ROOT / "docs" / "commands.md").read_text()
    assert [command for command in all_commands() if command not in text] == []


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as the forge derives them."""
    prose = FENCE.sub("", page.read_text())
    headings = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_inside_the_project_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(FENCE.sub("", page.read_text())):
        if re.match(r"^[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), f"{page.name} links to {target}, which is not there"
        if anchor and linked.suffix == ".md":
            assert anchor in anchors(linked), f"{page.name} links to {target}: no such heading"


def test_the_readme_leads_to_every_page() -> None:
    linked = set(LINK.findall((ROOT / "README.md").read_text()))
    missing = {f"docs/{page.name}" for page in PAGES if page.parent.name == "docs"} - {
        link.partition("#")[0] for link in linked
    }
    assert missing == set()
