"""Keeps what the process does on faults (SIGSEGV and its like) through the calls of a library that changes it."""

import ctypes
import signal
from collections.abc import Iterator
from contextlib import contextmanager

FAULTS = (signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE)
"""Signals by which the embedded engine's Java virtual machine finds null pointers and stops its threads."""
SIZE = 256
"""Bytes that hold a `struct sigaction` on any system."""
C = ctypes.CDLL(None)


@contextmanager
def faults_kept() -> Iterator[None]:
    """Put the actions on faults back when the context ends.

    Ray takes them over when it starts, and sets them to "end the process" when it ends: the next null pointer of the
    Java virtual machine, an everyday thing, would end an ingest.
    """
    before = fault_actions()
    try:
        yield
    finally:
        for number, action in zip(FAULTS, before, strict=True):
            C.sigaction(int(number), action, None)


def fault_actions() -> list[bytes]:
    """Return the process's actions on FAULTS, as the C library gives them."""
    actions = list[bytes]()
    for number in FAULTS:
        action = ctypes.create_string_buffer(SIZE)
        C.sigaction(int(number), None, action)
        actions.append(action.raw)
    return actions
