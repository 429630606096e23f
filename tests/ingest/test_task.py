import pytest

from ingest.facts.task import UNSEEN, Task, divide, with_new_foils_last
from tests.ingest.pairs import prompt

PARTS = {
    1: (1, 0, 0, "size: 0 of 1, unseen: 0 of 2", "find"),
    2: (1, 1, 0, "unseen: 0 of 2", "size"),
    3: (1, 1, 1, "unseen: 1 of 2", "unseen"),
    4: (1, 1, 2, "", "unseen"),
    5: (2, 1, 2, "", "unseen"),
    6: (2, 2, 2, "", "unseen"),
    7: (3, 2, 2, "", "unseen"),
    8: (4, 2, 2, "", "unseen"),
    9: (5, 2, 2, "", "unseen"),
    10: (6, 2, 2, "", "unseen"),
}
"""Donors -> donors that find, that choose the size, that are unseen; what is lacking; which part judges."""


def _task(n_donors: int, first_change: int = 0) -> Task:
    donors = (
        prompt(f"r/{number}", [*range(first_change), 50 + number, *range(first_change + 1, 5)], 2)
        for number in range(n_donors)
    )
    return Task(prompt("r/fact", range(5), 1), tuple(donors), 1, 1, *divide(n_donors))


@pytest.mark.parametrize("n", PARTS)
def test_donors_are_divided_into_three_parts(n: int) -> None:
    find, size, unseen, lacks, judged_on = PARTS[n]
    task = _task(n)
    assert (len(task.find), task.n_size, len(task.unseen)) == (find, size, unseen)
    assert (task.lacks, task.judged_on) == (lacks, judged_on)
    assert [*task.find, *(task.size if task.n_size else ()), *task.unseen] == list(range(n))
    assert [*task.find, *task.others] == list(range(n))


@pytest.mark.parametrize("n", PARTS)
def test_a_part_without_donors_leaves_its_work_to_the_one_before(n: int) -> None:
    task = _task(n)
    assert task.size == (range(1) if n == 1 else range(task.n_find, task.n_find + task.n_size))
    assert task.judges == (task.unseen or task.size)
    assert len(task.judges) > 0


def test_a_task_begins_where_its_prompt_and_a_donor_first_differ() -> None:
    assert [_task(3, change).start for change in (0, 2, 4)] == [0, 2, 4]


def test_only_facts_with_the_same_number_of_donors_in_each_part_have_one_shape() -> None:
    assert _task(8).shape == _task(8, 3).shape
    assert len({_task(n).shape for n in PARTS}) == len(PARTS)


@pytest.mark.parametrize(
    ("foils", "last"),
    [
        ([1, 2, 3, 4, 5, 6], [5, 6]),
        ([1, 2, 3, 4, 1, 2], [3, 4]),
        ([1, 2, 1, 2, 3, 1], [1, 3]),
        ([1, 1, 2, 2], [2, 2]),
    ],
)
def test_unseen_donors_have_foils_of_their_own_where_there_are_enough(foils: list[int], last: list[int]) -> None:
    donors = [prompt(f"r/{number}", (number,), foil) for number, foil in enumerate(foils)]
    arranged = with_new_foils_last(donors)
    assert [donor.answers[0] for donor in arranged[-UNSEEN:]] == last
    assert sorted(arranged, key=donors.index) == donors
