"""Names from the data do nothing to the terminal of whoever looks at them, nor to the reader of a table."""

import csv
import io
import json
from collections.abc import Iterator

import pytest

from graphdb.plain_text import ACTIVE, visible
from graphdb.store import Store, open_store
from tests import hostile_names
from tests.cli.conftest import Cli

FIRST = f"{hostile_names.relation(0)}/{hostile_names.PARTS[0]}"
ESCAPE = f"{hostile_names.relation(6)}/{hostile_names.PARTS[6]}"
COMMANDS = (
    ("status",),
    ("query", "circuits"),
    ("query", "facts_without_circuit"),
    ("query", "recalls"),
    ("query", "least_faithful"),
    ("cypher", "MATCH (f:Fact) RETURN f, f.subject AS `\x1b[31m<b>[red]`, properties(f) AS map, collect(f.id) AS ids"),
    ("show", ESCAPE),
    ("explain", ESCAPE),
    ("compare",),
    ("compare", FIRST, ESCAPE),
    ("nearest", FIRST),
    ("check",),
)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("hostile") / "store") as store:
        hostile_names.fill(store)
        yield store


@pytest.fixture
def in_hostile(hostile: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("KCIRCUITS_STORE", hostile.target)
    return hostile


def active(text: str) -> list[str]:
    """Characters that would act on a terminal; lines end as lines do."""
    return ACTIVE.findall(text.replace("\n", ""))


@pytest.mark.parametrize("form", ["table", "json"])
@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words[:2])[:24].translate({27: "_", 47: "_"}))
def test_output_commands_no_terminal(cli: Cli, in_hostile: Store, words: tuple[str, ...], form: str) -> None:
    answer = cli(*words, "--format", form)
    assert answer.status in (0, 1)
    assert not active(answer.out + answer.err)
    if form == "json":
        json.loads(answer.out)


def test_names_are_seen_with_their_escapes(cli: Cli, in_hostile: Store) -> None:
    shown = cli("query", "recalls").out
    for name in hostile_names.NAMES:
        assert visible(name) in shown
    heads = cli("cypher", "RETURN 1 AS `\x1b[31m[red]x`").lines[0]
    assert heads.strip() == r"\x1b[31m[red]x"


def test_csv_holds_no_formula_and_the_numbers(cli: Cli, in_hostile: Store) -> None:
    text = "MATCH (f:Fact) RETURN f.subject AS `=1+1`, -1.5 AS number, '-2' AS written ORDER BY f.id"
    head, *rows = csv.reader(io.StringIO(cli("cypher", text, "--format", "csv").out, newline=""))
    assert head == ["'=1+1", "number", "written"]
    assert {row[0] for row in rows} >= {"'" + name for name in hostile_names.NAMES if name[0] in "=@"}
    assert {tuple(row[1:]) for row in rows} == {("-1.5", "-2")}


def test_csv_at_a_terminal_is_escaped(cli: Cli, in_hostile: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "MATCH (f:Fact) RETURN f.subject AS subject"
    assert active(cli("cypher", text, "--format", "csv").out)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert not active(cli("cypher", text, "--format", "csv").out)


def test_complaints_are_escaped(cli: Cli, in_hostile: Store) -> None:
    for words in (("show", "\x1b]0;x\x07"), ("query", "\x1b[31m"), ("compare", "\u202e"), ("cypher", "\x9bx")):
        assert not active(cli(*words).complaint)
