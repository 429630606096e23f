"""Mask training: a few gradient steps on each fact's own circuit, against one donor after the other.

Every edge has a strength theta, the logarithm of its attribution score. A step takes a size k, runs the soft mask
sigma((theta - threshold) / TEMPERATURE) around the k-th strongest edge, and moves theta along the gradient of

    L = huber(1 - f, 1/2) + 1/2 KL(clean || circuit) / KL(clean || corrupt)

Sizes go through the range on a golden-ratio sequence, donors in turn, so that one order of edges serves every size
and donor. A step is measured by the largest gradient so far: where little is left to gain, little moves.
"""

import math

import torch
from torch import Tensor

from ingest.compute.backward import norm_back
from ingest.compute.circuit_gradient import mask_gradient
from ingest.compute.prompt_runs import Pair, Rounds, Runs
from ingest.methods.base import Effort, Method
from ingest.methods.secant import SECANT

CANDIDATES = 0.02
"""Share of the edges that are trained, the strongest ones: training the tail spoils it."""
SMALLEST, LARGEST = 0.0005, 0.015
"""Sizes that are trained, as shares of the edges."""
TEMPERATURE = 1.0
FAINT = 0.1
"""Edges of a smaller mask carry nothing."""
RATE = 0.15
MOMENTUM = 0.7
CLIP = 3.0
"""Largest step of an edge, in root mean squares over its fact's candidates."""
GOLDEN = (math.sqrt(5) - 1) / 2
HUBER = 0.5
FLAT = 1e-5
"""Smallest root mean square of a fact's gradient that counts in full: a circuit without a path to the logits has only
rounding errors for a gradient, which must not be blown up to steps."""


def train(runs: Runs, scores: Tensor, rounds: Rounds, steps: int) -> Tensor:
    """Order scored edges [b, n] anew: the k-th of the new order gets the k-th largest size, and keeps its own sign.

    Only the strongest edges are trained; one that is trained down falls behind others that are not.
    """
    sizes = scores.abs()
    theta = (sizes / sizes.amax(1, keepdim=True)).clamp_min(1e-12).log()
    n_candidates = int(CANDIDATES * scores.shape[1])
    strongest = sizes.topk(n_candidates, 1).indices
    candidates = torch.zeros_like(sizes, dtype=torch.bool).scatter_(1, strongest, value=True)
    momentum, scale = torch.zeros_like(theta), torch.full_like(theta[:, :1], FLAT)
    for step in range(steps):
        pair = runs.pair(rounds[step % len(rounds)])
        momentum = MOMENTUM * momentum + (1 - MOMENTUM) * torch.where(candidates, _gradient(runs, pair, theta, step), 0)
        scale = torch.maximum(scale, (momentum.square().sum(1, keepdim=True) / n_candidates).sqrt())
        theta = theta - RATE * (momentum / scale).clamp(-CLIP, CLIP)
    order = theta.argsort(dim=1, descending=True, stable=True)
    return scores.sign() * torch.zeros_like(sizes).scatter(1, order, sizes.sort(1, descending=True).values)


def _gradient(runs: Runs, pair: Pair, theta: Tensor, step: int) -> Tensor:
    """dL/dtheta [b, n] of the circuits of this step's size."""
    place = (0.5 + GOLDEN * step) % 1
    size = int(theta.shape[1] * SMALLEST * (LARGEST / SMALLEST) ** place)
    threshold = theta.topk(size + 1, 1).values[:, -1:]
    soft = ((theta - threshold) / TEMPERATURE).sigmoid()
    mask = theta.new_zeros(len(theta), *runs.allowed.shape)
    mask[:, runs.allowed] = torch.where(soft < FAINT, 0, soft)
    run = runs.run_circuit(pair, mask, keep=True)
    gradient = mask_gradient(runs.weights, run, mask, _loss_back(runs, pair, run.final), runs.start)
    return gradient[:, runs.allowed] * soft * (1 - soft) / TEMPERATURE


def _loss_back(runs: Runs, pair: Pair, final: Tensor) -> Tensor:
    """Gradient of L at the residual stream [b, p, d] before unembedding, last position: [b, d]."""
    faithfulness = runs.faithfulness(pair, final)
    toward_f = -(1 - faithfulness).clamp(-HUBER, HUBER) / pair.effect
    clean = runs.clean_log_p.exp()
    whole = runs.divergence(pair.ablation.reads[-1]).clamp_min(1e-3)
    at_logits = (runs.logits(final).softmax(-1) - clean) / (2 * whole[:, None])
    at_normed = at_logits @ runs.weights.unembed + toward_f[:, None] * pair.direction
    last = final[:, -1]
    return norm_back(runs.weights.final_norm, last, last, at_normed)


def _score(runs: Runs, rounds: Rounds, effort: Effort) -> Tensor:
    return train(runs, SECANT.score_edges(runs, rounds, effort), rounds, effort.steps)


TRAINED = Method(
    "trained",
    "secant, then k steps of training each fact's own mask on its donors in turn",
    "1 + 2 r + 3 k",
    "this project",
    _score,
    ordered=CANDIDATES,
)
