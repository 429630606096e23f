import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from benchmarks.discovery.growth import cut, exponent
from benchmarks.discovery.parts import Contractions
from benchmarks.discovery.precision import EDGES, rank_correlation
from benchmarks.memory import resident
from benchmarks.peers import environments, rows
from benchmarks.peers.shape import FACTS, POSITIONS, SUBJECT, prompts, times
from benchmarks.plain import single, spread
from benchmarks.processes import peak_memory, write_facts
from benchmarks.random_models import random_model, random_tasks
from benchmarks.report import Results, Row, beside, read, render, results, write
from ingest.compute.prompt_runs import Runs
from ingest.facts.sets import builtin_relations, read_facts
from ingest.facts.task import Task
from ingest.methods import EFFORTS, METHODS


@pytest.mark.parametrize(
    ("row", "met"),
    [
        (Row("a", 60, "F", "", at_most=60), "yes"),
        (Row("a", 60.1, "F", "", at_most=60), "no"),
        (Row("a", 15_000, "edges/s", "", at_least=15_000), "yes"),
        (Row("a", 14_999, "edges/s", "", at_least=15_000), "no"),
        (Row("a", None, "F", "", at_most=60), ""),
        (Row("a", 1, "F", ""), ""),
    ],
)
def test_whether_a_target_is_met_is_computed(row: Row, met: str) -> None:
    assert row.met == met


def test_the_page_follows_from_the_results_file(tmp_path: Path) -> None:
    rows = (
        Row("whole ingest", 31.25, "F a fact", "timed", at_most=60, group="ingest", date="2026-01-02"),
        Row("written", 16_123.4, "edges/s", "batches", at_least=15_000, group="store", date="2026-01-03"),
        Row("GPU", None, "", "none is used", group="store", date="2026-01-03"),
    )
    measured = results(rows)
    write(measured, tmp_path / "results.json", tmp_path / "page.md")
    assert read(tmp_path / "results.json") == measured
    page = (tmp_path / "page.md").read_text()
    ingest, store = page.partition("## Ingest")[2].split("## Store")
    assert "| whole ingest | 31.2 F a fact | ≤ 60 | yes | timed |" in ingest.splitlines()
    assert "Measured on 2026-01-02." in ingest
    assert "| written | 16,123 edges/s | ≥ 15,000 | yes | batches |" in store.splitlines()
    assert "| GPU | – |  |  | none is used |" in store.splitlines()
    assert "Measured on 2026-01-03." in store
    assert set(measured.machine) >= {"cores", "memory", "processor"}


def test_a_group_measured_anew_leaves_the_others(tmp_path: Path) -> None:
    file, order = tmp_path / "results.json", ["ingest", "store"]
    old = [Row("a", 1, "", "", group="store"), Row("b", 2, "", "", group="ingest"), Row("gone", 3, "", "", group="old")]
    write(beside(results(old), file, [*order, "old"]), file, tmp_path / "page.md")
    found = beside(results([Row("c", 4, "", "", group="ingest")]), file, order)
    assert [row.figure for row in found.rows] == ["c", "a"]


def test_results_are_rendered_on_any_machine() -> None:
    foreign = Results("2026-01-02T03:04+00:00", {"cores": "64"}, {"torch": "2.6.0"}, ())
    assert {"| cores | 64 |", "| torch | 2.6.0 |"} <= set(render(foreign).splitlines())


def test_peak_memory_is_that_of_the_process_at_its_largest() -> None:
    # Written to, so that it is resident, and freed, so that only the high-water mark tells of it.
    code = "import time; x = b'x' * (200 << 20); del x; time.sleep(0.5)"
    assert 200 < peak_memory([sys.executable, "-c", code]) / 2**20 < 260


def test_a_process_that_fails_is_no_measurement() -> None:
    with pytest.raises(RuntimeError, match="no such thing"):
        peak_memory([sys.executable, "-c", "raise SystemExit('no such thing')"])


def test_facts_written_for_an_ingest_are_the_packaged_ones(tmp_path: Path) -> None:
    sets = builtin_relations()
    write_facts(sets, 60, tmp_path / "facts.csv")
    written = [fact for each in read_facts(tmp_path / "facts.csv") for fact in each.facts]
    assert written == [fact for each in sets for fact in each.facts][:60]


def _tasks(count: int, first: int = 0) -> list[Task]:
    clean = torch.arange(first, first + 4 * count).view(count, 4)
    return random_tasks(clean, clean + 1, 1, 2)


def test_batches_are_chosen_evenly_among_facts_and_once_each() -> None:
    batches = [_tasks(1), _tasks(8, 100), _tasks(1, 200), _tasks(2, 300)]
    assert spread(batches, 1) == [batches[1]]
    assert spread(batches, 12) == batches


