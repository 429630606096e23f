"""What heads with a role cause: their attention is cut on facts that did not choose them, beside random heads'.

Axes: n = fact, l = layer, h = head.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from graphdb.components import parse
from graphdb.role_records import RoleCheck, RoleKind
from graphdb.topology import Topology
from ingest.facts.names import fact_hash
from ingest.measures.bootstrap import interval
from ingest.model import LanguageModel
from ingest.model.forward import normalise
from ingest.model.weights import Weights
from ingest.roles.decide import FLOOR
from ingest.roles.facts import batches
from ingest.roles.knockout import knock_out
from ingest.roles.last_position import run_last
from ingest.roles.metrics import Doubles, metrics
from ingest.roles.positions import SUBJECTS, TEMPLATE
from ingest.roles.roles import Scores

MOST_HEADS = 5
"""Heads that are cut, at most."""
DRAWS = 5
"""Random sets of heads."""


@dataclass(frozen=True)
class Drops:
    """What cutting heads costs each fact [n], in logits."""

    chosen: Doubles
    random: Doubles
    """Mean over the random sets."""
    every: Doubles


def check_roles(model: LanguageModel, scores: Scores) -> tuple[RoleCheck, ...]:
    """Cut the strongest movers from the subject and the strongest relation heads from the template.

    Every second fact by hash chooses the heads, by their mean score above its null, of at least the floor of a role;
    they are cut on the others. Nothing for a role that no head has, or where a half has fewer than two facts.
    """
    order = sorted(
        range(len(scores.relation.facts)), key=lambda row: fact_hash(scores.relation.facts[row].prompt.fact_id)
    )
    choosing, cutting = scores.take(order[::2]), sorted(order[1::2])
    found = list[RoleCheck]()
    for role in (RoleKind.MOVER, RoleKind.RELATION):
        chosen = strongest(choosing, role)
        if chosen and len(cutting) > 1:
            found.append(_check(model, scores, role, chosen, len(choosing.relation.facts), cutting))
    return tuple(found)


def strongest(scores: Scores, role: RoleKind, most: int = MOST_HEADS) -> tuple[str, ...]:
    """Return the heads with the largest mean score above its null, the strongest first; each reaches the floor."""
    if len(scores.relation.facts) < 2:
        return ()
    own, null = scores.movers if role is RoleKind.MOVER else (scores.relation_scores, scores.relation_nulls.mean(0))
    over, reaches = (own - null).mean(0), own.mean(0) >= FLOOR
    best = [head for head in np.argsort(-over, kind="stable")[:most] if reaches[head] and over[head] > 0]
    return tuple(scores.heads[head] for head in best)


def _check(
    model: LanguageModel, scores: Scores, role: RoleKind, chosen: tuple[str, ...], n_chosen: int, rows: Sequence[int]
) -> RoleCheck:
    drops = measure_drops(model.weights, scores, role, chosen, rows)
    low, high = interval(drops.chosen.astype(np.float32))
    random_low, random_high = interval(drops.random.astype(np.float32))
    return RoleCheck(
        model_id=scores.model_id,
        relation_id=scores.relation.relation_id,
        wording=scores.relation.wording,
        role=role,
        heads=chosen,
        facts_chosen=n_chosen,
        facts_cut=len(rows),
        drop=float(drops.chosen.mean()),
        drop_low=low,
        drop_high=high,
        random=float(drops.random.mean()),
        random_low=random_low,
        random_high=random_high,
        every=float(drops.every.mean()),
    )


def measure_drops(
    weights: Weights, scores: Scores, role: RoleKind, chosen: Sequence[str], rows: Sequence[int]
) -> Drops:
    """Cut heads on the facts of these rows: movers from the subject, relation heads from the template."""
    group = SUBJECTS if role is RoleKind.MOVER else TEMPLATE
    masks = [mask(weights.topology, heads) for heads in (chosen, *random_heads(scores.heads, chosen), scores.heads)]
    found = list[Doubles]()
    for batch in batches([scores.relation.facts[row] for row in rows]):
        asked, last = metrics(replace(scores.relation, facts=tuple(batch))), run_last(weights, batch)
        tokens = torch.tensor(asked.tokens, device=weights.embed.device)
        metric = torch.tensor(asked.object if role is RoleKind.MOVER else asked.relation).to(weights.embed)
        clean = read(weights, last.trace.final, tokens, metric)
        cuts = [clean - read(weights, knock_out(weights, last, heads, group), tokens, metric) for heads in masks]
        found.append(torch.stack(cuts).double().cpu().numpy())
    drops = np.concatenate(found, 1)
    return Drops(drops[0], drops[1:-1].mean(0), drops[-1])


def mask(top: Topology, heads: Collection[str]) -> Tensor:
    """Return which heads of a model are among `heads` [l, h]."""
    names = [[f"a{layer}.h{head}" in heads for head in range(top.n_heads)] for layer in range(top.n_layers)]
    return torch.tensor(names)


def read(weights: Weights, final: Tensor, tokens: Tensor, metric: Tensor) -> Tensor:
    """Value of a metric [b], `metric` [b, v] on the logits of `tokens` [v], from the residual stream [b, 1, d]."""
    return (normalise(weights.final_norm, final[:, -1]) @ weights.unembed[tokens].T * metric).sum(-1)


def random_heads(every: Sequence[str], chosen: Sequence[str]) -> list[tuple[str, ...]]:
    """Return `DRAWS` sets with a random head in place of each that was chosen: of its layer, or of the nearest."""
    rng, drawn = np.random.default_rng(0), list[tuple[str, ...]]()
    for _ in range(DRAWS):
        left = [name for name in map(every.__getitem__, rng.permutation(len(every)).tolist()) if name not in chosen]
        some = list[str]()
        for head in chosen[: len(left)]:
            distance = {other: abs(_layer(other) - _layer(head)) for other in left}
            some.append(min(left, key=distance.__getitem__))
            left.remove(some[-1])
        drawn.append(tuple(some))
    return drawn


def _layer(head: str) -> int:
    layer = parse(head).layer
    assert layer is not None, head
    return layer
