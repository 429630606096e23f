"""Fact files that cannot be used: one line that names file and line, and no store is begun."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

LRE = {
    "name": "capital",
    "prompt_templates": ["The capital of {} is"],
    "samples": [{"subject": "France", "object": "Paris"}, {"subject": "Italy", "object": "Rome"}],
}
CSV = "relation,subject,object,prompt\ncapital,France,Paris,The capital of {} is\n"
JSONL = '{"relation": "capital", "subject": "France", "object": "Paris", "prompt": "The capital of {} is"}\n'

BAD = {
    "empty.csv": (b"", ["empty.csv", "empty"]),
    "empty.json": (b" \n", ["empty.json", "empty"]),
    "broken.json": (b'{"name": "capital",\n "samples": [', ["broken.json:2", "JSON"]),
    "broken.jsonl": (JSONL.encode() + b'{"relation": "capital", \n', ["broken.jsonl:2", "JSON"]),
    "broken.csv": (CSV.encode() + b'capital,"Italy,Rome,\n', ["broken.csv:3", "CSV"]),
    "columns.csv": (b"relation,topic,object\ncapital,France,Paris\n", ["columns.csv:1", "topic", "subject"]),
    "keys.jsonl": (b'{"relation": "capital", "topic": "France"}\n', ["keys.jsonl:1", "subject"]),
    "keys.json": (json.dumps(LRE | {"samples": [{"topic": "x"}]}).encode(), ["keys.json:1", "subject"]),
    "latin.csv": (CSV.encode() + "capital,Perú,Lima,\n".encode("latin-1"), ["latin.csv:3", "UTF-8"]),
    "subject.csv": (CSV.encode() + b"capital,,Rome,The capital of {} is\n", ["subject.csv:3", "subject", "empty"]),
    "object.jsonl": (JSONL.replace("Paris", " ").encode(), ["object.jsonl:1", "object", "empty"]),
    "template.json": (
        json.dumps(LRE | {"prompt_templates": ["The capital is"]}).encode(),
        ["template.json", "{}", "subject"],
    ),
    "prompt.csv": (CSV.encode() + b"capital,Italy,Rome,The capital is\n", ["prompt.csv:3", "{}", "subject"]),
    "noprompt.csv": (b"relation,subject,object\nmine,a,b\n", ["noprompt.csv:2", "prompt"]),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("command", ["relations", "ingest"])
def test_a_file_that_holds_no_facts(cli: Cli, tmp_path: Path, command: str, name: str) -> None:
    data, expected = BAD[name]
    (tmp_path / name).write_bytes(data)
    store = [] if command == "relations" else ["--store", tmp_path / "store"]
    complaint = cli(command, tmp_path / name, *store).complaint
    for part in expected:
        assert part in complaint
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("command", ["relations", "ingest"])
def test_a_file_that_is_missing(cli: Cli, tmp_path: Path, command: str) -> None:
    missing = tmp_path / "facts.csv"
    assert str(missing) in cli(command, missing).complaint


@pytest.mark.parametrize("command", ["relations", "ingest"])
def test_a_relation_that_is_unknown(cli: Cli, command: str) -> None:
    complaint = cli(command, "contry_capital").complaint
    assert "'contry_capital'" in complaint
    assert "country_capital" in complaint


def test_a_folder_without_facts(cli: Cli, tmp_path: Path) -> None:
    assert str(tmp_path) in cli("ingest", tmp_path).complaint


@pytest.mark.slow
def test_standard_input(shell: Cli) -> None:
    assert "standard input:2" in shell("relations", "-", stdin=CSV.replace("France", "").encode()).complaint
    assert shell("relations", "-", "--format", "csv", stdin=CSV.encode()).lines[1].startswith("capital,own,1")


def test_merged_facts_are_told_beside_the_answer(cli: Cli, tmp_path: Path) -> None:
    facts = tmp_path / "facts.csv"
    facts.write_text(CSV + "capital,France,Lyon,The capital of {} is\n")
    answer = cli("relations", facts, "--format", "json")
    assert json.loads(answer.out)[0]["facts"] == 1
    assert "all accepted: Paris, Lyon" in answer.err
