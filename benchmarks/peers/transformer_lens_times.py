"""Time TransformerLens' own attribution patching on the default model, or on a random GPT-2-small.

    python -m benchmarks.peers.transformer_lens_times nodes|edges

It scores one pair after the other and each position by itself. On the default model it scores nodes alone: edges of
grouped-query attention are beyond it. So edges are timed on the random GPT-2-small.
"""

import sys
from functools import partial
from typing import Any

import torch
from torch import Tensor
from transformer_lens.model_bridge import TransformerBridge
from transformer_lens.tools.analysis.attribution_patching import EdgeAttributionConfig, attribution_patch
from transformers import AutoModelForCausalLM, AutoTokenizer

from benchmarks.peers.ours import gpt2_small
from benchmarks.peers.shape import ANSWER, FOIL, prompts, report
from ingest.model_files import DEFAULT_MODEL, resolve

FACTS = 2
"""Pairs that are timed: one more is one more of the same."""


def main(granularity: str) -> None:
    """Print the times."""
    torch.set_grad_enabled(True)
    model = _bridge() if granularity == "nodes" else _random_bridge()
    clean, corrupt = (tokens[:FACTS] % model.cfg.d_vocab for tokens in prompts())
    config = EdgeAttributionConfig("node" if granularity == "nodes" else "edge")
    patch = partial(attribution_patch, model, clean, corrupt, _metric, config)
    report(torch.no_grad()(partial(model, clean)), {f"eap, {granularity}": patch}, FACTS)


def _metric(logits: Tensor) -> Tensor:
    return (logits[:, -1, ANSWER] - logits[:, -1, FOIL]).sum()


def _bridge() -> Any:
    path = resolve(DEFAULT_MODEL, lambda _: None).path
    return _booted(AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32, local_files_only=True))


def _random_bridge() -> Any:
    return _booted(AutoModelForCausalLM.from_config(gpt2_small(), dtype=torch.float32))


def _booted(hf: Any) -> Any:
    # A tokenizer has to be given, or one is looked for on the hub; no text is tokenized here.
    tokenizer = AutoTokenizer.from_pretrained(resolve(DEFAULT_MODEL, lambda _: None).path, local_files_only=True)
    bridge = TransformerBridge.boot_transformers("peer", hf_model=hf.eval(), tokenizer=tokenizer, device="cpu")
    return bridge.eval()


if __name__ == "__main__":
    main(sys.argv[1])
