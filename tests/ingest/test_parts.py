"""A run of part of a model is a run of all of it, as far as circuits of few edges go."""

import pytest
import torch
from torch import Tensor

from ingest.compute import masked
from ingest.compute.backward import norm_back
from ingest.compute.circuit_gradient import mask_gradient
from ingest.compute.parts import parts
from ingest.compute.prompt_runs import ABLATIONS, Runs
from ingest.model import LanguageModel
from tests.ingest.pairs import metric, pair_tasks, random_mask, run_plainly


def _few_edges(model: LanguageModel, seed: int, density: float) -> Tensor:
    """Soft masks [b, s, t] of few edges, some of which lead to or from nothing; the first fact has fewest."""
    drawn = torch.rand(2, *model.weights.topology.allowed.shape, generator=torch.Generator().manual_seed(seed))
    return random_mask(model.weights, 2, seed) * (drawn < torch.tensor([density / 2, density])[:, None, None])


@pytest.mark.parametrize("ablation", ABLATIONS)
@pytest.mark.parametrize("density", [0.03, 0.15, 0.5])
def test_circuits_of_few_edges_and_their_gradients_are_what_their_definition_says(
    small: LanguageModel, density: float, ablation: str
) -> None:
    weights, runs = small.weights, Runs(small.weights, pair_tasks(), ablation)
    pair = runs.pair([0, 0])
    for seed in range(2):
        mask = _few_edges(small, seed, density).requires_grad_()
        expected, _ = run_plainly(weights, runs.tokens, pair.ablation, mask)
        (gradient,) = torch.autograd.grad(metric(weights, expected).sum(), mask)
        with torch.no_grad():
            assert torch.allclose(runs.run_circuit(pair, mask).final, expected, atol=1e-9)
            run = runs.run_circuit(pair, mask, keep=True)
            last = run.final[:, -1]
            at_final = norm_back(weights.final_norm, last, last, pair.direction)
            found = mask_gradient(weights, run, mask, at_final, runs.start)
        assert torch.allclose(run.final, expected, atol=1e-9)
        assert torch.allclose(found[:, runs.allowed], gradient[:, runs.allowed], rtol=1e-7, atol=1e-9)


def test_what_no_edge_leads_from_is_not_run(small: LanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first fact's circuit goes through a head, the second one's through an MLP of another layer."""
    weights, top = small.weights, small.weights.topology
    mask = torch.zeros(2, *top.allowed.shape, dtype=torch.float64)
    head, query, mlp = top.head_source(0) + 1, top.attention_slots(0).start + 1, top.head_source(1) + top.n_heads
    mask[0, 0, query] = mask[0, head, -1] = mask[1, 0, top.mlp_slot(1)] = mask[1, mlp, -1] = 1
    heads, none, also_none, at_mlp = parts(weights, mask, keep=False, is_run=True)[:4]
    assert none is also_none is None
    assert heads
    assert at_mlp
    assert (heads.rows.tolist(), at_mlp.rows.tolist()) == ([0], [1])
    assert heads.heads.tolist() == ([1] if weights.attention[0].post_norm is None else list(range(top.n_heads)))
    ran = list[int]()
    monkeypatch.setattr(masked, "attend", lambda block, x, *_: ran.append(len(x)) or 1 / 0)
    runs = Runs(weights, pair_tasks())
    with pytest.raises(ZeroDivisionError):
        runs.run_circuit(runs.pair([0, 0]), mask)
    assert ran == [1]
