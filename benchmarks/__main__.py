"""Measure every figure: `make bench`."""

import argparse
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import size
from benchmarks.discovery.conditions import condition_rows
from benchmarks.discovery.executors import executor_rows
from benchmarks.discovery.growth import growth_rows
from benchmarks.discovery.ingests import ingest_rows
from benchmarks.discovery.parts import part_rows
from benchmarks.discovery.precision import precision_rows
from benchmarks.discovery.roles import role_rows
from benchmarks.memory import formula_rows
from benchmarks.peers.rows import peer_rows
from benchmarks.plain import find_batches, spread
from benchmarks.processes import memory_rows
from benchmarks.report import Row, beside, results, show, write
from ingest.facts.sets import builtin_relations
from ingest.facts.task import Task
from ingest.model import LanguageModel, load
from ingest.model_files import DEFAULT_MODEL, ModelFolder, resolve
from ingest.options import Options

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results.json"
PAGE = ROOT / "docs" / "benchmarks.md"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    every: int = 10
    """Every n-th packaged relation is ingested."""
    facts: int | None = None
    """Facts of each; None: all."""
    few: int = 16
    many: int = 160
    store: size.Size = size.FULL
    batches: int = 3
    """Batches on which the parts of discovery are measured."""
    peers: bool = True


FULL = Sizes(every=1)
QUICK = Sizes(every=11, facts=8, few=8, many=16, store=size.QUICK, batches=1, peers=False)


def main() -> None:
    """Read the command line, measure, print; write the results unless they are of a quick run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument("--quick", action="store_const", dest="sizes", const=QUICK, help="little of all, writes no file")
    sizes.add_argument("--full", action="store_const", dest="sizes", const=FULL, help="ingest all packaged relations")
    parser.add_argument("--only", nargs="+", choices=GROUPS, default=list(GROUPS), help="groups to measure anew")
    given = parser.parse_args()
    chosen: Sizes = given.sizes or Sizes()
    with TemporaryDirectory(prefix="kcircuits-bench-") as scratch:
        os.environ["XDG_DATA_HOME"] = scratch  # away from the user's own stores
        bench = Bench(chosen, Path(scratch))
        measured = results([told(name, row) for name in given.only for row in GROUPS[name](bench)])
    show(measured)
    if chosen is not QUICK:
        write(beside(measured, RESULTS, list(GROUPS)), RESULTS, PAGE)


def told(group: str, row: Row) -> Row:
    """Return the row with its group and date, after saying what it is while the others are measured."""
    print(f"{row.figure}: {row.measured} ({row.how})", file=sys.stderr, flush=True)
    return replace(row, group=group, date=datetime.now(UTC).date().isoformat())


class Bench:
    """What the groups share: the facts, and the default model once it is needed."""

    def __init__(self, sizes: Sizes, scratch: Path) -> None:
        self.sizes, self.scratch = sizes, scratch
        self.all_facts = builtin_relations()
        self.facts = [replace(each, facts=each.facts[: sizes.facts]) for each in self.all_facts[:: sizes.every]]

    @cached_property
    def folder(self) -> ModelFolder:
        return resolve(DEFAULT_MODEL, print)

    @cached_property
    def model(self) -> LanguageModel:
        return load(self.folder)

    @cached_property
    def batches(self) -> list[list[Task]]:
        return find_batches(self.model, self.facts, Options())


GROUPS: dict[str, Callable[[Bench], Iterable[Row]]] = {
    "ingest": lambda b: ingest_rows(b.model, b.folder, b.facts, b.batches, b.scratch / "ingest"),
    "workers": lambda b: executor_rows(b.model, b.batches),
    "parts": lambda b: part_rows(b.model, b.folder, spread(b.batches, b.sizes.batches)),
    "roles": lambda b: role_rows(b.model, b.all_facts),
    "conditions": lambda b: condition_rows(b.model, b.all_facts),
    "memory": lambda b: formula_rows(b.model, b.batches, b.scratch),
    "precision": lambda b: precision_rows(b.model, b.folder, b.batches),
    "growth": lambda b: growth_rows(b.scratch / "growth"),
    "processes": lambda b: memory_rows(b.all_facts, b.sizes.few, b.sizes.many, b.scratch / "memory"),
    "store": lambda b: size.size_rows(b.scratch / "size", b.sizes.store),
    "peers": lambda b: peer_rows() if b.sizes.peers else (),
}
"""Group -> what measures it; all that is in a group is measured in one run."""


if __name__ == "__main__":
    main()
