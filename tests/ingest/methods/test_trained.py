"""Mask training, on a model with enough edges for circuits of the sizes that are trained."""

import pytest
import torch
from torch import Tensor

from ingest.compute.prompt_runs import Rounds, Runs
from ingest.methods import EFFORTS, METHODS, trained
from ingest.model import LanguageModel
from tests.ingest.tasks import make_tasks

EFFORT = EFFORTS["default"]


@pytest.fixture(scope="module")
def runs(deep_llama: LanguageModel) -> Runs:
    return Runs(deep_llama.weights, make_tasks(deep_llama, n_donors=8, count=4))


@pytest.fixture(scope="module")
def rounds(runs: Runs) -> Rounds:
    return [[donor] * len(runs.tasks) for donor in runs.tasks[0].find]


@pytest.fixture(scope="module")
def scores(runs: Runs, rounds: Rounds) -> tuple[Tensor, Tensor]:
    """Before and after the training."""
    with torch.no_grad():
        before = METHODS["secant"].score_edges(runs, rounds, EFFORT)
        return before, trained.train(runs, before, rounds, EFFORT.steps)


def _order(scores: Tensor) -> Tensor:
    return scores.abs().argsort(1, descending=True)


def test_only_the_strongest_edges_are_trained_and_all_keep_their_signs(scores: tuple[Tensor, Tensor]) -> None:
    before, after = scores
    n = int(trained.CANDIDATES * before.shape[1])
    assert n > 20
    for old, new, first, then in zip(before, after, _order(before), _order(after), strict=True):
        rest, place = first[n:], then.argsort()
        assert torch.equal(place[rest].sort().values, place[rest]), "the rest keeps its order"
        assert not torch.equal(first[:n], then[:n]), "the candidates do not"
        assert torch.equal(old.abs().sort().values, new.abs().sort().values)
    assert torch.equal(before.sign(), after.sign())


@torch.no_grad()
def _losses(runs: Runs, rounds: Rounds, scores: Tensor, size: int) -> Tensor:
    """The loss of each fact's strongest `size` edges, worked from its formula: the mean over the donors [b]."""
    mask = torch.zeros(len(scores), *runs.allowed.shape)
    chosen = torch.zeros_like(scores).scatter_(1, _order(scores)[:, :size], 1)
    mask[:, runs.allowed] = chosen
    losses = []
    for donors in rounds:
        pair = runs.pair(donors)
        final = runs.run_circuit(pair, mask).final
        missing = 1 - runs.faithfulness(pair, final)
        huber = torch.where(missing.abs() < 0.5, missing.square() / 2, 0.5 * (missing.abs() - 0.25))
        losses.append(huber + runs.divergence(final) / runs.divergence(pair.ablation.reads[-1]) / 2)
    return torch.stack(losses).mean(0)


@torch.no_grad()
def test_training_lowers_its_own_loss_on_the_donors_it_trains_on(
    runs: Runs, rounds: Rounds, scores: tuple[Tensor, Tensor]
) -> None:
    """A random model's few strongest edges do little, so it takes more steps than a trained one."""
    sizes = [int(scores[0].shape[1] * share) for share in (0.005, 0.01, 0.015)]
    trained_long = trained.train(runs, scores[0], rounds, steps=28)
    before, after = (
        float(torch.stack([_losses(runs, rounds, each, size) for size in sizes]).mean())
        for each in (scores[0], trained_long)
    )
    assert after < 0.97 * before


@torch.no_grad()
def test_training_gives_the_same_bits_twice_and_the_method_is_scoring_and_training(
    runs: Runs, rounds: Rounds, scores: tuple[Tensor, Tensor]
) -> None:
    assert torch.equal(METHODS["trained"].score_edges(runs, rounds, EFFORT), scores[1])


@torch.no_grad()
def test_a_fact_is_trained_alike_in_any_batch(
    deep_llama: LanguageModel, runs: Runs, rounds: Rounds, scores: tuple[Tensor, Tensor]
) -> None:
    alone = Runs(deep_llama.weights, runs.tasks[1:2])
    found = METHODS["trained"].score_edges(alone, [donors[1:2] for donors in rounds], EFFORT)
    assert torch.allclose(found, scores[1][1:2], rtol=1e-3, atol=1e-5)
