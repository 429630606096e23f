from dataclasses import replace

import numpy as np
import pytest
import torch

from graphdb.role_records import GROUPS, HeadRole, RoleKind
from ingest.compute import batching
from ingest.model import LanguageModel
from ingest.roles import facts as role_facts
from ingest.roles.checks import DRAWS, check_roles, measure_drops, random_heads, strongest
from ingest.roles.facts import RelationFacts, batches, role_fact
from ingest.roles.knockout import knock_out
from ingest.roles.last_position import run_last
from ingest.roles.positions import SUBJECTS
from ingest.roles.roles import Scores, roles, score_heads
from tests.ingest.roles.models import random_facts
from tests.ingest.roles.toy import FIRST_OBJECT, HEADS, N, toy_facts, toy_model

EXPECTED = {
    "mover": RoleKind.MOVER,
    "relation": RoleKind.RELATION,
    "mixture": RoleKind.MIXTURE,
    "shifted": RoleKind.NONE,
    "general": RoleKind.NONE,
    "idle": RoleKind.NONE,
}


@pytest.fixture
def toy(llama: LanguageModel) -> LanguageModel:
    return toy_model(llama)


@pytest.fixture
def scores(toy: LanguageModel) -> Scores:
    return score_heads(toy, toy_facts())


def _by_name(heads: tuple[HeadRole, ...]) -> dict[str, HeadRole]:
    return dict(zip(HEADS, heads, strict=True))


def test_heads_built_by_hand_have_their_roles(scores: Scores) -> None:
    heads = _by_name(roles(scores))
    assert {name: head.role for name, head in heads.items()} == EXPECTED
    assert [head.component for head in heads.values()] == [f"a0.h{head}" for head in range(len(HEADS))]
    assert all(head.n_facts == N for head in heads.values())


def test_facts_have_the_roles_of_their_heads(scores: Scores) -> None:
    for name, head in _by_name(roles(scores)).items():
        assert [fact.role for fact in head.facts] == [EXPECTED[name]] * (N if EXPECTED[name] else 0)
        assert [fact.fact_id for fact in head.facts] == sorted(fact.fact_id for fact in head.facts)


def test_figures_say_where_a_head_reads_and_what_it_writes(scores: Scores) -> None:
    heads = _by_name(roles(scores))
    subject, template = GROUPS.index("subject"), GROUPS.index("template")
    for head in heads.values():
        assert sum(head.attention) == pytest.approx(1)
        assert head.mover_null == pytest.approx(0, abs=1e-9)
    assert max(range(5), key=lambda group: heads["mover"].attention[group]) == subject
    assert max(range(5), key=lambda group: heads["relation"].attention[group]) == template
    assert heads["mover"].direct[subject] > 0.5
    assert abs(heads["general"].direct[subject]) < 0.1
    assert heads["relation"].relation > 0.5 > heads["relation"].relation_null


def test_too_few_facts_give_figures_and_no_roles(toy: LanguageModel) -> None:
    heads = _by_name(roles(score_heads(toy, toy_facts(11))))
    assert {head.role for head in heads.values()} == {RoleKind.NONE}
    assert {head.mover_q for head in heads.values()} == {None} == {head.relation_q for head in heads.values()}
    assert heads["mover"].mover > 0.5
    assert not heads["mover"].facts


def test_two_objects_give_nothing(toy: LanguageModel) -> None:
    scores = score_heads(toy, toy_facts(2))
    assert roles(scores) == ()
    assert scores.not_comparable == ("r/00", "r/01")
    assert check_roles(toy, scores) == ()


def test_facts_that_are_not_finite_are_left_out_and_named(toy: LanguageModel) -> None:
    embed = toy.weights.embed.clone()
    embed[toy_facts().facts[3].prompt.tokens[2]] = torch.inf
    broken = replace(toy, weights=replace(toy.weights, embed=embed))
    scores = score_heads(broken, toy_facts())
    assert scores.not_finite == ("r/03",)
    assert {head.n_facts for head in roles(scores)} == {N - 1}
    assert {name: head.role for name, head in _by_name(roles(scores)).items()} == EXPECTED


