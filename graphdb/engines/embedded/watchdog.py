"""Ends statements of the own-Cypher door that do not end by themselves, in the process that owns an embedded store.

A visitor who gives up closes the connection, and the engine ends the statement at its next row. What is inside one
expression then, or fills the memory, is ended here: the engine's other users share the process with it.
"""

import threading
import time
from collections.abc import Iterator
from typing import Any

from graphdb.engines.embedded.jvmti import stop_thread

PERIOD = 0.25
"""Seconds between two looks."""
GRACE = 1.0
"""Seconds that a statement has to end by itself after it was told to."""
FULL = 0.85
"""Share of the old generation that may be in use after a collection while a visitor's statement runs."""
TOO_LONG = "it took too long"
TOO_LARGE = "it needs more memory than the embedded engine has"
WORKERS = "XNIO-"
"""Names of the threads that answer HTTP begin so; nothing but the own-Cypher door uses HTTP."""


class Watchdog:
    """A thread that looks at the statements of `user` in a running `com.arcadedb.server.ArcadeDBServer`."""

    def __init__(self, server: Any, user: str) -> None:
        import jpype

        self._registry, self._user = server.getRunningQueries(), user
        self._told: dict[str, float] = {}
        self._closed = threading.Event()
        self._pools = _old_generation()
        self._collect = jpype.JClass("java.lang.System").gc
        threading.Thread(target=self._watch, name="kcircuits-watchdog", daemon=True).start()

    def close(self) -> None:
        """End the thread. Closing twice is harmless."""
        self._closed.set()

    def _watch(self) -> None:
        import jpype

        while not self._closed.wait(PERIOD):
            try:
                self._look()
            except jpype.JException:  # the engine is stopping
                continue

    def _look(self) -> None:
        running = {str(each.getId()): each for each in self._registry.getRunning() if each.getUser() == self._user}
        now = time.monotonic()
        self._told = {
            name: self._told.get(name, now) for name, statement in running.items() if statement.isTerminated()
        }
        late = {name for name, since in self._told.items() if now - since > GRACE}
        full = bool(running) and self._is_full()
        if late or full:
            for worker, name in _workers():
                if name in running and (full or name in late):
                    stop_thread(worker, TOO_LARGE if full else TOO_LONG)

    def _is_full(self) -> bool:
        """Tell whether a collection leaves the old generation full; what the last one left may be garbage by now."""
        if not any(map(_looks_full, self._pools)):
            return False
        self._collect()
        return any(map(_looks_full, self._pools))


def _looks_full(pool: Any) -> bool:
    after, now = pool.getCollectionUsage(), pool.getUsage()
    return after is not None and min(after.getUsed(), now.getUsed()) > FULL * now.getMax()


def _old_generation() -> list[Any]:
    import jpype

    pools = jpype.JClass("java.lang.management.ManagementFactory").getMemoryPoolMXBeans()
    return [pool for pool in pools if str(pool.getName()) == "Tenured Gen"]


def _workers() -> Iterator[tuple[str, str]]:
    """Yield (name of a thread that answers HTTP, id of the statement that it runs)."""
    import jpype

    current = _opened(jpype.JClass("com.arcadedb.query.RunningQuery").class_.getDeclaredField("CURRENT")).get(None)
    slots = _opened(jpype.JClass("java.lang.Thread").class_.getDeclaredField("threadLocals"))
    for thread in jpype.JClass("java.lang.Thread").getAllStackTraces().keySet():
        held = slots.get(thread) if str(thread.getName()).startswith(WORKERS) else None
        if held is not None:
            find = _opened(held.getClass().getDeclaredMethod("getEntry", jpype.JClass("java.lang.ThreadLocal").class_))
            entry = find.invoke(held, current)
            value = _opened(entry.getClass().getDeclaredField("value")).get(entry) if entry else None
            if value is not None:
                yield str(thread.getName()), str(value.getId())


def _opened(member: Any) -> Any:
    member.setAccessible(True)
    return member
