"""What is most like one circuit, stored or not: other facts' circuits, and relations."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from graphdb.comparison.memberships import CIRCUIT_COLUMNS, Floats, Ints, Level, Memberships, join, row_of
from graphdb.comparison.profiles.profiles import Profiles, lengths, profiles
from graphdb.components import ENDS
from graphdb.errors import UserError
from graphdb.records import Circuit
from graphdb.writing.statements import circuit_parts

FACT_COLUMNS = {
    "rank": "1 = the nearest",
    "fact": "its fact",
    "relation": "its relation",
    "similarity": "cosine of the two circuits' deviations from the mean over relations, -1 to 1",
    "circuit": "circuit id",
}
"""Columns of `Nearest.facts`."""
RELATION_COLUMNS = {
    "rank": "1 = the nearest",
    "relation": "relation id",
    "n_circuits": "its circuits, the circuit itself left out",
    "similarity": "cosine of the circuit's deviation and that of the relation's profile, the mean over these circuits",
    "own": "the same of the relation's own circuits, each with the others, median; empty for a relation of one circuit",
}
"""Columns of `Nearest.relations`."""
ASKED = ""
"""Id and relation of a circuit that is not stored, among the others."""


@dataclass(frozen=True, slots=True)
class Nearest:
    """What is most like one circuit."""

    facts: pd.DataFrame
    """`FACT_COLUMNS`, every other circuit with a profile, the most alike first."""
    relations: pd.DataFrame
    """`RELATION_COLUMNS`, the most alike first."""


def nearest_to(corpus: Memberships, circuit: str) -> Nearest:
    """Return what is most like a circuit of the corpus.

    Raises UserError for one that is not among them, and where no score of it is other than 0.
    """
    row = row_of(corpus, circuit)
    if not corpus.weights[[row]].sum() > 0:
        raise _without(f"circuit {circuit}", corpus)
    found = profiles(corpus)
    return _nearest(found, row_of(found.corpus, circuit))


def nearest_of(corpus: Memberships, parts: Mapping[str, float]) -> Nearest:
    """Return what is most like a circuit that is not stored.

    `parts` are scores by name, at the corpus's level, as `parts_of` gives them. The centre is the corpus's. Raises
    UserError where no score is other than 0.
    """
    if not any(parts.values()):
        raise _without("the circuit", corpus)
    stored = profiles(corpus)
    both = join(_one(parts, corpus), corpus)
    place = {name: index for index, name in enumerate(both.names)}
    centre = np.zeros(len(both.names))
    centre[[place[name] for name in corpus.names]] = stored.centre
    found = profiles(both, centre)
    return _nearest(found, row_of(found.corpus, ASKED))


def parts_of(circuit: Circuit, level: Level = Level.COMPONENT) -> dict[str, float]:
    """Return the score of each name that a circuit holds, at a level that is read from a store: components or edges."""
    if level is Level.EDGE:
        return {edge.id: abs(edge.weight) for edge in circuit.edges}
    parts = {name.removeprefix(f"{circuit.model_id}/"): part for name, part in circuit_parts(circuit).items()}
    return {name: part.score for name, part in parts.items() if name not in ENDS}


def _without(what: str, corpus: Memberships) -> UserError:
    return UserError(f"{what} has no score at level {corpus.level}: nothing tells what it is like")


def _one(parts: Mapping[str, float], corpus: Memberships) -> Memberships:
    """Return a corpus of the circuit alone, in the model and of the method of another."""
    row = {**dict.fromkeys(CIRCUIT_COLUMNS, ""), "circuit": ASKED, "relation": ASKED}
    ends = np.array([0, len(parts)], dtype=np.int32)
    scores = csr_array((np.abs(list(parts.values())), np.arange(len(parts)), ends), (1, len(parts)))
    return Memberships(pd.DataFrame([row]), tuple(parts), scores, corpus.level)


def _nearest(found: Profiles, row: int) -> Nearest:
    inner = found.roots @ found.roots[[row]].toarray()[0] - found.roots @ found.centre
    inner += found.centre @ found.centre - found.roots[[row]] @ found.centre
    circuits = found.corpus.circuits.assign(similarity=inner / (found.norms * found.norms[row]))
    others = circuits.drop(index=row).dropna(subset="similarity")
    facts = others.sort_values("similarity", ascending=False, kind="stable", ignore_index=True)
    return Nearest(_ranked(facts, FACT_COLUMNS), _relations(found, row))


def _relations(found: Profiles, row: int) -> pd.DataFrame:
    numbers = np.arange(len(found.relations))
    frame = pd.DataFrame({
        "relation": found.relations,
        "n_circuits": found.counts - (numbers == found.of[row]),
        "similarity": _with_relations(found, np.full(len(numbers), row), numbers),
    })  # fmt: skip
    own = pd.Series(_with_relations(found, np.arange(len(found.of)), found.of)).groupby(found.of).median()
    frame = frame.assign(own=own)[frame["n_circuits"] > 0].dropna(subset="similarity")
    return _ranked(frame.sort_values("similarity", ascending=False, kind="stable"), RELATION_COLUMNS)


def _with_relations(found: Profiles, rows: Ints, relations: Ints) -> Floats:
    """Return the cosine of circuits with relations [pair]; a circuit's own relation is that without it."""
    roots, count = csr_array(found.roots[rows]), found.counts[relations].astype(np.float64)
    at = np.repeat(relations, np.diff(roots.indptr))
    part = csr_array((roots.data * found.deviations[at, roots.indices], roots.indices, roots.indptr), roots.shape)
    inner = part.sum(axis=1) - (found.deviations @ found.centre)[relations]
    own, squares = found.of[rows] == relations, found.norms[rows] ** 2
    length = (found.deviations**2).sum(axis=1)[relations]
    rest = np.where(own, count**2 * length - 2 * count * inner + squares, count**2 * length)
    left = np.where(own, count * inner - squares, count * inner)
    return left / (lengths(np.maximum(rest, 0)) * found.norms[rows])


def _ranked(frame: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    return frame.assign(rank=np.arange(1, len(frame) + 1))[list(columns)].reset_index(drop=True)
