"""What an edit changed, counted again from plain runs."""

from dataclasses import replace

import pytest
import torch

from graphdb.conditions.edits import FIRM, EditEffects
from ingest.editing.change import with_down
from ingest.editing.effects import Questions, changes, effects, gives, shifts
from ingest.editing.prompts.bystanders import known_facts
from ingest.editing.prompts.wording import Asked, ask, asked_words
from ingest.model import LanguageModel
from ingest.model.forward import last_logits, run
from tests.ingest.editing.known import known_sets


def asked_of(model: LanguageModel) -> Questions:
    sets = known_sets(model)
    fact = sets[0].facts[0]
    edited = ask(model, asked_words(sets[0].relation, fact), "w30")
    other = ask(model, asked_words(sets[0].relation, fact, 1), "w30")
    return Questions(edited, [], [other], "first", known_facts(model, sets).beside(fact))


def measured(after: LanguageModel, asked: Questions, *, is_sham: bool) -> EditEffects:
    return effects(after, asked, shifts(after, asked.bystanders), "v", is_sham=is_sham)


def logits(model: LanguageModel, tokens: tuple[int, ...]) -> torch.Tensor:
    return last_logits(model.weights, run(model.weights, torch.tensor([tokens])).final)[0]


def disturbed(model: LanguageModel) -> LanguageModel:
    """The model with another MLP in its second layer."""
    down = model.weights.mlp[1].down
    return replace(model, weights=with_down(model.weights, 1, down.flip(0)))


def test_a_model_beside_itself_changed_nothing(llama: LanguageModel) -> None:
    found = measured(llama, asked_of(llama), is_sham=False)
    assert (found.n_neighbourhood, found.n_other) == (5, 5)
    assert (found.neighbourhood, found.other, found.flips, found.flips_firm) == (1, 1, 0, 0)
    assert found.kl_neighbourhood == pytest.approx(0, abs=1e-9)
    assert found.kl_other == pytest.approx(0, abs=1e-9)
    assert found.paraphrase_prefix is None
    assert found.id == "v|edit"


def test_figures_are_those_of_plain_runs(llama: LanguageModel) -> None:
    asked, after = asked_of(llama), disturbed(llama)
    found = measured(after, asked, is_sham=True)
    same, kl, margins = [], [], []
    for each in asked.bystanders.facts:
        one, two = (logits(model, each.prompt.tokens).log_softmax(-1) for model in (llama, after))
        same.append(int(one.argmax()) == int(two.argmax()))
        kl.append(float((one.exp() * (one - two)).sum()))
        best, second = one.topk(2).values.tolist()
        margins.append(best - second)
    assert [each.relation_id for each in asked.bystanders.facts] == ["first"] * 5 + ["second"] * 5
    assert found.neighbourhood == pytest.approx(sum(same[:5]) / 5)
    assert found.other == pytest.approx(sum(same[5:]) / 5)
    assert found.kl_neighbourhood == pytest.approx(sum(kl[:5]) / 5, rel=1e-4)
    assert found.kl_other == pytest.approx(sum(kl[5:]) / 5, rel=1e-4)
    assert found.flips == same.count(False) > 0
    firm = [margin for margin, kept in zip(margins, same, strict=True) if not kept and margin >= FIRM]
    assert found.flips_firm == len(firm)
    assert found.id == "v|sham"


def test_each_fact_has_its_own_change_beside_the_sham(llama: LanguageModel) -> None:
    asked, after = asked_of(llama), disturbed(llama)
    facts = asked.bystanders
    found = changes(facts, shifts(after, facts), shifts(llama, facts), "v")
    assert [each.bystander for each in found] == [each.prompt.fact_id for each in facts.facts]
    for each, fact in zip(found, facts.facts, strict=True):
        one, two = (logits(model, fact.prompt.tokens).log_softmax(-1) for model in (llama, after))
        assert each.kl == pytest.approx(float((one.exp() * (one - two)).sum()), rel=1e-4, abs=1e-7)
        assert (each.answer_before, each.answer) == (llama.decode(int(one.argmax())), llama.decode(int(two.argmax())))
        assert each.flipped == (int(one.argmax()) != int(two.argmax()))
        assert (each.answer_sham, each.flipped_sham) == (each.answer_before, False)
        assert each.kl_sham == pytest.approx(0, abs=1e-7)
    assert any(each.flipped for each in found)


def test_answers_spread_where_others_now_give_the_new_object(llama: LanguageModel) -> None:
    asked, after = asked_of(llama), disturbed(llama)
    now = [int(logits(after, each.prompt.tokens).argmax()) for each in asked.bystanders.facts[:5]]
    before = [int(logits(llama, each.prompt.tokens).argmax()) for each in asked.bystanders.facts[:5]]
    new = next(two for one, two in zip(before, now, strict=True) if one != two)
    asked = replace(asked, edited=replace(asked.edited, answer=(new,)))
    others = [two == new for one, two in zip(before, now, strict=True) if one != new]
    assert measured(after, asked, is_sham=False).spread == pytest.approx(sum(others) / len(others))


def test_an_answer_is_given_when_every_token_of_it_is_first(llama: LanguageModel) -> None:
    tokens = (40, 41, 7)
    first = int(logits(llama, tokens).argmax())
    second = int(logits(llama, (*tokens, first)).argmax())
    wrong = (second + 1) % 60
    found = gives(llama, [Asked(tokens, 2, each) for each in ((first,), (first, second), (first, wrong), (wrong,))])
    assert [each.first for each in found] == [True, True, False, first == wrong]
    one = logits(llama, tokens).softmax(-1)[first]
    two = logits(llama, (*tokens, first)).softmax(-1)[wrong]
    assert found[2].probability == pytest.approx(float(one * two), rel=1e-4)


def test_only_known_facts_are_bystanders(llama: LanguageModel) -> None:
    (one, two) = known_sets(llama)
    unknown = replace(one.facts[2], object="w59", accepted=("w59",))
    assert one.facts[2].object != "w59"
    sets = [replace(one, facts=(*one.facts[:2], unknown, *one.facts[3:])), two]
    known = known_facts(llama, sets)
    assert [each.prompt.fact_id for each in known.facts] == [
        each.id for given in sets for each in given.facts if each is not unknown
    ]
    beside = known.beside(one.facts[0], per_relation=2)
    assert [each.prompt.fact_id for each in beside.facts] == [
        *(each.id for each in one.facts[1:] if each.id != unknown.id),
        *(each.id for each in two.facts[:2]),
    ]
