"""Retrieval: whether the circuit that is most like a fact's own is one of the same relation, beside what else says so.

Every circuit of the queries is compared with all of the gallery but its own fact's. Beside the circuits stand chance,
their sizes alone and their prompts alone: facts of a relation share a template, so that words find the relation too.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from graphdb.comparison.memberships import Ints
from graphdb.comparison.profiles.controls import Controls
from graphdb.comparison.profiles.profiles import Profiles
from graphdb.comparison.profiles.similarity import Block, Measure, blocks

RETRIEVAL_COLUMNS = {
    "level": "`component`, `edge`, `layer` or `channel`",
    "against": "`all` circuits, or `other subjects`: of the other relations those that have no subject in common",
    "measure": "`cosine`, `bhattacharyya`, `weighted_jaccard` or `jaccard`",
    "nearest": "share of the facts whose nearest circuit is of the same relation; several that are equally near count "
    "in parts",
    "auc": "probability that a circuit of the same relation is nearer than one of another",
    "chance": "share of circuits that are of the same relation, mean over the facts",
    "size_alone": "`nearest` by the size alone: the least difference of log(size)",
    "prompt_alone": "`nearest` by the prompt alone: Jaccard index of its words and their number",
    "facts": "facts that were asked",
}
"""Columns of `retrieval`."""
BINS = 1 << 16
"""Similarities are sorted into so many bins from -1 to 1, to rank them by the million."""
MOST_ROWS = 256
"""Circuits compared with all others at once."""
MOST_SHARES = 250_000_000
"""Shares that are compared for the weighted Jaccard index, which no product gives; beyond, some facts are drawn."""
SAME = 1e-6
"""Similarities that differ by no more are equal, as far as float32 tells."""


class Against(StrEnum):
    """Which circuits are found."""

    ALL = "all"
    OTHER_SUBJECTS = "other subjects"


@dataclass(frozen=True, slots=True)
class Found:
    """What a similarity finds."""

    nearest: float
    auc: float
    chance: float
    facts: int


@dataclass(frozen=True, slots=True)
class Task:
    """Which circuits are asked, among which others, and which of these are right."""

    of_a: Ints
    """Relation of each query, by its number in the gallery; -1 where that has none."""
    starts: Ints
    """First row of each relation in the gallery, and the end [relation + 1]: profiles stand in their order."""
    own: Ints
    """Row of the query's own fact in the gallery; -1 without."""
    apart: "np.ndarray"
    """Whether two relations have no subject in common, or are one [relation, relation]."""

    def asked(self) -> Ints:
        """Return the queries that could be right: the gallery has another circuit of their relation."""
        counts = np.diff(self.starts)[self.of_a] - (self.own >= 0)
        return np.flatnonzero((self.of_a >= 0) & (counts > 0))


def retrieval(
    queries: Profiles,
    gallery: Profiles,
    controls: Controls,
    measures: Sequence[Measure] = tuple(Measure),
    seed: int = 0,
) -> pd.DataFrame:
    """Return how well circuits find others of their relation: `RETRIEVAL_COLUMNS`, a row for each measure.

    Both are over the same names, and may be one. Empty where the gallery has one relation, or no fact could be right.
    Rows for `other subjects` are there if relations have subjects in common. `seed` is of the facts that are drawn for
    the weighted Jaccard index where there are many.
    """
    task = _task(queries, gallery)
    asked = task.asked()
    if not len(asked) or len(gallery.relations) < 2:
        return pd.DataFrame(columns=list(RETRIEVAL_COLUMNS))
    by_control = controls.size(queries, gallery), controls.prompt(queries, gallery)
    alone = [_found(task, asked, by, ranked=False) for by in by_control]
    rows = []
    for measure in measures:
        some = _drawn(asked, gallery, seed) if measure is Measure.WEIGHTED_JACCARD else asked
        for against, found in _found(task, some, blocks(measure, queries, gallery)).items():
            size, prompt = (each[against].nearest for each in alone)
            rows.append((queries.corpus.level, against, measure, found.nearest, found.auc, found.chance, size, prompt,
                         found.facts))  # fmt: skip
    frame = pd.DataFrame([tuple(map(_plain, row)) for row in rows], columns=list(RETRIEVAL_COLUMNS))
    return frame.sort_values("against", kind="stable", ignore_index=True)


def _plain(value: object) -> object:
    return str(value) if isinstance(value, StrEnum) else value


def _task(queries: Profiles, gallery: Profiles) -> Task:
    number = {name: index for index, name in enumerate(gallery.relations)}
    of_a = np.array([number.get(name, -1) for name in queries.relations], np.int64)[queries.of]
    starts = np.searchsorted(gallery.of, np.arange(len(gallery.relations) + 1))
    own = pd.Index(gallery.corpus.circuits["fact"]).get_indexer(pd.Index(queries.corpus.circuits["fact"]))
    return Task(of_a, starts, own.astype(np.int64), _apart(gallery))


