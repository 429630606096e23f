"""`kcircuits relations --model` and `kcircuits relation-circuits` on a small random model."""

import json
from pathlib import Path

import pytest

from ingest.cli.program import main
from tests.cli.conftest import Cli
from tests.cli.test_ingest_command import write_facts


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory, small_folder: Path) -> tuple[str, ...]:
    """Options that name a store with circuits of two relations, and their model."""
    folder = tmp_path_factory.mktemp("relations")
    facts, where = (
        write_facts(folder / "facts.csv", 12),
        ("--model", str(small_folder), "--store", str(folder / "store")),
    )
    command = ("ingest", str(facts), "--method", "secant", "--effort", "quick", "--include-unknown")
    assert main([*command, *where]) == 0
    return where


@pytest.mark.slow
def test_it_prints_sizes_figures_and_the_matrix(cli: Cli, ingested: tuple[str, ...]) -> None:
    command = ("relation-circuits", "--method", "secant", *ingested)
    first = cli(*command)
    assert first.status == 0, first
    assert "transfer: " in first.err
    assert "s left" in first.err
    for part in (
        "edges collapsed",
        "95% interval",
        "shuffled",
        "random",
        "(mean) on held-out facts",
        "(vote) on held-out",
    ):
        assert part in first.out
    rows = [line.split() for line in first.lines if "*" in line and line.startswith(("first", "second"))]
    marked = [[cell.endswith("*") for cell in row[1:]] for row in rows]
    assert marked == [[True, False], [False, True]] * 2
    assert cli(*command).out == first.out


@pytest.mark.slow
def test_json_holds_circuits_and_matrix(cli: Cli, ingested: tuple[str, ...]) -> None:
    answer = json.loads(cli("relation-circuits", "first", "--method", "secant", "--format", "json", *ingested).out)
    assert [row["rule"] for row in answer["circuits"]] == ["mean", "vote"]
    assert {(row["circuit_of"], row["facts_of"]) for row in answer["transfer"]} == {("first", "first")}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["frist"], ["'frist'", "nearest: first"]),
        (["--faithfulness", "0"], ["faithfulness 0", "above 0"]),
        (["--method", "eap"], ["by eap", "kcircuits ingest"]),
    ],
)
def test_a_request_that_cannot_be_met(
    cli: Cli, ingested: tuple[str, ...], arguments: list[str], expected: list[str]
) -> None:
    complaint = cli("relation-circuits", *arguments, *ingested).complaint
    for part in expected:
        assert part in complaint


@pytest.mark.slow
def test_relations_says_what_an_ingest_would_cover(cli: Cli, small_folder: Path, tmp_path: Path) -> None:
    facts = write_facts(tmp_path / "facts.csv", 9)
    command = ("relations", facts, "--model", small_folder, "--format", "json")
    rows = json.loads(cli(*command, "--known-rank", 60).out)
    assert [list(row) for row in rows] == [["relation", "facts", "known", "covered", "judged"]] * 2
    assert [(row["relation"], row["facts"], row["known"]) for row in rows] == [("first", 9, 9), ("second", 9, 9)]
    assert all(row["known"] >= row["covered"] >= row["judged"] > 0 for row in rows)
    fewer = json.loads(cli(*command, "--known-rank", 1).out)
    assert sum(row["known"] for row in fewer) < 9
    table = cli("relations", facts, "--model", small_folder)
    assert (table.status, table.lines[0].split()) == (0, ["relation", "facts", "known", "covered", "judged"])
    quick = ("--method", "secant", "--effort", "quick", "--known-rank", 60, "--store", tmp_path / "store")
    with_ingest = cli("ingest", facts, "--model", small_folder, *quick)
    assert with_ingest.lines[0] == f"18 facts, {sum(row['covered'] for row in rows)} of them with a circuit"


def test_relations_lists_those_that_follow_from_others_as_such(cli: Cli) -> None:
    rows = {row["relation"]: row["derived_from"] for row in json.loads(cli("relations", "--format", "json").out)}
    assert sum(not of for of in rows.values()) == 22
    assert rows["landmark_capital"] == ["landmark_country", "country_capital"]
    assert rows["capital_country"] == ["country_capital"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--model", "smollm3"], "'smollm3'"),
        (["--model", "smollm2-135m", "--dtype", "float8"], "dtype 'float8' is unknown"),
        (["--model", "smollm2-135m", "--known-rank", "0"], "known-rank"),
    ],
)
def test_relations_of_a_model_that_is_not_there(cli: Cli, options: list[str], expected: str) -> None:
    assert expected in cli("relations", "country_capital", *options).complaint
