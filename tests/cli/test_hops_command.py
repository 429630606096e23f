"""`kcircuits hops` on a small random model: what it prints and keeps, and what it refuses."""

import json
from pathlib import Path

import pytest

from graphdb.records import Fact, Relation
from graphdb.store import open_store
from graphdb.writing.writers import write_facts, write_relations
from ingest.hops import pipeline
from ingest.model import load
from ingest.model_files import resolve
from tests.cli.conftest import Cli
from tests.ingest.editing.known import first_word

TEMPLATES = {"first": "w40 w41 {} w42", "second": "w43 {} w44 w45", "both": "w46 w49 {} w47 w48"}


def write_answers(store: Path, folder: Path) -> dict[str, tuple[int, ...]]:
    """Write relations whose hops have the objects that the model itself gives; return words that are none, in three."""
    model = load(resolve(str(folder), print))
    first = {f"w{n}": first_word(model, TEMPLATES["first"].replace("{}", f"w{n}")) for n in range(1, 40)}
    second = {each: first_word(model, TEMPLATES["second"].replace("{}", each)) for each in set(first.values())}
    pairs = {"first": first, "second": second, "both": {each: second[bridge] for each, bridge in first.items()}}
    with open_store(store) as opened:
        for name, of in pairs.items():
            derived = ("first", "second") if name == "both" else ()
            write_relations(opened, [Relation(name, name, "own", (TEMPLATES[name],), derived)])
            write_facts(opened, [Fact(f"{name}/{one}", name, one, two, (two,)) for one, two in of.items()])
    free = [n for n in range(60) if f"w{n}" not in {*first.values(), *second.values()}]
    return {str(third): tuple(free[third::3]) for third in range(3)}


@pytest.mark.slow
def test_a_relation_of_the_store_is_told_and_kept(
    cli: Cli, small_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = ("--model", small_folder, "--store", tmp_path / "store")
    words = write_answers(tmp_path / "store", small_folder)
    monkeypatch.setattr(pipeline, "packaged_vocabularies", lambda _: words)
    (row,) = json.loads(cli("hops", "both", "--format", "json", *where).out)
    assert (row["relation"], row["facts"], row["hops_right"], row["right_given_second"]) == ("both", 39, 39, None)
    assert 0 < row["known"] < 39
    facts = json.loads(cli("query", "hop_facts", "--format", "json", "--store", tmp_path / "store").out)
    assert len(facts) == 39
    table = cli("hops", "both", *where)
    assert "bridge_before_null" in table.out
    assert "hops: 39 of 39" in table.err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["landmark_capitol"], "composed relation 'landmark_capitol' is unknown"),
        (["country_capital"], "composed relation 'country_capital' is unknown"),
        (["landmark_capital", "--template", "7"], "no relation has a template 7"),
    ],
)
def test_what_is_no_composed_relation(
    cli: Cli, small_folder: Path, tmp_path: Path, arguments: list[str], expected: str
) -> None:
    store = tmp_path / "store"
    assert expected in cli("hops", *arguments, "--model", small_folder, "--store", store).complaint
    with open_store(store) as opened:
        assert opened.query("relations").empty