def _apart(gallery: Profiles) -> "np.ndarray":
    subjects = gallery.corpus.circuits["subject"].str.lower()
    table = pd.crosstab(gallery.of, subjects).to_numpy() > 0
    return (table.astype(np.float32) @ table.T.astype(np.float32) == 0) | np.eye(len(table), dtype=bool)


def _drawn(asked: Ints, gallery: Profiles, seed: int) -> Ints:
    most = max(MOST_SHARES // max(gallery.roots.nnz, 1), 1)
    if len(asked) <= most:
        return asked
    return np.sort(np.random.default_rng(seed).choice(asked, most, replace=False))


def _found(task: Task, asked: Ints, block: Callable[[Ints], Block], ranked: bool = True) -> dict[Against, Found]:
    """Return what a similarity finds, against all circuits and, where that differs, against those of other subjects;
    without the AUC unless it is `ranked`."""
    every = np.ones_like(task.apart)
    scores = {Against.ALL: _Score(task, every)}
    if not task.apart.all():
        scores[Against.OTHER_SUBJECTS] = _Score(task, task.apart)
    for relation, rows in _by_relation(task, asked):
        found = block(rows)
        if np.isnan(found).any():
            found = np.nan_to_num(found, nan=-1.0)
        mine = found[:, task.starts[relation] : task.starts[relation + 1]].copy()
        own = task.own[rows]
        there = np.flatnonzero(own >= 0)
        mine[there, own[there] - task.starts[relation]] = np.nan
        whole = _histogram(found) if ranked else None
        nearest = np.maximum.reduceat(found, task.starts[:-1], axis=1)
        for score in scores.values():
            score.add(relation, mine, found, nearest, whole)
    return {against: score.found() for against, score in scores.items()}


def _by_relation(task: Task, asked: Ints) -> Iterator[tuple[int, Ints]]:
    """Yield relations and some of their queries."""
    for relation in range(len(task.starts) - 1):
        rows = asked[task.of_a[asked] == relation]
        for start in range(0, len(rows), MOST_ROWS):
            yield relation, rows[start : start + MOST_ROWS]


class _Score:
    """Counts, block by block, how often the nearest is of the same relation, and which similarities there are."""

    def __init__(self, task: Task, allowed: "np.ndarray") -> None:
        self._counts, self._starts = np.diff(task.starts), task.starts
        self._allowed = allowed
        self._nearest, self._chance, self._facts = 0.0, 0.0, 0
        self._same, self._other = np.zeros(BINS, np.int64), np.zeros(BINS, np.int64)

    def add(self, relation: int, mine: Block, found: Block, nearest: Block, whole: Ints | None) -> None:
        """Count a relation's queries, given their similarities with its circuits, NaN for their own fact's, with all
        circuits, with the nearest of each relation, and the histogram of all."""
        others = self._allowed[relation].copy()
        others[relation] = False
        if not others.any():
            return
        best = np.nanmax(mine, axis=1), nearest[:, others].max(axis=1)
        least = np.maximum(*best) - SAME
        right = (best[0] >= least).astype(np.float64)
        tied = np.flatnonzero((best[0] >= least) & (best[1] >= least))
        if len(tied):
            near = np.add.reduceat(found[tied] >= least[tied, None], self._starts[:-1], axis=1, dtype=np.int64)
            own = (mine[tied] >= least[tied, None]).sum(axis=1)
            right[tied] = own / (own + near[:, others].sum(axis=1))
        same, other = (~np.isnan(mine)).sum(axis=1), int(self._counts[others].sum())
        self._nearest += float(right.sum())
        self._chance += float((same / (same + other)).sum())
        self._facts += len(mine)
        if whole is not None:
            self._same += _histogram(mine[~np.isnan(mine)])
            self._other += whole - _histogram(found[:, np.repeat(~others, self._counts)])

    def found(self) -> Found:
        """Return what was counted; NaN where no fact could be asked."""
        below = np.cumsum(self._other) - self._other / 2
        pairs = float(self._same.sum()) * float(self._other.sum())
        nearest, chance = (total / self._facts if self._facts else np.nan for total in (self._nearest, self._chance))
        return Found(nearest, float(self._same @ below) / pairs if pairs else np.nan, chance, self._facts)


def _histogram(found: Block) -> Ints:
    place = found.ravel() * np.float32(BINS / 2)
    place += np.float32(BINS / 2)
    return np.bincount(np.clip(place, 0, BINS - 1, out=place).astype(np.int64), minlength=BINS)
