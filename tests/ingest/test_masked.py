import numpy as np
import pytest
import torch

from graphdb.topology import BoolArray, prune_dangling
from ingest.compute import masked
from ingest.model import LanguageModel
from ingest.model.forward import last_logits, run
from tests.ingest.pairs import CLEAN, CORRUPT, metric, random_mask, run_pairs, run_plainly


@torch.no_grad()
def _final(model: LanguageModel, mask: BoolArray) -> torch.Tensor:
    runs, pair = run_pairs(model)
    return runs.run_circuit(pair, torch.from_numpy(mask).double()).final


def test_a_full_circuit_is_the_clean_run_and_an_empty_one_the_corrupt_run(small: LanguageModel) -> None:
    full = np.repeat(small.weights.topology.allowed[None], 2, 0)
    for mask, tokens in ((full, CLEAN), (np.zeros_like(full), CORRUPT)):
        whole = last_logits(small.weights, run(small.weights, tokens).final)
        assert torch.allclose(last_logits(small.weights, _final(small, mask)), whole, atol=1e-9)


@pytest.mark.parametrize("block", [1, 2, 5])
def test_a_circuit_is_what_its_definition_says(
    small: LanguageModel, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With each number of layers that are read at once: one block a layer, several blocks, and one of all layers."""
    monkeypatch.setattr(masked, "BLOCK", block)
    runs, pair = run_pairs(small)
    mask = random_mask(small.weights, 2, seed=3)
    expected, reads = run_plainly(small.weights, runs.tokens, pair.ablation, mask)
    found = runs.run_circuit(pair, mask, keep=True)
    assert torch.allclose(found.final, expected, atol=1e-9)
    top = small.weights.topology
    for layer in range(top.n_layers):
        heads, mlp = found.attention[layer], found.mlp[layer]
        assert heads
        assert mlp
        assert torch.allclose(heads.trace.x, torch.stack(reads[top.attention_slots(layer)], 1), atol=1e-9)
        assert torch.allclose(mlp.trace.x, reads[top.mlp_slot(layer)], atol=1e-9)


def test_dangling_edges_carry_nothing(small: LanguageModel) -> None:
    top = small.weights.topology
    for seed in range(3):
        mask = (np.random.default_rng(seed).random((2, *top.allowed.shape)) < 0.08) & top.allowed
        pruned = prune_dangling(top, mask)
        assert pruned.sum() < mask.sum()
        one, two = (metric(small.weights, _final(small, each)) for each in (pruned, mask))
        assert torch.allclose(one, two, atol=1e-9)


def test_each_fact_has_a_mask_of_its_own(small: LanguageModel) -> None:
    allowed = small.weights.topology.allowed
    mixed = _final(small, np.stack((allowed, np.zeros_like(allowed))))
    runs, pair = run_pairs(small)
    assert torch.allclose(mixed[0], runs.clean.final[0], atol=1e-9)
    assert torch.allclose(mixed[1], pair.ablation.reads[-1][1], atol=1e-9)
