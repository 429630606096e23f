"""Emergence and largest rise on figures made by hand."""

import numpy as np
import pytest

from ingest.lens.emergence import among, emergence, largest_rise

BLOCKS = ("embed", "a0", "m0", "a1", "m1")


def lead(*rows: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Logits of the object, then of the others, after each block."""
    every = np.array(rows, np.float64)
    return every[:, 0], every[:, 1:]


@pytest.mark.parametrize(
    ("margins", "expected"),
    [
        ((-1, -1, 1, 2, 3), "m0"),
        ((-1, 1, -1, 1, 1), "a1"),  # what is lost again does not count
        ((1, 1, 1, 1, 1), "embed"),
        ((-1, -1, -1, -1, 1), "m1"),
        ((1, 1, 1, 1, -1), ""),
        ((-1, -1, -1, -1, -1), ""),
        ((1, 1, 0, 1, 1), "a1"),  # a tie is not ahead
        ((1, 1, 1, 1, 0), ""),
    ],
)
def test_an_object_emerges_where_it_is_ahead_from_then_on(margins: tuple[float, ...], expected: str) -> None:
    assert emergence(BLOCKS, *lead(*((5 + margin, 5, 2) for margin in margins))) == expected


def test_an_object_has_to_be_ahead_of_every_other_at_once() -> None:
    assert emergence(BLOCKS, *lead((3, 1, 4), (3, 4, 1), (3, 1, 4), (3, 2, 1), (3, 2, 1))) == "a1"


def test_the_only_object_of_a_relation_neither_emerges_nor_rises() -> None:
    alone = lead((1,), (2,), (3,), (4,), (5,))
    assert (emergence(BLOCKS, *alone), largest_rise(BLOCKS, *alone)) == ("", "")


def test_the_largest_rise_is_over_the_mean_of_the_others() -> None:
    # leads over the mean: -1, 1, 0, 3, 2; the object itself rises most in m0, where the others rise too
    assert largest_rise(BLOCKS, *lead((0, 0, 2), (2, 1, 1), (9, 8, 10), (9, 6, 6), (9, 6, 8))) == "a1"


@pytest.mark.parametrize(
    ("leads", "expected"),
    [
        ((9, 1, 2, 3, 4), "m0"),  # the first of equals; the embedding's own lead is not a rise
        ((4, 3, 2, 1, 0), ""),
        ((1, 1, 1, 1, 1), ""),
    ],
)
def test_ties_and_falls(leads: tuple[float, ...], expected: str) -> None:
    assert largest_rise(BLOCKS, *lead(*((each, 0, 0) for each in leads))) == expected


def test_rank_and_probability_are_among_the_relations_objects_alone() -> None:
    rank, probability = among(*lead((0, 0, np.log(2)), (np.log(6), 0, 0), (0, 1000, 0)))
    assert rank.tolist() == [2, 1, 2]
    np.testing.assert_allclose(probability, [1 / 4, 6 / 8, 0])


def test_one_object_alone_is_certain() -> None:
    rank, probability = among(*lead((-3,), (800,)))
    assert rank.tolist() == [1, 1]
    assert probability.tolist() == [1, 1]
