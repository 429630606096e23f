"""The Trace page: a real worker on a small random model, and what a visitor sees where there can be none."""

import shlex
import sys
from pathlib import Path

import pytest
import torch
from streamlit.testing.v1 import AppTest

from dashboard.data import tracing
from graphdb.errors import UserError
from ingest.methods import DEFAULT, EFFORTS, METHODS
from ingest.model import load
from ingest.model.forward import last_logits, run
from ingest.model_files import resolve
from tests.dashboard.conftest import forget
from tests.dashboard.test_pages import texts, visit
from tests.ingest.conftest import save_small_model

CLEAN, CORRUPT = "w1 w2 w3 w4 w5", "w1 w2 w9 w4 w5"


@pytest.fixture(scope="module")
def request_(tmp_path_factory: pytest.TempPathFactory) -> tracing.Request:
    """A trace of a small model that there is something to find in."""
    folder = save_small_model(tmp_path_factory.mktemp("models") / "small", "llama")
    model = load(resolve(str(folder), print))
    with torch.no_grad():
        tokens = torch.tensor([model.encode(CLEAN), model.encode(CORRUPT)])
        logits = last_logits(model.weights, run(model.weights, tokens).final)
    effect = logits[0] - logits[1]
    words = f"w{int(effect.argmax())}", f"w{int(effect.argmin())}"
    return tracing.Request(CLEAN, *words, CORRUPT, str(folder), "secant", "quick")


def fill(app: AppTest, request: tracing.Request) -> AppTest:
    """Fill the form in and send it."""
    given = {"Prompt": request.prompt, "Answer": request.answer, "Corrupt prompt": request.corrupt}
    given |= {"Instead": request.instead, "Model": request.model}
    for field in app.text_input:
        field.set_value(given[field.label])
    for box, value in zip(app.selectbox, (request.method, request.effort), strict=True):
        box.set_value(value)
    app.button[0].click().run(timeout=200)
    assert not app.exception
    return app


@pytest.mark.slow
def test_a_prompt_is_traced_and_its_figures_stand_beside_their_baselines(
    request_: tracing.Request, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KCIRCUITS_STORE", str(tmp_path / "nothing"))  # the page asks no store
    forget()
    app = fill(visit("trace"), request_)
    assert not app.error
    figures = {metric.label: metric.value for metric in app.metric}
    assert int(figures["Edges"]) == len(app.dataframe[0].value) > 0
    assert f"`{CLEAN}` **{request_.answer}**, against the corrupt prompt `{CORRUPT}`" in texts(app)
    assert "One corrupt prompt found this circuit" in texts(app)
    assert app.status[0].label.startswith("Traced in")
    assert app.status[0].state == "complete"
    words = shlex.split(app.code[0].value)
    assert words[:3] == ["kcircuits", "trace", "--save"]
    assert words[-2:] == ["--", CLEAN]
    assert not (tmp_path / "nothing").exists()


@pytest.mark.slow
def test_a_mistake_shows_the_line_of_the_command(request_: tracing.Request) -> None:
    shorter = tracing.Request(CLEAN, request_.answer, request_.instead, "w1 w2", request_.model, "secant", "quick")
    app = fill(visit("trace"), shorter)
    assert app.error[0].value.startswith("the prompt has 5 tokens, the corrupt one 2; they part at")
    assert not app.status[0].error, "the status is folded: nobody would see it"
    assert not app.metric


def test_without_torch_the_page_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "find_spec", lambda name: None)
    app = visit("trace")
    assert "torch is not installed" in app.info[0].value
    assert app.code[0].value == "pip install 'knowledge-circuits[ingest]'"
    assert not app.text_input


@pytest.mark.slow
def test_the_form_offers_what_the_engine_has() -> None:
    assert tuple(EFFORTS) == tracing.EFFORTS
    assert tuple(METHODS) == tracing.METHODS
    assert tracing.METHODS[0] == DEFAULT


def test_the_form_is_whole_before_any_worker_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "run", lambda *_: pytest.fail("a worker was started"))
    app = visit("trace")
    method, effort = app.selectbox
    assert (method.options, method.value) == (list(METHODS), DEFAULT)
    assert (effort.options, effort.value) == (list(EFFORTS), "default")


def test_a_text_is_no_option() -> None:
    words = tracing.Request("--help", "-a", "b", "", "m", "secant", "quick").words
    assert words == [
        "trace",
        "--answer=-a",
        "--instead=b",
        "--model=m",
        "--method=secant",
        "--effort=quick",
        "--",
        "--help",
    ]


def script(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Put a program in the place of `kcircuits`."""
    program = folder / "kcircuits"
    program.write_text(f"#!{sys.executable}\n{text}")
    program.chmod(0o755)
    monkeypatch.setattr("dashboard.data.tracing.sysconfig.get_path", lambda _: str(folder))


def test_a_worker_that_breaks_is_told_by_its_last_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(tmp_path, monkeypatch, "1 / 0")
    with pytest.raises(UserError, match="ZeroDivisionError: division by zero"):
        tracing.run([], lambda _: None)


def test_a_long_answer_does_not_block_the_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(
        tmp_path, monkeypatch, "import json, sys; print(json.dumps('x' * 10**6)); print('y' * 10**6, file=sys.stderr)"
    )
    assert len(tracing.run([], lambda _: None)) == 10**6


def test_a_visitor_who_leaves_ends_the_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(
        tmp_path,
        monkeypatch,
        f"import os, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(99)",
    )
    pid = tmp_path / "pid"

    def leave(_: float) -> None:
        if pid.exists() and pid.read_text():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tracing.run([], leave)
    assert not Path(f"/proc/{pid.read_text()}").exists()
