"""What an ingest does when the database goes away, the disk is full, or another ingest is at work."""

from dataclasses import replace
from pathlib import Path

from graphdb.store import Store, open_store
from tests.graphdb.test_store import HOLD, another_process, line_of
from tests.nothing_lost.conftest import Whole
from tests.nothing_lost.contents import contents
from tests.nothing_lost.forge import Forge, Job


def test_a_guest_goes_on_where_the_engine_is_killed(forge: Forge, job: Job, whole: Whole, tmp_path: Path) -> None:
    """The process that runs the embedded engine is killed; the ingest, its guest, runs the engine from then on."""
    job = replace(job, store=str(tmp_path))
    with another_process(HOLD, tmp_path) as owner:
        assert line_of(owner) == "open"
        child = forge.start(job)
        child.await_line("circuits 4")
        owner.kill()
        assert child.wait() == 0, child.lines
    with open_store(tmp_path) as store:
        assert contents(store) == whole.store


def test_of_two_ingests_of_the_same_facts_the_second_is_told(
    store: Store, forge: Forge, job: Job, whole: Whole
) -> None:
    job = replace(job, store=store.target)
    first = forge.start(job)
    first.await_line("recall")
    second = forge.start(replace(job, effort="default"))
    assert second.wait() == 2
    assert second.lines[-1].startswith("refused another ingest is finding circuits of 'first' in small for ")
    assert first.wait() == 0, first.lines
    assert contents(store) == whole.store
