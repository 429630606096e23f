"""Batches run here and in processes: the same circuits, whatever becomes of the processes."""

import multiprocessing
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from graphdb.errors import UserError
from ingest.compute.batching import batches, in_turn
from ingest.discovery.discovery import Found
from ingest.execution import processes as execution
from ingest.execution.finder import Batch, Finder, Pace
from ingest.execution.here import here
from ingest.execution.processes import processes
from ingest.facts.prompts import fact_hash
from ingest.measures.measure import References
from ingest.measures.stability import SAMPLE, stability_sampled
from ingest.model import LanguageModel
from ingest.settings import Settings
from tests.ingest.tasks import make_tasks

SETTINGS = Settings("trained", "quick")


@pytest.fixture(scope="module")
def find(llama: LanguageModel) -> Finder:
    return Finder(llama, SETTINGS, References(), "run")


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers are started however little there is to do."""
    monkeypatch.setattr(execution, "WORTHWHILE", 0)


@pytest.fixture(scope="module")
def work(llama: LanguageModel) -> list[Batch]:
    return [[task] for task in make_tasks(llama, n_donors=4, count=6)]


@pytest.fixture(scope="module")
def expected(find: Finder, work: list[Batch]) -> list[list[Found]]:
    return list(here(find, work, lambda _: None))


def assert_same(found: list[list[Found]], expected: list[list[Found]]) -> None:
    assert [[each.circuit for each in batch] for batch in found] == [
        [each.circuit for each in batch] for batch in expected
    ]
    for one, two in zip(found, expected, strict=True):
        for a, b in zip(one, two, strict=True):
            assert a.scores is not None
            assert b.scores is not None
            assert np.array_equal(a.scores, b.scores)


def workers() -> list[Any]:
    """The worker processes that live."""
    return list(multiprocessing.active_children())


def killing(times: int) -> Callable[[float], None]:
    """What is told how far workers are, and kills one of them so many times."""
    left = iter(range(times))

    def within(_: float) -> None:
        if workers() and next(left, None) is not None:
            workers()[0].kill()

    return within


@pytest.mark.slow
def test_two_workers_find_what_one_finds_bit_for_bit_in_the_same_order(
    at_once: None, find: Finder, work: list[Batch], expected: list[list[Found]]
) -> None:
    told = list[float]()
    assert_same(list(processes(2)(find, work, told.append)), expected)
    assert all(0 <= each <= 3 for each in told), "three batches of one fact each are in hand at most"
    assert workers() == []


@pytest.mark.slow
def test_what_a_killed_worker_had_in_hand_is_run_again(
    at_once: None, find: Finder, work: list[Batch], expected: list[list[Found]]
) -> None:
    assert_same(list(processes(1)(find, work, killing(1))), expected)


@pytest.mark.slow
def test_workers_that_are_killed_again_and_again_end_in_one_line(
    at_once: None, find: Finder, work: list[Batch], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "LIVES", 2)  # a worker takes seconds to start
    with pytest.raises(UserError, match=r"2 times a worker process was killed .* --workers 1"):
        list(processes(1)(find, work, killing(1000)))
    assert workers() == []


@pytest.mark.slow
def test_workers_end_when_nobody_wants_more(at_once: None, find: Finder, work: list[Batch]) -> None:
    found = processes(1)(find, work, lambda _: None)
    for _ in range(2):
        next(iter(found))
    assert len(workers()) == 1
    found.close()  # type: ignore[attr-defined]
    assert workers() == []


@pytest.mark.slow
def test_little_work_starts_no_worker(
    find: Finder, work: list[Batch], expected: list[list[Found]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "_in_pools", lambda *_: pytest.fail("workers are started"))
    assert_same(list(processes(2)(find, work, lambda _: None)), expected)


def test_batches_take_relations_in_turn(llama: LanguageModel) -> None:
    tasks = make_tasks(llama, n_donors=2, count=6)
    named = [
        replace(task, prompt=replace(task.prompt, fact_id=f"{relation}/{number}"))
        for number, (task, relation) in enumerate(zip(tasks, "aaabbc", strict=True))
    ]
    sorted_batches = batches(named, llama.weights, 1)
    turns = in_turn(sorted_batches)
    assert [batch[0].relation_id for batch in turns] == list("abcaba")
    assert sorted(map(id, sorted_batches)) == sorted(map(id, turns))


def test_the_same_facts_of_a_relation_are_found_a_second_time_however_they_come(llama: LanguageModel) -> None:
    (task,) = make_tasks(llama, n_donors=2, count=1)
    tasks = [replace(task, prompt=replace(task.prompt, fact_id=f"many/{number}")) for number in range(20)]
    tasks += [replace(task, prompt=replace(task.prompt, fact_id=f"few/{number}")) for number in range(SAMPLE)]
    chosen = {each.prompt.fact_id for each in stability_sampled(tasks, SETTINGS) if each.again}
    many = sorted((f"many/{number}" for number in range(20)), key=fact_hash)
    assert chosen == {*many[:SAMPLE], *(f"few/{number}" for number in range(SAMPLE))}
    assert chosen == {each.prompt.fact_id for each in stability_sampled(tasks[::-1], SETTINGS) if each.again}
    assert all(each.again for each in stability_sampled(tasks, replace(SETTINGS, stability="all")))


def test_only_sampled_facts_have_a_stability_and_the_rest_is_the_same(llama: LanguageModel, find: Finder) -> None:
    tasks = make_tasks(llama, n_donors=4, count=4)
    some = [replace(task, again=number % 2 == 0) for number, task in enumerate(tasks)]
    whole, sampled = find(tasks), find(some)
    for number, (one, two) in enumerate(zip(whole, sampled, strict=True)):
        assert one.circuit is not None
        assert two.circuit is not None
        assert one.circuit.stability is not None
        assert two.circuit.stability == (one.circuit.stability if number % 2 == 0 else None)
        assert (two.circuit.stability_relation is None) == (two.circuit.stability is None)
        same = {"stability": None, "stability_relation": None, "fingerprint": ""}
        assert replace(one.circuit, **same) == replace(two.circuit, **same)


def test_a_batch_says_how_far_it_is_as_the_last_one_went(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Pace, "_expected", 4)
    told = list[float]()
    pace = Pace(10, told.append)
    for _ in range(5):
        pace.step()
    pace.end()
    assert told == [2.5, 5.0, 7.5, 10.0, 10.0]
    Pace(10, told.append).step()
    assert told[-1] == 2.0
