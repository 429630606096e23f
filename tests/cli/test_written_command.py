"""`kcircuits written` on a small random model: what it prints, and what it refuses."""

import json
from pathlib import Path

import pytest

from graphdb.records import Fact, Relation
from graphdb.store import open_store
from graphdb.writing.writers import write_facts, write_relations
from ingest.facts.prompts import encode_prompt
from ingest.lens.tokens import written
from ingest.model import load
from ingest.model_files import resolve
from tests.cli.conftest import Cli, cli

__all__ = ["cli"]
WORDS = "w40 w41 {} w42"


@pytest.fixture
def where(small_folder: Path, tmp_path: Path) -> tuple[object, ...]:
    """Options of a command that works on a model and a store with a relation of three facts."""
    with open_store(tmp_path / "store") as store:
        write_relations(store, [Relation("first", "first", "own", (WORDS,))])
        write_facts(store, [Fact(f"first/w{n}", "first", f"w{n}", f"w{n + 9}", (f"w{n + 9}",)) for n in (1, 2, 3)])
    return "--model", small_folder, "--store", tmp_path / "store"


def test_what_components_write_for_a_fact(cli: Cli, where: tuple[object, ...], small_folder: Path) -> None:
    rows = json.loads(cli("written", "w1", "a0.h1", "m1", "--top", "2", "--format", "json", *where).out)
    model = load(resolve(str(small_folder), print))
    fact = Fact("first/w1", "first", "w1", "w10", ("w10",))
    found = written(model, [encode_prompt("w40 w41 w1 w42", fact, model.encode)], ("a0.h1", "m1"), 2)
    assert [(row["component"], row["end"], row["token"]) for row in rows] == [
        (each.component, end, token.text)
        for each in found
        for end, tokens in (("raises", each.promoted), ("lowers", each.suppressed))
        for token in tokens
    ]
    assert "‘" in cli("written", "first/w1", "a0.h1", *where).out


def test_what_a_component_writes_in_most_facts_of_a_relation(cli: Cli, where: tuple[object, ...]) -> None:
    rows = json.loads(cli("written", "first", "m1", "--top", "30", "--format", "json", *where).out)
    assert rows
    assert {row["facts"] for row in rows} == {3}
    assert all(row["share"] > 0.5 for row in rows)
    assert "No token is among the first in more than half" in cli("written", "first", "m1", "--top", "1", *where).err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("w9", "m1"), "fact 'w9' is unknown"),
        (("w1", "m99"), "component 'm99' is unknown"),
        (("w1", "m1", "--template", "3"), "no relation has a template 3"),
    ],
)
def test_what_cannot_be_said(cli: Cli, where: tuple[object, ...], arguments: tuple[str, ...], expected: str) -> None:
    assert expected in cli("written", *arguments, *where).complaint
