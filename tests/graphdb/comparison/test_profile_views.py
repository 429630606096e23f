"""The map of circuits, and what makes the difference between two things, by sums worked by hand."""

import numpy as np
import pytest

from graphdb.comparison.memberships import Memberships
from graphdb.comparison.profiles.difference import DIFFERENCE_COLUMNS, difference
from graphdb.comparison.profiles.fact_map import MAP_COLUMNS, fact_map
from graphdb.comparison.profiles.profiles import profiles
from tests.graphdb.comparison import corpora


def of_shares(rows: list[list[float]], relation: list[int]) -> Memberships:
    scores = np.array(rows, dtype=float)
    return corpora.corpus(scores > 0, np.array(relation), scores)


def test_the_map_has_the_first_principal_components_of_the_profiles() -> None:
    held = corpora.popular(np.random.default_rng(0), 40, 60)
    held[:, 0] = True
    corpus = corpora.corpus(held, np.arange(40) % 4)
    found, shares = fact_map(corpus)
    assert list(found.columns) == list(MAP_COLUMNS)
    deviations = profiles(corpus)
    dense = deviations.roots.toarray() - deviations.centre
    _, s, vt = np.linalg.svd(dense, full_matrices=False)
    assert np.abs(found[["x", "y"]].to_numpy()) == pytest.approx(np.abs(dense @ vt[:2].T), abs=1e-8)
    assert shares == pytest.approx(tuple(s[:2] ** 2 / (s**2).sum()))
    again, _ = fact_map(corpus)
    assert again.equals(found)


@pytest.mark.parametrize("rows", [[[1.0]], [[1, 3], [3, 1]], [[1, 0, 0, 0, 0], [0, 1, 0, 0, 0]], [[0.0, 0.0]]])
def test_few_circuits_or_names_have_a_map(rows: list[list[float]]) -> None:
    found, shares = fact_map(of_shares(rows, list(range(len(rows)))))
    assert len(found) == sum(any(row) for row in rows)
    assert np.isfinite(found[["x", "y"]].to_numpy(float)).all()
    assert 0 <= sum(shares) <= 1 + 1e-9


def test_like_circuits_lie_near_each_other() -> None:
    found, _ = fact_map(of_shares([[5, 5, 0, 0], [4, 6, 0, 0], [0, 0, 5, 5], [0, 0, 6, 4]], [0, 0, 1, 1]))
    places = found[["x", "y"]].to_numpy()
    apart = np.linalg.norm(places[:, None] - places, axis=-1)
    assert max(apart[0, 1], apart[2, 3]) < 0.3 < min(apart[0, 2], apart[1, 3])


def test_the_difference_is_of_mean_shares() -> None:
    a, b = of_shares([[1, 3, 0], [1, 1, 0]], [0, 0]), of_shares([[0, 1, 3], [0, 0, 0]], [1, 1])
    found = difference(a, b).set_index("name")
    assert [*found.columns] == [*DIFFERENCE_COLUMNS][1:]
    assert found.to_dict("index") == {
        "a0.h2": {"share_a": 0, "share_b": 0.75, "difference": -0.75, "facts_a": 0, "facts_b": 1},
        "a0.h1": {"share_a": 0.625, "share_b": 0.25, "difference": 0.375, "facts_a": 2, "facts_b": 1},
        "a0.h0": {"share_a": 0.375, "share_b": 0, "difference": 0.375, "facts_a": 2, "facts_b": 0},
    }
    assert found.index[0] == "a0.h2", "the largest comes first"
    assert found["difference"].sum() == pytest.approx(0)


def test_things_without_a_score_have_no_share() -> None:
    empty = of_shares([[0.0, 0.0]], [0])
    assert difference(empty, empty).empty