def test_roles_do_not_depend_on_batches_nor_on_the_order_of_facts(
    toy: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = roles(score_heads(toy, toy_facts()))
    monkeypatch.setattr(role_facts, "POSITIONS", 12)
    relation = toy_facts()
    assert max(len(batch) for batch in batches(relation.facts)) == 3
    again = roles(score_heads(toy, replace(relation, facts=relation.facts[::-1])))
    for one, two in zip(whole, again, strict=True):
        assert one.role is two.role
        assert [fact.fact_id for fact in one.facts] == [fact.fact_id for fact in two.facts]
        assert (one.mover, one.relation) == pytest.approx((two.mover, two.relation))


def test_batches_hold_prompts_of_one_length_and_every_fact_once() -> None:
    facts = (*random_facts(20), *random_facts(3, (0, 1, 2, 3)))
    found = list(batches(facts))
    assert all(len({len(fact.prompt.tokens) for fact in batch}) == 1 for batch in found)
    assert max(len(batch) for batch in found) == batching.POSITIONS // 7
    assert sorted(id(fact) for batch in found for fact in batch) == sorted(map(id, facts))


@pytest.mark.parametrize("role", [RoleKind.MOVER, RoleKind.RELATION])
def test_strongest_heads_come_first_and_reach_the_floor(scores: Scores, role: RoleKind) -> None:
    assert strongest(scores, role) == ((f"a0.h{HEADS.index(role.value)}", f"a0.h{HEADS.index('mixture')}"))
    assert strongest(scores, role, 1) == (f"a0.h{HEADS.index(role.value)}",)


def test_cutting_heads_with_a_role_costs_and_cutting_others_does_not(toy: LanguageModel, scores: Scores) -> None:
    checks = {check.role: check for check in check_roles(toy, scores)}
    assert set(checks) == {RoleKind.MOVER, RoleKind.RELATION}
    for check in checks.values():
        assert check.facts_chosen == check.facts_cut == N // 2
        assert check.drop_low <= check.drop <= check.drop_high
        assert check.random_low <= check.random <= check.random_high
        assert check.drop > 0.5 > 5 * abs(check.random)
        assert check.model_id == toy.record.id
    assert checks[RoleKind.MOVER].heads == ("a0.h0", "a0.h2")
    assert checks[RoleKind.RELATION].heads == ("a0.h1", "a0.h2")
    assert check_roles(toy, scores) == check_roles(toy, scores)


def test_drops_are_those_of_the_knockout(toy: LanguageModel, scores: Scores) -> None:
    drops = measure_drops(toy.weights, scores, RoleKind.MOVER, ("a0.h0",), range(N))
    facts = tuple(fact for batch in batches(scores.relation.facts) for fact in batch)
    last, one = run_last(toy.weights, facts), torch.zeros(1, len(HEADS), dtype=torch.bool)
    one[0, 0] = True

    def metric(stream: torch.Tensor) -> np.ndarray:
        objects = stream[
            :, -1, FIRST_OBJECT : FIRST_OBJECT + N
        ].numpy()  # the toy's norm and unembedding change nothing
        own = np.array([fact.answer - FIRST_OBJECT for fact in facts])
        mine = objects[np.arange(N), own]
        return mine - (objects.sum(1) - mine) / (N - 1)

    expected = metric(last.trace.final) - metric(knock_out(toy.weights, last, one, SUBJECTS))
    assert np.allclose(drops.chosen, expected)


def test_random_heads_are_others_of_the_same_layers_or_the_nearest() -> None:
    every = [f"a{layer}.h{head}" for layer in range(5) for head in range(3)]
    chosen = ("a2.h0", "a2.h1", "a4.h2")
    drawn = random_heads(every, chosen)
    assert len(drawn) == DRAWS
    for heads in drawn:
        assert len(set(heads)) == 3
        assert not set(heads) & set(chosen)
        assert [heads[0], heads[1][:2] in ("a1", "a3"), heads[2][:2]] == ["a2.h2", True, "a4"]
    assert len({heads[2] for heads in drawn}) > 1
    assert drawn == random_heads(every, chosen)


def test_a_random_model_has_next_to_no_movers(small: LanguageModel) -> None:
    """Objects that have nothing to do with their prompts: no head can write them from the subject."""
    facts = random_facts(16)
    vocabularies = {"r": range(40, 56), "q": (56,), "s": (57,), "t": (58,)}
    heads = roles(score_heads(small, RelationFacts("r", "0", facts, vocabularies)))
    assert sum(head.role in (RoleKind.MOVER, RoleKind.MIXTURE) for head in heads) <= 0.5
    assert max(abs(head.mover) for head in heads) > 0


def test_a_fact_without_a_place_for_its_subject_is_none(llama: LanguageModel) -> None:
    prompt = toy_facts().facts[0].prompt
    tokens = tuple(llama.encode("w5 w6 w7"))
    at_front = replace(prompt, tokens=tokens)
    assert role_fact(at_front, prompt.answers[0], "{} w6 w7", "w5", llama.encode) is None
    found = role_fact(at_front, prompt.answers[0], "w5 {} w7", "w6", llama.encode)
    assert found is not None
    assert found.groups == (0, 1, 3)
