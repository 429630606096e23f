"""Prompts and donors, with tokenizers small enough to follow by hand."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphdb.errors import UserError
from graphdb.records import Fact, Relation
from ingest.facts.prompts import MERGED, NO_EQUAL_LENGTH, NO_OTHER_ANSWER, encode_prompt, fact_prompt, prepare
from ingest.facts.sets import FactSet

RELATION = Relation("r", "r", "own", ("the {} is", "{} has"))


def words(text: str) -> list[int]:
    """One token a word, after a token for the beginning; equal words are equal tokens."""
    return [1, *(int.from_bytes(word.encode(), "big") for word in text.split(" "))]


def token(word: str) -> int:
    return words(word)[1]


def fact(subject: str, *objects: str, prompt: str = "") -> Fact:
    return Fact(f"r/{subject}", "r", subject, objects[0], objects, prompt)


def facts(*found: Fact) -> FactSet:
    return FactSet(RELATION, found)


def test_a_prompt_ends_before_the_space_of_the_answer() -> None:
    assert fact_prompt(RELATION, fact("sky", "blue")) == "the sky is"
    assert fact_prompt(RELATION, fact("sky", "blue"), template=1) == "sky has"


def test_an_own_prompt_stands_for_the_first_template() -> None:
    own = fact("sky", "blue", prompt="look, {} is")
    assert fact_prompt(RELATION, own) == "look, sky is"
    assert fact_prompt(RELATION, own, template=1) == "sky has"


@pytest.mark.parametrize("template", [2, -1])
def test_a_template_that_is_not_there_is_named(template: int) -> None:
    with pytest.raises(UserError, match=f"no template {template}; give a number from 0 to 1"):
        fact_prompt(RELATION, fact("sky", "blue"), template)


def test_answers_are_the_first_tokens_of_all_accepted_objects() -> None:
    prompt = encode_prompt("the sky is", fact("sky", "pale blue", "dark", "pale grey"), words)
    assert prompt.tokens == (1, token("the"), token("sky"), token("is"))
    assert prompt.answers == (token("pale"), token("dark"))


def test_a_tokenizer_that_joins_prompt_and_answer_is_reported() -> None:
    [case] = prepare(facts(fact("sky", "blue")), lambda text: [hash(text)])
    assert (case.prompt.answers, case.donors, case.reason) == ((), (), MERGED)


def test_a_donor_has_as_many_tokens_and_another_answer() -> None:
    cases = prepare(
        facts(
            fact("sky", "blue", "grey"),
            fact("sea", "blue"),
            fact("mouse", "grey"),
            fact("grass", "green"),
            fact("fire engine", "red"),
        ),
        words,
    )
    donors = {case.prompt.fact_id: {donor.text for donor in case.donors} for case in cases}
    assert donors["r/sky"] == {"the grass is"}
    assert donors["r/sea"] == {"the mouse is", "the grass is"}
    assert donors["r/grass"] == {"the sky is", "the sea is", "the mouse is"}
    assert [case.reason for case in cases] == ["", "", "", "", NO_EQUAL_LENGTH]


def test_a_relation_of_one_answer_has_no_donor() -> None:
    cases = prepare(facts(fact("sky", "blue"), fact("sea", "blue")), words)
    assert [case.reason for case in cases] == [NO_OTHER_ANSWER] * 2


def test_donors_speak_in_the_words_of_the_fact() -> None:
    own = fact("sky", "blue", prompt="look, {} is")
    first, second = prepare(facts(own, fact("grass", "green")), words)
    assert [donor.text for donor in first.donors] == ["look, grass is"]
    assert [donor.text for donor in second.donors] == ["the sky is"]


def test_donors_of_one_fact_have_different_answers_as_far_as_there_are() -> None:
    many = facts(*(fact(f"s{i}", f"o{i % 7}") for i in range(70)))
    cases = prepare(many, words)
    assert len(cases) == 70
    for case in cases:
        assert len(case.donors) == 10
        assert len({donor.answers for donor in case.donors}) == 6
        assert len({donor.answers for donor in case.donors[:6]}) == 6


def test_donors_are_spread_over_the_relation() -> None:
    many = facts(*(fact(f"s{i}", f"o{i}") for i in range(200)))
    cases = prepare(many, words)
    used = Counter(donor.fact_id for case in cases for donor in case.donors)
    assert len(used) > 190
    assert max(used.values()) <= 40, "ten is the mean"


def test_more_facts_leave_most_donors_as_they_are() -> None:
    many = [fact(f"s{i}", f"o{i}") for i in range(101)]
    before = prepare(facts(*many[:100]), words)
    after = prepare(facts(*many), words)[:100]
    changed = sum(old.donors[:1] != new.donors[:1] for old, new in zip(before, after, strict=True))
    assert changed <= 10


@given(
    pairs=st.lists(
        st.tuples(st.text("ab ", min_size=1).map(str.strip).filter(bool), st.sampled_from("xyz")),
        unique_by=lambda pair: pair[0],
    ),
    n=st.integers(1, 5),
)
def test_every_case_keeps_the_rules_of_donors(pairs: list[tuple[str, str]], n: int) -> None:
    given_facts = facts(*(fact(subject, answer) for subject, answer in pairs))
    cases = prepare(given_facts, words, n_donors=n)
    assert cases == prepare(given_facts, words, n_donors=n)
    assert [case.prompt.fact_id for case in cases] == [each.id for each in given_facts.facts]
    for case in cases:
        fitting = [
            other.prompt
            for other in cases
            if len(other.prompt.tokens) == len(case.prompt.tokens) and other.prompt.answers != case.prompt.answers
        ]
        assert len(case.donors) == len(set(case.donors)) == min(n, len(fitting))
        assert set(case.donors) <= set(fitting)
        assert bool(case.reason) == (not case.donors)
