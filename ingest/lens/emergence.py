"""When an object comes first among the objects of its relation, and which block raises it most.

`object` [n] and `others` [n, o] are logits of a fact's object and of the relation's other objects after each block.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def among(object: Array, others: Array) -> tuple[NDArray[np.int64], Array]:  # noqa: A002
    """Return the rank [n], 1 = best, and the probability [n] of the object among the relation's objects alone.

    Ties count for the object in the rank, as everywhere.
    """
    every = np.concatenate((object[:, None], others), 1)
    return (others > object[:, None]).sum(1) + 1, np.exp(object - np.logaddexp.reduce(every, axis=1))


def emergence(blocks: Sequence[str], object: Array, others: Array) -> str:  # noqa: A002
    """Return the block from which on the object is ahead of every other object up to the end.

    A tie is not ahead. Empty: it is not ahead at the end, or there is no other object.
    """
    ahead: NDArray[np.bool_] = np.all(object[:, None] > others, axis=1)
    if not others.shape[1] or not ahead[-1]:
        return ""
    behind = np.flatnonzero(~ahead)
    return blocks[behind[-1] + 1 if len(behind) else 0]


def largest_rise(blocks: Sequence[str], object: Array, others: Array) -> str:  # noqa: A002
    """Return the block after which the object's lead over the mean of the others has grown most, the first of equals.

    The embedding has nothing before it and is not counted. Empty: no block raises it, or there is no other object.
    """
    if not others.shape[1]:
        return ""
    rises = np.diff(object - others.mean(1))
    best = int(rises.argmax())
    return blocks[best + 1] if rises[best] > 0 else ""
