import math
from collections.abc import Callable

import numpy as np
import pytest

from graphdb.topology import BoolArray, Topology, prune_dangling
from ingest.discovery.search import (
    LARGEST_SHARE,
    PRUNED_SHARE,
    Floats,
    Trial,
    minimal_circuits,
    pruned,
    strongest,
)

TOP = Topology(n_layers=12, n_heads=4, n_kv_heads=2)
LARGEST = int(LARGEST_SHARE * TOP.n_edges)
TARGET = 0.85


def _scores(*seeds: int) -> Floats:
    return np.stack([np.random.default_rng(seed).normal(size=TOP.n_edges) for seed in seeds]).astype(np.float32)


class _Model:
    """Stands for a model: gives each fact's circuits the faithfulness that a function of their sizes [b] says."""

    def __init__(self, faithfulness: Callable[[np.ndarray], np.ndarray]) -> None:
        self.faithfulness = faithfulness
        self.seen: list[Trial] = []

    def __call__(self, mask: BoolArray) -> Trial:
        self.seen.append(Trial(mask, self.faithfulness(mask.sum((1, 2))).astype(np.float32)))
        return self.seen[-1]

    def best(self, fact: int) -> tuple[int, float]:
        """Size and faithfulness of the fact's smallest tested circuit that passed, else of its most faithful one."""
        tested = [(int(trial.mask[fact].sum()), float(trial.faithfulness[fact])) for trial in self.seen]
        passed = [each for each in tested if each[1] >= TARGET]
        return min(passed) if passed else max(tested, key=lambda each: each[1])


def figures(found: Trial, fact: int) -> tuple[int, float]:
    return int(found.mask[fact].sum()), float(found.faithfulness[fact])


def needs(*edges: int) -> _Model:
    """A fact's circuits are faithful from so many edges on: the facts of a batch need different numbers."""
    return _Model(lambda sizes: sizes >= np.array(edges))


def test_each_fact_gets_the_smallest_circuit_that_passed_a_test() -> None:
    model = needs(40, 120)
    found = minimal_circuits(TOP, _scores(1, 2), model, TARGET)
    assert [figures(found, fact) for fact in range(2)] == [model.best(0), model.best(1)]
    sizes = found.mask.sum((1, 2))
    assert (sizes >= (40, 120)).all()
    assert (sizes <= (56, 168)).all()


@pytest.mark.parametrize(
    "faithfulness",
    [
        lambda sizes: np.where((sizes > 60) & (sizes < 110), 0.2, sizes >= 30),
        lambda sizes: np.where(sizes % 2 == 0, 1.0, 0.5),
        lambda sizes: np.exp(-(((sizes - 80) / 40.0) ** 2)),
    ],
    ids=["a hole", "odd sizes fail", "a hump"],
)
def test_a_faithfulness_that_falls_again_gives_a_tested_pass_all_the_same(
    faithfulness: Callable[[np.ndarray], np.ndarray],
) -> None:
    """What is returned is what was tested, and among that the smallest pass."""
    model = _Model(faithfulness)
    found = minimal_circuits(TOP, _scores(*range(20)), model, TARGET)
    assert [figures(found, fact) for fact in range(20)] == [model.best(fact) for fact in range(20)]
    assert np.allclose(found.faithfulness, faithfulness(found.mask.sum((1, 2))))
    assert (found.faithfulness >= TARGET).mean() >= 0.5


def test_the_most_faithful_tested_circuit_stands_where_none_passes() -> None:
    found = minimal_circuits(TOP, _scores(3), _Model(lambda sizes: sizes / TOP.n_edges), TARGET)
    assert 0.5 * LARGEST_SHARE < found.faithfulness[0] <= LARGEST_SHARE


def test_what_is_tested_has_no_dangling_edges() -> None:
    model = needs(50)
    minimal_circuits(TOP, _scores(7), model, TARGET)
    assert model.seen
    for trial in model.seen:
        assert np.array_equal(prune_dangling(TOP, trial.mask), trial.mask)
        assert trial.mask.sum() <= LARGEST


