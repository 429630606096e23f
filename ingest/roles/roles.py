"""Roles of every head in one relation and wording: scores from one run of its facts, and what follows from them.

Axes: n = fact, h = head of the model, o = token of the relation's objects, G = group of positions, k = null.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch

from graphdb.role_records import GROUPS, FactRole, HeadRole, RoleKind
from graphdb.topology import Topology
from ingest.model import LanguageModel
from ingest.model.weights import Weights
from ingest.roles.attribution import attention_shares, direct_attribution
from ingest.roles.decide import decide, fact_kind
from ingest.roles.facts import RelationFacts, RoleFact
from ingest.roles.last_position import LastPosition, run_all
from ingest.roles.metrics import Doubles, Metrics, metrics
from ingest.roles.movers import comparable, mover_scores
from ingest.roles.positions import SUBJECTS, TEMPLATE
from ingest.roles.relation_heads import linearised_knockouts


@dataclass(frozen=True)
class Scores:
    """What the heads of a model do for each fact of a relation, in logits."""

    model_id: str
    relation: RelationFacts
    """With the facts that were measured only, in the order of n."""
    heads: tuple[str, ...]
    """Names of the model's heads, in the order of h."""
    not_finite: tuple[str, ...]
    """Facts left out: not all of their figures are numbers."""
    not_comparable: tuple[str, ...]
    """Facts left out: the relation's other facts do not say what their score would be without a mover."""
    table: Doubles  # [n, h, o] direct logit attribution of each object through the subject
    attention: Doubles  # [n, h, G]
    direct: Doubles
    """[n, h, G] direct logit attribution of the object less that of the relation's other objects."""
    relation_scores: Doubles  # [n, h]
    relation_nulls: Doubles  # [k, n, h]

    @cached_property
    def metrics(self) -> Metrics:
        """The metrics that the facts were measured by."""
        return metrics(self.relation)

    @cached_property
    def movers(self) -> tuple[Doubles, Doubles]:
        """Mover scores and their nulls, each [n, h]."""
        return mover_scores(self.table, self.metrics.answers, self.metrics.accepted)

    def take(self, rows: list[int]) -> "Scores":
        """Return the scores of some facts; of these, those that can still be compared."""
        some = metrics(replace(self.relation, facts=tuple(self.relation.facts[row] for row in rows)))
        kept = [row for row, good in zip(rows, comparable(some.answers, some.accepted), strict=True) if good]
        relation = replace(self.relation, facts=tuple(self.relation.facts[row] for row in kept))
        arrays = {name: getattr(self, name)[kept] for name in ("table", "attention", "direct", "relation_scores")}
        return replace(self, relation=relation, relation_nulls=self.relation_nulls[:, kept], **arrays)


def score_heads(model: LanguageModel, relation: RelationFacts, runs: Sequence[LastPosition] | None = None) -> Scores:
    """Score every head for each fact of a relation, from `run_all` of them; without `runs` they are run here.

    A backward pass of each fact's last position for the relation and each null. Raises UserError where no other
    relations tell this one apart.
    """
    every = metrics(relation)
    good = comparable(every.answers, every.accepted) & (every.object < 0).any(1)
    facts = [fact for fact, each in zip(relation.facts, good, strict=True) if each]
    comparing = {fact.prompt.fact_id for fact in facts}
    names = tuple(part.name for part in model.weights.topology.components if part.kind == "head")
    kept, parts = list[RoleFact](), [_empty(model.weights.topology, every)]
    for last in run_all(model.weights, facts) if runs is None else runs:
        found = _score_batch(model.weights, replace(relation, facts=last.facts), last)
        finite = np.logical_and.reduce([np.isfinite(each).reshape(len(last.facts), -1).all(1) for each in found])
        finite &= [fact.prompt.fact_id in comparing for fact in last.facts]
        kept += [fact for fact, each in zip(last.facts, finite, strict=True) if each]
        parts.append(tuple(each[finite] for each in found))
    table, attention, direct, knockouts = (np.concatenate(each) for each in zip(*parts, strict=True))
    measured = {fact.prompt.fact_id for fact in kept}
    scores = Scores(
        model.record.id,
        replace(relation, facts=tuple(kept)),
        names,
        tuple(fact.prompt.fact_id for fact in facts if fact.prompt.fact_id not in measured),
        tuple(fact.prompt.fact_id for fact, each in zip(relation.facts, good, strict=True) if not each),
        table,
        attention,
        direct,
        knockouts[:, 0],
        np.moveaxis(knockouts[:, 1:], 1, 0),
    )
    return scores.take(list(range(len(kept)))) if scores.not_finite else scores


