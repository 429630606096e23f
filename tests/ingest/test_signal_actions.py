"""A Ray leaves alone what the process, and the Java virtual machine within it, does on signals."""

import subprocess
import sys

import pytest

CODE = """
import ctypes
import faulthandler
import signal
import time
from ingest.execution.ray_cluster import connected
from ingest.execution.signal_actions import C, FAULTS, SIZE

def handlers():
    found = []
    for number in FAULTS:
        action = ctypes.create_string_buffer(SIZE)
        C.sigaction(int(number), None, action)
        found.append(action.raw[: ctypes.sizeof(ctypes.c_void_p)])  # what follows it may be padding
    return found

def interrupted():
    try:
        signal.raise_signal(signal.SIGTERM)
        time.sleep(10)
    except KeyboardInterrupt:
        return True

faulthandler.enable()
signal.signal(signal.SIGTERM, signal.default_int_handler)
before = handlers()
assert all(any(each) for each in before)
with connected("local", 1):
    assert handlers() == before and interrupted(), "while it runs"
assert handlers() == before and interrupted(), "after its end"
"""


@pytest.mark.slow
@pytest.mark.timeout(300)  # it starts a Ray
def test_a_ray_that_starts_and_ends_leaves_what_signals_do() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.returncode, done.stderr)