def test_edges_are_taken_in_order_of_magnitude() -> None:
    scores = np.full((1, TOP.n_edges), 1e-6, np.float32)
    best = {("embed", "m0"), ("m0", "a5.h1"), ("a5.h1", "logits")}
    slots = {("embed", "m0"): ("m0", "mlp"), ("m0", "a5.h1"): ("a5.h1", "q"), ("a5.h1", "logits"): ("logits", "logits")}
    matrix = TOP.unpack(scores)
    for number, edge in enumerate(sorted(best)):
        sign = -1 if number % 2 else 1
        matrix[0, TOP.source_names.index(edge[0]), TOP.slot_names.index(slots[edge])] = sign * (5 - number)
    found = minimal_circuits(TOP, TOP.pack(matrix), needs(3), TARGET)
    for source, target in best:
        assert found.mask[0, TOP.source_names.index(source), TOP.slot_names.index(slots[source, target])]


def _circuits(*shares: float) -> Trial:
    """Circuits that pass, of these shares of the edges."""
    masks = [np.random.default_rng(index).random(TOP.allowed.shape) < share for index, share in enumerate(shares)]
    mask = prune_dangling(TOP, np.stack(masks) & TOP.allowed)
    return Trial(mask, np.ones(len(shares), np.float32))


def test_pruning_ends_in_the_smallest_circuit_that_passed() -> None:
    start, effects = _circuits(0.1, 0.2), _scores(1, 2)
    model = needs(60, 400)
    found = pruned(TOP, start, lambda _: effects, model, TARGET, rounds=12)
    assert [figures(found, fact) for fact in range(2)] == [model.best(0), model.best(1)]
    sizes = found.mask.sum((1, 2))
    assert (sizes >= (60, 400)).all()
    assert (sizes <= (90, 440)).all()
    assert not (found.mask & ~start.mask).any()


def test_pruning_never_turns_a_circuit_that_passes_into_one_that_fails() -> None:
    start, effects = _circuits(0.05, 0.1, 0.3), _scores(1, 2, 3)
    draw = np.random.default_rng(4)
    for _ in range(5):
        found = pruned(TOP, start, lambda _: effects, _Model(lambda sizes: draw.random(len(sizes))), TARGET, rounds=6)
        assert (found.faithfulness >= TARGET).all()
        assert (found.mask.sum((1, 2)) <= start.mask.sum((1, 2))).all()


def test_pruning_tries_to_do_without_the_edges_of_least_effect_first() -> None:
    start, effects, tried = _circuits(0.3), _scores(8), list[BoolArray]()

    def passes(mask: BoolArray) -> Trial:
        tried.append(mask)
        return Trial(mask, np.ones(1, np.float32))

    pruned(TOP, start, lambda _: effects, passes, TARGET, rounds=1)
    sizes = np.sort(np.abs(effects)[TOP.pack(start.mask)])
    strong = start.mask & (np.abs(TOP.unpack(effects)) >= sizes[math.ceil(PRUNED_SHARE * len(sizes))])
    assert [mask.tolist() for mask in tried] == [prune_dangling(TOP, strong).tolist()]


@pytest.mark.parametrize("size", [20, 100, 600])
def test_a_circuit_of_a_wanted_size_has_nearly_that_size_without_dangling_edges(size: int) -> None:
    """As in a model, the embedding writes and the logits read more than the others."""
    draw, sizes = np.random.default_rng(9), np.array([size, size // 2])
    sources, slots = draw.normal(size=(2, TOP.n_sources, 1)), draw.normal(size=(2, 1, TOP.n_slots))
    sources[:, 0], slots[:, :, -1] = 3, 3
    mask = strongest(TOP, TOP.pack(np.exp(sources + slots)).astype(np.float32), sizes)
    assert np.array_equal(prune_dangling(TOP, mask), mask)
    found = mask.sum((1, 2))
    assert (found <= sizes).all()
    assert (found >= 0.9 * sizes - 4).all()


def test_the_strongest_edges_of_full_size_are_all_edges() -> None:
    assert int(strongest(TOP, _scores(11), np.array([TOP.n_edges])).sum()) >= TOP.n_edges - 2
