"""Score files: the full edge scores of a circuit beside the store, so that it can be re-thresholded later."""

import hashlib
import os
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from graphdb.errors import UserError

Scores = NDArray[np.float16]


def artifact_name(circuit_id: str) -> str:
    """Return the name of a circuit's score file: it follows from the id, so a circuit found again replaces it."""
    return hashlib.sha256(circuit_id.encode()).hexdigest()[:32] + ".npy"


def save_scores(folder: Path, circuit_id: str, scores: Scores) -> str:
    """Write the scores [n_edges] of a circuit, whole or not at all, and return the file's name."""
    name = artifact_name(circuit_id)
    folder.mkdir(parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=folder, prefix=".")
    try:
        with os.fdopen(descriptor, "wb") as file:
            np.save(file, scores.astype(np.float16, copy=False))
        Path(draft).replace(folder / name)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    return name


def load_scores(folder: Path, artifact: str) -> Scores:
    """Read the scores [n_edges] that `Circuit.artifact` names; UserError where the file is gone or spoilt."""
    path = folder / artifact
    try:
        return np.load(path, allow_pickle=False)
    except FileNotFoundError:
        raise UserError(f"the scores {path} are not there: ingest the fact again on this machine") from None
    except (ValueError, EOFError) as error:
        raise UserError(f"the scores {path} cannot be read ({error}): ingest the fact again") from error
