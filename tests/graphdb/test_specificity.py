"""Lifts, their intervals and what chance leaves of them, against scipy's tests and sums worked by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_ind

from graphdb.specificity.answers import COMPUTED
from graphdb.specificity.lifts import lifts
from graphdb.specificity.uses import Uses
from graphdb.store.types import Queries

Shares = list[list[float]]
"""[relation][fact], of one name."""


def uses(*names: Shares) -> Uses:
    """Uses of `m0`, `m1`, ... with these shares."""
    facts = np.array([len(relation) for relation in names[0]])
    table = [[np.array(relation) for relation in name] for name in names]
    return Uses(
        "toy",
        tuple(f"r{number}" for number in range(len(facts))),
        facts,
        tuple(f"m{number}" for number in range(len(names))),
        np.array([[(each > 0).sum() for each in name] for name in table]).T,
        np.array([[each.mean() for each in name] for name in table]).T,
        np.array([[each.var(ddof=1) if len(each) > 1 else np.nan for each in name] for name in table]).T,
    )


class Stored:
    """Answers as a store whose circuits use components with these shares."""

    def __init__(self, made: Uses) -> None:
        self.made = made

    def query(self, name: str, **_: object) -> pd.DataFrame:
        assert name == "relation_memberships"
        made, n = self.made, self.made.facts
        squares = [made.variance[i] * (n[i] - 1) + made.mean[i] ** 2 * n[i] for i in range(len(n))]
        return pd.DataFrame({
            "relation": made.relations, "model": "toy", "facts": n, "members": [list(made.names)] * len(n),
            "facts_holding": list(made.holders), "shares": list(made.mean * n[:, None]), "squares": squares,
        })  # fmt: skip


def ask(name: str, made: Uses, **given: object) -> list[dict[str, object]]:
    store: Queries = Stored(made)
    given = {"model": "", "method": "", "relations": "", "min_relations": 0, **given}
    return COMPUTED[name](store, given).to_dict("records")  # type: ignore[arg-type]


A, B, C = [0.2, 0.3, 0.25, 0.35, 0.3], [0.1, 0.15, 0.12, 0.11, 0.1, 0.12], [0.05, 0.02, 0.04, 0.03, 0.06]


def test_the_p_of_two_relations_is_that_of_welch() -> None:
    found = lifts(uses([A, B]))
    _, p = ttest_ind(A, B, equal_var=False, alternative="greater")
    assert found.p[0, 0] == pytest.approx(p)
    assert found.p[1, 0] == pytest.approx(1 - found.p[0, 0])
    assert found.lift[:, 0] == pytest.approx([2 * 0.28 / (0.28 + np.mean(B)), 2 * np.mean(B) / (0.28 + np.mean(B))])


def test_an_interval_ends_where_the_test_does() -> None:
    """At the ends of Fieller's interval of the ratio, the difference is as many standard errors as are allowed."""
    found = lifts(uses([A, B, C]))
    rest = (np.mean(B) + np.mean(C)) / 2
    of_a, of_rest = np.var(A, ddof=1) / 5, (np.var(B, ddof=1) / 6 + np.var(C, ddof=1) / 5) / 4
    ratios = [2 * end / (3 - end) for end in (found.low[0, 0], found.high[0, 0])]  # lift = 3 r / (r + 2)
    t = [abs(np.mean(A) - r * rest) / np.sqrt(of_a + r**2 * of_rest) for r in ratios]
    assert t[0] == pytest.approx(t[1])
    freedom = (of_a + of_rest) ** 2 / (
        of_a**2 / 4 + (np.var(B, ddof=1) / 24) ** 2 / 5 + (np.var(C, ddof=1) / 20) ** 2 / 4
    )
    assert 4 < freedom < 5
    assert t[0] == pytest.approx(2.66, abs=0.06)  # tables: 2.776 at 4 degrees of freedom, 2.571 at 5
    assert found.low[0, 0] < found.lift[0, 0] < found.high[0, 0] < 3


def test_an_interval_holds_one_where_two_sides_find_nothing() -> None:
    rng = np.random.default_rng(0)
    made = uses(*([list(rng.gamma(1, 0.1, 8)) for _ in range(4)] for _ in range(200)))
    found = lifts(made)
    two_sided = 2 * np.minimum(found.p, 1 - found.p)
    assert ((found.low <= 1) & (found.high >= 1) == (two_sided >= 0.05)).all()
    assert 0.01 < (two_sided < 0.05).mean() < 0.09  # no relation is special


def test_what_other_relations_do_not_use_has_the_largest_lift() -> None:
    found = lifts(uses([A, [0.0] * 5, [0.0] * 5]))
    assert (found.lift[0, 0], found.high[0, 0]) == (3, 3)
    assert np.isnan(found.low[1:, 0]).all()
    assert found.p[0, 0] < 0.001


def test_few_facts_have_no_p_and_one_fact_has_no_interval() -> None:
    found = lifts(uses([A, [0.1, 0.2], [0.1]]))
    assert np.isnan(found.p[:, 0]).tolist() == [False, True, True]
    assert np.isnan(found.low[:, 0]).tolist() == [False, False, True]


def test_one_relation_is_compared_with_nothing() -> None:
    found = lifts(uses([A]))
    assert found.lift[0, 0] == 1
    assert np.isnan([found.p, found.low, found.high]).all()


def test_equal_shares_leave_nothing_to_judge_by() -> None:
    found = lifts(uses([[0.5] * 5, [0.25] * 5]))
    assert np.isnan([found.p, found.low, found.high]).all()


def test_q_of_what_two_relations_share_is_that_of_the_lesser() -> None:
    made = uses([A, [0.2, 0.1, 0.3, 0.4, 0.2], C], [B[:5], A, B[:5]])
    p = lifts(made).p
    rows = {str(row["component"]): row for row in ask("shared_components", made, relations="r0,r1")}
    worst = sorted(p[:2].max(axis=0))
    assert sorted(float(str(row["q"])) for row in rows.values()) == pytest.approx([min(2 * worst[0], 1), worst[1]])


def test_what_any_two_of_three_relations_share_is_paid_for() -> None:
    """Partial conjunction: the second smallest p times two."""
    made = uses([A, [0.2, 0.1, 0.3, 0.4, 0.2], C])
    (row,) = ask("shared_components", made)
    assert row["q"] == pytest.approx(min(1, 2 * sorted(lifts(made).p[:, 0])[1]))
    assert row["shared_by"] == ["r0", "r1"]


def test_what_is_popular_everywhere_is_named_and_stands_last() -> None:
    flat = [[0.3, 0.31, 0.29, 0.3, 0.3]] * 3
    rare = [[0.01, 0, 0, 0, 0.02], [0, 0, 0, 0.01, 0], [0, 0.02, 0, 0.02, 0]]
    rows = ask("relation_components", uses(flat, rare, [A, C, C]), relation="r0")
    assert [(row["component"], row["use"]) for row in rows] == [
        ("m2", "specific"),
        ("m1", "other"),
        ("m0", "everywhere"),
    ]


def test_a_profile_ranks_relations_and_counts_every_one_as_a_test() -> None:
    made = uses([C, A, B])
    rows = ask("component_profile", made, component="m0")
    assert [row["relation"] for row in rows] == ["r1", "r2", "r0"]
    assert rows[0]["q"] == pytest.approx(3 * lifts(made).p[1, 0])
