"""Whose turn it is to write: one process at a time, one ingest a relation, and only while the disk has room.

All is told by locks on files, which the system frees when the process that holds them ends, however it ends.
"""

import hashlib
import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from graphdb.errors import UserError

TURN_SECONDS = 300.0
"""How long a process waits for another that is writing to the same store."""
ROOM = 64 << 20
"""Bytes that the disk of an embedded store must have free before a transaction: the engine's log must not be cut."""


class Turns:
    """The locks of a store on this machine; they lie beside its folder of score files."""

    def __init__(self, target: str, scores: Path) -> None:
        self._target, self._claims = target, scores.with_name(scores.name + ".ingests")
        self._lock = FileLock(scores.with_name(scores.name + ".lock"), timeout=TURN_SECONDS)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until no other process, nor thread, writes; a thread may take its turn within its turn."""
        try:
            Path(self._lock.lock_file).parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire()
        except Timeout:
            raise UserError(f"another process has been writing to {self._target} for minutes: end it") from None
        except OSError as error:
            raise UserError(f"{self._lock.lock_file} cannot be written ({error.strerror})") from error
        try:
            yield
        finally:
            self._lock.release()

    @contextmanager
    def claim(self, model_id: str, relation_ids: Iterable[str]) -> Iterator[None]:
        """Keep every other process from relations in a model; UserError where one has claimed any of them."""
        with ExitStack() as held:
            for relation_id in sorted(set(relation_ids)):
                lock = FileLock(self._claims / f"{_name(model_id, relation_id)}.lock", timeout=0)
                try:
                    self._claims.mkdir(parents=True, exist_ok=True)
                    held.enter_context(lock)
                except Timeout:
                    raise UserError(
                        f"another ingest is finding circuits of {relation_id!r} in {model_id} for {self._target}: "
                        "wait until it ends, or give other relations"
                    ) from None
                except OSError as error:
                    raise UserError(f"{lock.lock_file} cannot be written ({error.strerror})") from error
            yield


def _name(*parts: str) -> str:
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:32]


def check_room(folder: Path) -> None:
    """Raise UserError where the disk of an embedded store is all but full."""
    free = shutil.disk_usage(folder).free
    if free < ROOM:
        raise UserError(
            f"the disk of {folder} has {free >> 20} MB free, writing takes {ROOM >> 20}: "
            "free some space and run the command again; what is stored stays"
        )
