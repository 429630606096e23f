"""An ingest whose circuits are found on a Ray loses nothing either."""

import os
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from graphdb.store import open_store
from tests.cli.conftest import KCIRCUITS
from tests.nothing_lost.conftest import Whole, finish
from tests.nothing_lost.contents import contents
from tests.nothing_lost.forge import Forge, Job
from tests.ray_head import Head, await_none, named

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # they fetch and start whole servers


def test_tasks_and_then_the_driver_are_killed_and_the_store_is_that_of_one_worker(
    forge: Forge, job: Job, whole: Whole, ray_head: Head, tmp_path: Path
) -> None:
    job = replace(job, store=str(tmp_path / "store"), ray=ray_head.address)
    child = forge.start(job)
    child.await_line("circuits 4")
    for each in ray_head.finding():
        each.kill()
    child.await_line("circuits 12")
    child.kill()
    assert child.wait() == -signal.SIGKILL
    await_none(ray_head)
    finish(forge, job)
    with open_store(job.store) as store:
        assert contents(store) == whole.store


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_or_sigterm_ends_an_ingest_and_the_local_ray_that_it_started(
    number: signal.Signals, small_folder: Path, facts: Path, tmp_path: Path
) -> None:
    command = [KCIRCUITS, "ingest", facts, "--model", small_folder, "--store", tmp_path / "store", "--ray", "local"]
    command += ["--include-unknown", "--batch", "1", "--workers", "2", "--effort", "thorough"]
    environment = os.environ | {"RAY_DEFAULT_OBJECT_STORE_MEMORY_PROPORTION": "0.01"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        deadline = time.monotonic() + 240
        while not named("ray::_find", child.pid):
            assert child.poll() is None, child.communicate()
            if time.monotonic() > deadline:
                child.kill()
                pytest.fail("no task of Ray's finds circuits")
            time.sleep(0.02)
        started = named("", child.pid)
        child.send_signal(number)
        out, err = child.communicate(timeout=60)
    assert (child.returncode, out) == (130, ""), err
    assert "Stopped. What is found is stored" in err
    ours = {"The", "recall:", "first:", "second:", "circuits:", "Stopped.", "kcircuits:"}
    assert {line.split()[0] for line in err.splitlines()} <= ours, "Ray says nothing"
    assert not [each for each in started if each.is_running()]
