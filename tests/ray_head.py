"""A real Ray on this machine, held by a process of its own, which tests connect to as to any cluster."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
CODE = """
import sys
import ray
ray.init("local", num_cpus=2, object_store_memory=200 << 20, include_dashboard=False)
print(ray.get_runtime_context().gcs_address, flush=True)
sys.stdin.read()
"""


@dataclass(frozen=True)
class Head:
    address: str
    pid: int

    def finding(self) -> list[psutil.Process]:
        """Processes that find circuits at this moment."""
        return named("ray::_find", self.pid)


def named(start: str, of: int) -> list[psutil.Process]:
    """Descendants of a process whose command line begins so."""
    found = list[psutil.Process]()
    for each in psutil.Process(of).children(recursive=True):
        try:
            if " ".join(each.cmdline()).startswith(start):
                found.append(each)
        except psutil.NoSuchProcess:
            continue
    return found


def await_none(head: Head, seconds: float = 60) -> None:
    """Wait until nothing finds circuits any more."""
    deadline = time.monotonic() + seconds
    while head.finding():
        assert time.monotonic() < deadline, head.finding()
        time.sleep(0.05)


@contextmanager
def running() -> Iterator[Head]:
    """Hold a Ray of two CPUs; every process of it ends with the context."""
    command = [sys.executable, "-c", CODE]
    pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
    environment = os.environ | {"RAY_AUTH_MODE": "disabled", "RAY_USAGE_STATS_ENABLED": "0"}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdin=pipe, stdout=pipe, stderr=nowhere
    ) as process:
        assert process.stdout
        try:
            yield Head(process.stdout.readline().strip(), process.pid)
        finally:
            children = psutil.Process(process.pid).children(recursive=True)
            process.communicate()  # the end of its input ends it, and Ray with it
            _, left = psutil.wait_procs(children, timeout=30)
            for each in left:
                each.kill()
            assert left == [], "a Ray that ends leaves no process"
