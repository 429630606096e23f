"""Edge scores of every fact in a batch, from one backward pass through a linearised model.

score[b, s, t] = sum over p of < clean write - corrupt write of source s, gradient of the metric at slot t >

so that a positive score helps the answer (method.md, section 3). Axes as in `ingest.model.forward`; t = slot, n = edge.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from ingest.compute.backward import Rules, slot_gradients
from ingest.compute.masked import blocks
from ingest.compute.prompt_runs import Pair, Rounds, Runs
from ingest.model.forward import Trace
from ingest.model.weights import Weights


def linear_scores(runs: Runs, pair: Pair, rules: Rules, a: Trace, b: Trace) -> Tensor:
    """Score every native edge for every fact [b, n], with every nonlinearity linearised between `a` and `b`."""
    matrix = edge_scores(runs.weights, rules, a, b, runs.difference(pair), pair.direction, runs.start)
    return matrix[:, runs.allowed]


def edge_scores(
    weights: Weights, rules: Rules, a: Trace, b: Trace, difference: Tensor, direction: Tensor, start: int
) -> Tensor:
    """Score every edge [b, s, t]; entries that are no edges mean nothing.

    `difference` [b, s, p, d] is what the sources write in the clean run less what they write in the corrupt
    one; `direction` [b, d] is the unembedding of the answer less that of the foil.
    """
    top = weights.topology
    scores = difference.new_zeros(len(difference), top.n_sources, top.n_slots)
    flat = difference.flatten(2)
    gradients = slot_gradients(weights, rules, a, b, direction, start)
    slots, gradient = next(gradients)
    scores[:, :, slots] = flat @ gradient.flatten(2).mT
    for layers, slots in reversed(list(blocks(top))):
        # The gradients of a block of layers are contracted at once: fewer passes over the sources' writes.
        at_slots = torch.cat([next(gradients)[1].flatten(2) for _ in range(2 * len(layers))][::-1], 1)
        n_read = int(top.n_read[slots.stop - 1])
        scores[:, :n_read, slots] = flat[:, :n_read] @ at_slots.mT
    return scores


def over_donors(runs: Runs, rounds: Rounds, pair_scores: Callable[[Runs, Pair], Tensor]) -> Tensor:
    """Average the scores over rounds of donors: [b, n].

    Sizes are averaged, each round's divided by its total, and the sign is the mean's: an edge that helps against
    one donor and hurts against another is important, not nothing. One round's scores stay as they are.
    """
    if len(rounds) == 1:
        return pair_scores(runs, runs.pair(rounds[0]))
    size, signed, total = 0.0, 0.0, 0.0
    for donors in rounds:
        scores = pair_scores(runs, runs.pair(donors))
        whole = scores.abs().sum(1, keepdim=True)
        size, signed, total = size + scores.abs() / whole, signed + scores, total + whole
    assert isinstance(size, Tensor)
    assert isinstance(signed, Tensor)
    return size * total / len(rounds) ** 2 * torch.where(signed < 0, -1, 1)
