import numpy as np
import pytest

from ingest.roles.movers import comparable, mover_scores

ANSWERS = np.array([0, 1, 2, 2, 3])
ACCEPTED = np.eye(4, dtype=bool)[ANSWERS]


def test_effects_of_facts_and_of_objects_are_no_mover() -> None:
    draw = np.random.default_rng(0)
    table = draw.normal(size=(5, 3, 1)) + draw.normal(size=(1, 3, 4))
    own, null = mover_scores(table, ANSWERS, ACCEPTED)
    assert np.allclose(own, 0)
    assert np.allclose(null, 0)


def test_what_is_added_to_the_own_cells_is_the_score() -> None:
    draw = np.random.default_rng(0)
    table = draw.normal(size=(5, 3, 1)) + draw.normal(size=(1, 3, 4))
    added = draw.normal(size=(5, 3))
    table[np.arange(5), :, ANSWERS] += added
    assert np.allclose(mover_scores(table, ANSWERS, ACCEPTED)[0], added)


def test_a_sum_worked_by_hand() -> None:
    """Of three facts with an object each, six cells are fitted by six effects less one: 1 -1 1 -1 1 -1 round a circle.

    The cells (0, 1), (1, 2), (2, 0) are 1, the others 0: no sum of effects, but 1/2 everywhere is nearest.
    """
    table = np.roll(np.eye(3), 1, axis=1)[:, None] + np.diag([5.0, 5.0, 5.0])[:, None]
    own, null = mover_scores(table, np.arange(3), np.eye(3, dtype=bool))
    assert np.allclose(own, 4.5)
    assert np.allclose(null, 0)


def test_scores_are_those_of_least_squares_over_pairs_of_facts() -> None:
    table = np.random.default_rng(1).normal(size=(5, 1, 4))
    accepted = ACCEPTED.copy()
    accepted[0, 3] = True
    pairs = [(f, g) for f in range(5) for g in range(5) if not accepted[f, ANSWERS[g]]]
    design = np.zeros((len(pairs), 9))
    for row, (f, g) in enumerate(pairs):
        design[row, [f, 5 + ANSWERS[g]]] = 1
    effects = np.linalg.lstsq(design, np.array([table[f, 0, ANSWERS[g]] for f, g in pairs]), rcond=None)[0]
    expected = table[np.arange(5), 0, ANSWERS] - effects[:5] - effects[5 + ANSWERS]
    assert np.allclose(mover_scores(table, ANSWERS, accepted)[0][:, 0], expected)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [([0, 0, 0], False), ([0, 1, 0, 1], False), ([0, 1, 2], True), ([0, 1, 2, 2, 0], True), ([], True)],
)
def test_two_objects_tell_nothing_and_three_do(answers: list[int], expected: bool) -> None:
    found = comparable(np.array(answers, dtype=int), np.eye(3, dtype=bool)[answers])
    assert found.tolist() == [expected] * len(answers)


def test_a_fact_that_accepts_every_object_is_left_out() -> None:
    accepted = np.eye(3, dtype=bool)[[0, 1, 2, 0]]
    accepted[3] = True
    assert comparable(np.array([0, 1, 2, 0]), accepted).tolist() == [True, True, True, False]
