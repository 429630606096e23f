"""How fast circuits are written: over Bolt and by the engine's bulk import."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median

from benchmarks.report import Row
from benchmarks.store.corpus import Corpus, Sample
from benchmarks.store.stores import Place
from benchmarks.timing import seconds
from graphdb.dump.reader import check
from graphdb.dump.restore import import_dump
from graphdb.store import Store
from graphdb.writing import writers

WRITTEN = 16
"""Circuits of a transaction, about as many as in a batch of an ingest."""
AGAIN = 9
TENTH = 10
SLOWER = 1.1
"""The last tenth may take so much longer than the first: what two halves of one load differ by on an idle machine."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One transaction: its edges and the seconds that it took."""

    edges: int
    seconds: float


def write_frame(store: Store, corpus: Corpus) -> None:
    """Write what circuits hang on."""
    for model in corpus.models:
        writers.write_model(store, model)
    writers.write_relations(store, corpus.relations)
    facts = corpus.facts
    while part := list(islice(facts, 10_000)):
        writers.write_facts(store, part)
    for run in corpus.runs:
        writers.write_run(store, run)


def load(store: Store, corpus: Corpus) -> list[Batch]:
    """Write a corpus to an empty store over Bolt."""
    write_frame(store, corpus)
    samples, batches = iter(corpus), list[Batch]()
    while part := list(islice(samples, WRITTEN)):
        batches.append(written(store, part))
    return batches


def written(store: Store, samples: Sequence[Sample]) -> Batch:
    """Write circuits in one transaction."""
    recalls, circuits = [each.recall for each in samples], [each.circuit for each in samples]
    taken = seconds(lambda: writers.write_batch(store, recalls, circuits))
    return Batch(sum(len(circuit.edges) for circuit in circuits), taken)


def load_rows(engine: str, what: str, batches: Sequence[Batch]) -> Iterator[Row]:
    """Yield how fast the load was, and whether it became slower."""
    how = f"{what}; median over {len(batches)} transactions of {WRITTEN} circuits, recalls and summaries included"
    yield Row(f"written over Bolt, {engine}", rate(batches), "edges/s", how, at_least=15_000)
    tenth = max(len(batches) // TENTH, 1)
    first, last = rate(batches[:tenth]), rate(batches[-tenth:])
    how = f"rate of the first tenth of these transactions ({first:,.0f} edges/s) over that of the last ({last:,.0f})"
    yield Row(f"written over Bolt, slow-down, {engine}", first / last, "×", how, at_most=SLOWER)


def rate(batches: Sequence[Batch]) -> float:
    """Median edges a second."""
    return median(batch.edges / batch.seconds for batch in batches)


def import_rows(place: Place, dump: Path, n_edges: int, what: str) -> Iterator[Row]:
    """Import a dump into an empty store."""
    checked = seconds(lambda: check(dump))
    whole = seconds(lambda: import_dump(place.store, dump))
    how = f"a dump of {what} into an empty store: {whole:.0f} s, less the {checked:.0f} s in which the file is checked"
    yield Row(f"bulk load, {place.engine}", n_edges / (whole - checked), "edges/s", how, at_least=40_000)


def again_row(place: Place, what: str, samples: Sequence[Sample]) -> Row:
    """Write circuits that are there, one a transaction."""
    times = [written(place.store, [each]).seconds for each in samples]
    edges = median(len(each.circuit.edges) for each in samples)
    how = f"one of {what}, with its summaries; median of {len(times)} circuits of {edges:,.0f} edges"
    return Row(f"circuit ingested again, {place.engine}", median(times), "s", how, at_most=0.3)


def disk_rows(place: Place, n_edges: int, what: str) -> Iterator[Row]:
    """Yield what the graph takes on the disk."""
    how = f"{what}: files of the graph with its indexes over edges, all nodes included"
    yield Row(f"disk, {place.engine}", place.data_bytes / n_edges, "bytes an edge", how)
