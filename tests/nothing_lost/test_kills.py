"""An ingest that is killed again and again ends, started once more, in the store of one that never was."""

import random
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from graphdb.maintenance import check_scores
from graphdb.maintenance.check import check
from graphdb.store import Store, open_store
from tests.conftest import empty
from tests.nothing_lost.conftest import Whole, finish
from tests.nothing_lost.contents import contents
from tests.nothing_lost.forge import CREATION, LAST, POINTS, Forge, Job

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # they fetch and start whole servers

RANDOM_KILLS, FEW = 34, 2
"""Beside those at moments, on each engine: 50 on each in the long form, 10 in the short one."""
OFTEN = ("attribution", "the search", "measuring", "a transaction", "summaries", "a commit on its way")
"""Moments that every ingest comes to several times."""


@dataclass(frozen=True)
class Kill:
    """A moment that an ingest comes to for the n-th time, or else a time in seconds after it has the store."""

    moment: str = ""
    times: int = 1
    seconds: float = 0.0


def kills(moments: Sequence[str], random_kills: int, within: float) -> list[Kill]:
    """Kills in a seeded order; random ones at up to so many seconds."""
    draw = random.Random(20)
    chosen = [Kill(moment, draw.randint(2, 6) if moment in OFTEN else 1) for moment in moments]
    chosen += [Kill(seconds=draw.uniform(0, within)) for _ in range(random_kills)]
    draw.shuffle(chosen)
    return sorted(chosen, key=lambda each: each.moment in LAST)


def killed(forge: Forge, job: Job, how: Kill) -> bool:
    """Start an ingest and kill it; return False where it was done before."""
    child = forge.start(job, how.moment, how.times)
    if not how.moment:
        child.await_line("began")
        time.sleep(how.seconds)
        child.kill()
    status = child.wait()
    assert status in (0, -signal.SIGKILL), (how, child.lines)
    assert status == 0 or not how.moment or child.lines[-1] == f"at {how.moment}", (how, child.lines)
    return status != 0


@pytest.mark.soak
def test_an_ingest_that_is_killed_goes_on(store: Store, forge: Forge, job: Job, whole: Whole, *, soak: bool) -> None:
    """On both engines: a client of the server, and a guest of this process, which runs the embedded engine.

    Of all moments in order the short form tries every second on one engine, and those between them on the other.
    """
    job = replace(job, store=store.target)
    moments = [*POINTS] if soak else [*POINTS][store.engine == "neo4j" :: 2]
    before = set[str]()
    for how in kills(moments, RANDOM_KILLS if soak else FEW, whole.seconds / 3):
        while not killed(forge, job, how):
            assert contents(store) == whole.store
            empty(store)
            before = set()
        after = set(store.query("fingerprints", model="small")["circuit"])
        assert before <= after, how
        before = after
    finish(forge, job)
    assert contents(store) == whole.store


def test_an_engine_that_is_killed_with_its_ingest_goes_on(forge: Forge, job: Job, whole: Whole, tmp_path: Path) -> None:
    """The ingest runs the embedded engine itself, from the making of the database on."""
    job = replace(job, store=str(tmp_path / "store"))
    for moment in CREATION:
        assert killed(forge, job, Kill(moment))
    for how in (
        Kill("a transaction", 3),
        Kill("a commit on its way", 6),
        Kill("after the commit", 7),
        Kill("summaries", 2),
    ):
        assert killed(forge, job, how)
    assert killed(forge, job, Kill(seconds=whole.seconds / 6))
    finish(forge, job)
    with open_store(job.store) as store:
        assert contents(store) == whole.store


def test_old_scores_that_a_kill_leaves_are_told_from_those_in_use(
    embedded_store: Store, forge: Forge, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A circuit is replaced and the ingest killed before the file of the old one is deleted."""
    empty(embedded_store)
    job = replace(job, store=embedded_store.target, method="eap-ig")
    finish(forge, job)
    job = replace(job, effort="default")
    assert killed(forge, job, Kill("old scores", 2))
    finish(forge, job)
    named = set(embedded_store.query("circuits")["artifact"])
    files = {path.name for path in embedded_store.data_folder.iterdir()}
    assert named < files
    assert len(files - named) <= job.batch
    monkeypatch.setattr(check_scores, "IN_FLIGHT", 0.0)
    (finding,) = check(embedded_store, repair=True)
    assert finding.count == len(files - named)
    assert check(embedded_store) == []
