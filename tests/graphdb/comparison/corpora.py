"""Corpora whose truth is known: circuits drawn by the popularity of components, with planted modules or none."""

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.special import expit

from graphdb.comparison.memberships import Floats, Level, Memberships


def corpus(held: np.ndarray, relation: np.ndarray, scores: Floats | None = None) -> Memberships:
    """A corpus of these circuits [circuit, name], each of the relation `r<number>` [circuit]."""
    facts = [f"r{number}/{row}" for row, number in enumerate(relation)]
    circuits = pd.DataFrame({
        "circuit": [f"toy|{fact}|secant" for fact in facts],
        "fact": facts,
        "subject": [str(row) for row in range(len(facts))],
        "relation": [f"r{number}" for number in relation],
        "model": "toy",
        "method": "secant",
    })  # fmt: skip
    names = tuple(f"a{number // 9}.h{number % 9}" for number in range(held.shape[1]))
    values = np.ones(held.shape) if scores is None else scores
    rows, columns = np.nonzero(held)
    ends = np.concatenate([[0], np.cumsum(held.sum(axis=1))])
    return Memberships(circuits, names, csr_array((values[rows, columns], columns, ends), held.shape), Level.COMPONENT)


def popular(draw: np.random.Generator, n_circuits: int, n_names: int) -> np.ndarray:
    """Circuits of different sizes, from names of very different popularity, independent of each other."""
    sizes, names = draw.normal(0, 0.5, n_circuits), draw.normal(-1.5, 1.5, n_names)
    return draw.random((n_circuits, n_names)) < expit(sizes[:, None] + names)


def modules(draw: np.random.Generator, relations: int, facts: int, n_names: int, shared: int) -> Memberships:
    """Relations whose circuits hold, beside names by popularity, a module of their own of a seventh of the names.

    The first `shared` relations have one module in common; the others' modules are drawn at random.
    """
    relation = np.repeat(np.arange(relations), facts)
    held, size = popular(draw, len(relation), n_names), n_names // 7
    common = draw.choice(n_names, size, replace=False)
    for number in range(relations):
        module = common if number < shared else draw.choice(n_names, size, replace=False)
        rows = np.flatnonzero(relation == number)
        held[np.ix_(rows, module)] |= draw.random((facts, size)) < 0.9
    return corpus(held, relation)


def log_normal(
    draw: np.random.Generator,
    relations: int,
    facts: int,
    n_names: int,
    shared: int = 0,
    layers: float = 0,
    size: float = 0,
) -> Memberships:
    """Relations whose circuits give names scores of log-normal sizes, the popular ones most, and hold the largest.

    Each relation has its own deviations and a seventh of the names twelve times as strong, the first `shared` ones the
    same seventh. `layers`: by how much all names of a layer rise and fall together, in each fact; `size`: how much
    relations differ in the size of their circuits.
    """
    relation = np.repeat(np.arange(relations), facts)
    of_names, of_layers = draw.normal(0, 1, n_names), np.arange(n_names) * 13 // n_names
    log = of_names + draw.normal(0, 0.6, (relations, n_names))[relation] + draw.normal(0, 1, (len(relation), n_names))
    log += draw.normal(0, layers, (len(relation), 13))[:, of_layers]
    log += draw.normal(0, layers / 2, (relations, 13))[relation][:, of_layers]
    common = draw.choice(n_names, n_names // 7, replace=False)
    for number in range(relations):
        module = common if number < shared else draw.choice(n_names, n_names // 7, replace=False)
        log[np.ix_(relation == number, module)] += 2.5
    least = draw.normal(0, size, relations)[relation] + draw.normal(0, 0.7, len(relation))
    return corpus(log > least[:, None], relation, np.exp(log))
