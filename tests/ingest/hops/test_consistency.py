"""Answers to two hops beside those that the single hops lead to, worked out one prompt at a time."""

import torch

from ingest.hops.consistency import choices
from ingest.model import LanguageModel
from ingest.model.forward import last_logits, run
from tests.ingest.hops.chained import questions, worded

BRIDGES, OBJECTS = range(13, 19), range(19, 25)


def likeliest(model: LanguageModel, text: str, words: range) -> int:
    trace = run(model.weights, torch.tensor([model.encode(text)]))
    logits = last_logits(model.weights, trace.final)[0]
    return max(words, key=lambda word: float(logits[word]))


@torch.no_grad()
def test_the_hops_are_followed_by_the_models_own_answers(small: LanguageModel) -> None:
    small = worded(small)
    asked = questions(small)
    found = choices(small, asked)
    subjects = [each.both.prompt.fact_id.partition("/")[2] for each in asked.chains]
    bridges = {each: likeliest(small, f"w40 w41 {each} w42", BRIDGES) for each in subjects}
    led = [likeliest(small, f"w43 w{bridges[each]} w44 w45", OBJECTS) for each in subjects]
    assert [each.by_hops for each in found] == led
    assert [each.choice for each in found] == [
        likeliest(small, f"w46 w49 {each} w47 w48", OBJECTS) for each in subjects
    ]
    for one, each in zip(asked.chains, found, strict=True):
        apart = [by for by, other in zip(led, asked.chains, strict=True) if other.bridge != one.bridge]
        assert each.null == apart.count(each.choice) / 10, "of twelve facts, ten have another bridge"


def test_chains_follow_the_facts(llama: LanguageModel) -> None:
    asked = questions(llama)
    assert len(asked.chains) == len(asked.known) == 12
    for each in asked.chains:
        subject = each.both.prompt.fact_id.removeprefix("both/")
        assert each.first.prompt.fact_id == f"first/{subject}"
        assert each.second.prompt.fact_id == f"second/{each.bridge}"
        assert each.bridge == f"w{13 + int(subject[1:]) % 6}"


def test_what_is_not_known_in_one_question_is_not_known(llama: LanguageModel) -> None:
    asked = questions(llama, known_rank=45)
    ranks = [[asked.rank(case) for case in each.cases] for each in asked.chains]
    assert len(asked.known) == sum(max(each) <= 45 for each in ranks)
    assert 0 < len(asked.known) < len(asked.chains) == 12