def _empty(top: Topology, of: Metrics) -> tuple[Doubles, ...]:
    """Arrays as `_score_batch` gives them, of no facts."""
    heads = top.n_layers * top.n_heads
    shapes = ((heads, of.n_own), (heads, len(GROUPS)), (heads, len(GROUPS)), (1 + len(of.nulls), heads))
    return tuple(np.empty((0, *shape)) for shape in shapes)


def _score_batch(weights: Weights, relation: RelationFacts, last: LastPosition) -> tuple[Doubles, ...]:
    """Table [b, h, o], attention [b, h, G], direct [b, h, G] and R of the relation and its nulls [b, 1 + k, h]."""
    asked, like = metrics(relation), weights.embed
    tokens = torch.tensor(asked.tokens, device=like.device)
    heads = direct_attribution(weights, last, tokens[: asked.n_own]).heads.flatten(1, 2)
    direct = torch.einsum("bhGo,bo->bhG", heads, torch.tensor(asked.object[:, : asked.n_own]).to(like))
    every = torch.tensor(np.stack((asked.relation, *asked.nulls))).to(like)
    knockouts = linearised_knockouts(weights, last, TEMPLATE, every @ weights.unembed[tokens])
    found = (
        heads[:, :, SUBJECTS],
        attention_shares(last).flatten(1, 2),
        direct,
        knockouts.flatten(2).transpose(0, 1),
    )
    return tuple(each.double().cpu().numpy() for each in found)


def roles(scores: Scores) -> tuple[HeadRole, ...]:
    """Return the role of every head, in the order of layers and heads; nothing where no fact was measured."""
    if not scores.relation.facts:
        return ()
    (mover, mover_null), relation_null = scores.movers, scores.relation_nulls.mean(0)
    decision = decide(mover, mover_null, scores.relation_scores, relation_null)
    return tuple(
        HeadRole(
            model_id=scores.model_id,
            relation_id=scores.relation.relation_id,
            wording=scores.relation.wording,
            component=name,
            role=role,
            n_facts=len(scores.relation.facts),
            mover=float(mover[:, head].mean()),
            mover_null=float(mover_null[:, head].mean().round(9)) + 0.0,
            mover_q=None if decision.mover_q is None else float(decision.mover_q[head]),
            relation=float(scores.relation_scores[:, head].mean()),
            relation_null=float(relation_null[:, head].mean()),
            relation_q=None if decision.relation_q is None else float(decision.relation_q[head]),
            attention=tuple(scores.attention[:, head].mean(0).tolist()),
            direct=tuple(scores.direct[:, head].mean(0).tolist()),
            facts=_fact_roles(scores, role, head),
        )
        for head, (name, role) in enumerate(zip(scores.heads, decision.roles, strict=True))
    )


def _fact_roles(scores: Scores, role: RoleKind, head: int) -> tuple[FactRole, ...]:
    """The facts for which a head of this role has it, ascending by id."""
    if role is RoleKind.NONE:
        return ()
    rows = zip(
        (fact.prompt.fact_id for fact in scores.relation.facts),
        scores.movers[0][:, head].tolist(),
        scores.relation_scores[:, head].tolist(),
        strict=True,
    )
    found = [
        FactRole(fact_id=fact, role=fact_kind(role, mover, relation), mover=mover, relation=relation)
        for fact, mover, relation in sorted(rows)
    ]
    return tuple(each for each in found if each.role is not RoleKind.NONE)
