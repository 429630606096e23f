from dataclasses import replace

import torch

from ingest.model import LanguageModel
from ingest.model.forward import grouped, head_writes, inverse_rms
from ingest.roles.attribution import attention_shares, direct_attribution, grouped_values, residue
from ingest.roles.last_position import run_last
from ingest.roles.positions import LAST, OTHER, SUBJECTS
from tests.ingest.roles.models import random_facts

TOKENS = torch.arange(60)


def test_all_parts_add_up_to_the_logits(small: LanguageModel) -> None:
    assert residue(small.weights, run_last(small.weights, random_facts(3)), TOKENS) < 1e-4


def test_all_parts_add_up_with_biases_everywhere(small: LanguageModel) -> None:
    weights = small.weights
    bias = torch.linspace(-1, 1, weights.d_model, dtype=torch.float64)
    weights = replace(
        weights,
        attention=tuple(replace(block, o_bias=bias) for block in weights.attention),
        mlp=tuple(replace(block, down_bias=bias) for block in weights.mlp),
        final_norm=replace(weights.final_norm, bias=bias),
    )
    last = run_last(weights, random_facts(3))
    assert residue(weights, last, TOKENS) < 1e-4
    assert float(direct_attribution(weights, last, TOKENS).biases.abs().max()) > 0.1


def test_a_part_left_out_shows(small: LanguageModel) -> None:
    """The identity is one of large numbers: without its smallest head the sum is off by far more than it allows."""
    parts = direct_attribution(small.weights, run_last(small.weights, random_facts(3)), TOKENS)
    assert float(parts.heads.sum(3).abs().amax((0, 3)).min()) > 1e-2


def test_every_query_head_has_its_own_part(small: LanguageModel) -> None:
    weights, last = small.weights, run_last(small.weights, random_facts(2))
    heads = direct_attribution(weights, last, TOKENS).heads.sum(3)
    scale = inverse_rms(weights.final_norm, last.trace.final[:, -1])[1]
    for layer, (block, trace) in enumerate(zip(weights.attention, last.trace.attention, strict=True)):
        written = head_writes(block, trace.z, trace.out)[:, :, -1]
        if weights.final_norm.centred:
            written = written - written.mean(-1, keepdim=True)
        expected = (written * (scale * weights.final_norm.weight)[:, None]) @ weights.unembed.T
        assert torch.allclose(heads[:, layer], expected, atol=1e-9)


def test_the_subject_group_is_what_its_positions_carry(small: LanguageModel) -> None:
    facts = random_facts(2)
    last = run_last(small.weights, facts)
    block, trace = small.weights.attention[1], last.trace.attention[1]
    carried = grouped_values(block, trace, last.members)
    values, pattern = grouped(block, trace.values), trace.log_p[:, :, -1].exp()
    by_hand = sum(
        pattern[:, :, place, None] * values[:, place] for place, group in enumerate(facts[0].groups) if group == 1
    )
    assert torch.allclose(carried[:, :, SUBJECTS], torch.as_tensor(by_hand))
    assert torch.allclose(carried.sum(2), trace.z[:, -1])
    assert not carried[:, :, OTHER].any()


def test_attention_shares_add_up_to_one(small: LanguageModel) -> None:
    shares = attention_shares(run_last(small.weights, random_facts(2)))
    assert torch.allclose(shares.sum(-1), torch.ones(()).double())
    assert float(shares[..., LAST].min()) > 0
