import numpy as np
import pytest
from scipy import stats

from graphdb.role_records import RoleKind
from ingest.roles.decide import LEAST_FACTS, called, decide, fact_kind, kind, q_values
from ingest.roles.movers import comparable, mover_scores

MOVER, RELATION, MIXTURE, NONE = RoleKind.MOVER, RoleKind.RELATION, RoleKind.MIXTURE, RoleKind.NONE


def test_q_worked_by_hand() -> None:
    """13 scores with a variance of 12 / 12: a mean of 1 has a t of sqrt(13)."""
    spread = np.array([1.0, -1.0] * 6 + [0.0])
    scores = np.stack((spread + 1, spread - 1, spread), 1)
    q = q_values(scores, np.zeros_like(scores))
    assert q is not None
    smallest = float(stats.t.sf(np.sqrt(13), 12))
    assert np.allclose(q, [smallest * 3 / 1, (1 - smallest) * 3 / 3, 0.5 * 3 / 2])


def test_a_score_is_held_against_its_null() -> None:
    scores = np.random.default_rng(0).normal(1, 0.1, size=(20, 1))
    assert not called(scores, q_values(scores, scores + 0.01)).any()
    assert called(scores, q_values(scores, scores - 0.01)).all()


def test_scores_without_spread_are_told_by_their_sign() -> None:
    q = q_values(np.tile([1.0, 0.0, -1.0], (12, 1)), np.zeros((12, 3)))
    assert q is not None
    assert q.tolist() == [0, 1, 1]


def test_a_small_score_is_no_role_however_certain() -> None:
    scores = np.full((20, 2), (0.09, 0.11))
    assert called(scores, q_values(scores, scores * 0)).tolist() == [False, True]


def test_roles_of_what_passes() -> None:
    mover, relation = np.tile([1.0, 0, 1, 0], (12, 1)), np.tile([0.0, 1, 1, 0], (12, 1))
    decision = decide(mover, mover * 0, relation, relation * 0)
    assert decision.roles == [MOVER, RELATION, MIXTURE, NONE]


def test_too_few_facts_are_not_tested() -> None:
    scores = np.ones((LEAST_FACTS - 1, 2))
    decision = decide(scores, scores * 0, scores, scores * 0)
    assert decision.roles == [NONE, NONE]
    assert decision.mover_q is None
    assert decision.relation_q is None


@pytest.mark.parametrize(
    ("role", "mover", "relation", "expected"),
    [
        (MOVER, 0.2, 0.9, MOVER),
        (MOVER, 0.05, 0.9, NONE),
        (RELATION, 0.9, 0.2, RELATION),
        (MIXTURE, 0.2, 0.05, MOVER),
        (MIXTURE, 0.05, 0.2, RELATION),
        (MIXTURE, 0.2, 0.2, MIXTURE),
        (NONE, 0.9, 0.9, NONE),
    ],
)
def test_a_fact_has_the_role_that_its_own_scores_reach(
    role: RoleKind, mover: float, relation: float, expected: RoleKind
) -> None:
    assert fact_kind(role, mover, relation) is expected


def test_kinds() -> None:
    assert [kind(*each) for each in ((True, False), (False, True), (True, True), (False, False))] == [
        *(MOVER, RELATION, MIXTURE, NONE),
    ]


def test_shuffled_objects_call_next_to_no_heads_where_the_right_ones_call_all_movers() -> None:
    """100 heads with noise, effects of facts and of objects; 10 of them write the object of every fact."""
    n, heads, objects = 26, 100, 12
    calls, found = list[int](), list[int]()
    for seed in range(20):
        draw = np.random.default_rng(seed)
        answers = draw.permutation(np.arange(n) % objects)
        table = draw.normal(size=(n, heads, objects)) + draw.normal(size=(n, heads, 1)) * 3
        table += draw.normal(size=(1, heads, objects)) * 3
        table[np.arange(n), :10, answers] += 3
        shuffled = draw.permutation(answers)
        for labels, count in ((answers, found), (shuffled, calls)):
            accepted = np.eye(objects, dtype=bool)[labels]
            assert comparable(labels, accepted).all()
            own, null = mover_scores(table, labels, accepted)
            count.append(int(called(own, q_values(own, null)).sum()))
    assert np.mean(calls) <= 0.5
    assert np.mean(found) >= 10
