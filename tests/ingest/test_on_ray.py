"""Batches run as tasks of a real Ray: the same circuits, whatever becomes of its processes; and Rays that cannot."""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
import ray
import torch

from graphdb.errors import UserError
from ingest.execution import on_ray as execution
from ingest.execution import ray_cluster
from ingest.execution.finder import Batch, Finder
from ingest.execution.here import here
from ingest.execution.on_ray import on_ray
from ingest.execution.ray_cluster import check_machines, connected, installed
from ingest.execution.sent_weights import received, sent
from ingest.measures.measure import References
from ingest.model import LanguageModel
from ingest.settings import Settings
from tests.ingest.tasks import make_tasks
from tests.ingest.test_execution import assert_same
from tests.ray_head import Head, await_none

SETTINGS = Settings("trained", "quick")


@pytest.fixture(scope="module")
def find(llama: LanguageModel) -> Finder:
    return Finder(llama, SETTINGS, References(), "run")


@pytest.fixture(scope="module")
def work(llama: LanguageModel) -> list[Batch]:
    return [[task] for task in make_tasks(llama, n_donors=4, count=6)]


@pytest.fixture(scope="module")
def cluster(ray_head: Head) -> Iterator[Head]:
    """A connection that the tests of this file share: workers stay warm in it."""
    with connected(ray_head.address):
        yield ray_head


def killing(head: Head, times: int) -> Callable[[float], None]:
    """What is told how far tasks are, and kills one of their processes so many times."""
    left = iter(range(times))

    def within(_: float) -> None:
        for each in head.finding()[:1]:
            if next(left, None) is not None:
                each.kill()

    return within


def leaves(value: Any) -> Iterator[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from leaves(each)
    elif is_dataclass(value):
        for field in fields(value):
            yield from leaves(getattr(value, field.name))


def test_weights_arrive_as_views_of_what_was_sent_that_lie_as_they_lay(small: LanguageModel) -> None:
    parcel = sent(small.weights)
    for storage in parcel.storages:
        storage.flags.writeable = False  # as Ray maps them
    arrived = received(parcel, "cpu")
    for one, two in zip(leaves(small.weights), leaves(arrived), strict=True):
        assert torch.equal(one, two)
        assert (one.dtype, one.stride(), one.data_ptr()) == (two.dtype, two.stride(), two.data_ptr())


def test_weights_of_half_the_bits_arrive(llama: LanguageModel) -> None:
    from ingest.model.weights import converted

    half = converted(llama.weights, torch.bfloat16, "cpu")
    assert all(map(torch.equal, leaves(half), leaves(received(sent(half), "cpu"))))


@pytest.mark.slow
def test_two_tasks_at_once_find_what_one_finds_bit_for_bit_in_the_same_order_and_one_killed_is_run_again(
    cluster: Head, find: Finder, work: list[Batch]
) -> None:
    told, kill = list[float](), killing(cluster, 1)

    def within(facts: float) -> None:
        told.append(facts)
        kill(facts)

    assert_same(list(on_ray(cluster.address, None)(find, work, within)), list(here(find, work, lambda _: None)))
    assert all(0 <= each <= 5 for each in told)
    assert max(told) > 0


@pytest.mark.slow
def test_a_batch_that_is_killed_again_and_again_ends_in_one_line(
    cluster: Head, find: Finder, work: list[Batch], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "LIVES", 1)  # a process takes seconds to start
    with pytest.raises(UserError, match=r"1 times a task was killed .*WorkerCrashedError.* smaller --batch"):
        list(on_ray(cluster.address, 1)(find, work, killing(cluster, 1000)))
    await_none(cluster)


@pytest.mark.slow
def test_tasks_end_when_nobody_wants_more(cluster: Head, find: Finder, work: list[Batch]) -> None:
    found = on_ray(cluster.address, None)(find, work * 20, lambda _: None)
    next(found)
    found.close()  # type: ignore[attr-defined]
    await_none(cluster)


@pytest.mark.slow
def test_a_machine_that_has_other_versions_or_lacks_a_package_is_named(cluster: Head) -> None:
    check_machines(installed())
    with pytest.raises(UserError, match=r"machine \S+ has torch \S+, this command runs with 0\.1; install"):
        check_machines(installed() | {"torch": "0.1"})
    with pytest.raises(UserError, match=r"machine \S+ has no no-such-thing, .*knowledge-circuits\[ingest,ray"):
        check_machines(installed() | {"no-such-thing": "1"})


@pytest.mark.slow
def test_a_cluster_without_what_is_asked_for_is_told_at_once(cluster: Head, find: Finder, work: list[Batch]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ray, "cluster_resources", dict)
        with pytest.raises(UserError, match="the cluster has no CPU; add a machine that has, or say with --workers"):
            list(on_ray(cluster.address, None)(find, work, lambda _: None))


@pytest.mark.parametrize("address", ["cluster", "http://cluster:8265", "ray://cluster", "cluster:port", "127.0.0.1"])
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(UserError, match=rf"ray '{address}' is no address: give local, auto, HOST:PORT or ray://"):
        ray_cluster._connect(address, None)


@pytest.mark.parametrize("scheme", ["", "ray://"])
def test_an_address_where_something_else_answers_or_nothing(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_cluster, "PATIENCE", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        address = f"{scheme}127.0.0.1:{mute.getsockname()[1]}"
        with pytest.raises(UserError, match=f"ray {address}: no Ray answers there within 0.5 s"):
            ray_cluster._connect(address, None)
    with pytest.raises(UserError, match=f"ray {address}: no Ray answers there within 0.5 s"):
        ray_cluster._connect(address, None)


def test_connecting_leaves_signals_to_the_command(ray_head: Head) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with connected(ray_head.address):
        assert signal.getsignal(signal.SIGTERM) == before
        assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ConnectionError("gone"), "ray auto: no Ray lets this command in; look with `ray status`"),
        (RuntimeError("Version mismatch: the cluster has Python 3.9"), "ray auto: Version mismatch: the cluster has"),
        (Exception("The current node timed out during startup."), "ray auto: The current node timed out"),
    ],
)
def test_a_ray_that_refuses_or_does_not_start(error: Exception, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(ray, "init", refuse)
    with pytest.raises(UserError, match=line):
        ray_cluster._connect("auto", None)
