import numpy as np
import pytest

from graphdb.errors import UserError
from ingest.facts.prompts import Prompt
from ingest.roles.facts import RelationFacts, RoleFact
from ingest.roles.metrics import metrics

FACTS = (
    RoleFact(Prompt("r/a", "", (0, 1), (10, 11)), 10, (0, 3)),
    RoleFact(Prompt("r/b", "", (0, 1), (12,)), 12, (0, 3)),
    RoleFact(Prompt("r/c", "", (0, 1), (13,)), 13, (0, 3)),
)
OTHERS = {"near": (13, 20), "far": (30, 31), "further": (32,)}


def _of(vocabularies: dict[str, tuple[int, ...]]) -> RelationFacts:
    return RelationFacts("r", "0", FACTS, {"r": (10, 11, 12, 13), **vocabularies})


def test_weights_worked_by_hand() -> None:
    """The near relation shares an object with this one and is no background; far and further are each other's."""
    found = metrics(_of(OTHERS))
    assert found.tokens == (10, 11, 12, 13, 20, 30, 31, 32)
    assert found.n_own == 4
    assert found.answers.tolist() == [0, 2, 3]
    assert found.accepted.tolist() == [[1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
    assert np.allclose(found.object[0], [1, 0, -1 / 2, -1 / 2, 0, 0, 0, 0])
    assert np.allclose(found.object[1], [-1 / 3, -1 / 3, 1, -1 / 3, 0, 0, 0, 0])
    assert np.allclose(found.relation[0], [0, 0, 1 / 2, 1 / 2, 0, -1 / 4, -1 / 4, -1 / 2])
    nulls = sorted(found.nulls[:, 0].tolist())
    assert np.allclose(nulls, [[0, 0, 0, 0, 0, -1 / 2, -1 / 2, 1], [0, 0, 0, 0, 0, 1 / 2, 1 / 2, -1]])


def test_what_is_compared_sums_to_nothing() -> None:
    found = metrics(_of(OTHERS))
    for each in (found.object, found.relation, *found.nulls):
        assert np.allclose(each.sum(-1), 0)


def test_three_nulls_are_taken_at_most_and_always_the_same() -> None:
    many = {f"q{number}": (20 + number,) for number in range(8)}
    one, two = metrics(_of(many)), metrics(_of(dict(reversed(many.items()))))
    assert len(one.nulls) == 3
    assert np.array_equal(one.nulls, two.nulls)


@pytest.mark.parametrize("others", [{}, {"near": (13, 20)}, {"far": (30,)}, {"far": (30,), "same": (30,)}])
def test_too_few_other_relations_are_a_users_error(others: dict[str, tuple[int, ...]]) -> None:
    with pytest.raises(UserError, match="relation 'r': roles are told by other relations' objects"):
        metrics(_of(others))
