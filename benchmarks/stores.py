"""What both engines do with many large circuits."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from unittest.mock import patch

from benchmarks import corpus
from benchmarks.report import Row
from benchmarks.timing import median_seconds, seconds
from graphdb import neo4j_local, writers
from graphdb.store import Store, open_store
from ingest.prompts import chunks

QUERY_ROUNDS = 9
WRITTEN = 16
"""Circuits of a transaction, about as many as in a batch of an ingest."""


def store_rows(store: Store, engine: str, samples: Sequence[corpus.Sample]) -> list[Row]:
    """Write the corpus to an empty store and ask it which components its relations share."""
    n_edges = sum(len(sample.circuit.edges) for sample in samples)
    what = f"{len(samples)} synthetic circuits of {n_edges // len(samples)} edges"
    return [_write_row(store, engine, samples, what), _query_row(store, engine, what)]


def _write_row(store: Store, engine: str, samples: Sequence[corpus.Sample], what: str) -> Row:
    writers.write_model(store, corpus.MODEL)
    writers.write_relations(store, corpus.relations(len(samples)))
    writers.write_facts(store, [sample.fact for sample in samples])
    writers.write_run(store, corpus.RUN)
    batches = list(chunks(samples, WRITTEN))
    rates = [_edges_a_second(store, batch) for batch in batches]
    how = f"{what}; median over {len(batches)} batches of one transaction, recalls and nodes included"
    return Row(f"written, {engine}", median(rates), "edges/s", how, at_least=15_000)


def _edges_a_second(store: Store, batch: Sequence[corpus.Sample]) -> float:
    recalls, circuits = [sample.recall for sample in batch], [sample.circuit for sample in batch]
    taken = seconds(lambda: writers.write_batch(store, recalls, circuits))
    return sum(len(circuit.edges) for circuit in circuits) / taken


def _query_row(store: Store, engine: str, what: str) -> Row:
    taken = median_seconds(lambda: store.query("shared_components"), QUERY_ROUNDS)
    how = f"over {what}; warm, median of {QUERY_ROUNDS}, as a DataFrame"
    return Row(f"`shared_components`, {engine}", taken, "s", how, at_most=0.25)


@contextmanager
def neo4j_store(folder: Path) -> Iterator[tuple[Store, str]]:
    """Yield a store on a new local Neo4j in `folder`, and the server's version."""
    server = neo4j_local.start(folder, port=0)
    login = {"NEO4J_USERNAME": server.user, "NEO4J_PASSWORD": server.password, "NEO4J_DATABASE": ""}
    try:
        with patch.dict(os.environ, login), open_store(server.uri) as store:
            yield store, server.version
    finally:
        neo4j_local.stop(folder)