def test_a_task_of_a_single_donor_is_found_sized_and_judged_by_it() -> None:
    (task,) = random_tasks(torch.tensor([[3, 4]]), torch.tensor([[3, 5]]), 1, 2)
    several = Task(task.prompt, task.donors * 4, 1, 1, 1, 1)
    assert single([several]) == [task]
    assert (list(task.find), list(task.size), list(task.judges)) == ([0], [0], [0])


def test_the_exponent_is_that_of_a_power() -> None:
    values = [2, 4, 8, 16]
    assert exponent(values, [0.3 * value**1.5 for value in values]) == pytest.approx(1.5)
    assert exponent(values, [7.0] * 4) == pytest.approx(0)


def test_a_random_model_is_cut_to_layers_and_heads_and_still_runs(tmp_path: Path) -> None:
    from transformers import LlamaConfig

    shape: dict[str, Any] = {"num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 4, "head_dim": 8}
    config = LlamaConfig(vocab_size=60, hidden_size=32, intermediate_size=48, **shape)
    weights = cut(random_model(config, tmp_path).weights, 2, 3)
    assert (weights.topology.n_layers, weights.topology.n_heads) == (2, 3)
    runs = Runs(weights, _tasks(2))
    with torch.no_grad():
        scores = METHODS["secant"].score_edges(runs, [[0, 0]], EFFORTS["default"])
    assert scores.shape == (2, weights.topology.n_edges)
    assert scores.isfinite().all()


def test_only_products_over_the_residual_stream_count_as_contraction() -> None:
    wide, narrow = torch.rand(2, 3, 6), torch.rand(2, 3, 3)
    with Contractions(5) as other:
        _ = narrow @ wide
    with Contractions(6) as counted:
        _ = wide * 2
        assert counted.seconds == 0
        _ = narrow @ wide
    assert other.seconds == 0
    assert counted.seconds > 0


def test_rank_correlation_is_of_sizes_among_the_strongest_alone() -> None:
    a = np.arange(3.0 * EDGES)
    tail = slice(0, 2 * EDGES)
    shuffled = a.copy()
    shuffled[tail] = shuffled[tail][::-1]
    assert rank_correlation(a, -shuffled) == pytest.approx(1)
    reversed_top = np.concatenate([a[tail], a[2 * EDGES :][::-1]])
    assert rank_correlation(a, reversed_top) == pytest.approx(-1)


def test_memory_that_a_process_holds_is_read_and_a_peak_is_no_smaller() -> None:
    held = bytearray(50 << 20)
    held[::4096] = b"x" * len(held[::4096])
    assert 50 << 20 < resident("VmRSS") <= resident("VmHWM")


def test_peers_are_given_prompts_that_differ_in_the_subject_alone() -> None:
    clean, corrupt = prompts()
    assert clean.shape == (FACTS, POSITIONS)
    differs = (clean != corrupt).all(0)
    assert differs[SUBJECT].all()
    assert differs.sum() == SUBJECT.stop - SUBJECT.start
    assert torch.equal(prompts()[0], clean)


def test_a_method_is_timed_in_forward_passes_of_its_own_library() -> None:
    calls: list[str] = []
    timed = times(lambda: calls.append("forward"), lambda: calls.append("method"), 4)
    assert calls[:2] == ["forward", "method"]
    assert set(calls[2::3]) == set(calls[4::3]) == {"forward"}
    assert set(timed) == {"seconds", "forward"}


def test_a_peer_that_cannot_be_installed_is_one_row_that_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uv = tmp_path / "uv"
    uv.write_text("#!/bin/sh\necho first line >&2\necho no such package >&2\nexit 1\n")
    uv.chmod(0o755)
    monkeypatch.setattr(environments, "UV", uv)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (row,) = rows.auto_circuit_rows({})
    assert row.value is None
    assert row.how == "not measured: no such package"


def test_an_environment_is_made_once_and_anew_for_other_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[str, ...]] = []

    def run(command: list[str], **_: object) -> None:
        made.append(tuple(map(str, command[1:3])))
        (tmp_path / "kcircuits/peers/one").mkdir(parents=True, exist_ok=True)

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for packages in (["a==1"], ["a==1"], ["a==2"]):
        assert environments.environment("one", packages) == tmp_path / "kcircuits/peers/one/bin/python"
    assert made == [("venv", "--clear"), ("pip", "install")] * 2


def test_ours_over_theirs_is_a_row_with_its_target(monkeypatch: pytest.MonkeyPatch) -> None:
    def timed(seconds: float) -> rows.Timed:
        return {"methods": {"eap": {"seconds": seconds, "forward": 3.0}}, "facts": 16, "peak": 1 << 30}

    monkeypatch.setattr(rows, "environment", lambda *_: Path("python"))
    monkeypatch.setattr(rows, "run", lambda _: timed(0.5))
    found = list(rows.auto_circuit_rows(timed(0.1)))
    assert [(row.measured, row.met) for row in found] == [("500 ms a fact", ""), ("5 ×", "yes")]
