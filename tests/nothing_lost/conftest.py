"""What the tests of kills share: a small model, its facts, and a process that forks ingests."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from graphdb.store import open_store
from tests.ingest.conftest import save_small_model
from tests.nothing_lost.contents import contents
from tests.nothing_lost.forge import Forge, Job

SUBJECTS = 12


@pytest.fixture(scope="package")
def small_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small random model of the words w0 .. w59, as transformers saves it."""
    return save_small_model(tmp_path_factory.mktemp("models") / "small", "llama")


@pytest.fixture(scope="package")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two relations of the small model's words."""
    path = tmp_path_factory.mktemp("facts") / "facts.csv"
    lines = ["relation,subject,object,prompt"]
    for word in range(1, 1 + SUBJECTS):
        lines += [f"first,w{word},w{word + 20},w40 w41 {{}} w42", f"second,w{word},w{word + 30},{{}} w43"]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="package")
def forge(small_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forge]:
    with Forge(tmp_path_factory.mktemp("reports"), small_folder) as forge:
        yield forge


@pytest.fixture
def job(small_folder: Path, facts: Path) -> Job:
    """The ingest of all facts, into a store that is still to be named."""
    return Job("", str(small_folder), str(facts))


@dataclass(frozen=True)
class Whole:
    """An ingest that nothing disturbs."""

    store: list[str]
    seconds: float
    """From when it has the store to its end."""


@pytest.fixture(scope="package")
def whole(forge: Forge, small_folder: Path, facts: Path, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    job = Job(str(tmp_path_factory.mktemp("whole") / "store"), str(small_folder), str(facts))
    child = forge.start(job)
    child.await_line("began")
    began = time.monotonic()
    assert child.wait() == 0, child.lines
    seconds = time.monotonic() - began
    with open_store(job.store) as store:
        assert len(store.query("circuits")) > 12
        return Whole(contents(store), seconds)


def finish(forge: Forge, job: Job) -> None:
    child = forge.start(job)
    assert child.wait() == 0, child.lines
    assert child.lines[-1].startswith("done")
