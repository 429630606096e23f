import numpy as np
import pytest

from graphdb.topology import BoolArray, Topology
from ingest.pruning import LARGEST_SHARE, Trial, minimal_circuits, random_circuit

TOP = Topology(n_layers=12, n_heads=4, n_kv_heads=2)


def _scores(*seeds: int) -> np.ndarray:
    return np.stack([np.random.default_rng(seed).normal(size=TOP.n_edges) for seed in seeds]).astype(np.float32)


class _Needs:
    """A model whose faithfulness is 1 from so many edges on, else 0: the facts of a batch need different numbers."""

    def __init__(self, *edges: int) -> None:
        self.edges = np.array(edges)
        self.seen: list[BoolArray] = []

    def __call__(self, mask: BoolArray) -> Trial:
        self.seen.append(mask)
        enough = mask.sum((1, 2)) >= self.edges
        return Trial(mask, enough.astype(np.float32), mask.sum((1, 2))[:, None].astype(np.float32))


def test_each_fact_gets_the_smallest_circuit_that_passed_a_test() -> None:
    needs = _Needs(40, 120)
    found = minimal_circuits(TOP, _scores(1, 2), needs, 0.85)
    sizes = found.mask.sum((1, 2))
    assert (sizes >= needs.edges).all()
    assert (sizes <= 1.4 * needs.edges).all()
    tested = np.stack([mask.sum((1, 2)) for mask in needs.seen])
    passed = np.where(tested >= needs.edges, tested, TOP.n_edges).min(0)
    assert sizes.tolist() == passed.tolist()
    assert found.last[:, 0].tolist() == sizes.tolist()


def test_the_most_faithful_tested_circuit_stands_where_none_passes() -> None:
    def rising(mask: BoolArray) -> Trial:
        sizes = mask.sum((1, 2))
        return Trial(mask, (sizes / TOP.n_edges).astype(np.float32), np.zeros((1, 1), np.float32))

    found = minimal_circuits(TOP, _scores(3), rising, 0.85)
    assert 0.6 * LARGEST_SHARE < found.faithfulness[0] <= LARGEST_SHARE


def test_edges_are_taken_in_order_of_magnitude() -> None:
    scores = np.full((1, TOP.n_edges), 1e-6, np.float32)
    best = {("embed", "m0"), ("m0", "a5.h1"), ("a5.h1", "logits")}
    slots = {("embed", "m0"): ("m0", "mlp"), ("m0", "a5.h1"): ("a5.h1", "q"), ("a5.h1", "logits"): ("logits", "logits")}
    matrix = TOP.unpack(scores)
    for number, edge in enumerate(sorted(best)):
        sign = -1 if number % 2 else 1
        matrix[0, TOP.source_names.index(edge[0]), TOP.slot_names.index(slots[edge])] = sign * (5 - number)
    found = minimal_circuits(TOP, TOP.pack(matrix), _Needs(3), 0.85)
    for source, target in best:
        assert found.mask[0, TOP.source_names.index(source), TOP.slot_names.index(slots[source, target])]


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
