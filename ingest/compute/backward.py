"""The backward pass through the model: from the gradient at what a block writes to the gradient at what it reads.

Each nonlinearity's Jacobian is replaced by a linearisation between two runs `a` and `b`, chosen by `Rules`
(method.md, sections 3 and 7). With `a` and `b` the same run, `SECANT` is the ordinary gradient; with the corrupt
and the clean run it is an exact finite difference, so that each step maps a difference to a difference.

Axes as in `ingest.model.forward`; t = slot; `mean` is the average of the two runs.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from graphdb.topology import Topology
from ingest.model.forward import AttentionTrace, MlpTrace, Trace, grouped, inverse_rms, rotate
from ingest.model.weights import Attention, Mlp, Norm, Weights

SMALL = 1e-3
"""Below this difference a quotient of differences becomes the derivative in the middle; error O(SMALL^2)."""

Slope = Callable[[Callable[[Tensor], Tensor], Tensor, Tensor], Tensor]
"""(activation, a, b) -> its slope, elementwise."""


@dataclass(frozen=True)
class Rules:
    """How nonlinearities are linearised."""

    slope: Slope
    """Of the activation."""
    frozen_norm: bool
    """Whether a norm's scale counts as a constant, that of run `b`."""
    share: float
    """What each factor of a product is given of the gradient: 1 counts both factors in full."""


def activation_slope(act: Callable[[Tensor], Tensor], a: Tensor, b: Tensor) -> Tensor:
    """(act(b) - act(a)) / (b - a), elementwise; act' in the middle where a and b nearly meet."""
    if a is b:
        return _derivative(act, a)
    step = b - a
    near = step.abs() < SMALL
    slope = (act(b) - act(a)) / torch.where(near, 1, step)
    slope[near] = _derivative(act, ((a + b) / 2)[near])
    return slope


