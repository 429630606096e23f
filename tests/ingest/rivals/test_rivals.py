"""Objects against their rivals: sums that must hold on every architecture, and figures worked by hand on the toy."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from graphdb.conditions.rivals import Rival
from ingest.facts.prompts import Prompt
from ingest.lens.emergence import emergence
from ingest.model import LanguageModel
from ingest.model.forward import last_logits, run
from ingest.rivals.readings import components, read
from ingest.rivals.rivals import HeadSets, rivals
from ingest.roles.attribution import direct_attribution
from ingest.roles.facts import RelationFacts, RoleFact
from ingest.roles.last_position import run_last
from ingest.roles.positions import SUBJECTS
from tests.ingest.roles.models import random_facts
from tests.ingest.roles.toy import FIRST_OBJECT, N, toy_facts, toy_model

OBJECTS = tuple(range(40, 48))
MOVERS = ("a0.h1", "a2.h3")


def relation_of(facts: tuple[RoleFact, ...], objects: tuple[int, ...] = OBJECTS) -> RelationFacts:
    return RelationFacts("r", "0", facts, {"r": objects})


def measured(model: LanguageModel, facts: tuple[RoleFact, ...], movers: tuple[str, ...] = MOVERS) -> tuple[Rival, ...]:
    subjects = {fact.prompt.fact_id: "w1" for fact in facts}
    return rivals(model, relation_of(facts), movers, subjects)


def logits_of(model: LanguageModel, fact: RoleFact) -> torch.Tensor:
    return last_logits(model.weights, run(model.weights, torch.tensor([fact.prompt.tokens])).final)[0]


def test_a_rival_is_the_likeliest_token_that_is_not_accepted(small: LanguageModel) -> None:
    first, *others = random_facts(4)
    logits = logits_of(small, first)
    best, second, third = logits.argsort(descending=True)[:3].tolist()
    prompt = replace(first.prompt, answers=(second, best))
    right, both = replace(first, prompt=prompt, answer=best), replace(first, prompt=prompt, answer=second)
    wrong = replace(first, prompt=replace(prompt, answers=(second,)), answer=second)
    for fact, rival, rank in ((right, third, 1), (both, third, 2), (wrong, best, 2)):
        (found, *_) = read(small.weights, [fact, *others], OBJECTS, torch.zeros(0, 12))
        assert (found.rival, found.rank) == (rival, rank)
        assert found.margin == pytest.approx(float(logits[fact.answer] - logits[rival]))
        assert found.probability == pytest.approx(float(logits.softmax(-1)[fact.answer]))
    probabilities = logits.softmax(-1)
    assert found.entropy == pytest.approx(float(-(probabilities * probabilities.log()).sum()))


def test_heads_mlps_and_embedding_add_up_to_the_margin(small: LanguageModel) -> None:
    facts = random_facts(6)
    for found in measured(small, facts):
        assert found.heads + found.mlps + found.embed == pytest.approx(found.margin, abs=1e-4)
        assert found.wrong == (found.rank > 1)
        assert found.wrong == (found.margin < 0)
        values = [*found.for_object_values, *reversed(found.for_rival_values)]
        assert values == sorted(values, reverse=True)
        assert all(value > 0 for value in found.for_object_values)
        assert all(value < 0 for value in found.for_rival_values)


def test_biases_count_with_the_embedding(small: LanguageModel) -> None:
    bias = torch.linspace(-1, 1, small.weights.d_model, dtype=torch.float64)
    weights = small.weights
    weights = replace(
        weights,
        attention=tuple(replace(block, o_bias=bias) for block in weights.attention),
        final_norm=replace(weights.final_norm, bias=bias.flip(0)),
    )
    for found in read(weights, random_facts(3), OBJECTS, torch.zeros(0, 12)):
        assert found.parts.sum() == pytest.approx(found.margin, abs=1e-4)


def test_components_stand_in_the_order_of_their_parts(small: LanguageModel) -> None:
    facts = random_facts(2)
    last = run_last(small.weights, facts)
    for row, found in enumerate(read(small.weights, facts, OBJECTS, torch.zeros(0, 12))):
        tokens = torch.tensor([found.fact.answer, found.rival])
        split, by_name = (
            direct_attribution(small.weights, last, tokens),
            dict(zip(components(small.weights.topology), found.parts, strict=True)),
        )
        head, mlp = split.heads[row, 2, 1].sum(0), split.mlps[row, 1]
        assert by_name["a2.h1"] == pytest.approx(float(head[0] - head[1]))
        assert by_name["m1"] == pytest.approx(float(mlp[0] - mlp[1]))


def test_movers_and_random_heads_are_sums_of_heads(small: LanguageModel) -> None:
    facts = random_facts(5)
    sets = HeadSets.of(small, MOVERS)
    assert sets.members[:, :4].sum(1).tolist() == sets.members[:, 8:].sum(1).tolist() == [1] * 6, "of the same layers"
    readings = {
        each.fact.prompt.fact_id: each for each in read(small.weights, facts, OBJECTS, torch.tensor(sets.members))
    }
    for found in measured(small, facts):
        heads = readings[found.fact_id].parts[1:13]
        assert found.movers == pytest.approx(heads[1] + heads[11])
        assert found.movers_random == pytest.approx((sets.members[1:] @ heads).mean())
        assert found.n_movers == 2
    for found in measured(small, facts, movers=()):
        assert (found.movers, found.movers_random, found.movers_among, found.n_movers) == (None, None, None, 0)
        assert found.margin_among is not None


def test_the_choice_among_objects_does_not_know_which_is_right(small: LanguageModel) -> None:
    """Whatever is accepted, its figures stay what they are."""
    facts = random_facts(6)
    others = tuple(
        replace(fact, prompt=replace(fact.prompt, answers=(48 + number,)), answer=48 + number)
        for number, fact in enumerate(facts)
    )
    names = ("margin_among", "probability_among", "entropy_among", "movers_among", "random_among")
    for one, two in zip(measured(small, facts), measured(small, others), strict=True):
        assert (one.first, one.second) == (two.first, two.second)
        assert [getattr(one, name) for name in names] == pytest.approx([getattr(two, name) for name in names])
        assert two.right_among is False
    assert any(each.right_among for each in measured(small, tuple(_as_asked(small, facts))))


def _as_asked(model: LanguageModel, facts: tuple[RoleFact, ...]) -> list[RoleFact]:
    """The facts, each with the object that the model finds likeliest."""
    chosen = [int(logits_of(model, fact)[list(OBJECTS)].argmax()) + OBJECTS[0] for fact in facts]
    return [
        replace(fact, prompt=replace(fact.prompt, answers=(token,)), answer=token)
        for fact, token in zip(facts, chosen, strict=True)
    ]


def test_what_movers_add_is_beyond_the_other_facts(small: LanguageModel) -> None:
    facts = random_facts(3)
    last, objects = run_last(small.weights, facts), torch.tensor(OBJECTS)
    heads = direct_attribution(small.weights, last, objects).heads[..., SUBJECTS, :]
    table = (heads[:, 0, 1] + heads[:, 2, 3]).numpy()  # [n, o]
    order = [fact.prompt.fact_id for fact in facts]
    for found in measured(small, facts):
        row = order.index(found.fact_id)
        logits = logits_of(small, facts[row])[list(OBJECTS)]
        first, second = logits.argsort(descending=True)[:2].tolist()
        lead = table[:, first] - table[:, second]
        assert found.movers_among == pytest.approx(lead[row] - np.delete(lead, row).mean())
        assert found.margin_among == pytest.approx(float(logits[first] - logits[second]))


@pytest.mark.parametrize("objects", [(40,), ()])
def test_one_object_is_no_choice(small: LanguageModel, objects: tuple[int, ...]) -> None:
    (fact,) = random_facts(1)
    (found,) = rivals(small, relation_of((fact,), objects), MOVERS, {"r/00": "w1"})
    assert (found.first, found.second, found.right_among, found.movers_among) == ("", "", None, None)
    assert found.movers is not None


def test_a_mover_pushes_its_object_and_a_shifted_head_the_next(llama: LanguageModel) -> None:
    """In the toy, heads 3 and 0 write the next subject's object and the own one: each is for what it writes."""
    toy, relation = toy_model(llama), toy_facts()
    subjects = {fact.prompt.fact_id: "" for fact in relation.facts}
    only = replace(relation, vocabularies={relation.relation_id: range(FIRST_OBJECT, FIRST_OBJECT + N)})
    for found in rivals(toy, only, ("a0.h0",), subjects):
        assert found.movers is not None
        assert found.movers_among is not None
        assert found.movers_random is not None
        assert found.movers > max(0.5, abs(found.movers_random))
        assert found.for_object[0] == "a0.h0"
        assert found.for_rival[0] == "a0.h3"


