"""Time auto-circuit's mask gradients. Runs in its environment, as a script, and prints JSON."""

# pyright: reportMissingImports=false, reportCallIssue=false
# The libraries are those of the peer's own environment.

import copy
import os
from functools import partial

os.environ["TQDM_DISABLE"] = "1"

import torch
from auto_circuit.data import PromptDataLoader, PromptDataset
from auto_circuit.prune_algos.mask_gradient import mask_gradient_prune_scores
from auto_circuit.utils.graph_utils import patchable_model
from shape import ANSWER, FACTS, FOIL, HEADS, LAYERS, POSITIONS, STEPS, WIDTH, WORDS, prompts, report
from transformer_lens import HookedTransformer, HookedTransformerConfig


def random_model() -> HookedTransformer:
    """A random GPT-2-small."""
    config = HookedTransformerConfig(
        n_layers=LAYERS,
        n_heads=HEADS,
        d_model=WIDTH,
        d_head=WIDTH // HEADS,
        d_mlp=4 * WIDTH,
        n_ctx=1024,
        d_vocab=WORDS,
        act_fn="gelu_new",
        normalization_type="LN",
        device="cpu",
        seed=0,
    )
    return HookedTransformer(config).eval().requires_grad_(requires_grad=False)


def main() -> None:
    """Print the times."""
    model, (clean, corrupt) = random_model(), prompts()
    plain = copy.deepcopy(model, {id(weight): weight for weight in model.parameters()})
    model.cfg.use_attn_result = model.cfg.use_split_qkv_input = model.cfg.use_hook_mlp_in = True
    answers, foils = [torch.tensor([ANSWER])] * FACTS, [torch.tensor([FOIL])] * FACTS
    pairs = PromptDataset(clean, corrupt, answers, foils)
    loader = PromptDataLoader(pairs, seq_len=POSITIONS, diverge_idx=0, batch_size=FACTS)
    patched = patchable_model(model, factorized=True, slice_output="last_seq", separate_qkv=True)
    gradients = partial(
        mask_gradient_prune_scores, patched, loader, None, grad_function="logit", answer_function="avg_diff"
    )
    methods = {"eap": partial(gradients, mask_val=0.0), "eap-ig": partial(gradients, integrated_grad_samples=STEPS)}
    report(torch.no_grad()(partial(plain, clean)), methods)


if __name__ == "__main__":
    main()
