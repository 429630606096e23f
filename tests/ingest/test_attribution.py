from typing import Any

import pytest
import torch
from torch import Tensor
from transformers import AutoModelForCausalLM

from graphdb.topology import Topology
from ingest.compute import masked
from ingest.compute.attribution import over_donors
from ingest.compute.backward import activation_ratio, activation_slope, softmax_slope
from ingest.methods import eap, secant
from ingest.model import LanguageModel
from ingest.model_files import ModelFolder
from tests.ingest.pairs import ANSWER, CLEAN, CORRUPT, FOIL, metric, run_pairs, run_plainly

BLOCKS = (1, 2, 5)
"""Layers that are contracted at once: one, some, all of a small model's three."""


def _scores(model: LanguageModel, method: Any) -> Tensor:
    """Scores [b, s, t] of `method.pair_scores`."""
    runs, pair = run_pairs(model)
    with torch.no_grad():
        packed = method.pair_scores(runs, pair)
    scores = packed.new_zeros(2, *runs.allowed.shape)
    scores[:, runs.allowed] = packed
    return scores


@pytest.mark.parametrize("block", BLOCKS)
def test_eap_is_what_autograd_gives_for_every_edge(
    small: LanguageModel, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(masked, "BLOCK", block)
    runs, pair = run_pairs(small)
    mask = runs.allowed.double().repeat(2, 1, 1).requires_grad_()
    final, _ = run_plainly(small.weights, runs.tokens, pair.ablation, mask)
    (expected,) = torch.autograd.grad(metric(small.weights, final).sum(), mask)
    scores = _scores(small, eap)
    assert float((expected * runs.allowed - scores).abs().max() / scores.abs().max()) < 1e-5


def test_the_edges_into_a_slot_sum_to_the_score_of_the_slot(small: LanguageModel) -> None:
    """A slot's score: what its input changes, times the gradient at its input alone."""
    runs, pair = run_pairs(small)
    top = small.weights.topology
    full = runs.allowed.double().repeat(2, 1, 1)
    probes = torch.zeros(2, top.n_slots, *runs.clean.embed.shape[1:], dtype=torch.float64, requires_grad=True)
    final, clean = run_plainly(small.weights, runs.tokens, pair.ablation, full, probes)
    (at_slots,) = torch.autograd.grad(metric(small.weights, final).sum(), probes)
    _, corrupt = run_plainly(small.weights, runs.tokens, pair.ablation, torch.zeros_like(full))
    change = torch.stack(clean, 1).detach() - torch.stack(corrupt, 1)
    expected = (change * at_slots).sum((2, 3))
    assert torch.allclose(_scores(small, eap).sum(1), expected, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("name", ["gpt2", "llama", "qwen2", "qwen3", "gemma3"])
def test_eap_of_the_embedding_is_what_autograd_gives_on_the_original_model(
    name: str, small_models: dict[str, LanguageModel], small_folders: dict[str, ModelFolder]
) -> None:
    original = AutoModelForCausalLM.from_pretrained(
        small_folders[name].path, dtype=torch.float64, attn_implementation="eager"
    )
    embed = original.get_input_embeddings()
    x = embed(CLEAN).detach().requires_grad_()
    logits = original(inputs_embeds=x).logits[:, -1]
    (logits.gather(1, ANSWER[:, None]) - logits.gather(1, FOIL[:, None])).sum().backward()
    assert x.grad is not None
    expected = ((embed(CLEAN) - embed(CORRUPT)) * x.grad).sum((1, 2))
    assert torch.allclose(_scores(small_models[name], eap)[:, 0].sum(1), expected, rtol=1e-5, atol=0)


def _groups(top: Topology, joined: bool) -> list[tuple[slice, list[int]]]:
    """(sources, slots) of every node that can be cut off alone: each MLP, and each kv-head with the heads it serves.

    Heads whose sum goes through a norm are `joined`: the norm makes each head's write depend on all of them, so only
    the layer as a whole can be cut off.
    """
    found = list[tuple[slice, list[int]]]()
    for layer in range(top.n_layers):
        first, q = top.head_source(layer), top.attention_slots(layer).start
        size = top.n_heads if joined else top.group_size
        for head in range(0, top.n_heads, size):
            kv = range(head // top.group_size, (head + size) // top.group_size)
            keys = [q + top.n_heads + each for each in kv]
            slots = [*range(q + head, q + head + size), *keys, *(key + top.n_kv_heads for key in keys)]
            found.append((slice(first + head, first + head + size), slots))
        found.append((slice(first + top.n_heads, first + top.n_heads + 1), [top.mlp_slot(layer)]))
    return found


@pytest.mark.parametrize("block", BLOCKS)
def test_secant_scores_over_every_cut_sum_to_the_total_effect(
    small: LanguageModel, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The effect leaves the embedding, nothing is lost or won at any node, and it arrives at the logits.

    A cut between embedding and logits is crossed by what leaves the nodes on its one side less what enters them, so
    this is the sum over every cut.
    """
    monkeypatch.setattr(masked, "BLOCK", block)
    runs, pair = run_pairs(small)
    effect = metric(small.weights, runs.clean.final) - metric(small.weights, pair.ablation.reads[-1])
    assert torch.allclose(pair.effect, effect, atol=1e-9)
    scores, top = _scores(small, secant), small.weights.topology
    assert torch.allclose(scores[:, 0].sum(1), effect, rtol=0, atol=1e-6)
    assert torch.allclose(scores[:, :, -1].sum(1), effect, rtol=0, atol=1e-6)
    groups = _groups(top, joined=small.weights.attention[0].post_norm is not None)
    assert sorted(slot for _, slots in groups for slot in slots) == list(range(top.n_slots - 1))
    for sources, slots in groups:
        into, out_of = scores[:, :, slots].sum((1, 2)), scores[:, sources].sum((1, 2))
        assert torch.allclose(into, out_of, rtol=0, atol=1e-6)


def test_secant_scores_over_every_layer_cut_sum_to_the_total_effect(small: LanguageModel) -> None:
    (_, pair), scores, top = run_pairs(small), _scores(small, secant), small.weights.topology
    for layer in range(top.n_layers):
        before, slots = top.head_source(layer), top.attention_slots(layer).start
        assert torch.allclose(scores[:, :before, slots:].sum((1, 2)), pair.effect, rtol=0, atol=1e-6)
        after = before + top.n_heads
        assert torch.allclose(scores[:, :after, top.mlp_slot(layer) :].sum((1, 2)), pair.effect, rtol=0, atol=1e-6)


def test_slopes_worked_by_hand() -> None:
    square = activation_slope(torch.square, torch.tensor([1.0, 2.0]), torch.tensor([3.0, 2.0]))
    assert square.tolist() == [4.0, 4.0]  # (9 - 1) / (3 - 1), and the derivative 2 * 2 where both runs meet
    ratio = activation_ratio(torch.square, torch.tensor([1.0, 2.0]), torch.tensor([3.0, 0.0]))
    assert ratio.tolist() == [3.0, 0.0]  # 9 / 3, and the derivative at 0
    log_a, log_b = torch.tensor([0.5, 0.2, 0.0]).log(), torch.tensor([0.25, 0.2, 0.0]).log()
    slopes = softmax_slope(log_a, log_b)
    assert torch.allclose(slopes, torch.tensor([0.25 / 0.6931472, 0.2, 0.0]))


class _Rounds:
    """Stands for `Runs`: a pair is the number of its round."""

    def pair(self, donors: list[int]) -> int:
        return donors[0]


def test_scores_over_donors_worked_by_hand() -> None:
    """Each round counts the same whatever its total; sizes are averaged, signs are those of the sum."""
    table = torch.tensor([[[3.0, -1.0]], [[-2.0, -6.0]]])
    runs: Any = _Rounds()
    found = over_donors(runs, [[0], [1]], lambda _, number: table[int(number)])  # type: ignore[arg-type]
    # Shares 3/4 and 1/4 of the total 4, 2/8 and 6/8 of the total 8: on average one half of the mean total 6.
    assert found.tolist() == [[3.0, -3.0]]
    alone = over_donors(runs, [[1]], lambda _, number: table[int(number)])  # type: ignore[arg-type]
    assert alone.tolist() == table[1].tolist()
