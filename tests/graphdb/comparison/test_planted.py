"""What was planted is found, and where nothing was, next to nothing is: over 200 seeds, or their first 40."""

import numpy as np
import pytest

from graphdb.comparison.all_pairs import all_pairs
from graphdb.comparison.memberships import Memberships
from graphdb.comparison.modules import modules
from graphdb.comparison.nearest import nearest_facts, nearest_relations
from graphdb.comparison.outliers import outliers
from graphdb.comparison.overlap import LEVEL
from graphdb.comparison.parts import parts
from graphdb.comparison.relations import cluster, relation_pairs
from tests.graphdb.comparison import corpora

SEEDS, FEW = 200, 40
SHARING = {"r0", "r1", "r2"}


def planted(seed: int) -> Memberships:
    """Three of sixteen relations have one module in common, each other relation has one of its own."""
    return corpora.modules(np.random.default_rng(seed), relations=16, facts=6, n_names=250, shared=3)


def falsely_found(relations: int, seed: int) -> float:
    """Whether any pair of relations is found that have only modules of their own: a share of 1, or 0."""
    corpus = corpora.modules(np.random.default_rng(seed), relations, facts=5, n_names=80, shared=0)
    return float((relation_pairs(corpus)["q"] <= LEVEL).any())


@pytest.mark.parametrize("seed", range(5))
def test_relations_that_share_a_module_are_found(seed: int) -> None:
    found = relation_pairs(planted(seed))
    shared = {frozenset(pair) for pair in (("r0", "r1"), ("r0", "r2"), ("r1", "r2"))}
    assert {frozenset(pair) for pair in zip(found["a"][:3], found["b"][:3], strict=True)} == shared
    assert (found["q"][:3] <= LEVEL).all()
    assert (found["effect"][:3] > 1.1).all()


@pytest.fixture(scope="module")
def seeds(*, soak: bool) -> range:
    return range(SEEDS if soak else FEW)


@pytest.mark.soak
@pytest.mark.slow
@pytest.mark.parametrize("relations", [8, 31], ids=["permuted", "in closed form"])
def test_relations_that_share_none_are_found_in_at_most_a_twentieth_of_the_seeds(relations: int, seeds: range) -> None:
    """Each relation's circuits resemble each other: they must not count as independent draws."""
    assert np.mean([falsely_found(relations, seed) for seed in seeds]) <= 0.05


@pytest.mark.soak
def test_circuits_without_modules_are_found_in_at_most_a_twentieth_of_the_seeds(seeds: range) -> None:
    found = []
    for seed in seeds:
        held = corpora.popular(np.random.default_rng(seed), 40, 80)
        kinds = all_pairs(corpora.corpus(held, np.arange(40) % 4)).kinds
        found.append(kinds["found"].sum() > 0)
    assert np.mean(found) <= 0.05


@pytest.mark.soak
def test_components_are_specific_to_no_relation_in_at_most_a_twentieth_of_the_seeds(seeds: range) -> None:
    found = []
    for seed in seeds:
        held = corpora.popular(np.random.default_rng(seed), 40, 80)
        found.append((parts(corpora.corpus(held, np.arange(40) % 4), "r1")["q"] <= LEVEL).any())
    assert np.mean(found) <= 0.05


def test_circuits_that_share_a_module_are_found_and_are_nearest() -> None:
    corpus = planted(0)
    found = all_pairs(corpus, nearest=3)
    pairs = found.kinds.set_index("pairs")
    assert pairs["count"].to_dict() == {"within": 16 * 15, "across": 96 * 95 // 2 - 16 * 15}
    assert pairs["found"]["within"] > 16 * 15 / 2
    near = found.nearest[found.nearest["relation"].isin(SHARING)]
    assert near["nearest_relation"].isin(SHARING).mean() > 0.95
    assert list(nearest_facts(corpus, "toy|r0/0|secant")["nearest"][:3]) == list(
        found.nearest.loc[found.nearest["circuit"] == "toy|r0/0|secant", "nearest"]
    )
    assert set(nearest_relations(corpus, "toy|r0/0|secant")["relation"][:3]) == SHARING


def test_relations_that_share_a_module_stand_together() -> None:
    order = cluster(planted(0).typical()).order
    places = sorted(order.index(name) for name in SHARING)
    assert places[-1] - places[0] == 2


def test_a_module_is_specific_to_its_relation_and_found_as_one() -> None:
    draw = np.random.default_rng(5)
    relation = np.repeat(np.arange(6), 10)
    held = corpora.popular(draw, 60, 90)
    held[:, :3] = True
    module = np.arange(10, 22)
    held[np.ix_(np.flatnonzero(relation == 2), module)] = True
    held[np.ix_(np.flatnonzero(relation != 2), module)] = draw.random((50, 12)) < 0.1
    corpus = corpora.corpus(held, relation)
    planted_names = {corpus.names[number] for number in module}
    found = parts(corpus, "r2").set_index("name")
    assert {str(name) for name in found.index[found["q"] <= LEVEL]} == planted_names
    assert set(found.index[found["everywhere"]]) >= set(corpus.names[:3])
    assert not found.loc[list(planted_names), "everywhere"].any()
    together = modules(corpus)
    one = together[together["name"].isin(planted_names)]
    assert set(one["name"]) == planted_names
    assert one["module"].nunique() == 1
    assert one["relations"].iloc[0].split(", ")[0] == "r2"


def test_a_circuit_of_another_relation_is_the_outlier() -> None:
    corpus = planted(1)
    stranger, own = corpus.rows("r5")[0], corpus.rows("r8")[0]
    order = np.arange(len(corpus.sizes))
    order[[stranger, own]] = order[[own, stranger]]
    swapped = Memberships(corpus.circuits, corpus.names, corpus.scores[order], corpus.level)
    found = outliers(swapped)
    strangers = {"r5/30": "r8", "r8/48": "r5"}
    assert {str(fact) for fact in found["fact"][:2]} == set(strangers)
    assert dict(zip(found["fact"][:2], found["nearest_relation"][:2], strict=True)) == strangers
    assert set(outliers(swapped, "r5")["relation"]) == {"r5"}
