import signal
import subprocess
from dataclasses import asdict
from pathlib import Path

import pytest
import typer

from graphdb.store import open_store
from ingest.cli.program import app
from ingest.model_files import DEFAULT_MODEL
from ingest.options import Options
from tests.cli.conftest import KCIRCUITS, Cli


def write_facts(path: Path, subjects: int) -> Path:
    """Two relations of the small model's words."""
    lines = ["relation,subject,object,prompt"]
    for word in range(1, 1 + subjects):
        lines += [f"first,w{word},w{word + 20},w40 w41 {{}} w42", f"second,w{word},w{word + 30},{{}} w43"]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.slow
def test_an_ingest_fills_a_store_and_says_what_it_found(cli: Cli, small_folder: Path, tmp_path: Path) -> None:
    facts, store = write_facts(tmp_path / "facts.csv", 9), tmp_path / "store"
    command = ("ingest", facts, "--model", small_folder, "--include-unknown", "--store", store)
    first = cli(*command)
    assert first.status == 0, first
    assert "recall: 18 of 18" in first.err
    assert "18 facts" in first.lines[0]
    for part in ("median", "faithfulness", "random circuits", "Hit@10", "that relations share beyond others"):
        assert part in first.out
    assert "Is the nearest other circuit of the same relation?" in first.out
    assert "Most alike" not in first.out, "of two relations, centred on their mean, nothing follows"
    assert f"kcircuits dashboard --store {store}" in first.lines[-1]
    again = cli(*command)
    assert (again.status, again.out) == (0, first.out)
    assert again.err.startswith("The dashboard can be opened now, in another terminal: ")
    assert again.err.endswith(f" dashboard --store {store}\n"), "nothing else is told"


def test_limit_takes_the_first_facts_of_each_relation(cli: Cli, small_folder: Path, tmp_path: Path) -> None:
    facts, store = write_facts(tmp_path / "facts.csv", 9), tmp_path / "store"
    answer = cli("ingest", facts, "--model", small_folder, "--limit", 3, "--known-rank", 1, "--store", store)
    assert answer.lines[0].startswith("6 facts")
    assert "unknown to the model" in answer.out
    with open_store(store, create=False) as opened:
        assert set(opened.query("facts")["subject"]) == {"w1", "w2", "w3"}


@pytest.mark.slow
def test_limit_leaves_the_donors(cli: Cli, small_folder: Path, tmp_path: Path) -> None:
    facts, store = write_facts(tmp_path / "facts.csv", 12), tmp_path / "store"
    method = ("--method", "secant", "--effort", "quick", "--include-unknown")
    answer = cli("ingest", facts, "--model", small_folder, "--limit", 2, *method, "--store", store)
    assert answer.status == 0, answer
    assert "first: 2 facts, " in answer.err
    assert "known, donors a fact " in answer.err
    with open_store(store, create=False) as opened:
        contrasts = opened.query("contrasts")
        donors = [
            donor for part in ("find", "size", "unseen") for each in contrasts[f"donors_{part}"] for donor in each
        ]
        assert set(opened.query("facts")["subject"]) == {"w1", "w2"}
    assert {donor.partition("/")[2] for donor in donors if "/" in donor} - {"w1", "w2"}


@pytest.mark.slow
def test_an_ingest_that_is_stopped_goes_on(small_folder: Path, tmp_path: Path) -> None:
    """By Ctrl-C, and by what ends a service; the second goes on where the first stopped."""
    facts, store = write_facts(tmp_path / "facts.csv", 6), tmp_path / "store"
    options = ["--model", str(small_folder), "--include-unknown", "--batch", "1", "--store", str(store)]
    command = [KCIRCUITS, "ingest", str(facts), *options, "--method", "secant", "--effort", "quick"]
    before = dict[str, str]()
    for stop in (signal.SIGINT, signal.SIGTERM):
        stopped_by(stop, command)
        after = circuits(store)
        assert before.items() <= after.items()
        before = after
    assert subprocess.run(command, capture_output=True, timeout=250).returncode == 0
    after = circuits(store)
    assert before.items() <= after.items()
    assert len(before) < len(after)
    with open_store(store, create=False) as opened:
        (run,) = opened.query("runs").itertuples()
        assert (run.ended != "", run.circuits) == (True, len(after))


def stopped_by(stop: signal.Signals, command: list[str]) -> None:
    """Start an ingest and stop it while it finds circuits."""
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert running.stderr
    for line in running.stderr:
        if line.startswith("circuits:"):
            break
    running.send_signal(stop)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, out) == (130, "")
    assert err.splitlines()[-2:] == [
        "Stopped. What is found is stored; the same command goes on from here.",
        "kcircuits: interrupted",
    ]


def circuits(store: Path) -> dict[str, str]:
    """Circuit -> fingerprint."""
    with open_store(store, create=False) as opened:
        rows = opened.query("fingerprints", model="small")
    return dict(zip(rows["circuit"], rows["fingerprint"], strict=True))


@pytest.mark.slow
def test_other_ways_to_find_circuits_stand_beside_the_default(cli: Cli, small_folder: Path, tmp_path: Path) -> None:
    facts, store = write_facts(tmp_path / "facts.csv", 9), tmp_path / "store"
    command = ("ingest", facts, "--model", small_folder, "--include-unknown", "--method", "secant", "--store", store)
    for options in ((), ("--single-donor",), ("--ablation", "mean", "--curve", "--effort", "quick")):
        assert cli(*command, *options).status == 0
    with open_store(store, create=False) as opened:
        circuits = opened.query("circuits")
    assert set(circuits["method"]) == {"secant", "secant/single", "secant/mean"}
    single = circuits[circuits["method"] == "secant/single"]
    assert set(single["judged_on"]) == {"find"}
    mean = circuits[circuits["method"] == "secant/mean"]
    assert (set(mean["ablation"]), set(mean["effort"])) == ({"mean"}, {"quick"})
    assert all(len(curve) == 10 for curve in mean["curve"])


@pytest.mark.parametrize("name", ["ingest", "trace"])
def test_the_defaults_are_those_of_the_pipeline(name: str) -> None:
    command = typer.main.get_command(app).commands[name]  # pyright: ignore[reportAttributeAccessIssue]
    defaults = {parameter.name: parameter.default for parameter in command.params}
    options = Options()
    expected = asdict(options.settings) | {"model": DEFAULT_MODEL, "faithfulness": options.settings.target}
    expected |= {field: getattr(options, field) for field in ("known_rank", "batch", "include_unknown")}
    expected |= {"device": options.device, "dtype": options.dtype}
    shared = expected.keys() & defaults.keys()
    assert {"model", "method", "effort", "faithfulness", "ablation", "device", "dtype"} <= shared
    assert {each: defaults[each] for each in shared} == {each: expected[each] for each in shared}