def test_the_turn_is_where_the_one_that_wins_stays_ahead(small: LanguageModel) -> None:
    blocks = ("embed", "a0", "m0", "a1", "m1", "a2", "m2")
    for found in read(small.weights, random_facts(6), OBJECTS, torch.zeros(0, 12)):
        parts, top = found.parts, small.weights.topology
        heads, mlps = parts[1:13].reshape(3, 4).sum(1), parts[13:]
        steps = np.cumsum([parts[0], *np.column_stack((heads, mlps)).ravel()])
        lead = steps if found.rank == 1 else -steps
        assert top.n_layers == 3
        if small.record.architecture != "gpt2":  # its output biases come in block by block
            assert found.turn == emergence(blocks, lead, np.zeros((7, 1)))
        assert found.turn


def test_a_fact_whose_run_is_not_finite_is_left_out(llama: LanguageModel) -> None:
    embed = llama.weights.embed.clone()
    embed[5] = torch.inf
    facts = [RoleFact(Prompt(f"r/{token}", "", (1, 2, token, 3, 4), (40,)), 40, (0, 2, 1, 2, 3)) for token in (5, 6)]
    found = list(read(replace(llama.weights, embed=embed), facts, OBJECTS, torch.zeros(0, 12)))
    assert [each.fact.prompt.fact_id for each in found] == ["r/6"]
