from collections.abc import Sequence

import numpy as np
import pytest
import torch

from graphdb.topology import BoolArray
from ingest.compute.prompt_runs import Pair, Runs
from ingest.measures import controls
from ingest.measures.controls import CURVE
from ingest.model import LanguageModel
from tests.ingest.tasks import make_tasks

CHAIN = (("embed", "m0", "mlp"), ("m0", "m2", "mlp"), ("m2", "logits", "logits"))
FACTS = 8


@pytest.fixture(scope="module")
def batch(llama: LanguageModel) -> tuple[Runs, list[Pair]]:
    tasks = make_tasks(llama, n_donors=2, count=FACTS)
    runs = Runs(llama.weights, tasks)
    return runs, [runs.pair([donor] * len(tasks)) for donor in range(2)]


def _mask(runs: Runs, edges: Sequence[tuple[str, str, str]]) -> BoolArray:
    top = runs.weights.topology
    mask = np.zeros((len(runs.tasks), *top.allowed.shape), bool)
    for source, target, channel in edges:
        mask[:, top.source_names.index(source), top.slot_names.index((target, channel))] = True
    return mask


def _full(runs: Runs) -> BoolArray:
    return np.repeat(runs.weights.topology.allowed[None], len(runs.tasks), 0)


def _some(runs: Runs, seed: int = 0) -> BoolArray:
    full = _full(runs)
    return full & (np.random.default_rng(seed).random(full.shape) < 0.5)


def test_nothing_survives_without_the_whole_model_and_everything_without_nothing(
    batch: tuple[Runs, list[Pair]],
) -> None:
    runs, pairs = batch
    for pair in pairs:
        assert np.allclose(controls.completeness(runs, pair, _full(runs)), 0, atol=1e-4)
        assert np.allclose(controls.completeness(runs, pair, np.zeros_like(_full(runs))), 1, atol=1e-4)


def test_completeness_is_the_faithfulness_of_all_other_edges(batch: tuple[Runs, list[Pair]]) -> None:
    runs, pairs = batch
    mask = _some(runs)
    expected = controls.faithfulness(runs, pairs[0], _full(runs) & ~mask)
    assert controls.completeness(runs, pairs[0], mask).tolist() == expected.tolist()


def test_a_trial_is_as_faithful_as_against_its_worst_donor_and_a_judgement_the_mean(
    batch: tuple[Runs, list[Pair]],
) -> None:
    runs, pairs = batch
    mask = _some(runs)
    each = np.stack([controls.faithfulness(runs, pair, mask) for pair in pairs])
    assert not np.allclose(each[0], each[1])
    assert np.allclose(controls.trial(runs, pairs, mask).faithfulness, each.min(0), atol=1e-5)
    assert np.allclose(controls.judge(runs, pairs, mask).faithfulness, each.mean(0), atol=1e-5)


def test_a_circuit_below_the_target_is_spared_the_other_donors(batch: tuple[Runs, list[Pair]]) -> None:
    runs, pairs = batch
    mask = _some(runs)
    each = np.stack([controls.faithfulness(runs, pair, mask) for pair in pairs])
    target = float(np.quantile(each[0], 0.7))
    expected = np.where(each[0] < target, each[0], each.min(0))
    assert not np.allclose(expected, each.min(0))
    assert np.allclose(controls.trial(runs, pairs, mask, target).faithfulness, expected, atol=1e-5)


def test_the_whole_model_is_judged_to_be_the_model(batch: tuple[Runs, list[Pair]]) -> None:
    runs, pairs = batch
    judged = controls.judge(runs, pairs, _full(runs))
    assert np.allclose(judged.faithfulness, 1, atol=1e-4)
    assert np.allclose(judged.divergence, 0, atol=1e-4)
    assert judged.top1.tolist() == [1] * FACTS
    assert np.allclose(judged.each, 1, atol=1e-4)
    assert judged.rank.tolist() == runs.ranks(runs.clean.final).tolist()
    assert np.allclose(judged.metric, pairs[0].metric_clean, atol=1e-4)


def test_divergence_is_that_of_the_two_distributions(batch: tuple[Runs, list[Pair]]) -> None:
    runs, pairs = batch
    final = runs.run_circuit(pairs[0], controls.as_mask(runs, _some(runs))).final
    p, q = (runs.logits(each).softmax(-1).double() for each in (runs.clean.final, final))
    assert torch.allclose(runs.divergence(final).double(), (p * (p / q).log()).sum(-1), atol=1e-4)


