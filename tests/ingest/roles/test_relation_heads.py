from dataclasses import replace

import pytest
import torch
from torch import Tensor

from ingest.model import LanguageModel
from ingest.model.forward import normalise
from ingest.model.weights import Norm, Weights
from ingest.roles.knockout import knock_out
from ingest.roles.last_position import run_last
from ingest.roles.positions import OTHER, SUBJECTS, TEMPLATE
from ingest.roles.relation_heads import head_gradients, linearised_knockouts
from tests.ingest.roles.models import plain_run, random_facts


def _value(weights: Weights, stream: Tensor, direction: Tensor) -> Tensor:
    return (normalise(weights.final_norm, stream) * direction).sum(-1)


def _no_heads(weights: Weights) -> Tensor:
    return torch.zeros(weights.topology.n_layers, weights.topology.n_heads, dtype=torch.bool)


def _directions(weights: Weights, n: int) -> Tensor:
    return torch.randn(n, weights.d_model, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_gradients_at_the_heads_are_what_autograd_gives(small: LanguageModel) -> None:
    weights, facts = small.weights, random_facts(2)
    directions = _directions(weights, 2)
    found = dict(head_gradients(weights, run_last(weights, facts), directions[None]))
    assert sorted(found) == [0, 1, 2]
    for row, fact in enumerate(facts):
        probes = torch.zeros(3, *weights.attention[0].o.shape[:2], dtype=torch.float64, requires_grad=True)
        stream = plain_run(weights, fact, _no_heads(weights), SUBJECTS, probes)
        (expected,) = torch.autograd.grad(_value(weights, stream, directions[row]), probes)
        for layer in range(3):
            assert torch.allclose(found[layer][0, row], expected[layer], rtol=1e-6, atol=1e-9)


def test_where_the_rest_of_the_model_is_linear_the_estimate_is_the_exact_knockout(small: LanguageModel) -> None:
    weights, facts = _linear_above_the_last_attention(small.weights), random_facts(3)
    last, directions = run_last(weights, facts), _directions(weights, 3)
    found = linearised_knockouts(weights, last, TEMPLATE, directions[None])[0, :, -1]
    clean = _value(weights, last.trace.final[:, -1], directions)
    for head in range(weights.topology.n_heads):
        one = _no_heads(weights)
        one[-1, head] = True
        drop = clean - _value(weights, knock_out(weights, last, one, TEMPLATE)[:, -1], directions)
        assert float(drop.abs().max()) > 0.1
        assert torch.allclose(found[:, head], drop, rtol=1e-6, atol=1e-9)


def _linear_above_the_last_attention(weights: Weights) -> Weights:
    """The weights with no MLP in the last layer, no norm behind its attention, and a final norm that is linear."""
    like = weights.final_norm.weight
    linear = Norm(torch.full_like(like, 1e6), None, 1e12, weights.final_norm.centred)
    mlp, attention = weights.mlp[-1], weights.attention[-1]
    mlp = replace(mlp, down=mlp.down * 0, down_bias=None, post_norm=None)
    return replace(
        weights,
        mlp=(*weights.mlp[:-1], mlp),
        attention=(*weights.attention[:-1], replace(attention, post_norm=None)),
        final_norm=linear,
    )


@pytest.mark.parametrize("metrics", [1, 3])
def test_metrics_do_not_mix(llama: LanguageModel, metrics: int) -> None:
    weights = llama.weights
    last, directions = run_last(weights, random_facts(2)), _directions(weights, 2 * metrics).float()
    together = linearised_knockouts(weights, last, TEMPLATE, directions.unflatten(0, (metrics, 2)))
    for each, direction in zip(together, directions.unflatten(0, (metrics, 2)), strict=True):
        alone = linearised_knockouts(weights, last, TEMPLATE, direction[None])[0]
        assert torch.allclose(each, alone, rtol=1e-4, atol=1e-5)


def test_cutting_a_group_without_positions_costs_nothing(llama: LanguageModel) -> None:
    weights = llama.weights
    last = run_last(weights, random_facts(2))
    found = linearised_knockouts(weights, last, OTHER, _directions(weights, 2).float()[None])
    assert float(found.abs().max()) < 1e-5


def test_a_head_that_sees_almost_nothing_but_the_template_has_a_finite_score(small: LanguageModel) -> None:
    """1 - p_T is 0 in floating point; what remains of the pattern is renormalised in logarithms."""
    weights = small.weights
    steep = tuple(replace(block, scale=block.scale * 1e4, window=None) for block in weights.attention)
    weights = replace(weights, attention=steep)
    last = run_last(weights, random_facts(8))
    mass = torch.stack([(trace.log_p[:, :, -1].exp() @ last.members)[..., TEMPLATE] for trace in last.trace.attention])
    assert 1 - float(mass.max()) < 1e-15
    found = linearised_knockouts(weights, last, TEMPLATE, _directions(weights, 8)[None])
    assert bool(found.isfinite().all())
