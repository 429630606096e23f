"""Keys: what the down projection of an MLP reads at the last token of a subject (Meng et al. 2022, equation 3)."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from ingest.editing.layers import hidden, some_layers
from ingest.editing.prompts.wording import Asked
from ingest.model.forward import embed, run, run_from
from ingest.model.weights import Weights


@torch.no_grad()
def keys(weights: Weights, layer: int, asked: Sequence[Asked]) -> Tensor:
    """Return the key of each prompt in one layer [prompt, m]."""
    below = some_layers(weights, slice(layer + 1))
    tokens, at = padded(asked, weights.embed.device)
    return _at(hidden(weights.mlp[layer], run(below, tokens).mlp[layer]), at)


@torch.no_grad()
def keys_by_layer(weights: Weights, asked: Sequence[Asked]) -> Iterator[Tensor]:
    """Yield the key of each prompt in each layer [prompt, m], the first layer's first."""
    tokens, at = padded(asked, weights.embed.device)
    return (_at(each, at) for each in hidden_by_layer(weights, tokens))


@torch.no_grad()
def hidden_by_layer(weights: Weights, tokens: Tensor) -> Iterator[Tensor]:
    """Yield what the down projection of each layer reads [b, p, m], the first layer's first. One layer is held."""
    x = embed(weights, tokens, 0)
    for layer in range(weights.topology.n_layers):
        trace = run_from(some_layers(weights, slice(layer, layer + 1)), x)
        x = trace.final
        yield hidden(weights.mlp[layer], trace.mlp[0])


def padded(asked: Sequence[Asked], device: torch.device) -> tuple[Tensor, Tensor]:
    """Tokens [prompt, p] and the subject's positions [prompt]. Shorter prompts end with zeros, which nothing reads."""
    longest = max(len(each.tokens) for each in asked)
    rows = [(*each.tokens, *(0,) * (longest - len(each.tokens))) for each in asked]
    return torch.tensor(rows, device=device), torch.tensor([each.at for each in asked], device=device)


def _at(values: Tensor, at: Tensor) -> Tensor:
    return values[torch.arange(len(at), device=at.device), at]
