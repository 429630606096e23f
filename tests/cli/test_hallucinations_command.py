"""`kcircuits hallucinations` on a store whose every figure can be worked out by hand."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from graphdb.store import open_store
from tests import rival_sample, sample
from tests.cli.conftest import Cli


@pytest.fixture
def answered(tmp_path: Path) -> Iterator[Path]:
    with open_store(tmp_path / "store") as store:
        rival_sample.fill(store)
        yield tmp_path / "store"


def test_wrong_answers_stand_above_kinds_and_parts(cli: Cli, answered: Path) -> None:
    answer = cli("hallucinations", "--store", answered)
    assert answer.status == 0, answer
    for text in ("country_capital/Italy", " Milan", "Kinds of wrong answers", "How often each part favours the rival"):
        assert text in answer.out
    assert "country_capital/France" not in answer.out, "right"
    assert "Milan" not in cli("hallucinations", "--summary", "--store", answered).out


def test_a_share_has_its_interval(cli: Cli, answered: Path) -> None:
    rows = json.loads(cli("hallucinations", "--summary", "--format", "json", "--store", answered).out)
    wrong = {row["part"]: row for row in rows if row["wrong"]}
    assert (wrong["mlps"]["favour_rival"], wrong["mlps"]["facts"]) == (2, 3)
    assert (wrong["mlps"]["low"], wrong["mlps"]["high"]) == (0, 1)
    assert (wrong["embed"]["low"], wrong["embed"]["high"]) == (0, 0)
    (mexico,) = json.loads(cli("hallucinations", "country_currency", "--format", "json", "--store", answered).out)
    assert (mexico["rival"], mexico["movers"], mexico["for_rival"]) == (" Mexican", -1, ["m1", "m0"])


def test_nothing_measured_and_an_unknown_relation(cli: Cli, tmp_path: Path) -> None:
    with open_store(tmp_path / "store") as store:
        sample.fill(store)
        answer = cli("hallucinations", "--store", tmp_path / "store")
        assert (answer.status, answer.out) == (0, "")
        assert "nothing found" in answer.err
        complaint = cli("hallucinations", "country_capitol", "--store", tmp_path / "store").complaint
        assert "relation 'country_capitol' is unknown; nearest: country_capital" in complaint


def test_an_ingest_without_roles_finds_no_wrong_answers(cli: Cli, tmp_path: Path) -> None:
    command = ("ingest", "country_capital", "--wrong-answers", "--no-roles", "--store", tmp_path / "store")
    assert "wrong-answers: what pushes them is told by movers" in cli(*command).complaint
    assert not (tmp_path / "store").exists()
