"""A map of circuits: in two dimensions, those of like profiles lie near each other."""

from typing import Any, cast

import numpy as np
import pandas as pd
from scipy.sparse.linalg import LinearOperator, svds

from graphdb.comparison.memberships import Floats, Memberships
from graphdb.comparison.profiles.profiles import Profiles, profiles

MAP_COLUMNS = {
    "circuit": "circuit id",
    "fact": "its fact",
    "subject": "the fact's subject",
    "relation": "its relation",
    "x": "place along the direction in which profiles differ most",
    "y": "place along the next one",
}
"""Columns of `fact_map`."""
DENSE = 4
"""Circuits or names up to which a sparse decomposition is none."""


def fact_map(corpus: Memberships) -> tuple[pd.DataFrame, tuple[float, float]]:
    """Return the place of each circuit with a profile, `MAP_COLUMNS`, and which share of all differences x and y show.

    Classical scaling (Torgerson 1952) of the distances between profiles: the first two principal components of their
    deviations from the centre. What lies near in two dimensions need not be near in all.
    """
    found = profiles(corpus)
    places, shares = _places(found)
    circuits = found.corpus.circuits.reset_index(drop=True)
    return circuits.assign(x=places[:, 0], y=places[:, 1])[list(MAP_COLUMNS)], shares


def _places(found: Profiles) -> tuple[Floats, tuple[float, float]]:
    n_rows, n_names = cast(tuple[int, int], found.roots.shape)
    total = float(np.nansum(found.norms**2))
    if min(n_rows, n_names) <= DENSE:
        u, s, vt = np.linalg.svd(found.roots.toarray() - found.centre, full_matrices=False)
    else:
        u, s, vt = cast(tuple[Floats, Floats, Floats], svds(_centred(found), k=2, v0=np.ones(min(n_rows, n_names))))
        u, s, vt = u[:, ::-1], s[::-1], vt[::-1]
    places = np.zeros((n_rows, 2))
    n = min(2, len(s))
    turn = np.sign(vt[np.arange(n), np.abs(vt[:n]).argmax(1)]) if n_names else np.ones(n)  # no sign is the right one
    places[:, :n] = u[:, :n] * s[:n] * turn
    x, y = (float((places[:, axis] ** 2).sum() / total) if total else 0.0 for axis in (0, 1))
    return places, (x, y)


def _centred(found: Profiles) -> LinearOperator:
    """Deviations from the centre [circuit, name], which are not sparse, as products with what is."""
    roots, centre = found.roots, found.centre
    operator: Any = LinearOperator  # its stub knows no functions
    return operator(
        roots.shape,
        matvec=lambda v: roots @ v.ravel() - centre @ v.ravel(),
        rmatvec=lambda u: roots.T @ u.ravel() - centre * u.sum(),
        dtype=np.float64,
    )
