"""Which roles heads have in a relation: tests over facts, corrected over heads, and a floor.

Axes: n = fact, h = head of the model.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from graphdb.role_records import RoleKind
from graphdb.topology import BoolArray
from ingest.roles.metrics import Doubles

LEAST_FACTS = 12
"""Facts below which no head is given a role."""
Q = 0.05
"""False discovery rate over the heads of a model, in one relation."""
FLOOR = 0.1
"""Smallest score of a role, in logits: of a head's mean, and of a fact's own."""


@dataclass(frozen=True)
class Decision:
    """What the heads are in a relation."""

    roles: Sequence[RoleKind]  # [h]
    mover_q: Doubles | None
    """[h] None: too few facts to test."""
    relation_q: Doubles | None


def decide(mover: Doubles, mover_null: Doubles, relation: Doubles, relation_null: Doubles) -> Decision:
    """Give each head its role from its scores and their nulls, each [n, h]."""
    mover_q, relation_q = q_values(mover, mover_null), q_values(relation, relation_null)
    moves, relates = called(mover, mover_q), called(relation, relation_q)
    return Decision([kind(*each) for each in zip(moves, relates, strict=True)], mover_q, relation_q)


def q_values(scores: Doubles, nulls: Doubles) -> Doubles | None:
    """Return q [h] of heads whose scores [n, h] are above their nulls, or None for fewer than `LEAST_FACTS` facts.

    Paired one-sided t-tests over facts, with the false discovery rate of Benjamini and Hochberg (1995) over heads.
    """
    if len(scores) < LEAST_FACTS:
        return None
    over = scores - nulls
    mean, error = over.mean(0), over.std(0, ddof=1) / np.sqrt(len(over))
    t = np.divide(mean, error, out=np.where(mean > 0, np.inf, -np.inf), where=error > 0)
    return stats.false_discovery_control(stats.t.sf(t, len(over) - 1), method="bh")


def called(scores: Doubles, q: Doubles | None) -> BoolArray:
    """Whether heads pass the test and the floor [h]."""
    if q is None:
        return np.zeros(scores.shape[1], dtype=bool)
    return (q <= Q) & (scores.mean(0) >= FLOOR)


def kind(moves: bool | np.bool_, relates: bool | np.bool_) -> RoleKind:
    """Name the role of what is a mover, a relation head, both or neither."""
    if moves:
        return RoleKind.MIXTURE if relates else RoleKind.MOVER
    return RoleKind.RELATION if relates else RoleKind.NONE


def fact_kind(role: RoleKind, mover: float, relation: float) -> RoleKind:
    """Name what a head of this role is for one fact: what the fact's own scores reach the floor of, too."""
    moves, relates = role.is_of(RoleKind.MOVER), role.is_of(RoleKind.RELATION)
    return kind(moves and mover >= FLOOR, relates and relation >= FLOOR)
