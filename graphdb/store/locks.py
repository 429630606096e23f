"""The locks of a store: one process writes at a time, one ingest finds a relation's circuits, the disk has room.

They are locks on files, which the system frees when the process that holds them ends, however it ends.
"""

import hashlib
import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from graphdb.errors import UserError, unwritable

WAIT_SECONDS = 300.0
"""How long a process waits for another that is writing to the same store."""
LOOK_SECONDS = 5.0
"""How long an ingest waits for the lock of its run, which others hold for a moment when they look at it."""
ROOM = 64 << 20
"""Bytes that the disk of an embedded store must have free before a transaction: the engine's log must not be cut."""


class Locks:
    """The locks of a store on this machine; they lie beside its folder of score files."""

    def __init__(self, target: str, scores: Path) -> None:
        self._target, self._claims = target, scores.with_name(scores.name + ".ingests")
        self._lock = FileLock(scores.with_name(scores.name + ".lock"), timeout=WAIT_SECONDS)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Wait until no other process, nor thread, writes; a thread that holds the lock may take it again."""
        try:
            Path(self._lock.lock_file).parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire()
        except Timeout:
            raise UserError(f"another process has been writing to {self._target} for minutes: end it") from None
        except OSError as error:
            raise unwritable(self._lock.lock_file, error) from error
        try:
            yield
        finally:
            self._lock.release()

    @contextmanager
    def claim(self, model_id: str, relation_ids: Iterable[str], run_id: str) -> Iterator[None]:
        """Keep every other process from relations in a model; UserError where one has claimed any of them.

        For as long as that lasts, `is_running(run_id)`.
        """
        with ExitStack() as held:
            for relation_id in sorted(set(relation_ids)):
                try:
                    self._hold(held, 0, model_id, relation_id)
                except Timeout:
                    raise UserError(
                        f"another ingest is finding circuits of {relation_id!r} in {model_id} for {self._target}: "
                        "wait until it ends, or give other relations"
                    ) from None
            self._hold(held, LOOK_SECONDS, run_id)
            yield

    def _hold(self, held: ExitStack, timeout: float, *parts: str) -> None:
        """Enter the lock of what the parts name; UserError where its file cannot be written."""
        lock = FileLock(self._file(*parts), timeout=timeout)
        try:
            self._claims.mkdir(parents=True, exist_ok=True)
            held.enter_context(lock)
        except Timeout:
            raise
        except OSError as error:
            raise unwritable(lock.lock_file, error) from error

    def is_running(self, run_id: str) -> bool:
        """Whether a process of this machine, this one included, is at work on a run."""
        file = self._file(run_id)
        if not file.is_file():
            return False
        try:
            with FileLock(file, timeout=0):
                return False
        except Timeout:
            return True
        except OSError:
            return False  # another user's file

    def _file(self, *parts: str) -> Path:
        return self._claims / f"{hashlib.sha256('|'.join(parts).encode()).hexdigest()[:32]}.lock"


def check_room(folder: Path) -> None:
    """Raise UserError where the disk of an embedded store is all but full."""
    free = shutil.disk_usage(folder).free
    if free < ROOM:
        raise UserError(
            f"the disk of {folder} has {free >> 20} MB free, writing takes {ROOM >> 20}: "
            "free some space and run the command again; what is stored stays"
        )
