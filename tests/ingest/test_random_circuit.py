import numpy as np
import pytest

from graphdb.topology import BoolArray, Topology
from ingest.measures.random_circuit import random_circuit, shuffled

TOP = Topology(n_layers=12, n_heads=4, n_kv_heads=2)


@pytest.mark.parametrize("density", [0.01, 0.3, 1.0])
def test_a_random_circuit_has_the_size_and_layer_profile_of_the_real_one(density: float) -> None:
    mask = (np.random.default_rng(5).random(TOP.allowed.shape) < density) & TOP.allowed
    drawn = random_circuit(TOP, mask, np.random.default_rng(6))
    assert not (drawn & ~TOP.allowed).any()
    assert _profile(drawn) == _profile(mask)
    assert np.array_equal(drawn, random_circuit(TOP, mask, np.random.default_rng(6)))
    assert np.array_equal(drawn, mask) == (density == 1.0)


def _profile(mask: BoolArray) -> dict[tuple[str, str], int]:
    """Edges between each pair of blocks, counted by name."""
    counts: dict[tuple[str, str], int] = {}
    for source, slot in np.argwhere(mask):
        pair = (TOP.source_names[source].split(".")[0], TOP.slot_names[slot][0].split(".")[0])
        counts[pair] = counts.get(pair, 0) + 1
    return counts


def test_every_edge_of_a_block_is_drawn_equally_often() -> None:
    mask = np.zeros(TOP.allowed.shape, bool)
    mask[TOP.head_source(3), TOP.attention_slots(5).start] = True
    drawn = np.sum([random_circuit(TOP, mask, np.random.default_rng(seed)) for seed in range(3200)], 0)
    block = drawn[TOP.head_source(3) : TOP.head_source(3) + 4, TOP.attention_slots(5)]
    assert block.sum() == drawn.sum() == 3200
    assert np.abs(block - 100).max() < 50  # 32 edges: 100 each, standard deviation 10


def test_shuffled_scores_stay_between_their_blocks() -> None:
    scores = np.random.default_rng(7).random((2, TOP.n_edges)).astype(np.float32)
    dealt = shuffled(TOP, scores, np.random.default_rng(8))
    for one, other in zip(TOP.unpack(scores), TOP.unpack(dealt), strict=True):
        for first in (slice(0, 1), slice(TOP.head_source(3), TOP.head_source(3) + 4)):
            mine, theirs = (each[first, TOP.attention_slots(5)] for each in (one, other))
            assert sorted(mine.ravel()) == sorted(theirs.ravel())
            assert (mine != theirs).any()
    order = np.argsort(scores[0]), np.argsort(dealt[0])
    assert np.array_equal(dealt, shuffled(TOP, scores, np.random.default_rng(8)))
    assert not np.array_equal(*order)
