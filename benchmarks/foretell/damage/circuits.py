"""How alike the circuits of two facts are: cosines of the scores of all edges, beside those of random circuits.

Scores of all edges are compared, not circuits as they are found, whose size hangs on the donors. Of a fact, p is the
square root of each name's share of |score|, of length 1 (docs/comparison.md); its mean over facts is what all of them
have, and is taken off. Axes: f = fact, e = edge.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphdb.topology import Topology
from ingest.compute.batching import batches
from ingest.discovery.discovery import score
from ingest.discovery.recall import recall
from ingest.discovery.search import Floats
from ingest.editing.bench import Bench
from ingest.facts.prompts import prepare
from ingest.measures.random_circuit import shuffled
from ingest.options import Options, Silent

MEASURES = ("profile", "edges", "profile_random", "edges_random")
"""Components that edges leave, edges, and both where scores are dealt anew between the same blocks."""


@dataclass(frozen=True)
class Scored:
    """Edge scores of facts; none of a fact that no donor can be set against."""

    facts: tuple[str, ...]
    scores: Floats  # [f, e]


@dataclass(frozen=True)
class Alike:
    """How alike every two facts are, by each of `MEASURES`."""

    facts: tuple[str, ...]
    cosines: Floats  # [measure, f, f]

    def between(self, one: str, other: str) -> tuple[float, ...]:
        """Return the cosine of two facts by each measure; NaN where one has no scores."""
        if one not in self.facts or other not in self.facts:
            return (float("nan"),) * len(MEASURES)
        return tuple(self.cosines[:, self.facts.index(one), self.facts.index(other)].tolist())


def scored(bench: Bench, chosen: slice) -> Scored:
    """Score all edges of some of the bench's known facts, as an ingest does."""
    model, options = bench.model, Options()
    wanted = {each.prompt.fact_id for each in bench.known.facts[chosen]}
    cases = [case for each in bench.sets for case in prepare(each, model.encode) if case.prompt.fact_id in wanted]
    tasks = recall(model, cases, {}, options, Silent()).tasks.values()
    names, rows = list[str](), [np.zeros((0, model.weights.topology.n_edges), np.float32)]
    for batch in batches(tasks, model.weights, options.batch):
        names += [task.prompt.fact_id for task in batch]
        rows.append(score(model, batch, options.settings))
    return Scored(tuple(names), np.concatenate(rows))


def joined(parts: Sequence[Scored]) -> Scored:
    """Return the scores of several parts as one."""
    return Scored(tuple(name for each in parts for name in each.facts), np.concatenate([each.scores for each in parts]))


def alike(top: Topology, given: Scored, seed: int = 0) -> Alike:
    """Compare every two facts."""
    real = np.abs(given.scores)
    random = shuffled(top, real, np.random.default_rng(seed))
    rows = [rows for edges in (real, random) for rows in (_by_source(top, edges), edges)]
    return Alike(given.facts, np.stack([cosines(each) for each in rows]))


def _by_source(top: Topology, edges: Floats) -> Floats:
    """Sum over the edges that leave each source [f, source]; one fact at a time, since most pairs are no edge."""
    return np.stack([top.unpack(row).sum(1) for row in edges])


def cosines(sizes: Floats) -> NDArray[np.float32]:
    """Return the cosine of every two rows' deviations from the mean of √share of sizes [f, name], at least 0."""
    roots = np.sqrt(sizes / sizes.sum(1, keepdims=True))
    roots = roots - roots.mean(0)
    unit = roots / np.linalg.norm(roots, axis=1, keepdims=True)
    return unit @ unit.T
