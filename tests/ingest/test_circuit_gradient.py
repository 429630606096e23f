import pytest
import torch

from ingest.compute import masked
from ingest.compute.backward import norm_back
from ingest.compute.circuit_gradient import mask_gradient
from ingest.model import LanguageModel
from tests.ingest.pairs import metric, random_mask, run_pairs, run_plainly


@pytest.mark.parametrize("block", [1, 2, 5])
def test_the_gradient_is_autograds_for_every_edge_of_a_soft_mask(
    small: LanguageModel, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With each number of layers that are contracted at once: one, some, all."""
    monkeypatch.setattr(masked, "BLOCK", block)
    weights, (runs, pair) = small.weights, run_pairs(small)
    mask = random_mask(weights, 2, seed=block).requires_grad_()
    final, _ = run_plainly(weights, runs.tokens, pair.ablation, mask)
    (expected,) = torch.autograd.grad(metric(weights, final).sum(), mask)
    with torch.no_grad():
        circuit = runs.run_circuit(pair, mask, keep=True)
        last = circuit.final[:, -1]
        at_final = norm_back(weights.final_norm, last, last, pair.direction)
        found = mask_gradient(weights, circuit, mask, at_final, runs.start)
    assert torch.allclose(found[:, runs.allowed], expected[:, runs.allowed], rtol=1e-7, atol=1e-9)
