"""What else than circuits could find a fact's relation: the size of its circuit, and the words of its prompt."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from graphdb.comparison.memberships import Floats, Ints, Memberships
from graphdb.comparison.profiles.profiles import Profiles
from graphdb.comparison.profiles.similarity import Block, set_jaccard

FARTHEST = 20.0
"""A difference of log(size) beyond every model's."""


@dataclass(frozen=True, slots=True)
class Controls:
    """Sizes and prompts of circuits, by their ids."""

    sizes: Mapping[str, int]
    """Names that a circuit holds: components, or edges."""
    prompts: Mapping[str, str]

    def size(self, queries: Profiles, gallery: Profiles) -> Callable[[Ints], Block]:
        """Return what compares circuits by their size alone, -1 to 1: 1 for an equal one."""
        mine, theirs = (np.log1p(self._sizes(each)) for each in (queries, gallery))
        return lambda rows: 1 - np.abs(mine[rows, None] - theirs) / FARTHEST

    def prompt(self, queries: Profiles, gallery: Profiles) -> Callable[[Ints], Block]:
        """Return what compares circuits by their prompts alone: Jaccard index of words, and of their number."""
        codes: dict[str, int] = {}
        texts = [self._words(each, codes) for each in (queries, gallery)]
        a, b = (_held(rows, len(codes)) for rows in texts)
        return set_jaccard(a, b)

    def _sizes(self, of: Profiles) -> Floats:
        return np.array([self.sizes[circuit] for circuit in of.corpus.circuits["circuit"]], dtype=np.float64)

    def _words(self, of: Profiles, codes: dict[str, int]) -> list[list[int]]:
        prompts = [self.prompts.get(circuit, "") for circuit in of.corpus.circuits["circuit"]]
        return [sorted({codes.setdefault(word, len(codes)) for word in words(prompt)}) for prompt in prompts]


def controls(corpora: list[Memberships], prompts: list[pd.DataFrame]) -> Controls:
    """Return the controls of corpora of components or edges, given answers of the query `circuit_prompts`."""
    sizes = {
        str(circuit): int(size)
        for corpus in corpora
        for circuit, size in zip(corpus.circuits["circuit"], corpus.sizes, strict=True)
    }
    texts = {
        str(circuit): str(prompt)
        for frame in prompts
        for circuit, prompt in zip(frame["circuit"], frame["clean_prompt"], strict=True)
    }
    return Controls(sizes, texts)


def words(prompt: str) -> set[str]:
    """Return the words of a prompt in small letters, and their number."""
    found = re.findall(r"\w+", prompt.lower())
    return {*found, f"{len(found)} words"}


def _held(rows: list[list[int]], width: int) -> csr_array:
    ends = np.cumsum([0, *map(len, rows)])
    return csr_array((np.ones(ends[-1]), np.concatenate([*rows, []]).astype(np.int64), ends), (len(rows), width))
