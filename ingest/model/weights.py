"""A model's weights in one form for every architecture, read from a TransformerLens bridge.

Axes: d = model, h = head, k = kv-head, e = head dimension, m = MLP hidden, v = vocabulary, p = position.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

import torch
from torch import Tensor

from graphdb.topology import Topology

MAX_POSITIONS = 1024
"""Longest prompt, in tokens: rotations are tabulated to here (or to the model's context, if shorter)."""


@dataclass(frozen=True)
class Norm:
    """RMSNorm, or LayerNorm if `centred`, of the last axis: y = weight * x / sqrt(mean(x^2) + eps) + bias."""

    weight: Tensor
    bias: Tensor | None
    eps: float
    centred: bool


@dataclass(frozen=True)
class Attention:
    """One attention block. `cos` and `sin` [p, e] rotate queries and keys; None: no rotation."""

    norm: Norm
    q: Tensor  # [h, d, e]
    k: Tensor  # [k, d, e]
    v: Tensor  # [k, d, e]
    o: Tensor  # [h, e, d]
    q_bias: Tensor | None  # [h, e]
    k_bias: Tensor | None  # [k, e]
    v_bias: Tensor | None  # [k, e]
    o_bias: Tensor | None  # [d]
    q_norm: Norm | None
    k_norm: Norm | None
    post_norm: Norm | None
    cos: Tensor | None
    sin: Tensor | None
    scale: float
    window: int | None
    groups: tuple[int, ...]  # query heads of each kv-head, which come one after the other


@dataclass(frozen=True)
class Mlp:
    """One MLP: down(act(gate x) * up x), or down(act(up x)) where `gate` is None."""

    norm: Norm
    gate: Tensor | None  # [d, m]
    up: Tensor  # [d, m]
    up_bias: Tensor | None  # [m]
    down: Tensor  # [m, d]
    down_bias: Tensor | None  # [d]
    post_norm: Norm | None
    act: Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Weights:
    """All that the forward pass needs."""

    topology: Topology
    embed: Tensor  # [v, d]
    embed_scale: float
    positions: Tensor | None  # [p, d]
    attention: tuple[Attention, ...]
    mlp: tuple[Mlp, ...]
    final_norm: Norm
    unembed: Tensor  # [v, d]
    max_positions: int

    @property
    def d_model(self) -> int:
        """Width of the residual stream."""
        return self.embed.shape[1]


def extract(bridge: Any) -> Weights:
    """Read the weights of a TransformerLens bridge (no copies where the layout allows).

    The caller checks them: `model.self_check` compares what they compute with the bridge's own run.
    """
    state, cfg, hf = bridge.state_dict(), bridge.cfg, bridge.original_model
    rope = _rope_tables(hf, min(cfg.n_ctx, MAX_POSITIONS))
    layers = range(cfg.n_layers)
    attention = tuple(_attention(bridge, state, layer, rope) for layer in layers)
    topology = Topology(cfg.n_layers, attention[0].q.shape[0], attention[0].k.shape[0])
    return Weights(
        topology=topology,
        embed=state["embed.weight"],
        embed_scale=float(getattr(hf.get_input_embeddings(), "scalar_embed_scale", 1.0)),
        positions=state.get("pos_embed.weight"),
        attention=attention,
        mlp=tuple(_mlp(bridge, state, layer) for layer in layers),
        final_norm=_required_norm(bridge, state, "ln_final"),
        unembed=state["unembed.weight"],
        max_positions=min(cfg.n_ctx, MAX_POSITIONS),
    )


def converted(weights: Weights, dtype: torch.dtype, device: str) -> Weights:
    """Return the same weights in another precision and on another device."""

    def moved(value: Any) -> Any:
        if isinstance(value, Tensor):
            return value.to(device, dtype)
        if isinstance(value, tuple):
            return tuple(map(moved, value))
        if isinstance(value, (Norm, Attention, Mlp)):
            return replace(value, **{field.name: moved(getattr(value, field.name)) for field in fields(value)})
        return value

    return replace(weights, **{field.name: moved(getattr(weights, field.name)) for field in fields(weights)})


def _norm(bridge: Any, state: dict[str, Tensor], name: str) -> Norm | None:
    weight = state.get(f"{name}.weight")
    if weight is None:
        return None
    centred = bridge.cfg.normalization_type == "LN"
    offset = 1.0 if getattr(bridge.cfg, "rmsnorm_uses_offset", False) else 0.0
    return Norm(weight + offset, state.get(f"{name}.bias"), bridge.cfg.eps, centred)


def _required_norm(bridge: Any, state: dict[str, Tensor], name: str) -> Norm:
    norm = _norm(bridge, state, name)
    assert norm is not None, name
    return norm


def _attention(bridge: Any, state: dict[str, Tensor], layer: int, rope: dict[str, tuple[Tensor, Tensor]]) -> Attention:
    block = bridge.blocks[layer].attn
    name, config = f"blocks.{layer}", bridge.original_model.config
    kinds = getattr(config, "layer_types", None)
    kind = kinds[layer] if kinds else "full_attention"
    cos, sin = rope.get(kind, (None, None))
    q, k = block.W_Q.detach(), block.W_K.detach()
    return Attention(
        norm=_required_norm(bridge, state, f"{name}.ln1"),
        q=q,
        k=k,
        v=block.W_V.detach(),
        o=block.W_O.detach(),
        q_bias=_bias(block.b_Q),
        k_bias=_bias(block.b_K),
        v_bias=_bias(block.b_V),
        o_bias=_bias(block.b_O),
        q_norm=_norm(bridge, state, f"{name}.attn.q_norm"),
        k_norm=_norm(bridge, state, f"{name}.attn.k_norm"),
        post_norm=_norm(bridge, state, f"{name}.ln1_post"),
        cos=cos,
        sin=sin,
        scale=float(getattr(config, "query_pre_attn_scalar", None) or q.shape[-1]) ** -0.5,
        window=config.sliding_window if kind == "sliding_attention" else None,
        groups=(len(q) // len(k),) * len(k),
    )


def _mlp(bridge: Any, state: dict[str, Tensor], layer: int) -> Mlp:
    from transformers.activations import ACT2FN

    name = f"blocks.{layer}"
    transposed = bridge.cfg.architecture != "GPT2LMHeadModel"  # GPT-2's Conv1D keeps [in, out]
    gate, up, down = (state.get(f"{name}.mlp.{part}.weight") for part in ("gate", "in", "out"))
    assert up is not None
    assert down is not None
    return Mlp(
        norm=_required_norm(bridge, state, f"{name}.ln2"),
        gate=gate.T if gate is not None else None,
        up=up.T if transposed else up,
        up_bias=state.get(f"{name}.mlp.in.bias"),
        down=down.T if transposed else down,
        down_bias=state.get(f"{name}.mlp.out.bias"),
        post_norm=_norm(bridge, state, f"{name}.ln2_post"),
        act=ACT2FN[bridge.cfg.act_fn],
    )


def _bias(value: Tensor | None) -> Tensor | None:
    return value.detach() if value is not None and bool(value.any()) else None


def _rope_tables(hf: Any, n: int) -> dict[str, tuple[Tensor, Tensor]]:
    """Layer type -> (cos, sin) [p, e], from the model's own rotary module, scaling included."""
    rotary = getattr(hf.model, "rotary_emb", None) if hasattr(hf, "model") else None
    if rotary is None:
        return {}
    rotary = getattr(rotary, "original_component", rotary)
    example, ids = hf.get_input_embeddings().weight[:1], torch.arange(n)[None]
    kinds = sorted(set(getattr(hf.config, "layer_types", None) or ["full_attention"]))
    per_kind = hasattr(rotary, "layer_types")
    tables = {kind: rotary(example, ids, kind) if per_kind else rotary(example, ids) for kind in kinds}
    return {kind: (cos[0].to(example.dtype), sin[0].to(example.dtype)) for kind, (cos, sin) in tables.items()}
