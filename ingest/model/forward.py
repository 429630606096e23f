"""The forward pass, with everything kept that attribution and circuits read.

It runs on the *suffix* of a prompt: the positions from `start` on. Before the first token in which clean and
corrupt prompt differ, both runs are the same and every difference is zero, so the keys and values of that
prefix are computed once and handed in.

Axes: b = batch, p = suffix position, P = position, h = head, k = kv-head, e = head dimension, d = model,
m = MLP hidden, s = source (order of `graphdb.topology`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import torch
from torch import Tensor

from ingest.model.weights import Attention, Mlp, Norm, Weights

KeysValues = Sequence[tuple[Tensor, Tensor]]
"""For each layer, rotated keys and values [b, P, k, e]."""


@dataclass(frozen=True)
class AttentionTrace:
    """One attention block's run."""

    x: Tensor  # [b, p, d] residual stream read
    q_pre: Tensor  # [b, p, h, e] before query norm and rotation
    k_pre: Tensor  # [b, p, k, e]
    q: Tensor  # [b, p, h, e]
    keys: Tensor  # [b, P, k, e] prefix included
    values: Tensor  # [b, P, k, e]
    log_p: Tensor  # [b, h, p, P] log attention pattern, -inf where masked
    z: Tensor  # [b, p, h, e]
    out: Tensor  # [b, p, d] before the post-norm


@dataclass(frozen=True)
class MlpTrace:
    """One MLP's run. `gate` is None for an ungated MLP."""

    x: Tensor  # [b, p, d] residual stream read
    gate: Tensor | None  # [b, p, m] before the activation
    up: Tensor  # [b, p, m]
    out: Tensor  # [b, p, d] before the post-norm


@dataclass(frozen=True)
class Trace:
    """A run of the model on a suffix."""

    embed: Tensor  # [b, p, d]
    attention: Sequence[AttentionTrace]
    mlp: Sequence[MlpTrace]
    final: Tensor  # [b, p, d] residual stream that the unembedding reads

    def rows(self, rows: slice | Tensor) -> "Trace":
        """Return the run of these examples of the batch alone."""
        return Trace(
            self.embed[rows],
            _Rows(self.attention, rows),
            _Rows(self.mlp, rows),
            self.final[rows],
        )

    def keys_values(self) -> KeysValues:
        """Keys and values of every layer, to hand to a run on what follows."""
        return [(layer.keys, layer.values) for layer in self.attention]


_Layer = TypeVar("_Layer", AttentionTrace, MlpTrace)


class _Rows(Sequence[_Layer]):
    """Some examples of every layer's run. They are copied when a layer is asked for, so that one layer is held."""

    def __init__(self, layers: Sequence[_Layer], rows: slice | Tensor) -> None:
        self._layers, self._rows = layers, rows

    def __len__(self) -> int:
        return len(self._layers)

    def __getitem__(self, index: int) -> _Layer:  # pyright: ignore[reportIncompatibleMethodOverride]
        layer = self._layers[index]
        values: dict[str, Any] = {field.name: getattr(layer, field.name) for field in fields(layer)}
        return replace(layer, **{name: value[self._rows] for name, value in values.items() if value is not None})


def run(weights: Weights, tokens: Tensor, start: int = 0, prefix: KeysValues | None = None) -> Trace:
    """Run the model on tokens [b, p] at positions start, start + 1, ...; `prefix` holds what came before."""
    return run_from(weights, embed(weights, tokens, start), start, prefix)


def run_from(weights: Weights, embedding: Tensor, start: int = 0, prefix: KeysValues | None = None) -> Trace:
    """Run the model on what `embed` returns, or on a point between two such embeddings [b, p, d]."""
    x = embedding
    attention, mlp = [], []
    for layer in range(weights.topology.n_layers):
        block = weights.attention[layer]
        attention.append(_run_attention(block, x, start, prefix[layer] if prefix else None))
        x = x + post(block.post_norm, attention[-1].out)
        mlp.append(_run_mlp(weights.mlp[layer], x))
        x = x + post(weights.mlp[layer].post_norm, mlp[-1].out)
    return Trace(embedding, tuple(attention), tuple(mlp), x)


def embed(weights: Weights, tokens: Tensor, start: int) -> Tensor:
    """Token embedding, and position embedding where the model has one: [b, p, d]."""
    x = weights.embed[tokens] * weights.embed_scale
    if weights.positions is not None:
        x = x + weights.positions[start : start + tokens.shape[1]]
    return x


def last_logits(weights: Weights, final: Tensor) -> Tensor:
    """Next-token logits [b, v] from the residual stream [b, p, d], last position only."""
    return normalise(weights.final_norm, final[:, -1]) @ weights.unembed.T


def token_ranks(logits: Tensor, tokens: Tensor) -> Tensor:
    """Rank, 1 = best, of one token [b] among the logits [b, v] of each example."""
    return (logits > logits.gather(1, tokens[:, None])).sum(1) + 1


def writes(weights: Weights, trace: Trace) -> Tensor:
    """What each source adds to the residual stream: [b, s, p, d]. Output biases belong to no head."""
    top = weights.topology
    out = trace.embed.new_empty(trace.embed.shape[0], top.n_sources, *trace.embed.shape[1:])
    out[:, 0] = trace.embed
    for layer, (attention, mlp) in enumerate(zip(trace.attention, trace.mlp, strict=True)):
        first = top.head_source(layer)
        out[:, first : first + top.n_heads] = head_writes(weights.attention[layer], attention.z, attention.out)
        out[:, first + top.n_heads] = post(weights.mlp[layer].post_norm, mlp.out)
    return out


