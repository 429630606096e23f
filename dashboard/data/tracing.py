"""The worker of the Trace page: `kcircuits` in a process of its own, so that the dashboard needs no torch."""

import json
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from graphdb.errors import UserError

METHODS = ("secant", "trained", "secant+relp", "relp", "eap", "eap-ig", "acdc", "random")
EFFORTS = ("quick", "default", "thorough")
"""What the form offers, the default method first; told here, because to ask the engine takes seconds."""
PROMPT = "kcircuits: "
TICK = 0.25
"""Seconds between two looks at the worker."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a visitor wants to be traced."""

    prompt: str
    answer: str
    instead: str
    corrupt: str
    """Empty: the packaged facts give one, where they can."""
    model: str
    method: str
    effort: str

    @property
    def words(self) -> list[str]:
        """The words of the command, without the program."""
        given = {"answer": self.answer, "instead": self.instead, "corrupt": self.corrupt}
        given |= {"model": self.model, "method": self.method, "effort": self.effort}
        # One word each, so that a text which begins with a dash is no option.
        return ["trace", *(f"--{name}={value}" for name, value in given.items() if value), "--", self.prompt]


def installed() -> bool:
    """Whether this machine can trace."""
    return find_spec("torch") is not None


def run(words: Sequence[str], tick: Callable[[float], None]) -> Any:
    """Run `kcircuits` with these words, and return the JSON that it prints; `tick` gets the seconds gone, now and then.

    The worker ends with the call, also where `tick` raises. Raises UserError with the line that the command complains
    with, or with its last words where it broke.
    """
    command = [str(Path(sysconfig.get_path("scripts")) / "kcircuits"), *words]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        worker = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        start = time.monotonic()
        try:
            while worker.poll() is None:
                tick(time.monotonic() - start)
                time.sleep(TICK)
        finally:
            worker.kill()
            worker.wait()
        out.seek(0)
        err.seek(0)
        if worker.returncode:
            lines = err.read().decode(errors="replace").splitlines() or ["the worker ended without a word"]
            raise UserError(lines[-1].removeprefix(PROMPT))
        return json.load(out)
