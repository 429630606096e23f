"""Donors of the relation contrast: other relations' words about the same subject, in as many tokens."""

from collections import Counter
from dataclasses import replace
from itertools import combinations

import pytest

from graphdb.records import NAME, Fact, Kind, Reason, Relation
from ingest.facts.other_words import is_pair, partners, prepare_relation, subject_place
from ingest.facts.prompts import Case, Encode
from ingest.facts.readers import OtherWords
from ingest.facts.sets import FactSet, builtin_relations
from tests.conftest import go_without
from tests.ingest.test_prompts import token, words


def relation(name: str, paired: tuple[str, ...], domain: str = "", **objects: str) -> FactSet:
    facts = tuple(Fact(f"{name}/{subject}", name, subject, each, (each,)) for subject, each in objects.items())
    return FactSet(Relation(name, name, "own", ("about {} it is",)), facts, domain=domain, paired=paired)


COLOUR = relation("colour", ("the colour of {} is", "{} looks"), sky="blue", grass="green", sea="blue")
TASTE = relation("taste", ("the taste of {} is", "long is the taste of {} so"), sky="none", grass="bitter")
SOUND = relation("sound", ("the sound of {} is", "the noise of {} is", "a sound {} makes is"), sky="thunder")
HUE = relation("hue", ("the hue of {} is",), sky="blue", grass="lush")
KIND = relation("kind", (), sky="air")


def donors(case: Case) -> dict[str, str]:
    return {donor.text: donor.fact_id for donor in case.donors}


def test_donors_say_something_else_of_the_same_subject_in_as_many_tokens_at_the_same_place() -> None:
    sky, grass, sea = prepare_relation(COLOUR, [COLOUR, TASTE, SOUND, HUE, KIND], words)
    assert donors(sky) == {
        "the taste of sky is": "taste/sky",
        "the sound of sky is": "sound/sky",
        "the noise of sky is": "sound/sky",
    }, "not the colour itself, nor `hue` with its common objects, nor `kind`, which pairs no words"
    assert donors(grass) == {"the taste of grass is": "taste/grass"}
    assert (sea.donors, sea.reason, sea.prompt.answers) == ((), Reason.NO_PAIR, ())
    for case in (sky, grass):
        assert (case.kind, case.wording, case.beginning, case.reason) == (Kind.RELATION, COLOUR.paired[0], (), None)
        assert case.subject == range(4, 5)
        assert all(donor.tokens[4] == case.prompt.tokens[4] for donor in case.donors)
    assert {donor.answers for donor in sky.donors} == {(token("none"),), (token("thunder"),)}


def test_a_relation_about_the_same_kind_of_thing_asks_too_and_the_model_says_what_is_right() -> None:
    colour, taste = replace(COLOUR, domain="thing"), replace(TASTE, domain="thing")
    _, _, sea = prepare_relation(colour, [colour, taste], words)
    (asked,) = sea.substitutes()
    assert (sea.donors, sea.reason) == ((), None)
    assert (asked.text, asked.fact_id, asked.answers) == ("the taste of sea is", f"{NAME}taste/sea", ())
    assert not asked.is_fact


def test_a_file_gives_words_of_a_relation_without_facts() -> None:
    own = replace(COLOUR, others=(OtherWords("size", ("the size of {} is", "the size of this {} is")),))
    for case in prepare_relation(own, [own], words):
        assert [each.text for each in case.substitutes()] == [f"the size of {case.prompt.fact_id[7:]} is"]


def test_the_first_words_with_enough_donors_are_asked_and_the_next_ones_are_the_twin() -> None:
    few = replace(COLOUR, paired=("{} looks", "the colour of {} is", "this colour of {} is"))
    many = replace(SOUND, paired=tuple(f"the {each} of {{}} is" for each in "abcdef"))
    first, twin, none = (prepare_relation(few, [few, many], words, choice)[0] for choice in range(3))
    assert (first.wording, len(first.donors)) == ("the colour of {} is", 6)
    assert (twin.wording, len(twin.donors)) == ("this colour of {} is", 6)
    assert none.reason is Reason.NO_PAIR
    assert prepare_relation(few, [few, many], words, 3)[0].reason is Reason.NO_PAIR


