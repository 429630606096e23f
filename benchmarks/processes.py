"""Whole processes, as a user starts them: how long they take and how much memory they hold at most."""

import csv
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryFile

from benchmarks.memory import resident
from benchmarks.report import Row
from benchmarks.timing import median_seconds
from ingest.facts.sets import FactSet

KCIRCUITS = Path(sys.executable).with_name("kcircuits")
ROUNDS = 3
FLAT = 1.2
"""Peak memory is flat if ten times the facts take at most this many times as much."""


def command_rows(store: Path, n_circuits: int) -> list[Row]:
    """Time commands as processes, one of them on an embedded store that no process has open."""
    return [
        Row(
            "`kcircuits status`",
            median_seconds(lambda: _run("status", "--store", str(store)), ROUNDS),
            "s",
            f"the process, which starts the engine, on those {n_circuits} circuits, files cached; median of {ROUNDS}",
            at_most=6,
        ),
        Row(
            "`kcircuits --help`",
            median_seconds(lambda: _run("--help"), ROUNDS),
            "s",
            f"the process, median of {ROUNDS}",
            at_most=0.5,
        ),
    ]


def memory_rows(sets: Sequence[FactSet], few: int, many: int, folder: Path) -> list[Row]:
    """Ingest few and many facts, each in a process of its own, and compare what they hold at most."""
    small, large = (_ingest_peak(sets, facts, folder / str(facts)) for facts in (few, many))
    how = "largest resident memory (VmHWM) of `kcircuits ingest --effort quick` as a process, model and engine in it"
    return [
        Row(f"peak memory, {many} facts", large / 2**30, "GiB", how, at_most=3),
        Row(f"peak memory, {few} facts", small / 2**30, "GiB", how, at_most=3),
        Row("peak memory, growth", large / small, "×", f"{many} facts against {few}", at_most=FLAT),
    ]


def _run(*arguments: str) -> None:
    subprocess.run([KCIRCUITS, *arguments], check=True, stdout=subprocess.DEVNULL)


def _ingest_peak(sets: Sequence[FactSet], n_facts: int, folder: Path) -> int:
    folder.mkdir(parents=True)
    write_facts(sets, n_facts, folder / "facts.csv")
    return peak_memory([KCIRCUITS, "ingest", folder / "facts.csv", "--store", folder / "store", "--effort", "quick"])


def write_facts(sets: Sequence[FactSet], n_facts: int, file: Path) -> None:
    """Write the first facts as CSV, relation by relation."""
    facts = [fact for each in sets for fact in each.facts][:n_facts]
    assert len(facts) == n_facts, f"{len(facts)} facts are packaged"
    with file.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("relation", "subject", "object", "prompt"))
        for fact in facts:
            for answer in fact.accepted or (fact.object,):
                writer.writerow((fact.relation_id, fact.subject, answer, fact.prompt))


def peak_memory(command: Sequence[str | Path]) -> int:
    """Run a command and return the bytes that its process held at most.

    Read while it runs: the figure of getrusage begins with the memory of the process that started it.
    """
    with TemporaryFile("w+") as errors:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
        peak = 0
        while process.poll() is None:
            peak = max(peak, resident("VmHWM", process.pid))
            time.sleep(0.05)
        if process.returncode:
            errors.seek(0)
            raise RuntimeError(f"{command[1]} ends with {process.returncode}: {errors.read()}")
    return peak
