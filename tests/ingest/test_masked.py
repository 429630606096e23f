import numpy as np
import torch

from graphdb.topology import prune_dangling
from ingest.forward import last_logits, run
from ingest.masked import run_masked
from ingest.model import LanguageModel
from tests.ingest.pairs import CLEAN, CORRUPT, metric, run_pairs


def _final(model: LanguageModel, mask: np.ndarray) -> torch.Tensor:
    pairs = run_pairs(model)
    with torch.no_grad():
        return run_masked(model.weights, pairs.tokens, pairs.ablation, torch.from_numpy(mask).double())


def test_a_full_circuit_is_the_clean_run_and_an_empty_one_the_corrupt_run(small: LanguageModel) -> None:
    full = np.repeat(small.weights.topology.allowed[None], 2, 0)
    for mask, tokens in ((full, CLEAN), (np.zeros_like(full), CORRUPT)):
        with torch.no_grad():
            whole = last_logits(small.weights, run(small.weights, tokens).final)
        assert torch.allclose(last_logits(small.weights, _final(small, mask)), whole, atol=1e-9)


def test_dangling_edges_carry_nothing(small: LanguageModel) -> None:
    top = small.weights.topology
    for seed in range(3):
        mask = (np.random.default_rng(seed).random((2, *top.allowed.shape)) < 0.08) & top.allowed
        pruned = prune_dangling(top, mask)
        assert pruned.sum() < mask.sum()
        assert torch.allclose(metric(small, _final(small, pruned)), metric(small, _final(small, mask)), atol=1e-9)


def test_each_fact_has_a_mask_of_its_own(small: LanguageModel) -> None:
    allowed = small.weights.topology.allowed
    mixed = _final(small, np.stack((allowed, np.zeros_like(allowed))))
    pairs = run_pairs(small)
    assert torch.allclose(mixed[0], pairs.clean.final[0], atol=1e-9)
    assert torch.allclose(mixed[1], pairs.ablation.trace.final[1], atol=1e-9)
