"""Which edits of which model are studied, and their pairs, found in several processes."""

import os
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import repeat
from multiprocessing import get_context

import torch

from benchmarks.foretell.damage.circuits import Alike, Scored, alike, joined, scored
from benchmarks.foretell.damage.pairs import Pair, pairs
from graphdb.conditions.edits import EditMethod
from graphdb.topology import Topology
from ingest.editing.bench import Bench
from ingest.editing.edit import prepare_edits
from ingest.facts.sets import builtin_relations
from ingest.model import load
from ingest.model_files import DEFAULT_MODEL, resolve


@dataclass(frozen=True, slots=True)
class Study:
    """Edits by one method in one layer, and the facts beside them; small, so that every process can open the same."""

    method: EditMethod = EditMethod.ROME
    layer: int | None = None
    """None: chosen as `kcircuits edit` does."""
    n_edits: int = 24
    model: str = DEFAULT_MODEL
    relations: tuple[str, ...] = ()
    """Packaged ones; none: all."""
    facts: int | None = None
    """Of each relation; None: all."""
    seed: int = 0


@cache
def opened(study: Study) -> Bench:
    """Open the model of a study with all that its edits share, once in a process."""
    model = load(resolve(study.model, lambda _: None))
    sets = [each.first(study.facts) for each in builtin_relations(study.relations)]
    return prepare_edits(model, sets, study.method, study.layer, study.seed)


def measured(study: Study, top: Topology, workers: int) -> list[Pair]:
    """Return all pairs of a study whose model has this topology, found in so many processes."""
    threads = max(1, (os.cpu_count() or 1) // workers)
    with ProcessPoolExecutor(workers, get_context("spawn"), torch.set_num_threads, (threads,)) as pool:
        likeness = alike(top, joined(list(_scored(pool, study, workers))))
        return [pair for part in _pairs(pool, study, workers, likeness) for pair in part]


def _scored(pool: Executor, study: Study, workers: int) -> Iterator[Scored]:
    return pool.map(scored_in, repeat(study), _parts(workers))


def _pairs(pool: Executor, study: Study, workers: int, likeness: Alike) -> Iterator[list[Pair]]:
    return pool.map(pairs_in, repeat(study), _parts(workers), repeat(likeness))


def _parts(n: int) -> list[slice]:
    """Every n-th from each of the first n on: together all, each once."""
    return [slice(first, None, n) for first in range(n)]


def scored_in(study: Study, chosen: slice) -> Scored:
    """Score some of a study's facts in this process."""
    return scored(opened(study), chosen)


def pairs_in(study: Study, chosen: slice, likeness: Alike) -> list[Pair]:
    """Make some of a study's edits in this process."""
    return pairs(opened(study), study.n_edits, chosen, likeness)
