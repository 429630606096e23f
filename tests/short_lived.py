"""Java machines that live for minutes: they end before their second compiler has paid for itself."""

import os
from typing import Any

import jpype

OPTIONS = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")


def hurry() -> None:
    """Give these options to every Java that this process starts: a server, and the embedded engine within it."""
    os.environ["JDK_JAVA_OPTIONS"] = " ".join(OPTIONS)
    start = jpype.startJVM

    def start_briefly(*arguments: Any, **named: Any) -> None:
        start(*arguments, *OPTIONS, **named)

    jpype.startJVM = start_briefly
