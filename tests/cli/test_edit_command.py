"""Edits that cannot be made: one line each, and no store is begun."""

from pathlib import Path

import pytest

from graphdb.store import Store
from ingest.cli.conditions.edit import SHOWN, _rows
from tests import edit_sample
from tests.cli.conftest import Cli


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], "an edit needs a fact and its new object"),
        (["country_capital/France"], "an edit needs a fact and its new object"),
        (["country_capital/France", "--to", " "], "an edit needs a fact and its new object"),
        (["country_capital/France", "--to", "Rome", "--file", "edits.csv"], "leave FACT and --to out"),
        (["--file", "edits.csv"], "edits.csv: cannot be read"),
        (["country_capital/France", "--to", "Rome", "--dry-run", "--circuits"], "leave out --circuits"),
    ],
)
def test_an_edit_without_a_fact_or_an_object(cli: Cli, tmp_path: Path, arguments: list[str], expected: str) -> None:
    assert expected in cli("edit", *arguments, "--store", tmp_path / "store").complaint
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"fact,to\ncountry_capital/France,\n", ":2: no fact or no new object; expected the columns fact and to"),
        (b"subject,object\nFrance,Rome\n", ":2: no fact or no new object; expected the columns fact and to"),
        (b"fact,to\n", "holds no edit; expected a line fact,to and one for each edit"),
        (b"\xff\xfe", "cannot be read"),
    ],
)
def test_a_file_of_edits_that_is_wrong(cli: Cli, tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "edits.csv"
    path.write_bytes(content)
    complaint = cli("edit", "--file", path, "--store", tmp_path / "store").complaint
    assert complaint.startswith(str(path))
    assert expected in complaint
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["country_capital/Frence", "--to", "Rome"], "fact 'country_capital/Frence' is unknown"),
        (["Japan", "--to", "Rome"], "subject 'Japan' has several facts"),
        (["country_capital/France", "--to", "Rome", "--layer", "99"], "layer 99"),
        (["country_capital/France", "--to", "Rome", "--template", "9"], "template"),
    ],
)
def test_a_mistake_that_only_facts_or_model_can_tell(
    cli: Cli, tmp_path: Path, small_folder: Path, arguments: list[str], expected: str
) -> None:
    complaint = cli("edit", *arguments, "--model", small_folder, "--store", tmp_path / "store").complaint
    assert expected in complaint
    assert not (tmp_path / "store").exists()


def test_a_row_each_for_the_edit_and_its_sham(store: Store) -> None:
    edit_sample.fill(store)
    edit, sham = _rows(store, ["toy~12345678"])
    assert tuple(edit) == SHOWN
    assert {"efficacy", "paraphrase", "neighbourhood", "other", "kl", "layer", "seconds"} <= set(edit)
    assert [each["is"] for each in (edit, sham)] == ["edit", "sham"]
    assert (edit["paraphrase"], sham["paraphrase"]) == ((0.875 + 0.5) / 2, 0.0)
    assert edit["kl"] == (8 * 0.25 + 16 * 0.03125) / 24
    assert (edit["seconds"], sham["seconds"], sham["layer"]) == (2.5, 2.5, 1)


def test_an_ingest_of_an_edit_needs_a_store_that_has_it(cli: Cli, tmp_path: Path) -> None:
    answer = cli("ingest", "country_capital", "--edit", "none", "--store", tmp_path / "store")
    assert "store" in answer.complaint
    assert not (tmp_path / "store").exists()
