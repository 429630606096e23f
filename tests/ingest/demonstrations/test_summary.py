"""Figures worked by hand: gains, drops, correlations, and which heads are new."""

from dataclasses import replace

import numpy as np
import pytest

from graphdb.conditions.demonstrations import Labels
from ingest.demonstrations.heads import Chosen
from ingest.demonstrations.measure import Measured
from ingest.demonstrations.summary import Movers, Of, correlation, head_records, movers, new_heads, summarise
from tests.ingest.roles.models import random_facts

OF = Of("model", "r", "0", 3, "f")
N = 12
FACTS = random_facts(N)
OBJECTS = range(40, 40 + N)
CHOSEN = Chosen(("a0.h1",), ("q",))


def measured(p: float, attention: tuple[float, ...] = (0.5, 0.25), drops: tuple[float, ...] = ()) -> Measured:
    """Facts that all have one probability; heads with this attention, an eighth of it even, and nothing to move."""
    noise = np.linspace(-0.01, 0.01, N)[:, None]
    return Measured(
        FACTS,
        np.full(N, np.log(p)),
        np.arange(N) < 3,
        np.array(attention) + noise,
        np.full((N, len(attention)), 0.125),
        np.zeros((N, len(attention), N)),
        np.tile(drops, (N, 1)),
    )


def test_gains_and_drops() -> None:
    zero = replace(measured(0.25), first=np.zeros(N, dtype=bool))
    found = summarise(OF, Labels.OWN, zero, measured(0.5, drops=(0.5, 0.25, 0.0)), None, CHOSEN)
    assert (found.n_facts, found.shots, found.heads, found.chosen_on) == (N, 3, ("a0.h1",), ("q",))
    assert (found.probability, found.probability_zero, found.gain) == pytest.approx((0.5, 0.25, 0.25))
    assert (found.gain_log, found.gain_log_low, found.gain_log_high) == pytest.approx([np.log(2)] * 3)
    assert (found.first, found.first_zero) == (0.25, 0)
    assert (found.drop, found.random, found.drop_share) == pytest.approx((0.5, 0.125, 0.5 / np.log(2)))
    assert found.movers_r is None


def test_a_gain_that_may_be_none_has_no_share() -> None:
    wide = measured(0.5, drops=(0.5, 0.0))
    unsure = replace(wide, log_p=wide.log_p + np.linspace(-0.5, 0.6, N))
    found = summarise(OF, Labels.OWN, measured(0.5), unsure, None, CHOSEN)
    assert found.gain_log > 0 > found.gain_log_low
    assert found.drop_share is None


def test_a_loss_has_no_share() -> None:
    found = summarise(OF, Labels.SHUFFLED, measured(0.5), measured(0.25, drops=(0.5, 0.0)), None, CHOSEN)
    assert (found.gain, found.drop_share) == (pytest.approx(-0.25), None)


def test_intervals_are_of_paired_differences() -> None:
    """Probabilities differ widely over facts, and the gain is the same in all."""
    wide = np.log(np.linspace(0.05, 0.6, N))
    zero, shown = replace(measured(0.5), log_p=wide), replace(measured(0.5, drops=(0.0,)), log_p=wide + 0.25)
    found = summarise(OF, Labels.OWN, zero, replace(shown, drops=np.zeros((N, 2))), None, CHOSEN)
    assert found.gain_log_high - found.gain_log_low < 1e-6
    assert found.probability_high - found.probability_low > 0.1


def test_movers_stay_or_do_not() -> None:
    draw = np.random.default_rng(0)
    plain = measured(0.5, (0.5,) * 6)
    eye = (
        np.eye(N)[:, None] * draw.normal(size=6)[None, :, None]
    )  # each head moves own objects, by an amount of its own
    zero = replace(plain, table=eye)
    same, other = movers(zero, zero, OBJECTS), movers(zero, replace(plain, table=-eye), OBJECTS)
    assert same is not None
    assert other is not None
    assert np.allclose(same.zero, eye.max(2) + eye.min(2))
    assert correlation(same.zero.mean(0), same.shown.mean(0)) == pytest.approx(1)
    assert correlation(other.zero.mean(0), other.shown.mean(0)) == pytest.approx(-1)
    assert correlation(np.ones(6), same.zero.mean(0)) is None


def test_facts_of_one_object_have_no_movers() -> None:
    plain = measured(0.5)
    facts = tuple(replace(fact, answer=40, prompt=replace(fact.prompt, answers=(40,))) for fact in FACTS)
    one = replace(plain, facts=facts, table=plain.table[:, :, :1])
    assert movers(one, one, (40,)) is None


def test_new_heads_attend_and_moved_nothing() -> None:
    """The first attends, the second attends and is a mover, the third attends a little, the fourth not at all."""
    own = measured(0.5, (0.5, 0.5, 0.15, 0.125))
    noise = np.linspace(-0.05, 0.05, N)[:, None]
    scores = np.array([0.0, 2.0, 0.0, 0.0]) + noise
    moved = Movers(scores, np.zeros_like(scores), scores)
    assert new_heads(own, moved).tolist() == [True, False, False, False]
    assert not new_heads(own, None).any(), "nobody can tell whether they are movers"
    few = Movers(scores[:11], np.zeros((11, 4)), scores[:11])
    assert not new_heads(own, few).any()


def test_heads_stand_beside_even_spread_and_shuffled_labels() -> None:
    own, shuffled = measured(0.5, (0.5, 0.1)), measured(0.5, (0.25, 0.1))
    scores = np.zeros((N, 2))
    first, second = head_records(OF, ("a0.h0", "a0.h1"), own, shuffled, Movers(scores, scores, scores + 1))
    assert (first.attention, first.attention_null, first.attention_shuffled) == pytest.approx((0.5, 0.125, 0.25))
    assert (first.mover_zero, first.mover, first.n_facts) == (0, 1, N)
    assert first.attention_q is not None
    assert second.attention_q is not None
    assert first.attention_q < 0.05 < second.attention_q
    (alone, _) = head_records(OF, ("a0.h0", "a0.h1"), own, None, None)
    assert (alone.attention_shuffled, alone.mover, alone.is_new) == (None, None, False)
