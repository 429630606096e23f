"""Java machines that live for minutes: they end before their second compiler has paid for itself."""

import os
from typing import Any

import jpype

OPTIONS = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
VARIABLE = "JDK_JAVA_OPTIONS"
"""Holds options of every Java that is started as a program."""


def hurry() -> None:
    """Give these options to every Java that this process starts: a server, and the embedded engine within it."""
    os.environ[VARIABLE] = " ".join(OPTIONS)
    start = jpype.startJVM

    def start_briefly(*arguments: Any, **named: Any) -> None:
        start(*arguments, *OPTIONS, **named)

    jpype.startJVM = start_briefly


def wanted() -> bool:
    """Whether the process that started this one is in a hurry."""
    return os.environ.get(VARIABLE) == " ".join(OPTIONS)
