"""What demonstrations change in a relation, as records: means over facts, each beside its baseline.

Axes: n = fact, h = head of the model.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from graphdb.conditions.demonstrations import Demonstration, DemonstrationHead, Labels
from graphdb.topology import BoolArray
from ingest.demonstrations.heads import Chosen
from ingest.demonstrations.measure import Measured
from ingest.measures.bootstrap import interval
from ingest.roles.decide import Q, called, q_values
from ingest.roles.metrics import Doubles
from ingest.roles.movers import comparable, mover_scores

FAR = 0.1
"""Attention above an even spread that makes a head a new one, as a share of the last position's: of its mean."""


@dataclass(frozen=True)
class Of:
    """What is asked, as all records of it say."""

    model_id: str
    relation_id: str
    wording: str
    shots: int
    fingerprint: str


@dataclass(frozen=True)
class Movers:
    """Mover scores of the facts that can be compared, each [n, h], in logits."""

    zero: Doubles
    zero_null: Doubles
    shown: Doubles
    """Behind demonstrations."""


class _Mean(NamedTuple):
    """The mean of a figure over facts, and the ends of its 95% interval."""

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Doubles) -> "_Mean":
        """The mean of values [n]."""
        return cls(float(values.mean()), *interval(values.astype(np.float32)))


def movers(zero: Measured, shown: Measured, objects: Sequence[int]) -> Movers | None:
    """Return the mover scores of the same facts without and with demonstrations; None where objects give none."""
    places = np.array([objects.index(fact.answer) for fact in zero.facts], dtype=np.int64)
    accepted = np.array([[token in fact.prompt.answers for token in objects] for fact in zero.facts], dtype=bool)
    kept = comparable(places, accepted)
    if kept.sum() < 2:
        return None
    own, null = mover_scores(zero.table[kept], places[kept], accepted[kept])
    return Movers(own, null, mover_scores(shown.table[kept], places[kept], accepted[kept])[0])


def summarise(
    of: Of, labels: Labels, zero: Measured, shown: Measured, moved: Movers | None, chosen: Chosen
) -> Demonstration:
    """Return what demonstrations change, from the same facts without and with them, at least two.

    The first of the cuts is that of the chosen heads, the others are random ones.
    """
    p_zero, gain_log = np.exp(zero.log_p), shown.log_p - zero.log_p
    probability, gain = _Mean.of(np.exp(shown.log_p)), _Mean.of(np.exp(shown.log_p) - p_zero)
    logs, drop = _Mean.of(gain_log), _Mean.of(shown.drops[:, 0])
    random = _Mean.of(shown.drops[:, 1:].mean(1))
    return Demonstration(
        **vars(of),
        labels=labels,
        n_facts=len(gain_log),
        probability=probability.mean,
        probability_low=probability.low,
        probability_high=probability.high,
        probability_zero=float(p_zero.mean()),
        gain=gain.mean,
        gain_low=gain.low,
        gain_high=gain.high,
        gain_log=logs.mean,
        gain_log_low=logs.low,
        gain_log_high=logs.high,
        first=float(shown.first.mean()),
        first_zero=float(zero.first.mean()),
        movers_r=correlation(moved.zero.mean(0), moved.shown.mean(0)) if moved else None,
        movers_r_halves=correlation(moved.zero[::2].mean(0), moved.zero[1::2].mean(0)) if moved else None,
        heads=chosen.heads,
        chosen_on=chosen.relations,
        drop=drop.mean,
        drop_low=drop.low,
        drop_high=drop.high,
        random=random.mean,
        random_low=random.low,
        random_high=random.high,
        drop_share=drop.mean / logs.mean if logs.low > 0 else None,
    )


def correlation(one: Doubles, other: Doubles) -> float | None:
    """Return Pearson's r over heads; None where a side is the same for all."""
    if one.std() == 0 or other.std() == 0:
        return None
    return float(np.corrcoef(one, other)[0, 1])


def head_records(
    of: Of, heads: Sequence[str], own: Measured, shuffled: Measured | None, moved: Movers | None
) -> tuple[DemonstrationHead, ...]:
    """Return what every head does with demonstrations of their own labels, in the order of layers and heads."""
    q, new = q_values(own.attention, own.even), new_heads(own, moved)
    return tuple(
        DemonstrationHead(
            **vars(of),
            component=name,
            n_facts=len(own.facts),
            attention=float(own.attention[:, head].mean()),
            attention_null=float(own.even[:, head].mean()),
            attention_shuffled=float(shuffled.attention[:, head].mean()) if shuffled else None,
            attention_q=None if q is None else float(q[head]),
            mover=float(moved.shown[:, head].mean()) if moved else None,
            mover_zero=float(moved.zero[:, head].mean()) if moved else None,
            is_new=bool(new[head]),
        )
        for head, name in enumerate(heads)
    )


def new_heads(own: Measured, moved: Movers | None) -> BoolArray:
    """Whether each head attends to the answers far above an even spread, and moves nothing without them [h].

    Both are tests over facts; where one of them cannot be made, no head is new.
    """
    q, moving = q_values(own.attention, own.even), q_values(moved.zero, moved.zero_null) if moved else None
    if q is None or moving is None or moved is None:
        return np.zeros(own.attention.shape[1], dtype=bool)
    attends = (q <= Q) & ((own.attention - own.even).mean(0) >= FAR)
    return attends & ~called(moved.zero, moving)
