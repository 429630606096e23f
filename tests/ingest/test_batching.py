from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.compute import batching
from ingest.compute.batching import POSITIONS, batch_bytes, batches
from ingest.facts.task import Task, divide
from ingest.model import LanguageModel
from tests.ingest.pairs import prompt

Memory = Callable[[int], None]


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Memory:
    """Gives the machine so many bytes for a batch."""

    def give(for_a_batch: int) -> None:
        monkeypatch.setattr(batching, "device_memory", lambda _: for_a_batch / batching.MEMORY_SHARE)

    return give


def _task(number: int, length: int, start: int, n_donors: int = 1) -> Task:
    """A task whose donors differ from it at one position; its donors are its own."""
    donors = tuple(
        prompt(f"r/{number} {donor}", (*range(start), 100 * number + donor + 50, *range(start + 1, length)), 2)
        for donor in range(n_donors)
    )
    return Task(prompt(f"r/{number:03}", range(length), 1), donors, 1, 1, *divide(n_donors))


_SHAPES = st.lists(st.tuples(st.integers(2, 40), st.integers(0, 39), st.integers(1, 5)), max_size=60)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(shapes=_SHAPES, size=st.none() | st.integers(1, 20))
def test_every_task_is_in_one_batch_of_its_own_shape(
    shapes: list[tuple[int, int, int]], size: int | None, llama: LanguageModel
) -> None:
    tasks = [_task(number, length, min(start, length - 1), n) for number, (length, start, n) in enumerate(shapes)]
    found = batches(tasks, llama.weights, size)
    assert sorted(task.prompt.fact_id for batch in found for task in batch) == sorted(t.prompt.fact_id for t in tasks)
    for batch in found:
        assert len({task.shape for task in batch}) == 1
        positions = len(batch) * (len(batch[0].prompt.tokens) - min(task.start for task in batch))
        assert len(batch) <= size if size else positions <= POSITIONS or len(batch) == 1
    assert found == batches(reversed(tasks), llama.weights, size)


def test_a_batch_stays_within_its_share_of_the_memory(llama: LanguageModel, memory: Memory) -> None:
    tasks = [_task(number, 4, 3, n_donors=8) for number in range(40)]
    whole = batch_bytes(tasks, llama.weights)
    memory(int(whole / 4))
    found = batches(tasks, llama.weights, None)
    assert 4 <= len(found) <= 6
    assert all(batch_bytes(batch, llama.weights) <= whole / 4 for batch in found)


def test_one_fact_is_a_batch_however_little_memory_there_is(llama: LanguageModel, memory: Memory) -> None:
    memory(1)
    tasks = [_task(number, 4, 3) for number in range(3)]
    assert [len(batch) for batch in batches(tasks, llama.weights, None)] == [1, 1, 1]


def test_an_explicit_size_wins_over_memory_and_positions(llama: LanguageModel, memory: Memory) -> None:
    memory(1)
    tasks = [_task(number, 40, 0) for number in range(10)]
    assert [len(batch) for batch in batches(tasks, llama.weights, 7)] == [7, 3]


def test_prompts_that_facts_share_are_counted_once(llama: LanguageModel) -> None:
    """Positions x d_model x sources x (2.2 x different prompts + 9 x facts) + 10 x edges x facts, 4 bytes each."""
    unit, edges = 1 * 32 * 16, 10 * 16 * 28
    one, other = _task(1, 4, 3, n_donors=4), _task(2, 4, 3, n_donors=4)
    assert batch_bytes([one], llama.weights) == pytest.approx(4 * (unit * (2.2 * 5 + 9) + edges))
    they_share = 4 * (unit * (2.2 * 9 + 9 * 2) + edges * 2)
    assert batch_bytes([one, other], llama.weights) == pytest.approx(they_share)
    assert batch_bytes([one, one], llama.weights) == pytest.approx(4 * (unit * (2.2 * 5 + 9 * 2) + edges * 2))
