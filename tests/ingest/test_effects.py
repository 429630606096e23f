"""What an edge does in a circuit is the slope of the metric by the edge's mask, and mostly what its removal costs."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch

from graphdb.topology import BoolArray, prune_dangling
from ingest.compute.prompt_runs import Pair, Runs
from ingest.measures import controls
from ingest.measures.effects import edge_effects
from ingest.model import LanguageModel
from tests.ingest.pairs import run_pairs
from tests.ingest.tasks import make_tasks


def circuits(runs: Runs, share: float) -> BoolArray:
    full = np.repeat(runs.weights.topology.allowed[None], len(runs.tasks), 0)
    some = full & (np.random.default_rng(0).random(full.shape) < share)
    return prune_dangling(runs.weights.topology, some)


@torch.no_grad()
def test_the_effect_of_an_edge_is_the_slope_at_the_circuit(small: LanguageModel) -> None:
    runs, pair = run_pairs(small)
    mask = circuits(runs, 0.7)
    effects = runs.weights.topology.unpack(edge_effects(runs, [pair], mask).edges)
    floats = torch.from_numpy(mask).double()
    whole = runs.metric(runs.run_circuit(pair, floats).final, pair.direction)
    for source, slot in np.argwhere(mask.all(0))[::7]:
        less = floats.clone()
        less[:, source, slot] -= 1e-6
        cost = (whole - runs.metric(runs.run_circuit(pair, less).final, pair.direction)) / 1e-6
        assert np.allclose(cost, effects[:, source, slot], rtol=1e-3, atol=1e-5)


@torch.no_grad()
def test_what_a_source_does_divides_over_the_positions_it_writes_at(small: LanguageModel) -> None:
    """The parts add up to its edges' effects, and a part is the slope by what it writes at one position alone."""
    runs, pair = run_pairs(small)
    mask = circuits(runs, 0.7)
    found = edge_effects(runs, [pair], mask, by_place=True)
    assert found.places is not None
    assert np.array_equal(found.edges, edge_effects(runs, [pair], mask).edges)
    edges = runs.weights.topology.unpack(found.edges)
    assert np.allclose(found.places.sum(-1), edges.sum(-1), atol=1e-5)
    last = found.places[:, -1]
    assert np.allclose(last[:, :-1], 0), "only the last position of the last MLP reaches the logits"
    assert np.abs(found.places[:, 0, :-1]).max() > 0.01


@pytest.fixture(scope="module")
def batch(llama: LanguageModel) -> tuple[Runs, list[Pair]]:
    runs = Runs(llama.weights, make_tasks(llama, n_donors=2, count=4))
    return runs, [runs.pair([donor] * 4) for donor in range(2)]


def test_effects_are_means_over_donors_and_none_outside_the_circuit(batch: tuple[Runs, list[Pair]]) -> None:
    runs, pairs = batch
    mask = circuits(runs, 0.5)
    both, one, two = (edge_effects(runs, some, mask) for some in (pairs, pairs[:1], pairs[1:]))
    assert np.allclose(both.edges, (one.edges + two.edges) / 2, atol=1e-5)
    assert not np.allclose(one.edges, two.edges, atol=1e-3)
    assert not both.edges[~runs.weights.topology.pack(mask)].any()
    metrics = [controls.faithfulness(runs, pair, mask) * pair.effect.numpy() for pair in pairs]
    assert np.allclose(both.circuit, np.mean(metrics, 0), atol=1e-4)


def test_the_only_edge_is_needed_and_does_what_the_circuit_does(batch: tuple[Runs, list[Pair]]) -> None:
    """What the embedding writes to the logits goes through the last norm alone, which bends little."""
    runs, pairs = batch
    mask = _chain(runs, [("embed", "logits", "logits")])
    found = edge_effects(runs, pairs, mask)
    assert np.allclose(found.edges.sum(1), found.circuit, rtol=0.1, atol=0.01)
    clear = np.abs(found.circuit) > 0.05
    assert clear.sum() >= 3
    assert found.needed[clear].tolist() == (found.circuit > 0)[clear].astype(float).tolist()


def test_an_edge_that_leads_nowhere_is_not_needed_and_an_empty_circuit_needs_none(
    batch: tuple[Runs, list[Pair]],
) -> None:
    runs, pairs = batch
    mask = _chain(runs, [("embed", "logits", "logits"), *(("a0.h0", "a1.h0", channel) for channel in "q")])
    found = edge_effects(runs, pairs, mask)
    clear = np.abs(found.circuit) > 0.05
    assert found.needed[clear].tolist() == ((found.circuit > 0) / 2)[clear].tolist()
    assert edge_effects(runs, pairs, np.zeros_like(mask)).needed.tolist() == [0] * 4


def _chain(runs: Runs, edges: Sequence[tuple[str, str, str]]) -> BoolArray:
    mask = runs.weights.topology.mask(edges)
    return np.repeat(mask[None], len(runs.tasks), 0)
