"""Measure every figure in one run: `make bench`."""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import size
from benchmarks.growth import growth_rows
from benchmarks.ingests import ingest_rows
from benchmarks.memory import formula_rows
from benchmarks.parts import part_rows
from benchmarks.peers.rows import peer_rows
from benchmarks.plain import find_batches, spread
from benchmarks.precision import precision_rows
from benchmarks.processes import memory_rows
from benchmarks.report import Row, results, show, write
from ingest.facts import FactSet, builtin_relations
from ingest.model import load
from ingest.model_files import DEFAULT_MODEL, resolve
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
    chosen: Sizes = parser.parse_args().sizes or Sizes()
    with TemporaryDirectory(prefix="kcircuits-bench-") as scratch:
        os.environ["XDG_DATA_HOME"] = scratch  # away from the user's own stores
        measured = results([told(row) for row in measure(chosen, Path(scratch))])
    show(measured)
    if chosen is not QUICK:
        write(measured, RESULTS, PAGE)


def told(row: Row) -> Row:
    """Return the row, after saying what it is while the others are measured."""
    print(f"{row.figure}: {row.measured} ({row.how})", file=sys.stderr, flush=True)
    return row


def measure(sizes: Sizes, scratch: Path) -> Iterator[Row]:
    """Yield every row."""
    sets = builtin_relations()
    chosen = [replace(each, facts=each.facts[: sizes.facts]) for each in sets[:: sizes.every]]
    yield from model_rows(chosen, sizes.batches, scratch)
    yield from growth_rows(scratch / "growth")
    yield from memory_rows(sets, sizes.few, sizes.many, scratch / "memory")
    yield from size.size_rows(scratch / "size", sizes.store)
    if sizes.peers:
        yield from peer_rows()


def model_rows(sets: Sequence[FactSet], n_batches: int, scratch: Path) -> Iterator[Row]:
    """Yield what finding circuits costs, whole and in parts, in time and memory, and what precision changes."""
    folder = resolve(DEFAULT_MODEL, print)
    model = load(folder)
    batches = find_batches(model, sets, Options())
    yield from ingest_rows(model, folder, sets, batches, scratch / "ingest")
    yield from part_rows(model, folder, spread(batches, n_batches))
    yield from formula_rows(model, batches, scratch)
    yield from precision_rows(model, folder, batches)


if __name__ == "__main__":
    main()