def test_a_random_share_of_a_chain_breaks_it(batch: tuple[Runs, list[Pair]]) -> None:
    """A third of three edges is one, and no chain holds without it; a tenth of them is none."""
    runs, pairs = batch
    mask = _mask(runs, CHAIN)
    judged = controls.judge(runs, pairs, mask)
    assert np.allclose(controls.loss(runs, pairs, mask, judged, 1 / 3, seed=0), judged.faithfulness, atol=1e-5)
    assert controls.loss(runs, pairs, mask, judged, 0.1, seed=0).tolist() == [0] * FACTS


def test_what_is_lost_is_a_facts_own_and_the_mean_over_draws(
    llama: LanguageModel, batch: tuple[Runs, list[Pair]]
) -> None:
    runs, pairs = batch
    mask = _some(runs)
    lost = controls.loss(runs, pairs, mask, controls.judge(runs, pairs, mask), 0.3, seed=0)
    alone = Runs(llama.weights, runs.tasks[1:2])
    own = [alone.pair([0]), alone.pair([1])]
    again = controls.loss(alone, own, mask[1:2], controls.judge(alone, own, mask[1:2]), 0.3, seed=0)
    assert np.allclose(again, lost[1], atol=1e-4)
    assert len(set(lost.tolist())) == FACTS
    assert not np.allclose(lost, controls.loss(runs, pairs, mask, controls.judge(runs, pairs, mask), 0.3, seed=1))


def test_a_circuit_that_does_too_much_is_as_wrong_as_one_that_does_too_little() -> None:
    each = np.array([[0.75, 1.0, 3.0], [1.25, -0.5, 1.0]], np.float32)
    judged = controls.Judged(each, each[0], each[0], np.ones(3, np.int64), each[0])
    assert judged.both_ways.tolist() == [0.75, 0.5, 0.5]
    assert judged.faithfulness.tolist() == [1.0, 0.25, 2.0]


def test_random_draws_are_a_facts_own_and_the_whole_model_draws_itself(
    llama: LanguageModel, batch: tuple[Runs, list[Pair]]
) -> None:
    runs, pairs = batch
    draws = controls.random_draws(runs, pairs, _some(runs), seed=0, n=3)
    assert draws.faithfulness.shape == draws.rank.shape == (3, FACTS)
    assert len(set(draws.faithfulness[:, 0])) == 3
    alone = Runs(llama.weights, runs.tasks[1:2])
    again = controls.random_draws(alone, [alone.pair([0]), alone.pair([1])], _some(runs)[1:2], seed=0, n=3)
    assert np.allclose(again.faithfulness[:, 0], draws.faithfulness[:, 1], atol=1e-4)
    whole = controls.random_draws(runs, pairs, _full(runs), seed=0, n=2)
    assert np.allclose(whole.faithfulness, 1, atol=1e-4)


def test_jaccard_worked_by_hand() -> None:
    one = np.array([[[1, 1, 0, 0]], [[1, 1, 1, 1]], [[0, 0, 0, 0]]], bool)
    two = np.array([[[0, 1, 1, 1]], [[1, 1, 1, 1]], [[0, 0, 0, 0]]], bool)
    assert controls.jaccard(one, two).tolist() == [0.25, 1.0, 0.0]


def test_cmd_worked_by_hand() -> None:
    """0 from the smallest size to a tenth, then 1: .1 - .001 of area 1, and half of the step from .1 to .2."""
    values = np.array([[float(share > 0.1)] for share in CURVE], np.float32)
    assert controls.cmd(values)[0] == pytest.approx(0.099 + 0.05)
    assert controls.cmd(np.ones((len(CURVE), 1), np.float32))[0] == 0
    over = np.full((len(CURVE), 1), 1.5, np.float32)
    assert controls.cmd(over)[0] == pytest.approx(0.5 * 0.999), "more than the model does is as wrong as less"


def test_a_curve_takes_the_strongest_edges_and_ends_with_the_whole_model(batch: tuple[Runs, list[Pair]]) -> None:
    runs, pairs = batch
    top = runs.weights.topology
    scores = np.random.default_rng(3).normal(size=(FACTS, top.n_edges)).astype(np.float32)
    found = controls.curve(runs, pairs, scores)
    assert found.shape == (len(CURVE), 2, FACTS)
    assert np.allclose(found[-1], 1, atol=1e-4)
    half = np.abs(scores) >= np.sort(np.abs(scores), 1)[:, [-round(0.5 * top.n_edges)]]
    assert np.allclose(found[-2, 1], controls.faithfulness(runs, pairs[1], top.unpack(half)), atol=1e-5)
