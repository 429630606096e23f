"""The null against what is exact: hypergeometric overlaps, all matrices of given margins, long permutation runs."""

from collections import Counter
from itertools import product

import numpy as np
import pytest
from scipy.stats import false_discovery_control, hypergeom

from graphdb.comparison.chance.null import across, within
from graphdb.comparison.chance.permutation import permutations
from graphdb.comparison.overlap import q_values
from tests.graphdb.comparison import corpora


def circulant(n: int, size: int) -> np.ndarray:
    """n circuits of one size over n names, all equally popular."""
    return np.array([np.roll(np.arange(n) < size, row) for row in range(n)])


@pytest.mark.parametrize(("n", "size_a", "size_b"), [(40, 8, 12), (60, 20, 5), (35, 17, 17)])
def test_equally_popular_names_give_the_hypergeometric_distribution(n: int, size_a: int, size_b: int) -> None:
    a, b = (corpora.corpus(circulant(n, size), np.zeros(n, int)) for size in (size_a, size_b))
    null, exact = across(a, b), hypergeom(n, size_a, size_b)
    shared = np.arange(min(size_a, size_b) + 1)
    zero = np.zeros(len(shared), int)
    assert null.mean[0, 0] == pytest.approx(exact.mean(), rel=1e-6)
    assert null.variance[0, 0] == pytest.approx(exact.var(), rel=1e-6)
    likely = exact.sf(shared - 1) > 1e-12
    assert null.p(zero, zero, shared)[likely] == pytest.approx(exact.sf(shared - 1)[likely], rel=1e-3)


def margins(held: np.ndarray) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return tuple(held.sum(axis=1)), tuple(held.sum(axis=0))


def test_permutations_reach_every_matrix_of_the_margins_equally_often() -> None:
    held = np.array([[1, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1]], bool)
    matrices = (np.array(bits, bool).reshape(held.shape) for bits in product((0, 1), repeat=held.size))
    all_of_them = {matrix.tobytes() for matrix in matrices if margins(matrix) == margins(held)}
    seen = Counter(state.tobytes() for state in permutations(held, 6000, seed=1))
    assert set(seen) == all_of_them
    expected = 6000 / len(all_of_them)
    chi_square = sum((count - expected) ** 2 / expected for count in seen.values())
    assert chi_square < 2.5 * len(all_of_them)


def test_permutations_keep_sizes_and_popularity_and_follow_their_seed() -> None:
    held = corpora.popular(np.random.default_rng(3), 21, 50)
    first = [state.copy() for state in permutations(held, 5, seed=7)]
    assert all(margins(state) == margins(held) for state in first)
    assert all((a == b).all() for a, b in zip(first, permutations(held, 5, seed=7), strict=True))


def test_the_closed_form_is_what_long_permutation_gives() -> None:
    held = corpora.popular(np.random.default_rng(0), 40, 80)
    null = within(corpora.corpus(held, np.zeros(40, int)))
    total, squares, draws = np.zeros((40, 40)), np.zeros((40, 40)), 1500
    for state in permutations(held, draws, seed=0):
        shared = state.astype(float) @ state.T
        total, squares = total + shared, squares + shared**2
    i, j = np.triu_indices(40, 1)
    mean = (total / draws)[i, j]
    sd = np.sqrt(squares / draws - (total / draws) ** 2)[i, j]
    assert np.abs(null.expected(i, j) - mean).max() < 0.15 * sd.min()
    assert np.sqrt(null.variance[null.class_a[i], null.class_b[j]]) == pytest.approx(sd, rel=0.1)


@pytest.mark.parametrize("n_circuits", [10, 50])
@pytest.mark.slow
def test_p_values_are_no_smaller_than_they_may_be(n_circuits: int) -> None:
    """Over corpora without any structure, p is at or under a level at most so often."""
    found = []
    for seed in range(30):
        corpus = corpora.corpus(corpora.popular(np.random.default_rng(seed), n_circuits, 80), np.zeros(n_circuits, int))
        i, j = np.triu_indices(n_circuits, 1)
        shared = (corpus.held @ corpus.held.T).toarray()[i, j].round().astype(int)
        found.append(within(corpus).p(i, j, shared))
    p = np.concatenate(found)
    for level in (0.2, 0.05, 0.01):
        assert (p <= level).mean() <= level * 1.1
    assert (p <= 0.2).mean() > 0.08  # and it is no idle bound


def test_two_rows_leave_nothing_to_chance() -> None:
    corpus = corpora.corpus(np.array([[1, 1, 1, 0], [0, 1, 1, 1]], bool), np.zeros(2, int))
    one, two = np.array([0]), np.array([1])
    assert within(corpus).expected(one, two) == 2
    assert within(corpus).p(one, two, np.array([2])) == 1


def test_q_values_by_hand_and_with_counts() -> None:
    p = np.array([0.01, 0.04, np.nan, 0.03, 0.5])
    assert q_values(p) == pytest.approx([0.04, 0.16 / 3, np.nan, 0.16 / 3, 0.5], nan_ok=True)
    drawn = np.random.default_rng(0).random(50)
    assert q_values(drawn) == pytest.approx(false_discovery_control(drawn))
    many = q_values(np.array([0.001, 0.2]), np.array([3, 7]))
    assert many == pytest.approx(q_values(np.array([0.001] * 3 + [0.2] * 7))[[0, 9]])
