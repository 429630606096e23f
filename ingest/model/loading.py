"""Load a language model through TransformerLens, and check that our forward pass computes what it computes."""

import contextlib
import logging
import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from graphdb.errors import UserError
from graphdb.records import Model
from ingest.model.forward import last_logits, run, writes
from ingest.model.handle import ModelHandle
from ingest.model.weights import Weights, converted, extract

ARCHITECTURES = (
    "GPT2LMHeadModel",
    "LlamaForCausalLM",
    "Qwen2ForCausalLM",
    "Qwen3ForCausalLM",
    "Gemma3ForCausalLM",
)
TOLERANCE = 1e-4
"""Largest relative difference that the self-check lets pass (float32)."""


@dataclass(frozen=True)
class LanguageModel:
    """A checked model: what the pipeline needs, and nothing of the libraries behind it.

    Whoever wants its transformers module, to change it for example, opens the handle: that is a module of its own,
    and these weights stay what they are.
    """

    record: Model
    weights: Weights
    tokenizer: Any
    handle: ModelHandle

    def encode(self, text: str) -> list[int]:
        """Token ids of a prompt, with the tokenizer's own special tokens (a BOS where the model was trained so)."""
        return self.tokenizer.encode(text)

    def decode(self, token: int) -> str:
        """Text of one token."""
        return self.tokenizer.decode([token])


def load(handle: ModelHandle, dtype: torch.dtype = torch.float32, device: str = "cpu") -> LanguageModel:
    """Open a model, as `model_files.resolve` or `changed` names it, check it, and bring it to a device.

    A model of less than 32 bits is checked in float32 first: the check is of the parts, not of the rounding.

    Raises UserError if it cannot be read, is of another architecture, or fails the self-check.
    """
    with _quiet():
        check_architecture(handle)
        model = _load(handle, max(dtype, torch.float32, key=lambda each: each.itemsize))
    if model.weights.embed.dtype == dtype and device == "cpu":
        return model
    return replace(model, weights=converted(model.weights, dtype, device))


def _load(handle: ModelHandle, dtype: torch.dtype) -> LanguageModel:
    from transformer_lens.model_bridge import TransformerBridge

    hf, tokenizer = handle.open(dtype)
    hf.requires_grad_(requires_grad=False)
    bridge = TransformerBridge.boot_transformers(handle.id, hf_model=hf, tokenizer=tokenizer, device="cpu")
    weights = extract(bridge)
    if (difference := self_check(bridge, weights)) > TOLERANCE:
        raise UserError(
            f"model {handle.id} fails the self-check: its parts differ from TransformerLens' run by "
            f"{difference:.1e} (relative), allowed {TOLERANCE:.0e}; its circuits would be wrong, take another model"
        )
    return LanguageModel(_record(handle, weights), weights, tokenizer, handle)


def self_check(bridge: Any, weights: Weights, tokens: Tensor | None = None) -> float:
    """Largest relative difference between our forward pass and the bridge's own.

    Compares the sum of what all components write with the residual stream that the unembedding reads, and the
    next-token logits; each difference is divided by the largest absolute value of the reference.
    """
    if tokens is None:
        tokens = torch.arange(3, 11)[None] % len(weights.embed)
    with torch.no_grad():
        logits, cache = bridge.run_with_cache(tokens)
        trace = run(weights, tokens)
        biases = [block.o_bias for block in weights.attention if block.o_bias is not None]
        written = writes(weights, trace).sum(1) + sum(biases)
        pairs = (
            (written, cache[f"blocks.{weights.topology.n_layers - 1}.hook_resid_post"]),
            (last_logits(weights, trace.final), logits[:, -1]),
        )
        return max(float((ours - theirs).abs().max() / theirs.abs().max()) for ours, theirs in pairs)


def check_architecture(handle: ModelHandle) -> None:
    """Raise UserError unless the model is one of ARCHITECTURES."""
    if (found := handle.architecture) not in ARCHITECTURES:
        raise UserError(f"model {handle.id} is a {found}; supported: {', '.join(ARCHITECTURES)}")


def _record(handle: ModelHandle, weights: Weights) -> Model:
    top = weights.topology
    return Model(
        id=handle.id,
        name=handle.name,
        architecture=handle.architecture,
        source=handle.source,
        n_layers=top.n_layers,
        n_heads=top.n_heads,
        n_kv_heads=top.n_kv_heads,
        d_model=weights.d_model,
        n_edges=top.n_edges,
        weights_sha256=handle.weights_sha256,
        variant_of=handle.variant_of,
    )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the libraries' own progress bars and notices off the user's terminal."""
    from transformers.utils import logging as transformers_logging

    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    logging.getLogger("transformer_lens").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
