"""The closed lens adds up to the model's logits, and its steps are what the components write."""

from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from ingest.lens.blocks import block_names, last_streams
from ingest.lens.closed import closed_logits, frozen_norm
from ingest.lens.raw import raw_reading
from ingest.model import LanguageModel
from ingest.model.forward import Trace, inverse_rms, last_logits, normalise, post, run, writes
from ingest.model.weights import Norm, Weights

PROMPTS = torch.tensor([[3, 9, 4, 1, 5], [2, 6, 5, 3, 8]])
ROWS = torch.tensor([7, 8, 20, 33])


@torch.no_grad()
def traced(weights: Weights) -> tuple[Trace, Tensor]:
    trace = run(weights, PROMPTS)
    return trace, last_streams(trace)


def test_blocks_are_named_in_the_order_in_which_they_write(small: LanguageModel) -> None:
    names = block_names(small.weights.topology)
    assert names == ("embed", "a0", "m0", "a1", "m1", "a2", "m2")
    assert traced(small.weights)[1].shape == (2, len(names), small.weights.d_model)


def test_the_last_sum_is_the_models_logit(small: LanguageModel) -> None:
    trace, streams = traced(small.weights)
    sums = closed_logits(small.weights, streams, ROWS)
    torch.testing.assert_close(sums[:, -1], last_logits(small.weights, trace.final)[:, ROWS], atol=1e-9, rtol=0)


def test_the_last_sum_is_the_models_logit_in_the_precision_of_an_ingest(llama: LanguageModel) -> None:
    trace, streams = traced(llama.weights)
    sums = closed_logits(llama.weights, streams, ROWS)
    torch.testing.assert_close(sums[:, -1], last_logits(llama.weights, trace.final)[:, ROWS], atol=1e-4, rtol=0)


@torch.no_grad()
def test_each_step_is_the_direct_logit_attribution_of_what_the_block_writes(small: LanguageModel) -> None:
    """Worked from the components' own writes; the output bias of attention belongs to its block."""
    weights, top = small.weights, small.weights.topology
    trace, streams = traced(weights)
    sums, written = closed_logits(weights, streams, ROWS), writes(weights, trace)[:, :, -1]
    x, scale = inverse_rms(weights.final_norm, trace.final[:, -1:])
    assert x.shape == (2, 1, weights.d_model)
    directions = weights.unembed[ROWS] * weights.final_norm.weight
    if weights.final_norm.centred:
        directions = directions - directions.mean(-1, keepdim=True)
    for layer, block in enumerate(weights.attention):
        first = top.head_source(layer)
        heads = written[:, first : first + top.n_heads].sum(1)
        if block.o_bias is not None:
            heads = heads + block.o_bias
        for place, write in ((1 + 2 * layer, heads), (2 + 2 * layer, written[:, first + top.n_heads])):
            torch.testing.assert_close(sums[:, place] - sums[:, place - 1], scale[:, 0] * write @ directions.T)


@torch.no_grad()
def test_the_final_norms_bias_counts_with_the_embedding(small_models: dict[str, LanguageModel]) -> None:
    weights = small_models["gpt2"].weights
    bias = weights.final_norm.bias
    assert bias is not None
    _, streams = traced(weights)
    without = replace(weights, final_norm=replace(weights.final_norm, bias=None))
    gained = closed_logits(weights, streams, ROWS) - closed_logits(without, streams, ROWS)
    torch.testing.assert_close(gained, (weights.unembed[ROWS] @ bias).expand(2, len(streams[0]), -1))


def test_a_sum_worked_by_hand() -> None:
    """Final stream (3, 1), centred (1, -1), scale 1 / sqrt(1 + 3) = 1/2; the block before left (4, 0)."""
    norm = Norm(torch.tensor([2.0, 4.0]), torch.tensor([10.0, 20.0]), eps=3.0, centred=True)
    before, final = torch.tensor([4.0, 0.0]), torch.tensor([3.0, 1.0])
    assert frozen_norm(norm, before, final).tolist() == [2.0, -4.0]  # (2, -2) / 2 * weight
    assert frozen_norm(norm, final, final).tolist() == [1.0, -2.0]
    assert normalise(norm, final).tolist() == [11.0, 18.0]


@torch.no_grad()
def test_without_a_bias_closed_and_raw_lens_differ_by_the_norms_scale_alone(small: LanguageModel) -> None:
    weights = small.weights
    if weights.final_norm.bias is not None:
        weights = replace(weights, final_norm=replace(weights.final_norm, bias=None))
    _, streams = traced(weights)
    scales = inverse_rms(weights.final_norm, streams)[1]
    raw = raw_reading(weights, streams, ROWS, torch.tensor([7, 8])).logits
    torch.testing.assert_close(closed_logits(weights, streams, ROWS) / scales[:, -1:], raw / scales)


@torch.no_grad()
def test_the_streams_steps_are_what_the_blocks_write_post_norms_included(small: LanguageModel) -> None:
    trace, streams = traced(small.weights)
    outs = [
        post(block.post_norm, each.out[:, -1])
        for layer in range(3)
        for block, each in (
            (small.weights.attention[layer], trace.attention[layer]),
            (small.weights.mlp[layer], trace.mlp[layer]),
        )
    ]
    torch.testing.assert_close(streams[:, 0], trace.embed[:, -1])
    for (before, after), out in zip(pairwise(streams.unbind(1)), outs, strict=True):
        torch.testing.assert_close(after - before, out)


@pytest.mark.parametrize("answers", [(7, 8), (20, 33)])
@torch.no_grad()
def test_the_raw_lens_is_norm_and_unembedding_of_each_stream(small: LanguageModel, answers: tuple[int, int]) -> None:
    weights = small.weights
    trace, streams = traced(weights)
    reading = raw_reading(weights, streams, ROWS, torch.tensor(answers))
    logits = normalise(weights.final_norm, streams) @ weights.unembed.T
    torch.testing.assert_close(reading.logits, logits[:, :, ROWS])
    torch.testing.assert_close(reading.logits[:, -1], last_logits(weights, trace.final)[:, ROWS])
    for row, answer in enumerate(answers):
        order = logits[row].argsort(-1, descending=True)
        assert reading.rank[row].tolist() == [(each == answer).nonzero().item() + 1 for each in order]
        torch.testing.assert_close(reading.probability[row], logits[row].softmax(-1)[:, answer])
