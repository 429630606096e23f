"""Load a language model through TransformerLens, and check that our forward pass computes what it computes."""

import contextlib
import hashlib
import logging
import os
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from graphdb.architectures import ARCHITECTURES
from graphdb.errors import UserError
from graphdb.records import Model
from ingest.model.forward import last_logits, run, writes
from ingest.model.weights import Weights, converted, extract
from ingest.model_files import ModelFolder

TOLERANCE = 1e-4
"""Largest relative difference that the self-check lets pass (float32)."""


@dataclass(frozen=True)
class LanguageModel:
    """A checked model: what the pipeline needs, and nothing of the libraries behind it."""

    record: Model
    weights: Weights
    tokenizer: Any

    @property
    def id(self) -> str:
        """The model's id."""
        return self.record.id

    @property
    def weights_sha256(self) -> str:
        """Hash of its weights."""
        return self.record.weights_sha256

    def encode(self, text: str) -> list[int]:
        """Token ids of a prompt, with the tokenizer's own special tokens (a BOS where the model was trained so)."""
        return self.tokenizer.encode(text)

    def decode(self, token: int) -> str:
        """Text of one token."""
        return self.tokenizer.decode([token])

    def decode_all(self, tokens: Sequence[int]) -> str:
        """Text of tokens in a row; characters may be made of several of them."""
        return self.tokenizer.decode(list(tokens)) if tokens else ""


def load(folder: ModelFolder, dtype: torch.dtype = torch.float32, device: str = "cpu") -> LanguageModel:
    """Load the model in a folder, as `model_files.resolve` returns it, check it, and bring it to a device.

    A model of less than 32 bits is checked in float32 first: the check is of the parts, not of the rounding.

    Raises UserError if it cannot be read, is of another architecture, or fails the self-check.
    """
    module, tokenizer = load_module(folder, max(dtype, torch.float32, key=lambda each: each.itemsize))
    weights = checked_weights(module, tokenizer, folder.id)
    if weights.embed.dtype != dtype or device != "cpu":
        weights = converted(weights, dtype, device)
    record = _record(module, weights, folder.id, folder.path.name, folder.source, folder.weights_sha256)
    return LanguageModel(record, weights, tokenizer)


def load_module(folder: ModelFolder, dtype: torch.dtype = torch.float32) -> tuple[Any, Any]:
    """Load the transformers module in a folder, and its tokenizer: to change its weights, see `from_module`.

    Raises UserError if it cannot be read, or is of an architecture that is not supported.
    """
    with _quiet():
        check_architecture(folder)
        return _read(folder, dtype)


def from_module(module: Any, tokenizer: Any, parent: Model, name: str = "") -> LanguageModel:
    """Return a transformers module, whose weights were changed in memory, as a variant of `parent`.

    Its identity is its own: a hash of its weights, and as its id `name`, or `<parent's id>~<8 digits of the hash>`.
    Change the module no more while the variant is in use: the two may share memory.

    Raises UserError if it fails the self-check.
    """
    weights = checked_weights(module, tokenizer, parent.id)
    sha256 = hash_of(module)
    own = name or f"{parent.id}~{sha256[:8]}"
    record = _record(module, weights, own, own, f"changed in memory from {parent.id}", sha256)
    return LanguageModel(replace(record, variant_of=parent.id), weights, tokenizer)


def hash_of(module: Any) -> str:
    """SHA-256 of a module's parameters and buffers, by name."""
    digest = hashlib.sha256()
    for name, tensor in sorted(module.state_dict().items()):
        digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}".encode())
        digest.update(tensor.detach().cpu().contiguous().view(torch.uint8).numpy())
    return digest.hexdigest()


def _read(folder: ModelFolder, dtype: torch.dtype) -> tuple[Any, Any]:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    try:
        hf = AutoModelForCausalLM.from_pretrained(
            folder.path, dtype=dtype, attn_implementation="eager", local_files_only=True
        )
        tokenizer = AutoTokenizer.from_pretrained(folder.path, local_files_only=True)
    except (OSError, ValueError) as error:
        raise UserError(f"cannot load the model in {folder.path}: {str(error).splitlines()[0]}") from error
    return hf.requires_grad_(requires_grad=False), tokenizer


def checked_weights(module: Any, tokenizer: Any, name: str) -> Weights:
    """Return the weights of a transformers module, after the self-check; UserError where it fails."""
    from transformer_lens.model_bridge import TransformerBridge

    with _quiet():
        bridge = TransformerBridge.boot_transformers(name, hf_model=module, tokenizer=tokenizer, device="cpu")
        weights = extract(bridge)
        difference = self_check(bridge, weights)
    if difference > TOLERANCE:
        raise UserError(
            f"model {name} fails the self-check: its parts differ from TransformerLens' run by "
            f"{difference:.1e} (relative), allowed {TOLERANCE:.0e}; its circuits would be wrong, take another model"
        )
    return weights


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


def check_architecture(folder: ModelFolder) -> str:
    """Return the short name of the folder's architecture; UserError unless it is one of ARCHITECTURES."""
    from transformers import AutoConfig

    try:
        found = AutoConfig.from_pretrained(folder.path, local_files_only=True).architectures or ["none"]
    except (OSError, ValueError) as error:
        raise UserError(f"{folder.path}/config.json: {str(error).splitlines()[0]}") from error
    if found[0] not in ARCHITECTURES:
        raise UserError(f"model {folder.id} is a {found[0]}; supported: {', '.join(ARCHITECTURES)}")
    return ARCHITECTURES[found[0]]


def _record(module: Any, weights: Weights, own: str, name: str, source: str, sha256: str) -> Model:
    top, (architecture, *_) = weights.topology, module.config.architectures
    return Model(
        id=own,
        name=name,
        architecture=ARCHITECTURES[architecture],
        source=source,
        n_layers=top.n_layers,
        n_heads=top.n_heads,
        n_kv_heads=top.n_kv_heads,
        d_model=weights.d_model,
        n_edges=top.n_edges,
        weights_sha256=sha256,
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
