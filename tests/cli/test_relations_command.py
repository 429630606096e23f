"""`kcircuits relation-circuits` on a small random model."""

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
