"""`kcircuits export --all --to jsonl` and `kcircuits import`, there and back."""

from pathlib import Path

from graphdb.dump import digest
from graphdb.store import Store, open_store
from tests.cli.conftest import Cli


def test_a_dump_goes_to_another_store(cli: Cli, in_filled: Store, tmp_path: Path) -> None:
    file = tmp_path / "store.jsonl.gz"
    what = f"{file}: 5 circuits, 21 edges, 5 score files\n"
    assert cli("export", "--all", "--to", "jsonl", "--output", file).out == what
    assert cli("import", file, "--store", tmp_path / "other").out == what
    with open_store(tmp_path / "other") as other:
        assert digest(other) == digest(in_filled)


def test_a_dump_is_of_the_whole_store(cli: Cli, in_filled: Store) -> None:
    assert "--all" in cli("export", "France", "--to", "jsonl").complaint
    assert "--all" in cli("export", "--all", "--model", "toy", "--to", "jsonl").complaint


def test_a_wrong_file_makes_no_store(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "circuits.csv"
    file.write_text("circuit,fact\n")
    complaint = cli("import", file, "--store", tmp_path / "other").complaint
    assert complaint.startswith(f"{file}: holds none of the formats that are read")
    assert not (tmp_path / "other").exists()
