"""One run of a fact, read at the last position: its object against its rival, and the relation's objects.

Axes: b = fact of a batch, n = block, c = component, h = head of the model, v = some tokens, o = token of the relation's
objects, s = set of heads.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from graphdb.topology import Topology
from ingest.lens.blocks import block_names, last_streams
from ingest.lens.closed import closed_logits
from ingest.lens.emergence import emergence
from ingest.model.forward import last_logits, token_ranks
from ingest.model.weights import Weights
from ingest.roles.attribution import Parts, direct_attribution
from ingest.roles.facts import RoleFact
from ingest.roles.last_position import run_last
from ingest.roles.metrics import Doubles
from ingest.roles.positions import SUBJECTS


@dataclass(frozen=True, slots=True)
class Reading:
    """What one run says of a fact."""

    fact: RoleFact
    rival: int
    """The likeliest token that is not accepted."""
    rank: int
    """Of the fact's answer, 1 = best."""
    margin: float
    """Logit of the answer less that of the rival."""
    probability: float
    probability_rival: float
    entropy: float
    """Of the next token, nats."""
    turn: str
    """Block from which on the one that wins stays ahead of the other."""
    parts: Doubles
    """[c] direct logit attribution, answer less rival, in the order of `components`; they add up to the margin."""
    objects: Doubles
    """[o] logits of the relation's objects."""
    table: Doubles
    """[s, o] direct logit attribution of the relation's objects through the subject, by sets of heads."""


def components(top: Topology) -> tuple[str, ...]:
    """Names of what writes to the residual stream: the embedding, all heads, all MLPs."""
    return ("embed", *(part.name for kind in ("head", "mlp") for part in top.components if part.kind == kind))


@torch.no_grad()
def read(weights: Weights, facts: Sequence[RoleFact], objects: Sequence[int], sets: Tensor) -> Iterator[Reading]:
    """Yield readings of facts whose prompts have one length; none of a fact whose run is not finite.

    `objects` [o] are the relation's, `sets` [s, h] say which heads belong to each set. 1 F a fact, and what the
    attribution of some tokens costs.
    """
    last, device = run_last(weights, facts), weights.embed.device
    logits = last_logits(weights, last.trace.final).double()
    answers = torch.tensor([fact.answer for fact in facts], device=device)
    rivals = _rivals(logits, facts)
    needed = list(dict.fromkeys((*objects, *answers.tolist(), *rivals.tolist())))
    place, tokens = {token: column for column, token in enumerate(needed)}, torch.tensor(needed, device=device)
    split = direct_attribution(weights, last, tokens)
    every, closed = _every_part(split), closed_logits(weights, last_streams(last.trace), tokens)
    through = torch.einsum("bho,sh->bso", split.heads.flatten(1, 2)[:, :, SUBJECTS, : len(objects)], sets.to(every))
    log_p, ranks = logits.log_softmax(-1), token_ranks(logits, answers)
    names = block_names(weights.topology)
    for row, fact in enumerate(facts):
        if not logits[row].isfinite().all():
            continue
        own, other = fact.answer, int(rivals[row])
        ahead = closed[row].double().cpu().numpy()[:, [place[own], place[other]]]
        ahead = ahead if ranks[row] == 1 else ahead[:, ::-1]
        yield Reading(
            fact,
            other,
            int(ranks[row]),
            float(logits[row, own] - logits[row, other]),
            float(log_p[row, own].exp()),
            float(log_p[row, other].exp()),
            float(-(log_p[row].exp() * log_p[row]).sum()),
            emergence(names, ahead[:, 0], ahead[:, 1:]),
            (every[row, :, place[own]] - every[row, :, place[other]]).double().cpu().numpy(),
            logits[row, tokens[: len(objects)]].cpu().numpy(),
            through[row].double().cpu().numpy(),
        )


def _rivals(logits: Tensor, facts: Sequence[RoleFact]) -> Tensor:
    """The likeliest token that is not accepted [b]."""
    others = logits.clone()
    for row, fact in enumerate(facts):
        others[row, list(fact.prompt.answers)] = -torch.inf
    return others.argmax(-1)


def _every_part(split: Parts) -> Tensor:
    """What every component adds [b, c, v]; biases, which belong to no head, count with the embedding."""
    embed = split.embed + split.biases.sum(1) + split.norm_bias
    return torch.cat((embed[:, None], split.heads.sum(3).flatten(1, 2), split.mlps), 1)
