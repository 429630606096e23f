"""A Ray leaves alone what the process, and the Java virtual machine within it, does on faults."""

import subprocess
import sys

import pytest

CODE = """
import ctypes
import faulthandler
from ingest.execution.ray_cluster import connected
from ingest.execution.signal_actions import fault_actions

def handlers():  # what follows a handler is padded by whatever lay there
    return [action[: ctypes.sizeof(ctypes.c_void_p)] for action in fault_actions()]

faulthandler.enable()
before = handlers()
assert all(any(each) for each in before)
with connected("local", 1):
    assert handlers() == before, "while it runs"
assert handlers() == before, "after its end"
"""


@pytest.mark.slow
@pytest.mark.timeout(300)  # it starts a Ray
def test_a_ray_that_starts_and_ends_leaves_what_faults_do() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