def head_writes(block: Attention, z: Tensor, out: Tensor) -> Tensor:
    """What each head adds to the residual stream: [b, h, p, d]. A post-norm scales by their sum `out`."""
    heads = torch.einsum("bphe,hed->bhpd", z, block.o)
    if block.post_norm is not None:
        heads = heads * (block.post_norm.weight * inverse_rms(block.post_norm, out)[1])[:, None]
    return heads


def inverse_rms(norm: Norm, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return x, centred if the norm centres, and 1 / sqrt(mean(x^2) + eps) with a last axis of one."""
    if norm.centred:
        x = x - x.mean(-1, keepdim=True)
    return x, torch.rsqrt(x.square().mean(-1, keepdim=True) + norm.eps)


def normalise(norm: Norm, x: Tensor) -> Tensor:
    """Apply the norm over the last axis."""
    x, scale = inverse_rms(norm, x)
    y = x * scale * norm.weight
    return y if norm.bias is None else y + norm.bias


def post(norm: Norm | None, out: Tensor) -> Tensor:
    """Apply the norm that some architectures put behind attention and MLP."""
    return out if norm is None else normalise(norm, out)


def rotate(block: Attention, x: Tensor, start: int, *, back: bool = False) -> Tensor:
    """Rotate queries or keys [b, p, heads, e] to their positions; `back` applies the transpose."""
    if block.cos is None or block.sin is None:
        return x
    at = slice(start, start + x.shape[1])
    cos, sin = block.cos[at, None], block.sin[at, None]
    return x * cos - _quarter_turn(x * sin) if back else x * cos + _quarter_turn(x) * sin


def _quarter_turn(x: Tensor) -> Tensor:
    half = x.shape[-1] // 2
    return torch.cat((-x[..., half:], x[..., :half]), -1)


def grouped(block: Attention, heads: Tensor) -> Tensor:
    """Repeat keys or values [b, P, k, e] for the query heads that share them: [b, P, h, e]."""
    if len(block.q) == len(block.k):
        return heads
    return torch.cat(
        [each.expand(-1, -1, size, -1) for each, size in zip(heads.split(1, 2), block.groups, strict=True)], 2
    )


def attend(
    block: Attention,
    x: Tensor,
    q_pre: Tensor,
    k_pre: Tensor,
    v: Tensor,
    start: int,
    prefix: tuple[Tensor, Tensor] | None,
) -> AttentionTrace:
    """Attention from its projections: q_pre [b, p, h, e], k_pre and v [b, p, k, e], unrotated."""
    q = rotate(block, post(block.q_norm, q_pre), start)
    keys, values = rotate(block, post(block.k_norm, k_pre), start), v
    if prefix is not None:
        keys, values = torch.cat((prefix[0], keys), 1), torch.cat((prefix[1], values), 1)
    scores = torch.einsum("bphe,bPhe->bhpP", q, grouped(block, keys)) * block.scale
    log_p = scores.masked_fill(_masked(block, start, scores), -torch.inf).log_softmax(-1)
    z = torch.einsum("bhpP,bPhe->bphe", log_p.exp(), grouped(block, values))
    out = z.flatten(2) @ block.o.flatten(0, 1)
    if block.o_bias is not None:
        out = out + block.o_bias
    return AttentionTrace(x, q_pre, k_pre, q, keys, values, log_p, z, out)


def _masked(block: Attention, start: int, scores: Tensor) -> Tensor:
    queries = torch.arange(start, start + scores.shape[2], device=scores.device)[:, None]
    distance = queries - torch.arange(scores.shape[3], device=scores.device)
    masked = distance < 0
    return masked if block.window is None else masked | (distance >= block.window)


def project(y: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Project normed inputs [b, p, d] by weight [heads, d, e]: [b, p, heads, e]."""
    out = torch.einsum("bpd,hde->bphe", y, weight)
    return out if bias is None else out + bias


def _run_attention(block: Attention, x: Tensor, start: int, prefix: tuple[Tensor, Tensor] | None) -> AttentionTrace:
    y = normalise(block.norm, x)
    parts = ((block.q, block.q_bias), (block.k, block.k_bias), (block.v, block.v_bias))
    q, k, v = (project(y, weight, bias) for weight, bias in parts)
    return attend(block, x, q, k, v, start, prefix)


def _run_mlp(block: Mlp, x: Tensor) -> MlpTrace:
    return mlp_from_normed(block, x, normalise(block.norm, x))


def mlp_from_normed(block: Mlp, x: Tensor, y: Tensor) -> MlpTrace:
    """Run an MLP on its normed input y [b, p, d]; `x` is kept as what it read."""
    gate = None if block.gate is None else y @ block.gate
    up = y @ block.up if block.up_bias is None else y @ block.up + block.up_bias
    hidden = block.act(up) if gate is None else block.act(gate) * up
    out = hidden @ block.down if block.down_bias is None else hidden @ block.down + block.down_bias
    return MlpTrace(x, gate, up, out)
