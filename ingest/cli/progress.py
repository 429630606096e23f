"""Shows how an ingest goes: bars on a terminal, a line now and then elsewhere. Both write to standard error."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import (
    Progress as RichProgress,
)
from rich.text import Text

from graphdb.plain_text import visible
from ingest.options import Progress

EVERY = 10.0
"""Seconds between two lines where there is no terminal."""


@contextmanager
def shown_progress() -> Iterator[Progress]:
    """Yield bars if standard error is a terminal, else lines."""
    if not sys.stderr.isatty():
        yield Lines()
        return
    with RichProgress(*COLUMNS, console=Console(stderr=True)) as bars:
        yield Bars(bars)


@contextmanager
def going_on() -> Iterator[None]:
    """After Ctrl-C, say that nothing is lost."""
    try:
        yield
    except KeyboardInterrupt:
        print("Stopped. What is found is stored; the same command goes on from here.", file=sys.stderr)
        raise


class PerMinute(ProgressColumn):
    """Facts a minute, over the last half minute."""

    def render(self, task: Task) -> Text:
        """Return the speed, empty before there is one."""
        return Text(f"{task.speed * 60:.0f} facts/min" if task.speed else "")


COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), PerMinute(), TimeRemainingColumn())


class Bars:
    """One bar a stage, and notes above them."""

    def __init__(self, bars: RichProgress) -> None:
        self._bars = bars
        self._task: TaskID | None = None
        self._done, self._shown = 0, 0.0

    def stage(self, name: str, total: int) -> None:
        """Begin a bar."""
        self._task, self._done, self._shown = self._bars.add_task(name, total=total), 0, 0.0

    def advance(self, facts: int) -> None:
        """Move the last bar."""
        self._done += facts
        self.within(0)

    def within(self, facts: float) -> None:
        """Move the last bar by what is under way."""
        assert self._task is not None, "a stage comes first"
        self._shown = max(self._shown, self._done + facts)  # what is under way elsewhere is told a little later
        self._bars.update(self._task, completed=self._shown)

    def note(self, line: str) -> None:
        """Print a line above the bars."""
        self._bars.console.print(visible(line), markup=False, highlight=False)


class Lines:
    """A line when a stage begins and ends, and every `EVERY` seconds in between."""

    def __init__(self) -> None:
        self._name, self._total, self._done, self._shown = "", 0, 0, 0.0
        self._started = self._told = monotonic()

    def stage(self, name: str, total: int) -> None:
        """Begin counting anew."""
        self._name, self._total, self._done, self._shown = name, total, 0, 0.0
        self._started = self._told = monotonic()
        self.note(f"{name}: {total} facts")

    def advance(self, facts: int) -> None:
        """Count, and print where it stands when that is due."""
        self._done += facts
        self._tell(self._done)

    def within(self, facts: float) -> None:
        """Print where it stands, what is under way included, when that is due."""
        if facts > 0:
            self._tell(self._done + facts)

    def _tell(self, done: float) -> None:
        now, self._shown = monotonic(), max(self._shown, done)  # what is under way elsewhere is told a little later
        if done < self._total and now - self._told < EVERY:
            return
        self._told = now
        rate = self._shown / max(now - self._started, 1e-9)
        left = (self._total - self._shown) / rate
        self.note(f"{self._name}: {self._shown:.0f} of {self._total}, {rate * 60:.0f} facts/min, {left:.0f} s left")

    def note(self, line: str) -> None:
        """Print a line."""
        print(visible(line), file=sys.stderr, flush=True)
