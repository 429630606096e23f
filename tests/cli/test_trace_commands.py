"""`kcircuits methods`, `trace` and `evaluate`, on a small random model and once on the default one."""

import json
from dataclasses import asdict
from pathlib import Path
from time import perf_counter

import pytest
import torch

from graphdb.store import open_store
from ingest.methods import METHODS, table
from ingest.model import load
from ingest.model.forward import last_logits, run
from ingest.model_files import resolve
from ingest.settings import Settings
from ingest.trace import trace
from tests.cli.conftest import Cli

CLEAN, CORRUPT = "w1 w2 w3 w4 w5", "w1 w2 w9 w4 w5"
EVALUATED = (
    *("faithfulness", "faithfulness_lowest", "faithfulness_both_ways", "faithfulness_size", "faithfulness_random"),
    *("needed", "loss_10", "loss_30", "completeness", "divergence", "top1"),
    *("metric_clean", "metric_ablated", "metric_circuit", "rank_model", "rank_circuit", "rank_random"),
)
"""Figures that must be measured as they are stored."""


@pytest.fixture(scope="module")
def words(small_folder: Path) -> tuple[str, str]:
    """Answer and foil that the corrupt prompt moves most."""
    model = load(resolve(str(small_folder), print))
    tokens = torch.tensor([model.encode(CLEAN), model.encode(CORRUPT)])
    with torch.no_grad():
        logits = last_logits(model.weights, run(model.weights, tokens).final)
    effect = logits[0] - logits[1]
    return f"w{int(effect.argmax())}", f"w{int(effect.argmin())}"


@pytest.fixture
def asked(small_folder: Path, words: tuple[str, str]) -> tuple[object, ...]:
    answer, instead = words
    options = ("--corrupt", CORRUPT, "--model", small_folder, "--method", "secant", "--effort", "quick")
    return ("trace", CLEAN, "--answer", answer, "--instead", instead, *options)


def test_methods_are_those_of_the_registry(cli: Cli) -> None:
    answer = cli("methods", "--format", "json")
    rows = {row["method"]: row for row in json.loads(answer.out)}
    assert (answer.status, list(rows)) == (0, list(METHODS))
    for name, method in METHODS.items():
        assert (rows[name]["price"], rows[name]["source"]) == (method.price, method.source)


