"""Direct logit attribution at the last position: what each part of the model adds to a token's logit.

A head's part is split by the positions it carries from: z_G = sum over P in G of p_P v_P, its write is z_G O, times the
scale of the norm behind attention, if there is one. All norms' scales, the final one's too, are held at what they are
in the run, so the parts add up to the logits (Elhage et al. 2021; Wang et al. 2023).

Axes as in `ingest.model.forward`; l = layer, G = group of positions, v = some tokens of the vocabulary.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from ingest.model.forward import AttentionTrace, grouped, inverse_rms, last_logits, post
from ingest.model.weights import Attention, Weights
from ingest.roles.last_position import LastPosition


@dataclass(frozen=True)
class Parts:
    """What each part adds to the logits of some tokens."""

    embed: Tensor  # [b, v]
    heads: Tensor  # [b, l, h, G, v]
    biases: Tensor  # [b, l, v] of attention outputs: they belong to no head
    mlps: Tensor  # [b, l, v]
    norm_bias: Tensor  # [v] of the final norm

    def total(self) -> Tensor:
        """Sum of all parts [b, v]: the logits."""
        return self.embed + self.heads.sum((1, 2, 3)) + self.biases.sum(1) + self.mlps.sum(1) + self.norm_bias


@torch.no_grad()
def direct_attribution(weights: Weights, last: LastPosition, tokens: Tensor) -> Parts:
    """Split the logits of `tokens` [v] into parts, in logits."""
    norm, unembed = weights.final_norm, weights.unembed[tokens]
    directions = unembed * norm.weight  # [v, d]
    if norm.centred:
        directions = directions - directions.mean(-1, keepdim=True)
    scale = inverse_rms(norm, last.trace.final[:, -1])[1]  # [b, 1]
    heads, biases, mlps = list[Tensor](), list[Tensor](), list[Tensor]()
    for block, attention, mlp, trace in zip(
        weights.attention, last.trace.attention, weights.mlp, last.trace.mlp, strict=True
    ):
        weight, post_scale = _post(block, attention)
        behind = directions * weight
        values = grouped_values(block, attention, last.members)
        to_tokens = torch.einsum("hed,vd->hev", block.o, behind)
        heads.append(torch.einsum("bhGe,hev->bhGv", values, to_tokens) * (scale * post_scale)[..., None, None])
        bias = behind.new_zeros(len(behind)) if block.o_bias is None else behind @ block.o_bias
        biases.append(scale * post_scale * bias)
        mlps.append(scale * (post(mlp.post_norm, trace.out[:, -1]) @ directions.T))
    return Parts(
        embed=scale * (last.trace.embed[:, -1] @ directions.T),
        heads=torch.stack(heads, 1),
        biases=torch.stack(biases, 1),
        mlps=torch.stack(mlps, 1),
        norm_bias=unembed.new_zeros(len(unembed)) if norm.bias is None else unembed @ norm.bias,
    )


def residue(weights: Weights, last: LastPosition, tokens: Tensor) -> float:
    """Largest difference between the sum of all parts and the logits of `tokens` [v], in logits."""
    logits = last_logits(weights, last.trace.final)[:, tokens]
    return float((direct_attribution(weights, last, tokens).total() - logits).abs().max())


def grouped_values(block: Attention, trace: AttentionTrace, members: Tensor) -> Tensor:
    """What each head carries to the last position from each group, z_G [b, h, G, e]; they add up to z."""
    pattern = trace.log_p[:, :, -1].exp()
    return torch.einsum("bhP,bPG,bPhe->bhGe", pattern, members, grouped(block, trace.values))


def attention_shares(last: LastPosition) -> Tensor:
    """Share of the last position's attention on each group [b, l, h, G]; they add up to 1."""
    patterns = [trace.log_p[:, :, -1].exp() for trace in last.trace.attention]
    return torch.stack([pattern @ last.members for pattern in patterns], 1)


def _post(block: Attention, trace: AttentionTrace) -> tuple[Tensor, Tensor]:
    """Weight [d] and scale in the run [b, 1] of the norm behind attention; ones where there is none."""
    if block.post_norm is None:
        return block.o.new_ones(block.o.shape[-1]), block.o.new_ones(len(trace.out), 1)
    return block.post_norm.weight, inverse_rms(block.post_norm, trace.out[:, -1])[1]
