"""Smaller and larger circuits of the sample's France."""

import pandas as pd
import pytest

from dashboard.data.sizes import first_size, options
from graphdb.circuits.drawn import at_size, feeds
from tests import sample

CIRCUIT = sample.CIRCUITS[0]


@pytest.fixture
def stored() -> pd.DataFrame:
    rows = [(edge.source, edge.target, edge.channel, edge.weight, edge.rank) for edge in CIRCUIT.edges]
    return pd.DataFrame(rows, columns=["source", "target", "channel", "weight", "rank"])


def test_sizes_go_beyond_the_stored_one_only_with_scores() -> None:
    assert options(74, beyond=False) == [10, 20, 50, 74]
    assert options(74, beyond=True)[3:6] == [74, 100, 200]
    assert options(6, beyond=False) == [6]


@pytest.mark.parametrize("stored", [6, 831, 1000, 4601])
def test_a_circuit_is_first_drawn_at_its_size_or_the_largest_readable(stored: int) -> None:
    assert first_size(stored) == min(stored, 1000)
    assert first_size(stored) in options(stored, beyond=False)


def test_the_stored_size_is_the_stored_circuit(stored: pd.DataFrame) -> None:
    assert at_size(6, stored, None, sample.TOPOLOGY) is stored


def test_smaller_sizes_lose_what_dangles(stored: pd.DataFrame) -> None:
    """The three strongest edges join embed -> a0.kv0 (-> a0.h1) -> m1 -> logits; the next, into m0, leads nowhere."""
    assert list(at_size(3, stored, None, sample.TOPOLOGY)["rank"]) == [1, 2, 3]
    assert list(at_size(4, stored, None, sample.TOPOLOGY)["rank"]) == [1, 2, 3]
    assert at_size(2, stored, None, sample.TOPOLOGY).empty


def test_larger_sizes_follow_from_the_scores(stored: pd.DataFrame) -> None:
    larger = at_size(20, stored, sample.scores(CIRCUIT), sample.TOPOLOGY)
    assert len(larger) > len(stored)
    assert list(larger["weight"][:3]) == [3.0, 2.0, 1.5]


def test_kv_heads_feed_the_heads_of_their_group_that_write(stored: pd.DataFrame) -> None:
    assert feeds(stored, sample.TOPOLOGY) == [("a0.kv0", "a0.h1"), ("a1.kv1", "a1.h2")]
