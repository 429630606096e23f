"""Keeps what the process does on signals through the calls of a library that changes it."""

import ctypes
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

FAULTS = (signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE)
"""Signals by which the embedded engine's Java virtual machine finds null pointers and stops its threads."""
KEPT = (*FAULTS, signal.SIGTERM)
SIZE = 256
"""Bytes that hold a `struct sigaction` on any system."""
C = ctypes.CDLL(None)


@contextmanager
def signals_kept() -> Iterator[None]:
    """Put the actions on faults and on SIGTERM back when the context ends.

    Ray takes them over when it starts, and sets them to "end the process" when it ends, behind Python's back: the next
    null pointer of the Java virtual machine, an everyday thing, would end an ingest, and SIGTERM would without a word.
    """
    terminate, before = signal.getsignal(signal.SIGTERM), [_action(number) for number in KEPT]
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, terminate)
        for number, action in zip(KEPT, before, strict=True):
            C.sigaction(int(number), action, None)


def _action(number: signal.Signals) -> bytes:
    """Return the process's action on a signal, as the C library gives it."""
    action = ctypes.create_string_buffer(SIZE)
    C.sigaction(int(number), None, action)
    return action.raw
