"""Movers: heads that write a fact's object from its subject's positions, more than any object and than for any fact.

K[f, o] is the direct logit attribution of object o through the subject of fact f. A head may raise all objects for one
subject, or one object for all subjects; row and column effects, fitted on cells of a fact and an object that is not
its own, take both out. The mover score M(f) is what is left of the fact's own cell.

Axes: n = fact, h = any heads, o = token of the relation's objects.
"""

import numpy as np
from numpy.typing import NDArray

from graphdb.topology import BoolArray
from ingest.roles.metrics import Doubles


def mover_scores(table: Doubles, answers: NDArray[np.int64], accepted: BoolArray) -> tuple[Doubles, Doubles]:
    """Return the residual of each fact's own cell and the mean residual of its other cells, each [n, h], in logits.

    `table` [n, h, o] is K, `answers` [n] the place of each fact's object, `accepted` [n, o] which objects are its own.
    An object counts once for each fact that has it. The other cells' mean is 0 up to rounding: their fit sees to that,
    while the own cell is not in the fit. All facts have to be `comparable`.
    """
    weights = _weights(answers, accepted)
    n = len(answers)
    sums = np.concatenate((np.einsum("nho,no->nh", table, weights), np.einsum("nho,no->oh", table, weights)))
    effects = np.linalg.pinv(_normal_matrix(weights), hermitian=True) @ sums
    rows, columns = effects[:n], effects[n:]
    own = table[np.arange(n), :, answers] - rows - columns[answers]
    others = (sums[:n] - weights.sum(1, keepdims=True) * rows - weights @ columns) / weights.sum(1, keepdims=True)
    return own, others


def comparable(answers: NDArray[np.int64], accepted: BoolArray) -> BoolArray:
    """Whether the other cells say what a fact's own cell would be without a mover [n].

    They do not where all facts have one object, or two between them: then nothing tells a fact's effect from its
    object's. Facts are left out until the rest can be compared.
    """
    kept = np.ones(len(answers), dtype=bool)
    while kept.any():
        good = _estimable(answers[kept], accepted[kept])
        if good.all():
            break
        kept[kept] = good
    return kept


def _weights(answers: NDArray[np.int64], accepted: BoolArray) -> Doubles:
    """How often a cell counts [n, o]: as many facts have its object; of a fact's own objects, never."""
    return np.bincount(answers, minlength=accepted.shape[1]) * (~accepted).astype(np.float64)


def _normal_matrix(weights: Doubles) -> Doubles:
    """Of the least squares of row and column effects [n + o, n + o]."""
    return np.block([[np.diag(weights.sum(1)), weights], [weights.T, np.diag(weights.sum(0))]])


def _estimable(answers: NDArray[np.int64], accepted: BoolArray) -> BoolArray:
    """Whether the sum of a fact's row effect and its object's column effect follows from the other cells [n]."""
    n = len(answers)
    matrix = _normal_matrix(_weights(answers, accepted))
    own = np.eye(len(matrix))[:n] + np.eye(len(matrix))[n + answers]
    seen = own @ (np.linalg.pinv(matrix, hermitian=True) @ matrix)
    return np.abs(seen - own).max(1) < 1e-6
