"""Text that a model writes itself: what its keys are measured on, and the words that prompts are put behind.

No corpus is needed, and none of the facts that an edit is judged by is seen.
"""

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from graphdb.files import destination
from ingest.facts.prompts import Tokens
from ingest.model import LanguageModel
from ingest.model.forward import KeysValues, last_logits, run
from ingest.model.weights import Weights
from ingest.model_files import models_cache

LENGTH = 100
"""Tokens of a sampled text."""
PREFIX_LENGTHS = (5, 10)
"""Tokens of the words before a prompt (Meng et al. 2022, appendix E.5)."""
PREFIXES = 10
"""Prefixes of each length."""


def specials(model: LanguageModel) -> Tokens:
    """Return the tokens that the tokenizer puts before every text; it may have none."""
    return tuple(model.encode(""))


@torch.no_grad()
def sampled(model: LanguageModel, n: int, length: int, seed: int) -> Tensor:
    """Sample n texts from the model at temperature 1: tokens [n, length], the first ones included.

    A text begins with the tokenizer's special tokens. Where it has none, it begins with a token drawn at random, for
    a model that never saw the beginning of a text has no distribution of its first token.
    """
    weights = model.weights
    draw = torch.Generator().manual_seed(seed)
    first = specials(model)
    drawn = torch.randint(len(weights.unembed), (n, 1), generator=draw)
    tokens = torch.tensor(first).expand(n, -1) if first else drawn
    return _continued(weights, tokens.to(weights.embed.device), length, draw)


def _continued(weights: Weights, tokens: Tensor, length: int, draw: torch.Generator) -> Tensor:
    text, start = [tokens], 0
    prefix: KeysValues | None = None
    for size in range(tokens.shape[1], length):
        trace = run(weights, text[-1], start, prefix)
        start, prefix = size, trace.keys_values()
        chances = last_logits(weights, trace.final).float().softmax(-1).cpu()
        text.append(torch.multinomial(chances, 1, generator=draw).to(tokens.device))
    return torch.cat(text, 1)


def texts(model: LanguageModel, n_tokens: int, seed: int) -> Tensor:
    """Return at least `n_tokens` tokens of sampled text [n, length], from the model cache or sampled and kept there.

    Raises UserError where the cache cannot be written.
    """
    path = models_cache() / f"texts-{model.record.weights_sha256}-{n_tokens}-{seed}.safetensors"
    try:
        found = safetensors.torch.load_file(path)["tokens"]
    except (OSError, SafetensorError, KeyError):
        length = min(LENGTH, model.weights.max_positions)
        found = sampled(model, -(-n_tokens // length), length, seed).cpu()
        with destination(path) as file:
            file.write(safetensors.torch.save({"tokens": found.contiguous()}))
    return found.to(model.weights.embed.device)


def prefixes(model: LanguageModel, seed: int) -> tuple[Tokens, ...]:
    """Sample the words that prompts are put behind, without special tokens: `PREFIXES` of each length."""
    n_first = max(len(specials(model)), 1)
    longest = max(PREFIX_LENGTHS)
    rows = sampled(model, PREFIXES * len(PREFIX_LENGTHS), n_first + longest, seed)[:, n_first:].tolist()
    lengths = [length for length in PREFIX_LENGTHS for _ in range(PREFIXES)]
    return tuple(tuple(row[:length]) for row, length in zip(rows, lengths, strict=True))
