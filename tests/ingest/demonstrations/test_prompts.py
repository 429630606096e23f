"""Which facts are shown before a fact, with which objects, and which tokens of the prompt are theirs."""

from collections.abc import Callable

import pytest

from graphdb.conditions.demonstrations import Labels
from graphdb.records import Fact
from ingest.demonstrations.prompts import ANSWERS, WORDS, demonstrated
from ingest.facts.demonstrations import Shown, choose
from ingest.model import LanguageModel
from ingest.roles.positions import LAST, SINK, SUBJECTS, TEMPLATE


def fact(subject: str, *objects: str) -> Fact:
    return Fact(f"r/{subject}", "r", subject, objects[0], objects, "")


POOL = [fact(f"w{number}", f"w{number + 20}") for number in range(1, 13)]


@pytest.mark.parametrize("labels", Labels)
def test_demonstrations_never_tell_the_fact(labels: Labels) -> None:
    twins = [fact("w17", "w21"), fact("w21", "w18"), fact("w19", "w1")]  # its object, and it as subject, and as object
    for each in (*POOL, fact("w1", "w21", "w23")):
        shown = choose(each, [*POOL, *twins], 6, labels)
        assert shown is not None
        told = {text for one in shown for text in (one.subject, one.object)}
        assert told.isdisjoint({each.subject, *each.accepted})
        assert len({one.subject for one in shown}) == 6


def test_a_fact_keeps_its_demonstrations_and_more_begin_with_the_fewer() -> None:
    three = choose(POOL[0], POOL, 3, Labels.OWN)
    assert three is not None
    assert choose(POOL[0], POOL[::-1], 1, Labels.OWN) == three[:1]
    assert three != choose(POOL[1], POOL, 3, Labels.OWN)


def test_shuffled_demonstrations_have_the_same_subjects_and_no_right_object() -> None:
    right = {each.subject: set(each.accepted) for each in POOL}
    for each in POOL:
        own, shuffled = (choose(each, POOL, 3, labels) for labels in (Labels.OWN, Labels.SHUFFLED))
        assert own is not None
        assert shuffled is not None
        assert [one.subject for one in own] == [one.subject for one in shuffled]
        assert all(one.object in right[one.subject] for one in own)
        assert not any(one.object in right[one.subject] for one in shuffled)


def test_objects_come_once_before_any_comes_again() -> None:
    many = [fact(f"w{number}", "w40" if number < 12 else "w41") for number in range(1, 14)]
    shown = choose(fact("w50", "w51"), many, 2, Labels.OWN)
    assert shown is not None
    assert {one.object for one in shown} == {"w40", "w41"}


def test_too_few_facts_give_none() -> None:
    assert choose(POOL[0], POOL[:3], 3, Labels.OWN) is None
    two_objects = [fact("w1", "w21"), fact("w2", "w22"), fact("w3", "w22")]
    assert choose(two_objects[0], two_objects, 1, Labels.OWN) is not None
    assert choose(two_objects[0], two_objects, 1, Labels.SHUFFLED) is None, "no wrong object is left"


SHOWN = (Shown("w1", "w21"), Shown("w2 w3", "w22 w23"))


def test_every_token_has_its_group(llama: LanguageModel) -> None:
    asked = demonstrated(fact("w4 w5", "w24"), 24, "w40 {} w41 w42", SHOWN, llama.encode)
    assert asked is not None
    lines = [(40, 1, 41, 42, 21), (40, 2, 3, 41, 42, 22, 23), (40, 4, 5, 41, 42)]
    assert asked.prompt.tokens == tuple(token for line in lines for token in line)
    assert asked.prompt.answers == (24,)
    first = (SINK, WORDS, WORDS, WORDS, ANSWERS)
    second = (WORDS, WORDS, WORDS, WORDS, WORDS, ANSWERS, ANSWERS)
    assert asked.groups == (*first, *second, TEMPLATE, SUBJECTS, SUBJECTS, TEMPLATE, LAST)


def test_what_is_read_behind_a_beginning_stays_so(llama: LanguageModel) -> None:
    asked = demonstrated(fact("w4", "w30 w24"), 24, "w40 {} w41", SHOWN, llama.encode, (30,))
    assert asked is not None
    assert asked.prompt.tokens[-4:] == (40, 4, 41, 30)
    assert asked.groups[-4:-1] == (TEMPLATE, SUBJECTS, TEMPLATE)


def by_character(text: str) -> list[int]:
    return [ord(each) for each in text]


def merging_line_ends(text: str) -> list[int]:
    """Numbers of words, where a line's last word and the next line's first are one token."""
    return [sum(map(ord, word)) for word in text.split(" ")]


@pytest.mark.parametrize(
    ("encode", "answer", "fits"),
    [(by_character, ord(" "), True), (by_character, ord("x"), False), (merging_line_ends, 100, False)],
)
def test_answers_without_tokens_of_their_own_give_none(
    encode: Callable[[str], list[int]], answer: int, fits: bool
) -> None:
    asked = demonstrated(fact("d", "d"), answer, "a {} b", (Shown("c", "e"),), encode)
    assert (asked is not None) == fits
    if asked:
        places = [place for place, group in enumerate(asked.groups) if group == ANSWERS]
        assert places == [5, 6], "the space and the letter of the answer"
