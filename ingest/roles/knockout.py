"""Exact attention knockout: heads do not attend to groups of positions from the last one, and the rest is run.

The attention that is cut goes to the other positions in proportion (Geva et al. 2023). Zero ablation of what a head
writes would take away what it carries from elsewhere, too.
"""

import torch
from torch import Tensor

from ingest.model.forward import attend, grouped, mlp_from_normed, normalise, post, project
from ingest.model.weights import Attention, Weights
from ingest.roles.last_position import LastPosition, without


@torch.no_grad()
def knock_out(weights: Weights, last: LastPosition, heads: Tensor, *groups: int) -> Tensor:
    """Return the residual stream [b, 1, d] that the unembedding reads when `heads` do not attend to these groups.

    `heads` [l, h] are cut for all facts, [b, l, h] for each its own.
    """
    layers = heads.any(-1).view(-1, heads.shape[-2]).any(0).nonzero().flatten().tolist()
    if not layers:
        return last.trace.final
    gone = last.of(*groups)[:, None, None]  # [b, 1, 1, P]
    x = last.trace.attention[layers[0]].x
    for layer in range(layers[0], weights.topology.n_layers):
        attention, mlp = weights.attention[layer], weights.mlp[layer]
        cut = gone & heads[..., layer, :, None, None]
        x = x + post(attention.post_norm, _attention(attention, x, last, layer, cut))
        x = x + post(mlp.post_norm, mlp_from_normed(mlp, x, normalise(mlp.norm, x)).out)
    return x


def _attention(block: Attention, x: Tensor, last: LastPosition, layer: int, cut: Tensor) -> Tensor:
    """What attention writes [b, 1, d] without what is `cut` [b, h, 1, P]."""
    y = normalise(block.norm, x)
    parts = ((block.q, block.q_bias), (block.k, block.k_bias), (block.v, block.v_bias))
    q, k, v = (project(y, weight, bias) for weight, bias in parts)
    trace = attend(block, x, q, k, v, last.start, last.prefix[layer])
    z = torch.einsum("bhpP,bPhe->bphe", without(trace.log_p, cut).exp(), grouped(block, trace.values))
    out = z.flatten(2) @ block.o.flatten(0, 1)
    return out if block.o_bias is None else out + block.o_bias
