"""Edge scores of every fact in a batch, from one backward sweep in closed form.

score[b, s, t] = sum over p of < clean write - corrupt write of source s, gradient of the metric at slot t >

so that a positive score helps the answer. The sweep goes from the logits to the embedding and replaces each
nonlinearity's Jacobian by its linearisation between two runs (method.md, sections 3 and 7):

* `eap` (Syed et al. 2023): both runs are the clean one, which gives the ordinary gradient;
* `secant`: corrupt and clean run, which gives exact finite differences. Each step of the sweep then maps a
  difference to a difference, so the scores over any cut of the graph sum to m(clean) - m(corrupt).

Below, `a` and `b` are the two runs, `mean` is their average. Axes as in `ingest.forward`; t = slot.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from graphdb.topology import Topology
from ingest.forward import AttentionTrace, MlpTrace, Trace, grouped, inverse_rms, rotate
from ingest.weights import Attention, Mlp, Norm, Weights

SMALL = 1e-3
"""Below this difference a quotient of differences becomes the derivative in the middle; error O(SMALL^2)."""


@dataclass(frozen=True)
class Method:
    """A way to score edges: how its sweep is linearised."""

    name: str
    source: str
    between: Callable[[Trace, Trace], tuple[Trace, Trace]]
    """(corrupt, clean) -> the two runs between which every nonlinearity is linearised."""


METHODS = {
    method.name: method
    for method in (
        Method(
            "secant",
            "finite differences between the corrupt and the clean run",
            lambda corrupt, clean: (corrupt, clean),
        ),
        Method("eap", "gradient at the clean run (Syed et al. 2023)", lambda _, clean: (clean, clean)),
    )
}


def edge_scores(
    weights: Weights,
    method: Method,
    corrupt: Trace,
    clean: Trace,
    difference: Tensor,
    direction: Tensor,
    start: int,
) -> Tensor:
    """Score every edge for every fact: [b, s, t], zero where there is no edge.

    `difference` [b, s, p, d] is what the sources write in the clean run less what they write in the corrupt
    one; `direction` [b, d] is the unembedding of the answer less that of the foil.
    """
    top = weights.topology
    scores = difference.new_zeros(len(difference), top.n_sources, top.n_slots)
    for slots, gradient in slot_gradients(weights, *method.between(corrupt, clean), direction, start):
        n_read = int(top.n_read[slots.start])
        scores[:, :n_read, slots] = difference[:, :n_read].flatten(2) @ gradient.flatten(2).mT
    return scores


def slot_gradients(
    weights: Weights, a: Trace, b: Trace, direction: Tensor, start: int
) -> Iterator[tuple[slice, Tensor]]:
    """Yield (slots, gradient of the metric at them [b, t, p, d]) from the logits down to the first layer."""
    top: Topology = weights.topology
    last = torch.zeros_like(b.final)
    last[:, -1] = direction
    gradient = norm_back(weights.final_norm, a.final, b.final, last)
    yield slice(top.n_slots - 1, top.n_slots), gradient[:, None]
    for layer in reversed(range(top.n_layers)):
        at_mlp = _mlp_back(weights.mlp[layer], a.mlp[layer], b.mlp[layer], gradient)
        gradient = gradient + at_mlp
        yield slice(top.mlp_slot(layer), top.mlp_slot(layer) + 1), at_mlp[:, None]
        at_heads = _attention_back(weights.attention[layer], a.attention[layer], b.attention[layer], gradient, start)
        gradient = gradient + at_heads.sum(1)
        yield top.attention_slots(layer), at_heads


def norm_back(norm: Norm, a: Tensor, b: Tensor, gradient: Tensor) -> Tensor:
    """Gradient behind a norm -> gradient before it; all [..., d].

    With s = (mean(x^2) + eps)^(-1/2): dy = mean(s) dx + mean(x) ds and ds = c * 2 mean_d(mean(x) dx), where
    c = -1 / (r_a r_b (r_a + r_b)) and r = 1 / s. The map is symmetric but for the weight.
    """
    (x_a, s_a), (x_b, s_b) = inverse_rms(norm, a), inverse_rms(norm, b)
    x, c = (x_a + x_b) / 2, -(s_a * s_b).square() / (s_a + s_b)
    gradient = gradient * norm.weight
    back = (s_a + s_b) / 2 * gradient + 2 * c * x * (x * gradient).mean(-1, keepdim=True)
    return back - back.mean(-1, keepdim=True) if norm.centred else back


def _post_back(norm: Norm | None, a: Tensor, b: Tensor, gradient: Tensor) -> Tensor:
    return gradient if norm is None else norm_back(norm, a, b, gradient)


def _mlp_back(block: Mlp, a: MlpTrace, b: MlpTrace, gradient: Tensor) -> Tensor:
    """Gradient at what the MLP writes -> gradient at what it reads; both [b, p, d]."""
    hidden = _post_back(block.post_norm, a.out, b.out, gradient) @ block.down.T
    if block.gate is None or a.gate is None or b.gate is None:
        at_input = (hidden * activation_slope(block.act, a.up, b.up)) @ block.up.T
    else:
        gate = hidden * (a.up + b.up) / 2 * activation_slope(block.act, a.gate, b.gate)
        up = hidden * (block.act(a.gate) + block.act(b.gate)) / 2
        at_input = gate @ block.gate.T + up @ block.up.T
    return norm_back(block.norm, a.x, b.x, at_input)


def activation_slope(act: Callable[[Tensor], Tensor], a: Tensor, b: Tensor) -> Tensor:
    """(act(b) - act(a)) / (b - a), elementwise; act' in the middle where a and b nearly meet."""
    step = b - a
    near = step.abs() < SMALL
    slope = (act(b) - act(a)) / torch.where(near, 1, step)
    with torch.enable_grad():
        middle = ((a + b) / 2)[near].requires_grad_()
        slope[near] = torch.autograd.grad(act(middle).sum(), middle)[0]
    return slope


