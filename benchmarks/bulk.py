"""One large store by the bulk road, and what it is asked: `python -m benchmarks.bulk --circuits 100000`.

Ten thousand circuits take about 0.25 GB as a dump, 0.6 GB as files of the import and 1.6 GB as a graph.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.memory import resident
from benchmarks.report import Row, results, show
from benchmarks.store.corpus import MEAN_EDGES, Corpus
from benchmarks.store.corpus_dump import write_corpus
from benchmarks.store.loads import disk_rows, import_rows
from benchmarks.store.pages import page_rows
from benchmarks.store.pool import Source, ingested
from benchmarks.store.questions import asked, question_rows
from benchmarks.store.stores import ENGINES
from graphdb.engines.neo4j import neo4j_local
from ingest.model_files import PACKAGED


def main() -> None:
    """Read the command line, measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bulk", description=__doc__)
    parser.add_argument("--circuits", type=int, default=10_000)
    parser.add_argument("--engine", choices=list(ENGINES), default="Neo4j")
    parser.add_argument("--models", nargs="+", default=list(PACKAGED), help="models whose circuits are varied")
    parser.add_argument("--relations", type=int, help="packaged relations that the corpus is made of; default: all")
    parser.add_argument("--folder", type=Path, help="where dump and graph go; default: the system's temporary folder")
    given = parser.parse_args()
    with TemporaryDirectory(prefix="kcircuits-bulk-", dir=given.folder) as scratch:
        os.environ["XDG_DATA_HOME"] = scratch  # away from the user's own stores
        sources = ingested(Path(scratch) / "pool", MEAN_EDGES, given.models, given.relations)
        rows = list[Row]()
        for row in bulk_rows(Path(scratch), sources, given.circuits, given.engine):
            print(f"{row.figure}: {row.measured} ({row.how})", file=sys.stderr, flush=True)
            rows.append(row)
    show(results(rows))


def bulk_rows(scratch: Path, sources: tuple[Source, ...], n_circuits: int, engine: str) -> Iterator[Row]:
    """Yield what loading a corpus takes, and what questions and pages take afterwards."""
    corpus, dump = Corpus(sources, n_circuits), scratch / "corpus.jsonl"
    what, begun = f"{n_circuits:,} circuits", time.perf_counter()
    n_edges = write_corpus(corpus, dump)
    how = f"{what}, {n_edges:,} edges, as a dump of {dump.stat().st_size / 1e9:.2f} GB"
    yield Row("corpus made", time.perf_counter() - begun, "s", how)
    # The bulk import of Neo4j is for the user's own server: only its files are this program's to write.
    folder = neo4j_local.default_folder() if engine == "Neo4j" else scratch / "bulk"
    with ENGINES[engine](folder) as place:
        yield from import_rows(place, dump, n_edges, what)
        dump.unlink()
        yield from disk_rows(place, n_edges, what)
        yield from question_rows(place.engine, what, asked(place))
        yield from page_rows(place, [each.id for each in corpus.models], what, scratch / "dashboard.log")
        held = resident("VmHWM") / 2**30
        yield Row(
            f"memory, {place.engine}", held, "GiB", f"{what}: most that the importing process held, pool included"
        )
