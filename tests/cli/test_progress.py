import io
import re

import pytest
from rich.console import Console
from rich.progress import Progress

from ingest.cli import progress
from ingest.cli.progress import COLUMNS, Bars, Lines


def test_bars_show_facts_done_facts_a_minute_and_time_left() -> None:
    clock = iter(range(1000))
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=100)
    with Progress(*COLUMNS, console=console, auto_refresh=False, get_time=lambda: float(next(clock))) as shown:
        bars = Bars(shown)
        bars.stage("recall", 8)
        bars.advance(8)
        bars.stage("circuits", 30)
        for _ in range(3):
            bars.advance(5)
        bars.note("converting [a] model")
        shown.refresh()
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", screen.getvalue())
    assert "8/8" in text
    assert "15/30" in text
    assert re.search(r"\d+ facts/min", text)
    assert re.search(r"0:00:\d\d", text)
    assert "converting [a] model" in text


def test_lines_tell_the_beginning_the_end_and_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = iter([0.0, 0.0, 4.0, 12.0, 13.0, 20.0])
    monkeypatch.setattr(progress, "monotonic", lambda: next(seconds))
    lines = Lines()
    lines.stage("circuits", 40)
    for _ in range(4):
        lines.advance(10)
    assert capsys.readouterr().err.splitlines() == [
        "circuits: 40 facts",
        "circuits: 20 of 40, 100 facts/min, 12 s left",
        "circuits: 40 of 40, 120 facts/min, 0 s left",
    ]


def test_what_is_shown_never_falls(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch ends before anything new is heard of those that run beside it."""
    monkeypatch.setattr(progress, "EVERY", 0.0)
    lines = Lines()
    lines.stage("circuits", 40)
    lines.within(18)
    lines.advance(10)
    lines.within(6)
    lines.within(12)
    counts = re.findall(r"(\d+) of 40", capsys.readouterr().err)
    assert counts == ["18", "18", "18", "22"]