def _derivative(act: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        return torch.autograd.grad(act(x).sum(), x)[0]


def activation_ratio(act: Callable[[Tensor], Tensor], a: Tensor, b: Tensor) -> Tensor:  # noqa: ARG001
    """act(b) / b, elementwise; act' where b nearly vanishes."""
    near = b.abs() < SMALL
    ratio = act(b) / torch.where(near, 1, b)
    ratio[near] = _derivative(act, b[near])
    return ratio


SECANT = Rules(activation_slope, frozen_norm=False, share=1)
RELP = Rules(activation_ratio, frozen_norm=True, share=0.5)


def slot_gradients(
    weights: Weights, rules: Rules, a: Trace, b: Trace, direction: Tensor, start: int
) -> Iterator[tuple[slice, Tensor]]:
    """Yield (slots, gradient of the metric at them [b, t, p, d]) from the logits down to the first layer.

    `direction` [b, d] is the unembedding of the answer less that of the foil.
    """
    top: Topology = weights.topology
    last = torch.zeros_like(b.final)
    last[:, -1] = direction
    gradient = norm_back(weights.final_norm, a.final, b.final, last, frozen=rules.frozen_norm)
    yield slice(top.n_slots - 1, top.n_slots), gradient[:, None]
    for layer in reversed(range(top.n_layers)):
        at_mlp = mlp_back(weights.mlp[layer], rules, a.mlp[layer], b.mlp[layer], gradient)
        gradient = gradient + at_mlp
        yield slice(top.mlp_slot(layer), top.mlp_slot(layer) + 1), at_mlp[:, None]
        at_heads = _attention_back(
            weights.attention[layer], rules, a.attention[layer], b.attention[layer], gradient, start
        )
        gradient = gradient + at_heads.sum(1)
        yield top.attention_slots(layer), at_heads


def norm_back(norm: Norm, a: Tensor, b: Tensor, gradient: Tensor, *, frozen: bool = False) -> Tensor:
    """Gradient behind a norm -> gradient before it; all [..., d].

    With s = (mean(x^2) + eps)^(-1/2): dy = mean(s) dx + mean(x) ds and ds = c * 2 mean_d(mean(x) dx), where
    c = -1 / (r_a r_b (r_a + r_b)) and r = 1 / s. The map is symmetric but for the weight. `frozen`: dy = s_b dx.
    """
    gradient = gradient * norm.weight
    x_b, s_b = inverse_rms(norm, b)
    if frozen:
        back = s_b * gradient
    else:
        x_a, s_a = (x_b, s_b) if a is b else inverse_rms(norm, a)
        x, c = (x_b if a is b else (x_a + x_b) / 2), -(s_a * s_b).square() / (s_a + s_b)
        back = torch.addcmul((s_a + s_b) / 2 * gradient, x, 2 * c * (x * gradient).mean(-1, keepdim=True))
    return back - back.mean(-1, keepdim=True) if norm.centred else back


def post_back(norm: Norm | None, rules: Rules, a: Tensor, b: Tensor, gradient: Tensor) -> Tensor:
    """The same for a norm that not every architecture has."""
    return gradient if norm is None else norm_back(norm, a, b, gradient, frozen=rules.frozen_norm)


def mlp_back(block: Mlp, rules: Rules, a: MlpTrace, b: MlpTrace, gradient: Tensor) -> Tensor:
    """Gradient at what the MLP writes -> gradient at what it reads; both [b, p, d]."""
    hidden = post_back(block.post_norm, rules, a.out, b.out, gradient) @ block.down.T
    if block.gate is None or a.gate is None or b.gate is None:
        at_input = (hidden * rules.slope(block.act, a.up, b.up)) @ block.up.T
    else:
        hidden = hidden * rules.share
        gate = hidden * mean(a.up, b.up) * rules.slope(block.act, a.gate, b.gate)
        up = hidden * mean(block.act(a.gate), block.act(b.gate))
        at_input = gate @ block.gate.T + up @ block.up.T
    return norm_back(block.norm, a.x, b.x, at_input, frozen=rules.frozen_norm)


def mean(a: Tensor, b: Tensor) -> Tensor:
    """Average of two runs."""
    return a if a is b else (a + b) / 2


def softmax_slope(log_a: Tensor, log_b: Tensor) -> Tensor:
    """(p_b - p_a) / (log p_b - log p_a), their logarithmic mean; 0 where masked."""
    if log_a is log_b:
        return log_a.exp()
    p_a, p_b, step = log_a.exp(), log_b.exp(), log_b - log_a
    near = ~(step.abs() >= SMALL)
    return torch.where(near, (p_a + p_b) / 2, (p_b - p_a) / torch.where(near, 1, step))


def _attention_back(
    block: Attention, rules: Rules, a: AttentionTrace, b: AttentionTrace, gradient: Tensor, start: int
) -> Tensor:
    """Gradient at what the heads write together [b, p, d] -> gradient at their q, k and v slots [b, t, p, d]."""
    at_out = post_back(block.post_norm, rules, a.out, b.out, gradient)
    at_z = (at_out @ block.o.flatten(0, 1).T).unflatten(-1, block.o.shape[:2])
    at_slots = slots_back(block, rules, a, b, at_z, start)
    return norm_back(block.norm, a.x[:, None], b.x[:, None], at_slots, frozen=rules.frozen_norm)


def slots_back(
    block: Attention, rules: Rules, a: AttentionTrace, b: AttentionTrace, at_z: Tensor, start: int
) -> Tensor:
    """Gradient at z [b, p, h, e] -> gradient at the normed inputs of the q, k and v slots [b, t, p, d]."""
    at_q, at_k, at_v = _pattern_back(block, rules, a, b, at_z)
    at_q = rotate(block, at_q, start, back=True)
    at_k = rotate(block, at_k, start, back=True)
    at_q = post_back(block.q_norm, rules, a.q_pre, b.q_pre, at_q)
    at_k = post_back(block.k_norm, rules, a.k_pre, b.k_pre, at_k)
    parts = ((at_q, block.q), (at_k, block.k), (at_v, block.v))
    return torch.cat([torch.einsum("bphe,hde->bhpd", at, weight) for at, weight in parts], 1)


def _pattern_back(
    block: Attention, rules: Rules, a: AttentionTrace, b: AttentionTrace, at_z: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Gradient at z [b, p, h, e] -> at rotated q [b, p, h, e], rotated k and v [b, p, k, e], suffix only.

    z = p v: dz = mean(p) dv + dp mean(v). Softmax: dp = w (dl - sum(w dl) / sum(w)), w from `softmax_slope`.
    l = q k: dl = dq mean(k) + mean(q) dk.
    """
    suffix = slice(a.keys.shape[1] - a.k_pre.shape[1], None)
    at_z = at_z * rules.share
    pattern = mean(a.log_p.exp(), b.log_p.exp())
    at_v = _sum_groups(block, torch.einsum("bhpP,bphe->bPhe", pattern[..., suffix], at_z))
    at_p = torch.einsum("bphe,bPhe->bhpP", at_z, grouped(block, mean(a.values, b.values)))
    slope = softmax_slope(a.log_p, b.log_p)
    weighted = slope * at_p
    at_l = weighted - slope * (weighted.sum(-1, keepdim=True) / slope.sum(-1, keepdim=True))
    at_l = at_l * (block.scale * rules.share)
    at_q = torch.einsum("bhpP,bPhe->bphe", at_l, grouped(block, mean(a.keys, b.keys)))
    at_k = _sum_groups(block, torch.einsum("bhpP,bphe->bPhe", at_l[..., suffix], mean(a.q, b.q)))
    return at_q, at_k, at_v


def _sum_groups(block: Attention, heads: Tensor) -> Tensor:
    """Sum over the query heads of each group: [b, P, h, e] -> [b, P, k, e]."""
    if len(block.q) == len(block.k):
        return heads
    return torch.stack([group.sum(2) for group in heads.split(block.groups, 2)], 2)
