"""Folds of cases: a fit is judged by those that it has not seen."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.facts.names import fact_hash

Folds = NDArray[np.int64]
SUBJECT_FOLDS = 20


def by_relation(relations: Sequence[str] | NDArray[np.str_]) -> Folds:
    """Return a fold for each relation [n]."""
    return np.unique(relations, return_inverse=True)[1].ravel().astype(np.int64)


def by_subject(subjects: Sequence[str] | NDArray[np.str_]) -> Folds:
    """Return folds by a hash of the subject [n]: all facts of a subject are in one."""
    return np.array([fact_hash(subject) % SUBJECT_FOLDS for subject in subjects], np.int64)