def softmax_slope(log_a: Tensor, log_b: Tensor) -> Tensor:
    """(p_b - p_a) / (log p_b - log p_a), their logarithmic mean; 0 where masked."""
    p_a, p_b, step = log_a.exp(), log_b.exp(), log_b - log_a
    near = ~(step.abs() >= SMALL)
    return torch.where(near, (p_a + p_b) / 2, (p_b - p_a) / torch.where(near, 1, step))


def _attention_back(block: Attention, a: AttentionTrace, b: AttentionTrace, gradient: Tensor, start: int) -> Tensor:
    """Gradient at what the heads write [b, p, d] -> gradient at their q, k and v slots [b, t, p, d]."""
    at_z = torch.einsum("bpd,hed->bphe", _post_back(block.post_norm, a.out, b.out, gradient), block.o)
    at_q, at_k, at_v = _pattern_back(block, a, b, at_z)
    at_q = _heads_back(block, block.q_norm, a.q_pre, b.q_pre, at_q, start)
    at_k = _heads_back(block, block.k_norm, a.k_pre, b.k_pre, at_k, start)
    parts = ((at_q, block.q), (at_k, block.k), (at_v, block.v))
    at_slots = torch.cat([torch.einsum("bphe,hde->bhpd", at, weight) for at, weight in parts], 1)
    return norm_back(block.norm, a.x[:, None], b.x[:, None], at_slots)


def _pattern_back(
    block: Attention, a: AttentionTrace, b: AttentionTrace, at_z: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Gradient at z [b, p, h, e] -> at rotated q [b, p, h, e], rotated k and v [b, p, k, e], suffix only.

    z = p v: dz = mean(p) dv + dp mean(v). Softmax: dp = w (dl - sum(w dl) / sum(w)), w from `softmax_slope`.
    l = q k: dl = dq mean(k) + mean(q) dk.
    """
    suffix = slice(a.keys.shape[1] - a.k_pre.shape[1], None)
    pattern = (a.log_p.exp() + b.log_p.exp()) / 2
    at_v = _sum_groups(block, torch.einsum("bhpP,bphe->bPhe", pattern[..., suffix], at_z))
    at_p = torch.einsum("bphe,bPhe->bhpP", at_z, grouped(block, (a.values + b.values) / 2))
    slope = softmax_slope(a.log_p, b.log_p)
    weighted = slope * at_p
    at_l = (weighted - slope * (weighted.sum(-1, keepdim=True) / slope.sum(-1, keepdim=True))) * block.scale
    at_q = torch.einsum("bhpP,bPhe->bphe", at_l, grouped(block, (a.keys + b.keys) / 2))
    at_k = _sum_groups(block, torch.einsum("bhpP,bphe->bPhe", at_l[..., suffix], (a.q + b.q) / 2))
    return at_q, at_k, at_v


def _sum_groups(block: Attention, heads: Tensor) -> Tensor:
    """Sum over the query heads of each group: [b, P, h, e] -> [b, P, k, e]."""
    return heads.unflatten(2, (block.k.shape[0], -1)).sum(3)


def _heads_back(block: Attention, norm: Norm | None, a: Tensor, b: Tensor, gradient: Tensor, start: int) -> Tensor:
    """Gradient at rotated queries or keys -> gradient at their projections, all [b, p, heads, e]."""
    return _post_back(norm, a, b, rotate(block, gradient, start, back=True))
