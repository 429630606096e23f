import pytest
import torch
from transformers import AutoModelForCausalLM

from ingest.attribution import METHODS, activation_slope, edge_scores, softmax_slope
from ingest.masked import run_masked
from ingest.model import LanguageModel
from ingest.model_files import ModelFolder
from tests.ingest.pairs import ANSWER, CLEAN, CORRUPT, FOIL, START, metric, run_pairs


def _scores(model: LanguageModel, method: str) -> torch.Tensor:
    pairs = run_pairs(model)
    with torch.no_grad():
        return edge_scores(
            model.weights, METHODS[method], pairs.ablation.trace, pairs.clean, pairs.difference, pairs.direction, START
        )


def test_eap_is_what_autograd_gives_for_every_edge(small: LanguageModel) -> None:
    pairs = run_pairs(small)
    allowed = torch.as_tensor(small.weights.topology.allowed)
    mask = allowed.double().repeat(2, 1, 1).requires_grad_()
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        metric(small, run_masked(small.weights, pairs.tokens, pairs.ablation, mask)).sum().backward()
    assert mask.grad is not None
    scores = _scores(small, "eap")
    assert float((mask.grad * allowed - scores).abs().max() / scores.abs().max()) < 1e-5


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
    assert torch.allclose(_scores(small_models[name], "eap")[:, 0].sum(1), expected, rtol=1e-5, atol=0)


def test_secant_scores_over_every_layer_cut_sum_to_the_total_effect(small: LanguageModel) -> None:
    pairs, top = run_pairs(small), small.weights.topology
    effect = metric(small, pairs.clean.final) - metric(small, pairs.ablation.trace.final)
    scores = _scores(small, "secant")
    for layer in range(top.n_layers):
        before, slots = top.head_source(layer), top.attention_slots(layer).start
        assert torch.allclose(scores[:, :before, slots:].sum((1, 2)), effect, rtol=0, atol=1e-6)
        after = before + top.n_heads
        assert torch.allclose(scores[:, :after, top.mlp_slot(layer) :].sum((1, 2)), effect, rtol=0, atol=1e-6)
    assert torch.allclose(scores[:, :, -1].sum(1), effect, rtol=0, atol=1e-6)


def test_methods_differ(small: LanguageModel) -> None:
    assert float((_scores(small, "eap") - _scores(small, "secant")).abs().max()) > 1e-4


def test_slopes_worked_by_hand() -> None:
    square = activation_slope(torch.square, torch.tensor([1.0, 2.0]), torch.tensor([3.0, 2.0]))
    assert square.tolist() == [4.0, 4.0]  # (9 - 1) / (3 - 1), and the derivative 2 * 2 where both runs meet
    log_a, log_b = torch.tensor([0.5, 0.2, 0.0]).log(), torch.tensor([0.25, 0.2, 0.0]).log()
    slopes = softmax_slope(log_a, log_b)
    assert torch.allclose(slopes, torch.tensor([0.25 / 0.6931472, 0.2, 0.0]))
