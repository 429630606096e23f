"""Brings a dump into a store: what is there is replaced by id, the rest stays, and repeating it changes nothing."""

import base64
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from graphdb.dump.reader import Contents, check
from graphdb.dump.records import BATCH_EDGES, Batch, batches
from graphdb.records import Run
from graphdb.store import Store
from graphdb.store.score_files import write_file
from graphdb.writing.demonstration_writers import restore_demonstration_heads, restore_demonstrations
from graphdb.writing.edit_writers import (
    write_edit_actions,
    write_edit_changes,
    write_edit_circuits,
    write_edit_effects,
    write_edit_lenses,
    write_edits,
)
from graphdb.writing.hop_writers import write_hop_checks, write_hop_facts
from graphdb.writing.relation_writers import write_relation_circuits
from graphdb.writing.rival_writers import write_rivals
from graphdb.writing.role_writers import write_lenses, write_role_checks, write_roles
from graphdb.writing.statements import link, merge, node_row, pair
from graphdb.writing.writers import CircuitWriter, link_variants, write_batch, write_facts, write_model, write_relations

BULK_EDGES = 100_000
"""A dump of more edges goes through the engine's bulk import."""
BULK_BATCH = 100_000
"""Edges of a batch there."""
Progress = Callable[[int], None]
"""Is called after each transaction with the number of edges that are written so far."""


def import_dump(store: Store, path: Path, progress: Progress = lambda _: None) -> Contents:
    """Bring a dump into a store, and return what it holds.

    The whole file is checked before anything is written: UserError names its line, and the store is as it was. Then
    batches are written, each in a transaction that may be repeated; if this ends early, repeat it.
    """
    contents = check(path)
    restore(store, path, contents, progress)
    return contents


def restore(store: Store, path: Path, contents: Contents, progress: Progress = lambda _: None) -> None:
    """Write a dump that was checked, a large one by the engine's bulk import where there is one."""
    bulk = contents.counts["edge"] > BULK_EDGES
    written = 0
    with _bulk_road(store, path) if bulk else _over_bolt(store) as write_circuits:
        for batch in _ahead(batches(path, BULK_BATCH if bulk else BATCH_EDGES)):
            write(store, batch, write_circuits)
            written += batch.n_edges
            progress(written)


def _ahead(unread: Iterator[Batch]) -> Iterator[Batch]:
    """Yield batches while the next one is being read: engines write without this interpreter's lock."""
    with ThreadPoolExecutor(1) as reader:
        following = reader.submit(next, unread, None)
        while batch := following.result():
            following = reader.submit(next, unread, None)
            yield batch


def _bulk_road(store: Store, path: Path) -> AbstractContextManager[CircuitWriter]:
    from graphdb.writing.bulk import embedded, neo4j_admin

    if store.owned_database() is not None:
        return embedded.bulk_writer(store)
    server = neo4j_admin.local_server(store)
    return neo4j_admin.bulk_writer(store, server, path) if server else _over_bolt(store)


@contextmanager
def _over_bolt(store: Store) -> Iterator[CircuitWriter]:
    yield lambda circuits: write_batch(store, circuits=circuits)


def write(store: Store, batch: Batch, write_circuits: CircuitWriter) -> None:
    """Write a batch; score files come before the circuits that name them."""
    for name, content in batch.scores.items():
        write_file(store.data_folder, name, base64.b64decode(content))
    match batch.kind:
        case "model":
            for each in batch.records:
                write_model(store, each)
            link_variants(store, batch.records)  # a variant may come before its parent
        case "recall":
            write_batch(store, batch.records)
        case "attempt":
            write_batch(store, attempts=batch.records)
        case "circuit":
            write_circuits(batch.records)
        case _:
            WRITERS[batch.kind](store, batch.records)


def _write_runs(store: Store, runs: Sequence[Run]) -> None:
    """Replace runs, unlike `write_run`, by which a run that goes on keeps its first start."""
    ends = [pair(each.id, each.model_id) for each in runs]
    store.write([(merge("Run"), [node_row("Run", each) for each in runs]), (link("Run", "OF_MODEL", "Model"), ends)])


WRITERS: dict[str, Callable[[Store, Sequence[Any]], None]] = {
    "relation": write_relations,
    "fact": write_facts,
    "run": _write_runs,
    "relation_circuit": write_relation_circuits,
    "head_role": write_roles,
    "role_check": write_role_checks,
    "fact_lens": write_lenses,
    "rival": write_rivals,
    "edit": write_edits,
    "edit_effects": write_edit_effects,
    "edit_change": write_edit_changes,
    "edit_circuit": write_edit_circuits,
    "edit_action": write_edit_actions,
    "edit_lens": write_edit_lenses,
    "hop_check": write_hop_checks,
    "hop_fact": write_hop_facts,
    "demonstration": restore_demonstrations,
    "demonstration_head": restore_demonstration_heads,
}
"""Kind -> what writes its records."""
