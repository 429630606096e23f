"""What is asked of the logits: a fact's object against others of its relation, and its relation against others.

A metric is a weighted sum of logits. Axes: n = fact, v = token of any relation's objects, o = token of this relation's
objects (the first of v), k = null.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphdb.errors import UserError
from graphdb.topology import BoolArray
from ingest.facts.names import fact_hash
from ingest.roles.facts import RelationFacts

Doubles = NDArray[np.float64]

NULLS = 3
"""Other relations whose vocabularies stand in for a relation's own, at most."""


@dataclass(frozen=True)
class Metrics:
    """The metrics of a relation's facts, as weights on the logits of `tokens`."""

    tokens: tuple[int, ...]
    n_own: int
    """So many of the tokens, from the first on, are the relation's own objects."""
    answers: NDArray[np.int64]  # [n] place of each fact's answer in `tokens`
    accepted: BoolArray  # [n, o] whether the token is an accepted object of the fact
    object: Doubles
    """[n, v] the answer less the mean of the relation's other objects."""
    relation: Doubles
    """[n, v] m_rel: the mean of the relation's other objects less that over relations that share none with it."""
    nulls: Doubles
    """[k, n, v] m_rel of other relations."""


def metrics(relation: RelationFacts) -> Metrics:
    """Return the metrics of a relation's facts.

    A null takes the place of the relation: a relation that shares no object with it, against those that share none with
    either. Of such, `NULLS` are chosen by hash. Raises UserError where there is none.
    """
    vocabularies = {name: frozenset(tokens) for name, tokens in relation.vocabularies.items() if tokens}
    own = vocabularies[relation.relation_id]
    assert all(fact.answer in own for fact in relation.facts), "a fact's answer is no object of its relation"
    tokens = (*sorted(own), *sorted(frozenset().union(*vocabularies.values()) - own))
    apart = sorted(name for name, each in vocabularies.items() if own.isdisjoint(each))
    backgrounds = {
        name: [other for other in apart if vocabularies[name].isdisjoint(vocabularies[other])] for name in apart
    }
    nulls = sorted((name for name in apart if backgrounds[name]), key=lambda name: _order(relation.relation_id, name))
    if not nulls:
        raise UserError(
            f"relation {relation.relation_id!r}: roles are told by other relations' objects, and of the relations at "
            "hand no two share none with it and with each other; give more relations"
        )
    known = np.array([[token in fact.prompt.answers for token in tokens] for fact in relation.facts], dtype=bool)
    known = known.reshape(len(relation.facts), len(tokens))  # of no facts, too
    mean = {name: _indicator(tokens, vocabulary) for name, vocabulary in vocabularies.items()}
    others = _shares(mean[relation.relation_id] * ~known)
    places = np.array([tokens.index(fact.answer) for fact in relation.facts], dtype=np.int64)

    def against(foreground: Doubles, background: Sequence[str]) -> Doubles:
        return foreground - np.mean([_shares(mean[name] * ~known) for name in background], 0)

    return Metrics(
        tokens,
        len(own),
        places,
        known[:, : len(own)],
        np.eye(len(tokens))[places] - others,
        against(others, apart),
        np.stack([against(_shares(mean[name] * ~known), backgrounds[name]) for name in nulls[:NULLS]]),
    )


def _order(relation_id: str, name: str) -> int:
    return fact_hash(f"{relation_id}/{name}")


def _indicator(tokens: Sequence[int], vocabulary: frozenset[int]) -> Doubles:
    return np.array([token in vocabulary for token in tokens], dtype=np.float64)


def _shares(weights: Doubles) -> Doubles:
    """Weights [n, v] of each fact divided by their sum; zeros where all are."""
    return weights / np.maximum(weights.sum(-1, keepdims=True), 1)
