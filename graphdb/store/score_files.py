"""Files beside the store: the full edge scores of circuits, to re-threshold them, and the changes of edits.

A file's name follows from the circuit and the file's content. So a circuit found anew never overwrites the file of
the one that it replaces: it is written first, named by the transaction that replaces the circuit, and the old one
deleted last, all within one `Store.writing`. An end in between leaves a draft, which the next ingest deletes,
or a file that no circuit names, which the same ingest names when it goes on and `kcircuits check` finds otherwise.
"""

import hashlib
import io
import os
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from graphdb.errors import UserError, unwritable

Scores = NDArray[np.float16]
NAME = re.compile(r"[0-9a-f]{32}\.(npy|safetensors)")
CHANGE = ".safetensors"
"""How the names of changes end."""
DRAFT = re.compile(r"\.[a-z0-9_]{8}")
"""Name of a file that is being written."""


class Artifact(NamedTuple):
    """A score file, as the circuit that it belongs to names it."""

    name: str
    sha256: str


def save_scores(folder: Path, circuit_id: str, scores: Scores) -> Artifact:
    """Write the scores [n_edges] of a circuit to disk, whole or not at all; UserError where that fails."""
    content = io.BytesIO()
    np.save(content, scores.astype(np.float16, copy=False))
    return save_content(folder, circuit_id, content.getbuffer())


def save_content(folder: Path, owner: str, content: bytes | memoryview, suffix: str = ".npy") -> Artifact:
    """Write the content of a file of a circuit or an edit to disk, under the name that follows from both."""
    sha256 = hashlib.sha256(content).hexdigest()
    artifact = Artifact(hashlib.sha256(f"{owner}|{sha256}".encode()).hexdigest()[:32] + suffix, sha256)
    write_file(folder, artifact.name, content)
    return artifact


def write_file(folder: Path, artifact: str, content: bytes | memoryview) -> None:
    """Write the content of a score file, whole or not at all; UserError where that fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / artifact, content)
    except OSError as error:
        raise unwritable(f"the scores {folder / artifact}", error) from error


def read_file(folder: Path, artifact: str) -> bytes | None:
    """Return the content of a score file, None where there is none."""
    path = folder / artifact
    return path.read_bytes() if NAME.fullmatch(artifact) and path.is_file() else None


def _write(path: Path, content: bytes | memoryview) -> None:
    """Write a file that is on the disk, whole, before it has its name."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(path)
        _sync_folder(path.parent)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    """Bring the names of a folder's files to the disk, where the system lets folders be opened."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_drafts(folder: Path) -> None:
    """Delete what writers that were killed left half-written; within `Store.writing`, where nobody is at work on it."""
    for path in folder.glob(".*"):
        if DRAFT.fullmatch(path.name):
            path.unlink(missing_ok=True)


def load_scores(folder: Path, artifact: str) -> Scores:
    """Read the scores [n_edges] that `Circuit.artifact` names; UserError where the file is gone or spoilt."""
    if not NAME.fullmatch(artifact):
        raise UserError(f"{artifact!r} names no scores: ingest the fact again")
    path = folder / artifact
    try:
        return np.load(path, allow_pickle=False)
    except FileNotFoundError:
        raise UserError(f"the scores {path} are not there: ingest the fact again on this machine") from None
    except (ValueError, EOFError) as error:
        raise UserError(f"the scores {path} cannot be read ({error}): ingest the fact again") from error


def checksum(folder: Path, artifact: str) -> str | None:
    """Return the hash of a score file, None where there is none."""
    try:
        with (folder / artifact).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() if NAME.fullmatch(artifact) else None
    except (FileNotFoundError, IsADirectoryError):
        return None


def remove_scores(folder: Path, artifacts: Iterable[str]) -> int:
    """Delete the score files of these names that are there, and return how many were."""
    paths = [folder / name for name in artifacts if NAME.fullmatch(name)]
    found = [path for path in paths if path.is_file()]
    for path in found:
        path.unlink(missing_ok=True)
    return len(found)
