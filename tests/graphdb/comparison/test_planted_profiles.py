"""Relations whose profiles share something are found, and others next to never: over 200 seeds, or their first 40."""

from functools import partial

import numpy as np
import pytest

from graphdb.comparison.memberships import Memberships
from graphdb.comparison.overlap import LEVEL, q_values
from graphdb.comparison.profiles.chance import Chance, chance
from graphdb.comparison.profiles.profiles import profiles
from graphdb.comparison.profiles.relation_profiles import relation_profiles
from tests.graphdb.comparison import corpora

SEEDS, FEW = 200, 40
SHARING = {frozenset(pair) for pair in (("r0", "r1"), ("r0", "r2"), ("r1", "r2"))}

WITHOUT = {
    "modules of eight": lambda draw: corpora.modules(draw, 8, facts=5, n_names=80, shared=0),
    "modules of thirty-one": lambda draw: corpora.modules(draw, 31, facts=5, n_names=80, shared=0),
    "scores": partial(corpora.log_normal, relations=16, facts=6, n_names=250),
    "scores that rise by layer": partial(corpora.log_normal, relations=16, facts=6, n_names=250, layers=1.0),
    "relations of different size": partial(corpora.log_normal, relations=16, facts=6, n_names=250, size=1.0),
}
"""Corpora whose relations have nothing in common but popularity."""


def by_chance(corpus: Memberships) -> Chance:
    """What chance gives all pairs, without intervals."""
    found = profiles(corpus)
    i, j = np.triu_indices(len(found.relations), 1)
    unit = found.deviations / np.linalg.norm(found.deviations, axis=1)[:, None]
    return chance(found, i, j, (unit @ unit.T)[i, j])


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("layers", [0.0, 0.5])
def test_relations_that_share_what_is_strong_in_them_are_found(seed: int, layers: float) -> None:
    found = relation_profiles(
        corpora.log_normal(np.random.default_rng(seed), 16, 6, 390, shared=3, layers=layers), seed
    )
    assert {frozenset(pair) for pair in zip(found["a"][:3], found["b"][:3], strict=True)} == SHARING
    assert (found["q"][:3] <= LEVEL).all()
    assert (found["low"][:3] > found["expected"][:3]).all()
    assert (found["cosine"][:3] < found[["self_a", "self_b"]][:3].min(axis=1) + 0.1).all()


@pytest.mark.parametrize("seed", range(3))
def test_relations_that_share_a_module_are_found(seed: int) -> None:
    found = relation_profiles(corpora.modules(np.random.default_rng(seed), 16, 6, 250, shared=3), seed)
    assert {frozenset(pair) for pair in zip(found["a"][:3], found["b"][:3], strict=True)} == SHARING
    assert (found["q"][:3] <= LEVEL).all()


@pytest.mark.soak
@pytest.mark.slow
def test_relations_that_share_nothing_are_found_in_at_most_a_twentieth_of_two_hundred_corpora(*, soak: bool) -> None:
    """Over 200 seeds of each kind, or the first 40 of all five together."""
    falsely = dict[str, float]()
    for kind, make in WITHOUT.items():
        found = [by_chance(make(np.random.default_rng(seed))).p for seed in range(SEEDS if soak else FEW)]
        falsely[kind] = float(np.mean([(q_values(p) <= LEVEL).any() for p in found]))
        p = np.concatenate(found)
        for level in (0.05, 0.01, 0.001):
            assert (p <= level).mean() <= level * 1.2, kind
        assert (p <= 0.2).mean() > 0.08, kind  # and it is no idle bound
    assert np.mean(list(falsely.values())) <= 0.05
    assert not soak or max(falsely.values()) <= 0.05, falsely


def test_one_relation_that_is_far_from_all_others_does_not_make_these_alike() -> None:
    """Each deviation holds a share of what is missing from the centre without it."""
    draw = np.random.default_rng(0)
    relation = np.repeat(np.arange(6), 6)
    scores = np.exp(draw.normal(0, 0.3, (36, 200)) + draw.normal(0, 0.3, (6, 200))[relation])
    scores[relation == 5] *= np.exp(draw.normal(0, 3, 200))
    corpus = corpora.corpus(np.ones(scores.shape, bool), relation, scores)
    found = relation_profiles(corpus)
    near = found[(found["a"] != "r5") & (found["b"] != "r5")]
    assert near["cosine"].mean() > 0.2
    assert (near["expected"] > 0.2).all()
    assert (near["q"] > LEVEL).all()
