"""Profiles: which share of a circuit's score each name carries, and what a relation's circuits have on average.

The profile of a circuit is p[c] = √(share of c in its |score|), of length 1, so that the inner product of two is
Bhattacharyya's coefficient of their shares (Bhattacharyya 1943). Embedding and logits are no names of a corpus of
components, so that they have no share.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from graphdb.comparison.memberships import Floats, Ints, Memberships, align


@dataclass(frozen=True)
class Profiles:
    """Profiles of a corpus's circuits, and of its relations."""

    corpus: Memberships
    """The circuits, each with a score; `profiles` leaves out those without."""
    roots: csr_array
    """√share [circuit, name]: rows of length 1."""
    relations: tuple[str, ...]
    """Relations with a profile, ascending."""
    of: Ints
    """Number of its relation [circuit]."""
    centre: Floats
    """What every relation has on average, each counted once [name]."""

    @cached_property
    def counts(self) -> Ints:
        """Circuits of each relation [relation]."""
        return np.bincount(self.of, minlength=len(self.relations)).astype(np.int64)

    @cached_property
    def means(self) -> Floats:
        """Profile of each relation: the mean over its circuits [relation, name]."""
        return relation_means(self.roots, self.of, len(self.relations))

    @cached_property
    def deviations(self) -> Floats:
        """What a relation has more or less than relations on average [relation, name]."""
        return self.means - self.centre

    @cached_property
    def norms(self) -> Floats:
        """Length of each circuit's deviation from the centre [circuit]."""
        return lengths(1 - 2 * (self.roots @ self.centre) + self.centre @ self.centre)


def profiles(corpus: Memberships, centre: Floats | None = None) -> Profiles:
    """Return the profiles of a corpus, its circuits in the order of their relations.

    Circuits whose every score is 0 have no profile, and are left out. The centre is the mean over relations of their
    profiles, unless one is given.
    """
    scored = np.flatnonzero(np.asarray(corpus.scores.sum(axis=1)).ravel() > 0)
    relation = corpus.circuits["relation"].to_numpy(dtype=str)[scored]
    names, of = np.unique(relation, return_inverse=True)
    order = np.argsort(of, kind="stable")
    kept, of = corpus.select(scored[order]), of[order].astype(np.int64)
    roots = csr_array((np.sqrt(kept.weights.data), kept.weights.indices, kept.weights.indptr), kept.weights.shape)
    if centre is not None:
        return Profiles(kept, roots, tuple(map(str, names)), of, centre)
    means = relation_means(roots, of, len(names))
    every = means.mean(axis=0) if len(names) else np.zeros(len(corpus.names))
    return Profiles(kept, roots, tuple(map(str, names)), of, every)


def pair(a: Memberships, b: Memberships) -> tuple[Profiles, Profiles]:
    """Return the profiles of two corpora over the names of either, each centred on the relations that both have.

    One corpus with itself is one. What all circuits of one way have, such as what a wording does, is so left out.
    """
    if a is b:
        return (both := profiles(a)), both
    both = set(a.relations) & set(b.relations)
    found = [profiles(each, _centre(each, both)) for each in align(a, b)]
    return found[0], found[1]


def _centre(corpus: Memberships, relations: set[str]) -> Floats:
    return profiles(corpus.select(np.flatnonzero(corpus.circuits["relation"].isin(relations)))).centre


def relation_means(rows: csr_array, of: Ints, n_relations: int, weights: Floats | None = None) -> Floats:
    """Return the mean of each relation's rows [relation, name], each row counted as often as its weight says."""
    weights = np.ones(len(of)) if weights is None else weights
    totals = np.maximum(np.bincount(of, weights, n_relations), 1e-12)
    shares = csr_array((weights / totals[of], (of, np.arange(len(of)))), (n_relations, len(of)))
    return csr_array(shares @ rows).toarray()


def lengths(squares: Floats) -> Floats:
    """Return the roots of squared lengths; what rounding leaves of nothing is NaN, as it has no direction."""
    return np.sqrt(np.where(squares > 1e-9, squares, np.nan))