def test_methods_show_what_was_measured_and_say_what_was_not(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = {"method": "secant", "effort": "quick", "price_f": 3.1, "cmd": 0.0408, "log_cmd": 0.33, "size85": 1413}
    row |= {
        "ablation": "corrupt",
        "f_at": {".001": 0.5},
        "e_unseen": 0.411,
        "measured_on": "30 facts",
        "date": "2026-01-02",
    }
    (tmp_path / "quality.json").write_text(json.dumps([row, row | {"ablation": "mean", "cmd": 0.03}]))
    monkeypatch.setattr(table, "QUALITY", tmp_path / "quality.json")
    rows = json.loads(cli("methods", "--format", "json").out)
    measured = [row for row in rows if row["measured"] != "not measured"]
    assert [(each["method"], each["effort"], each["ablation"], each["cmd"]) for each in measured] == [
        ("secant", "quick", "corrupt", 0.0408),
        ("secant", "quick", "mean", 0.03),
    ]
    assert (measured[0]["f_0.1%"], measured[0]["f_1%"]) == (0.5, None)
    assert measured[0]["measured"] == "30 facts, 2026-01-02"
    assert {each["method"] for each in rows} == set(METHODS)
    assert "not measured" in cli("methods").out


def test_a_trace_prints_its_figures_beside_their_baselines(cli: Cli, asked: tuple[object, ...]) -> None:
    answer = cli(*asked, "--top", 2)
    assert (answer.status, answer.err) == (0, "")
    for part in ("random circuits", "model without the circuit", "rank of the answer", "One corrupt prompt found"):
        assert part in answer.out
    edges = answer.lines[answer.lines.index("Strongest edges") + 2 :]
    assert edges[2] == ""


def test_a_trace_is_the_same_from_python(
    cli: Cli, asked: tuple[object, ...], small_folder: Path, words: tuple[str, str]
) -> None:
    printed = json.loads(cli(*asked, "--format", "json").out)["circuit"]
    settings = Settings("secant", "quick")
    model = load(resolve(str(small_folder), print))
    found = trace(model, CLEAN, answer=words[0], instead=words[1], corrupt=CORRUPT, settings=settings).circuit
    assert printed["figures"]["faithfulness"] == found.faithfulness
    assert [edge["edge"] for edge in printed["edges"]] == [edge.id for edge in found.edges]
    rows = cli(*asked, "--format", "csv").lines
    assert len(rows) == 1 + found.n_edges
    assert printed["native_edges"] == model.record.n_edges
    assert printed["figures"].keys() >= asdict(found).keys() - {"id", "fact_id", "model_id", "run_id", "places"} - {
        name for name in asdict(found) if name.startswith("n_")
    }


@pytest.mark.slow
def test_a_trace_is_stored_if_asked_and_evaluates_to_the_same(
    cli: Cli, asked: tuple[object, ...], tmp_path: Path
) -> None:
    store, folder = tmp_path / "store", asked[asked.index("--model") + 1]
    assert cli(*asked).status == 0
    assert not store.exists()
    answer = cli(*asked, "--save", "--store", store)
    assert answer.status == 0
    assert "kcircuits show 'trace/" in answer.err
    fact = f"trace/{CLEAN} {asked[3]} / {CORRUPT} {asked[5]}"
    near = json.loads(cli(*asked, "--format", "json", "--store", store).out)["nearest"]
    assert near["facts"] == []
    assert near["why_none"].startswith("the store has no other circuit of")
    other = [*asked[:7], "w1 w2 w8 w4 w5", *asked[8:]]
    near = json.loads(cli(*other, "--format", "json", "--store", store).out)["nearest"]
    assert near["why_none"].startswith("the stored circuits are all one profile")
    assert cli("show", fact, "--store", store).status == 0
    again = cli("evaluate", fact, "--model", folder, "--curve", "--format", "json", "--store", store)
    rows = json.loads(again.out)
    assert again.status == 0
    assert [row["figure"] for row in rows if row["held"]] == list(EVALUATED)
    assert all(abs(row["difference"]) < 1e-5 for row in rows if row["held"])
    assert [row["stored"] for row in rows if not row["held"]] == [None] * 11


@pytest.mark.slow
def test_a_trace_says_which_stored_circuits_are_most_like_it(
    cli: Cli, asked: tuple[object, ...], tmp_path: Path
) -> None:
    corrupt = asked.index("--corrupt") + 1
    for word in (CORRUPT, "w1 w2 w9 w8 w5"):
        changed = [*asked[:corrupt], word, *asked[corrupt + 1 :]]
        assert cli(*changed, "--save", "--store", tmp_path / "store").status == 0
    changed = [*asked[:corrupt], "w1 w2 w8 w4 w5", *asked[corrupt + 1 :], "--store", tmp_path / "store"]
    near = json.loads(cli(*changed, "--format", "json").out)["nearest"]
    assert len(near["facts"]) == 2
    assert {row["relation"] for row in near["facts"]} == {"trace"}
    assert near["why_none"] == ""
    assert "Most like that of" in cli(*changed).out


@pytest.mark.slow
def test_a_circuit_that_measures_otherwise_gives_exit_code_1(
    cli: Cli, asked: tuple[object, ...], tmp_path: Path
) -> None:
    store, model = tmp_path / "store", asked[asked.index("--model") + 1]
    assert cli(*asked, "--save", "--store", store).status == 0
    with open_store(store) as opened:
        opened.write([("UNWIND $rows AS row MATCH (c:Circuit) SET c.faithfulness = row.f", [{"f": 0.123}])])
        (circuit,) = opened.query("circuits")["circuit"]
    answer = cli("evaluate", circuit, "--model", model, "--store", store)
    assert answer.status == 1
    assert "0 of 1 circuits measure as stored" in answer.err
    (line,) = (line for line in answer.lines if line.startswith("faithfulness "))
    assert line.split()[1] == "0.123"


@pytest.mark.slow
def test_evaluate_finds_what_an_ingest_stored(cli: Cli, small_folder: Path, tmp_path: Path) -> None:
    lines = ["relation,subject,object,prompt", *(f"next,w{n},w{n + 20},w40 w41 {{}} w42" for n in range(1, 10))]
    (tmp_path / "facts.csv").write_text("\n".join(lines))
    store = ("--store", tmp_path / "store")
    options = ("--model", small_folder, "--include-unknown", "--method", "secant", "--curve")
    assert cli("ingest", tmp_path / "facts.csv", *options, *store).status == 0
    with open_store(tmp_path / "store") as opened:
        circuits = list(opened.query("circuits")["circuit"])
    rows = json.loads(cli("evaluate", *circuits, "--model", small_folder, "--format", "json", "--curve", *store).out)
    held = [row for row in rows if row["held"]]
    assert len(held) == len(EVALUATED) * len(circuits) >= len(EVALUATED)
    assert max(abs(row["difference"]) for row in held) < 1e-3
    assert all(row["stored"] is not None for row in rows)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["evaluate", "country_capital/France"], "say with --model where that is now"),
        (["evaluate", "country_currency/Mexico"], "country_currency/Mexico has no circuit"),
        (["evaluate", "France", "--method", "eap"], "no circuit found by eap"),
        (["evaluate", "Frence"], "nearest: France"),
    ],
)
def test_what_cannot_be_evaluated(cli: Cli, in_filled: object, arguments: list[str], expected: str) -> None:
    assert expected in cli(*arguments).complaint


