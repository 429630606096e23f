"""Prompts and donors, with tokenizers small enough to follow by hand."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphdb.errors import UserError
from graphdb.records import Fact, Reason, Relation
from ingest.facts import names
from ingest.facts.names import Names
from ingest.facts.prompts import encode_prompt, fact_prompt, prepare
from ingest.facts.sets import FactSet

RELATION = Relation("r", "r", "own", ("the {} is", "{} has"))


def words(text: str) -> list[int]:
    """One token a word, after a token for the beginning; equal words are equal tokens."""
    return [1, *(int.from_bytes(word.encode(), "big") for word in text.split(" "))]


def token(word: str) -> int:
    return words(word)[1]


def digits(text: str) -> list[int]:
    """The same, but one token a digit, as many tokenizers have it."""
    spaced = "".join(f" {each}" if each.isdigit() else each for each in text)
    return words(" ".join(spaced.split()))


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
    assert (case.prompt.answers, case.donors, case.reason) == ((), (), Reason.MERGED)


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
    assert [case.reason for case in cases] == [None, None, None, None, Reason.NO_EQUAL_LENGTH]


def test_a_relation_of_one_answer_has_no_donor() -> None:
    cases = prepare(facts(fact("sky", "blue"), fact("sea", "blue")), words)
    assert [case.reason for case in cases] == [Reason.NO_OTHER_ANSWER] * 2


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


def years(*objects: str) -> FactSet:
    return facts(*(fact(f"s{letter}", *year.split("/")) for letter, year in zip("abcdefghijk", objects, strict=False)))


def spelled(text: str) -> tuple[int, ...]:
    return tuple(token(letter) for letter in text)


def test_objects_that_begin_alike_are_read_at_the_first_token_in_which_they_differ() -> None:
    cases = prepare(years("1941", "1942", "1942", "1945", "1952"), digits)
    first = cases[0]
    assert first.beginning == spelled("194")
    assert first.prompt.tokens == (*digits("the sa is"), *spelled("194"))
    assert first.prompt.answers == spelled("1")
    assert {(donor.fact_id, donor.answers) for donor in first.donors} == {
        ("r/sb", spelled("2")),
        ("r/sc", spelled("2")),
        ("r/sd", spelled("5")),
    }
    assert all(donor.tokens[-3:] == first.beginning for donor in first.donors)
    assert (first.prompt.text, first.donors[0].text[:5]) == ("the sa is", "the s")
    assert [len(case.donors) for case in cases[1:4]] == [2, 2, 3], "nobody with the same year"


def test_of_two_places_the_one_with_more_donors_is_read_and_the_first_if_it_has_enough() -> None:
    cases = prepare(years("1941", "1952", "1963", "1974", "1975"), digits)
    assert [case.beginning for case in cases] == [spelled("19")] * 5
    assert [len(case.donors) for case in cases] == [4, 4, 4, 3, 3]
    enough = years("1941", "1942", *(f"{digit}000" for digit in range(2, 9)))
    assert [case.beginning for case in prepare(enough, digits)][:2] == [(), ()]


def test_every_accepted_object_that_begins_as_what_is_read_counts_as_right() -> None:
    cases = prepare(years("1941/1942/2000", "1942", "1943", "1944"), digits)
    assert cases[0].prompt.answers == spelled("12")
    assert [donor.fact_id for donor in cases[0].donors] in (["r/sc", "r/sd"], ["r/sd", "r/sc"])
    assert "r/sa" not in {donor.fact_id for donor in cases[1].donors}


def test_an_object_is_not_read_behind_its_end() -> None:
    cases = prepare(facts(fact("sa", "new"), fact("sb", "new york"), fact("sc", "new ark")), words)
    assert [(case.beginning, len(case.donors)) for case in cases] == [
        ((), 0),
        ((token("new"),), 1),
        ((token("new"),), 1),
    ]


def test_facts_that_are_not_explained_are_donors() -> None:
    every = facts(*(fact(f"s{i}", f"o{i}") for i in range(30)))
    some = every.first(3)
    assert (len(some.facts), len(some.donors)) == (3, 27)
    assert prepare(some, words) == prepare(every, words)[:3]
    assert every.first(None) == every
    assert len(some.first(1).facts + some.first(1).donors) == 30


def test_other_names_of_equal_length_come_from_the_same_category_first(monkeypatch: pytest.MonkeyPatch) -> None:
    packaged = {"own": ("sky", "oak", "ash", "red fox"), "far": ("rome", "oak", "blue", "new york")}
    monkeypatch.setattr(names, "packaged_subjects", lambda: packaged)
    (case,) = prepare(facts(fact("sky", "blue")), words)
    donors = list(case.substitutes())
    assert [donor.is_fact for donor in donors] == [False] * 3
    assert {donor.fact_id for donor in donors[:2]} == {"name:oak", "name:ash"}
    assert donors[2].fact_id == "name:rome", "neither a subject nor an object of the relation"
    assert all(donor.text == f"the {donor.fact_id.removeprefix('name:')} is" for donor in donors)
    assert all((len(donor.tokens), donor.answers) == (len(case.prompt.tokens), ()) for donor in donors)
    assert case.names == Names(
        "the {} is", frozenset({"oak", "ash", "red fox"}), frozenset({"rome", "new york"}), words
    )


def test_names_are_asked_behind_the_beginning_that_is_read() -> None:
    case = prepare(years("1941", "1942"), digits)[0]
    name = next(donor for donor in case.substitutes() if not donor.is_fact)
    assert name.tokens == (*digits(name.text), *spelled("194"))


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
