"""`check` and `delete` as a user meets them."""

import json
from collections.abc import Iterator

import pytest

from graphdb.store import Store
from tests.cli.conftest import Cli
from tests.sample import CIRCUITS, fill


@pytest.fixture
def in_mended(in_filled: Store) -> Iterator[Store]:
    """The filled store that other tests share, filled again after this one."""
    yield in_filled
    fill(in_filled)


def test_check_says_that_nothing_is_wrong(cli: Cli, in_filled: Store) -> None:
    answer = cli("check")
    assert (answer.status, answer.lines, answer.err) == (0, ["nothing is wrong"], "")
    assert json.loads(cli("check", "--format", "json").out) == []


def test_check_finds_mends_and_is_content(cli: Cli, in_mended: Store) -> None:
    in_mended.write([("UNWIND $rows AS row MATCH (n:FactSummary) SET n.n_facts = 77", [{}])])
    answer = cli("check", "--format", "json")
    (row,) = json.loads(answer.out)
    assert (answer.status, row["problem"], row["mended"]) == (1, "summaries wrong", False)
    mended = cli("check", "--repair")
    assert (mended.status, "rebuilt from the circuits" in mended.out) == (1, True)
    assert cli("check").status == 0


def test_delete_counts_asks_and_deletes(cli: Cli, in_mended: Store) -> None:
    name = CIRCUITS[0].id
    counted = cli("delete", "circuit", name, "--dry-run")
    assert counted.status == 0
    assert ["edges", "6"] in [line.split() for line in counted.lines]
    answer = cli("delete", "circuit", name)
    assert answer.status == 2
    assert answer.err.splitlines() == [f"kcircuits: nobody can be asked whether to delete circuit {name}: say --yes"]
    assert len(in_mended.query("circuits")) == 5
    assert cli("delete", "circuit", name, "--yes").lines[-1] == "deleted"
    assert len(in_mended.query("circuits")) == 4
    assert "circuit" in cli("delete", "circuit", name, "--yes").complaint