def test_of_three_relations_one_comes_last_so_that_it_judges() -> None:
    others = [relation(name, tuple(f"the {name}{i} of {{}} is" for i in range(4)), sky=f"o{name}") for name in "pqrs"]
    (sky, *_) = prepare_relation(COLOUR, [COLOUR, *others], words)
    names = [donor.fact_id[0] for donor in sky.donors]
    assert len(names) == 10
    assert names[-1] == names[-2]
    assert names[-1] not in names[:-2]
    assert max(Counter(names[:-2]).values()) - min(Counter(names[:-2]).values()) <= 1, "every relation in turn"
    assert sky.donors == prepare_relation(COLOUR, [COLOUR, *others[::-1]], words)[0].donors


def test_a_donor_with_the_answer_is_none() -> None:
    same = relation("mood", ("the mood of {} is",), sky="blue velvet", grass="calm")
    sky, grass, _ = prepare_relation(COLOUR, [COLOUR, same], words)
    assert sky.reason is Reason.NO_PAIR, "its first token is the answer's"
    assert donors(grass) == {"the mood of grass is": "mood/grass"}


def test_words_that_the_tokenizer_joins_with_the_answer_or_the_subject_are_reported() -> None:
    def joined(text: str) -> list[int]:
        return [hash(text)]

    assert {case.reason for case in prepare_relation(COLOUR, [COLOUR, TASTE], joined)} == {Reason.MERGED}
    assert subject_place("the {}ish", "sky", words) is None
    assert subject_place("so {} is", "red sky", words) == range(2, 4)


def test_packaged_relations_are_partners_of_ones_own() -> None:
    own = replace(COLOUR, relation=replace(COLOUR.relation, id="country_capital"))
    found = partners([own])
    assert found[0] == own
    assert len({each.relation.id for each in found}) == len(found) == len(builtin_relations())


def test_ten_pairs_of_packaged_relations_share_twelve_subjects_on_both_packaged_models(packaged: Encode) -> None:
    sets = [each for each in builtin_relations() if each.paired]
    shared = {
        (one.relation.id, other.relation.id): _shared(one, other, packaged)
        for one, other in combinations(sets, 2)
        if is_pair(one, other)
    }
    assert sum(count >= 12 for count in shared.values()) >= 10
    assert ("country_demonym", "country_language") not in shared, "Italian is an object of both"


def _shared(one: FactSet, other: FactSet, encode: Encode) -> int:
    """Subjects of both relations that either relation's facts have for a donor of the other."""
    found = [
        {case.prompt.fact_id.partition("/")[2] for case in prepare_relation(a, [b], encode) if case.donors}
        for a, b in ((one, other), (other, one))
    ]
    return len(found[0] & found[1])


def test_packaged_paired_words_keep_the_form_of_templates() -> None:
    for facts in builtin_relations():
        assert len(set(facts.paired)) == len(facts.paired)
        assert all(each.count("{}") == 1 and each == " ".join(each.split()) for each in facts.paired)
        assert bool(facts.domain)
        assert not facts.others


def test_packaged_country_facts_have_donors_for_all_parts(packaged: Encode) -> None:
    for facts in builtin_relations(["country_capital", "country_language", "country_currency"]):
        for choice in (0, 1):
            cases = prepare_relation(facts, partners([facts]), packaged, choice)
            assert all(len(case.donors) + len(case.further) >= 6 for case in cases)


@pytest.fixture(params=["smollm2-135m", "gemma3-270m"])
def packaged(request: pytest.FixtureRequest) -> Encode:
    """The tokenizer of a packaged model."""
    from transformers import AutoTokenizer

    from graphdb.errors import UserError
    from ingest.model_files import resolve

    try:
        tokenizer = AutoTokenizer.from_pretrained(resolve(request.param, print).path)
    except UserError as error:
        go_without(request, f"tokenizer of {request.param}", error)
    return lambda text: tokenizer(text)["input_ids"]
