"""The store at ten thousand circuits, on both engines: `python -m benchmarks.size`, and part of `make bench`."""

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.processes import command_rows
from benchmarks.report import Row, results, show
from benchmarks.similarity import similarity_rows
from benchmarks.store.corpus import MEAN_EDGES, Corpus
from benchmarks.store.loads import AGAIN, again_row, disk_rows, import_rows, load, load_rows
from benchmarks.store.pages import page_rows
from benchmarks.store.pool import Source, ingested
from benchmarks.store.questions import asked, growth_row, question_rows
from benchmarks.store.stores import ENGINES, Place
from graphdb.dump import write_dump
from graphdb.engines.neo4j import neo4j_local
from graphdb.errors import UserError
from ingest.model_files import DEFAULT_MODEL, PACKAGED

DUMP = "corpus.jsonl"


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    few: int = 1_000
    many: int = 10_000
    models: tuple[str, ...] = tuple(PACKAGED)
    relations: int | None = None
    """Packaged relations that the corpus is made of; None: all."""


FULL = Size()
QUICK = Size(few=150, many=300, models=(DEFAULT_MODEL,), relations=2)


def main() -> None:
    """Read the command line, measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.size", description=__doc__)
    parser.add_argument("--few", type=int, default=Size.few, help="circuits of the smaller corpus")
    parser.add_argument("--many", type=int, default=Size.many, help="circuits of the larger corpus")
    parser.add_argument("--quick", action="store_true", help="little of all")
    given = parser.parse_args()
    with TemporaryDirectory(prefix="kcircuits-size-") as scratch:
        os.environ["XDG_DATA_HOME"] = scratch  # away from the user's own stores
        rows = list[Row]()
        for row in size_rows(Path(scratch), QUICK if given.quick else Size(given.few, given.many)):
            print(f"{row.figure}: {row.measured} ({row.how})", file=sys.stderr, flush=True)
            rows.append(row)
    show(results(rows))


def size_rows(scratch: Path, size: Size) -> Iterator[Row]:
    """Yield every figure of the store's size, engine by engine."""
    sources = ingested(scratch / "pool", MEAN_EDGES, size.models, size.relations)
    for engine in ENGINES:
        try:
            yield from engine_rows(engine, sources, size, scratch / engine.lower())
        except UserError as error:
            yield Row(engine, None, "", f"not measured: {error}")
    yield from command_rows(scratch / "embedded" / "many", size.many)


def engine_rows(engine: str, sources: tuple[Source, ...], size: Size, scratch: Path) -> Iterator[Row]:
    """Yield the figures of one engine."""
    with ENGINES[engine](scratch / "few") as place:
        load(place.store, few := Corpus(sources, size.few))
        at_few = asked(place)
        yield from question_rows(place.engine, _what(few), at_few)
    with ENGINES[engine](scratch / "many") as place:
        batches = load(place.store, many := Corpus(sources, size.many))
        what = _what(many)
        yield from load_rows(place.engine, what, batches)
        at_many = asked(place)
        yield from question_rows(place.engine, what, at_many)
        yield growth_row(place.engine, f"from {_what(few)} to {what}", at_few, at_many)
        n_edges = sum(each.edges for each in batches)
        yield from large_rows(place, many, n_edges, scratch)
    # The bulk import of Neo4j is for the user's own server: only its files are this program's to write.
    bulk = neo4j_local.default_folder() if engine == "Neo4j" else scratch / "bulk"
    with ENGINES[engine](bulk) as place:
        yield from import_rows(place, scratch / DUMP, n_edges, what)


def large_rows(place: Place, corpus: Corpus, n_edges: int, scratch: Path) -> Iterator[Row]:
    """Yield what is measured on the larger corpus alone."""
    what, models = _what(corpus), [each.id for each in corpus.models]
    yield from disk_rows(place, n_edges, what)
    yield from page_rows(place, models, what, scratch / "dashboard.log")
    yield from similarity_rows(place, models, what)
    yield again_row(place, what, list(islice(corpus, AGAIN)))
    write_dump(place.store, scratch / DUMP, scores=False)


def _what(corpus: Corpus) -> str:
    return f"{corpus.n_circuits:,} circuits"


if __name__ == "__main__":
    main()