def test_other_weights_than_the_circuits_are_refused(cli: Cli, in_filled: object, small_folder: Path) -> None:
    complaint = cli("evaluate", "country_capital/France", "--model", small_folder).complaint
    assert "the store's circuits of toy were found with abababababab" in complaint


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (["--corrupt", "w1 w2 w9"], "has 5 tokens, the corrupt one 3"),
        (["--instead", " "], "instead ' ' is empty"),
        (["--method", "secand"], "method 'secand' is unknown; nearest: secant"),
        (["--effort", "quik"], "effort 'quik' is unknown; nearest: quick"),
        (["--ablation", "none"], "ablation 'none' is unknown"),
        (["--faithfulness", "0"], "faithfulness 0 is out of range"),
        (["--model", "smolm2-135m"], "model 'smolm2-135m' is unknown"),
        (["--top", "0"], "--top"),
    ],
)
def test_a_bad_trace_is_one_line_and_stores_nothing(
    cli: Cli, asked: tuple[object, ...], tmp_path: Path, changed: list[str], expected: str
) -> None:
    assert expected in cli(*asked, *changed, "--save", "--store", tmp_path / "store").complaint
    assert not (tmp_path / "store").exists()


@pytest.mark.weights
def test_the_default_model_traces_a_prompt_of_ones_own_in_seconds(cli: Cli) -> None:
    start = perf_counter()
    asked = ("The capital of France is", "--answer", " Paris", "--instead", " Berlin")
    circuit = json.loads(cli("trace", *asked, "--effort", "quick", "--format", "json").out)["circuit"]
    figures = circuit["figures"]
    assert perf_counter() - start < 120
    assert figures["corrupt_prompt"] == "The capital of Germany is"
    assert (figures["answer"], figures["foil"]) == (" Paris", " Berlin")
    assert figures["reached"]
    assert figures["faithfulness"] >= 0.85 > 0.3 > figures["faithfulness_random"]
    assert len(circuit["edges"]) == figures["edges"] < 0.01 * circuit["native_edges"]
