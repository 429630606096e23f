"""Degree-preserving permutations of a corpus: every circuit keeps its size, every name its popularity.

The global curveball chain (Carstens, Berger and Strona 2018): all circuits meet in random pairs, and each pair deals
out anew, at random, the names that only one of the two holds. Its stationary distribution is uniform over all
matrices with these margins.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

MIXING = 12
"""Rounds from the observed matrix to the first draw; every name has met many circuits by then."""
THINNING = 3
"""Rounds between two draws."""

Bools = NDArray[np.bool_]


def permutations(held: Bools, count: int, seed: int) -> Iterator[Bools]:
    """Yield `count` matrices [circuit, name] with the margins of `held`; the same array is filled each time."""
    draw = np.random.default_rng(seed)
    state = held.copy()
    for number in range(count):
        for _ in range(THINNING if number else MIXING):
            _trade(state, draw)
        yield state


def _trade(state: Bools, draw: np.random.Generator) -> None:
    """Let all circuits meet in pairs once."""
    order = draw.permutation(len(state))
    half = len(state) // 2
    first, second = order[:half], order[half : 2 * half]
    a, b = state[first], state[second]
    differ = a ^ b
    n_first = (a & differ).sum(axis=1)
    keys = np.where(differ, draw.random(differ.shape, dtype=np.float32), np.float32(2))
    places = np.argsort(keys, axis=1)
    given = np.zeros_like(differ)
    np.put_along_axis(given, places, np.arange(differ.shape[1]) < n_first[:, None], axis=1)
    state[first] = (a & ~differ) | given
    state[second] = (b & ~differ) | (differ & ~given)
