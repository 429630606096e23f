"""The figures as rows, with what they were measured on: as JSON, as a page and on the terminal."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from graphdb.tables import Format, cell, print_frame

PACKAGES = ("knowledge-circuits", "torch", "transformers", "transformer-lens", "arcadedb-embedded", "neo4j")


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `value` None: not measured, and `how` says why."""

    figure: str
    value: float | None
    unit: str
    how: str
    at_most: float | None = None
    at_least: float | None = None
    group: str = ""
    """What was measured together, in one run."""
    date: str = ""
    """When."""

    @property
    def target(self) -> str:
        if self.at_most is not None:
            return f"≤ {cell(float(self.at_most))}"
        return "" if self.at_least is None else f"≥ {cell(float(self.at_least))}"

    @property
    def met(self) -> str:
        """`yes` or `no`; empty where there is no target or no figure."""
        if self.value is None or not self.target:
            return ""
        low = -float("inf") if self.at_least is None else self.at_least
        high = float("inf") if self.at_most is None else self.at_most
        return "yes" if low <= self.value <= high else "no"

    @property
    def measured(self) -> str:
        return "–" if self.value is None else f"{cell(float(self.value))} {self.unit}".strip()


@dataclass(frozen=True, slots=True)
class Results:
    """The figures of all groups, each group of one run; machine and versions are those of the last run."""

    date: str
    machine: dict[str, str]
    versions: dict[str, str]
    rows: tuple[Row, ...]


def results(rows: Sequence[Row]) -> Results:
    """Return the rows with this machine, the versions and the date."""
    versions = {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}
    return Results(datetime.now(UTC).isoformat(timespec="minutes"), _machine(), versions, tuple(rows))


def _machine() -> dict[str, str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    threads = os.environ.get("OMP_NUM_THREADS", "one for each core")
    return {
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{memory / 2**30:.0f} GiB",
        "processor": _processor(),
        "system": f"{platform.system()} {platform.machine()}",
        "threads of torch": threads,
    }


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())


def beside(measured: Results, results_file: Path, order: Sequence[str]) -> Results:
    """Return the results with those rows of the file whose groups were not measured now; groups in this order."""
    now = {row.group for row in measured.rows}
    stored = read(results_file).rows if results_file.exists() else ()
    kept = [row for row in stored if row.group in order and row.group not in now]
    rows = sorted([*kept, *measured.rows], key=lambda row: order.index(row.group))
    return replace(measured, rows=tuple(rows))


def write(measured: Results, results_file: Path, page: Path) -> None:
    """Write the JSON and the page that follows from it."""
    results_file.write_text(json.dumps(asdict(measured), indent=1, ensure_ascii=False) + "\n")
    page.write_text(render(read(results_file)))


def read(results_file: Path) -> Results:
    """Read what `write` wrote."""
    fields = json.loads(results_file.read_text())
    return Results(**fields | {"rows": tuple(Row(**row) for row in fields["rows"])})


def render(measured: Results) -> str:
    """Return the page docs/benchmarks.md."""
    groups = [_group(name, measured.rows) for name in dict.fromkeys(row.group for row in measured.rows)]
    machine = [f"| {name} | {value} |" for name, value in (measured.machine | measured.versions).items()]
    return "\n".join([_PREFACE, *groups, "## Machine and versions", "", "| | |", "|---|---|", *machine, ""])


def _group(name: str, rows: Sequence[Row]) -> str:
    """Return a section of the page."""
    mine = [row for row in rows if row.group == name]
    cells = [(row.figure, row.measured, row.target, row.met, row.how.replace("|", "\\|")) for row in mine]
    lines = [f"| {' | '.join(row)} |" for row in cells]
    head = [f"## {name.capitalize()}", "", f"Measured on {mine[0].date}.", ""]
    return "\n".join([*head, "| figure | measured | target | met | how |", "|---|---|---|---|---|", *lines, ""])


_PREFACE = """\
# Benchmarks

`make bench` measures everything below, prints the table and writes this page and `benchmarks/results.json`;
`python -m benchmarks --only peers growth` measures groups of it anew and keeps the others, each with its date.
**F** is one forward pass of the same model on the same facts in the same batches: whole prompts, logits of the last
position only, by the code that an ingest runs. It is timed between the things it is compared with, so that a ratio in
F tells more about the method than about the machine; seconds are given only where a person waits for them.
`python -m benchmarks --quick` runs all of it on a few facts and writes no file.
"""


def show(measured: Results) -> None:
    """Print the figures, without how they were measured."""
    rows = [
        {"figure": row.figure, "measured": row.measured, "target": row.target, "met": row.met} for row in measured.rows
    ]
    print_frame(pd.DataFrame(rows), Format.TABLE)
