"""What cannot be demonstrated: one line each, and no store is begun."""

from pathlib import Path

import pytest

from ingest.cli.conditions.demonstrate import read_shots
from tests.cli.conftest import Cli


@pytest.mark.parametrize("shots", ["", "0", "one", "-1", "1,,3", "1.5", "17", "²"])
def test_shots_that_are_no_numbers(cli: Cli, tmp_path: Path, shots: str) -> None:
    answer = cli("demonstrate", "country_capital", f"--shots={shots}", "--store", tmp_path / "store")
    assert answer.complaint == (
        f"shots {shots!r}: give whole numbers up to 16 with commas, one above 0, such as --shots 0,1,3"
    )
    assert not (tmp_path / "store").exists()


def test_shots_are_numbers_in_any_order() -> None:
    assert read_shots("3, 0,1,3") == (1, 3)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], "there is no store yet: name packaged relations"),
        (["country_capitals"], "relation 'country_capitals' is unknown"),
        (["country_capital", "--template", "9"], "template"),
    ],
)
def test_what_no_store_can_be_begun_for(cli: Cli, tmp_path: Path, arguments: list[str], expected: str) -> None:
    answer = cli("demonstrate", *arguments, "--store", tmp_path / "store")
    assert expected in answer.complaint
    assert not (tmp_path / "store").exists()
