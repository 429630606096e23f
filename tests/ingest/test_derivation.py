"""Facts that follow from others: what is composed, what is reversed, and what is left out."""

import json
from pathlib import Path
from typing import Any

import pytest

from graphdb.errors import UserError
from ingest.facts.derivation import derive
from ingest.facts.readers import Derivation, RawRelation, Row
from ingest.facts.sets import FactSet, builtin_relations, derived_relations, read_facts, select

CITIES = {"Lyon": ["France"], "Milan": ["Italy"], "Rome": ["Italy"], "Singapore": ["Singapore"], "Aleppo": ["Syria"]}
CAPITALS = {"France": ["Paris"], "Italy": ["Rome", "Roma"], "Singapore": ["Singapore"], "Kosovo": ["Pristina"]}


def rows(facts: dict[str, list[str]]) -> tuple[Row, ...]:
    return tuple(Row(subject, each, "", "facts.csv:1") for subject, objects in facts.items() for each in objects)


def derived(*of: str, **relations: dict[str, list[str]]) -> list[tuple[str, str]]:
    raw = RawRelation("new", "new", "", ("{} is",), (), derivation=Derivation(of, "new.json"))
    return [
        (row.subject, row.object) for row in derive(raw, {name: rows(each) for name, each in relations.items()}).rows
    ]


def test_a_composed_fact_has_every_object_that_the_bridge_leads_to() -> None:
    """Rome is its own answer, Singapore's bridge is, and of Syria no capital is given: these ask nothing."""
    found = derived("city", "capital", city=CITIES, capital=CAPITALS)
    assert found == [("Lyon", "Paris"), ("Milan", "Rome"), ("Milan", "Roma")]


def test_a_subject_with_two_bridges_is_ambiguous() -> None:
    two = CITIES | {"Lyon": ["France", "Kosovo"]}
    assert derived("city", "capital", city=two, capital=CAPITALS) == [("Milan", "Rome"), ("Milan", "Roma")]


def test_a_reversed_fact_has_an_object_of_one_subject_alone() -> None:
    assert derived("city", city=CITIES) == [("France", "Lyon"), ("Syria", "Aleppo")]
    assert derived("capital", capital=CAPITALS)[:3] == [("Paris", "France"), ("Rome", "Italy"), ("Roma", "Italy")]


def test_what_leads_nowhere_is_one_line() -> None:
    with pytest.raises(UserError, match=r"new\.json: no fact follows from capital and city"):
        derived("capital", "city", city=CITIES, capital=CAPITALS)
    with pytest.raises(UserError, match=r"'cities' is unknown.*nearest: city"):
        derived("cities", city=CITIES)


def write(folder: Path, **values: Any) -> Path:
    path = folder / "author_country.json"
    path.write_text(json.dumps({"name": "author country", "prompt_templates": ["The author of {} is from"], **values}))
    return path


def test_a_file_of_ones_own_composes_what_is_beside_it_and_what_is_packaged(tmp_path: Path) -> None:
    (tmp_path / "author.csv").write_text("relation,subject,object,prompt\nauthor,Dune,Lyon,{} is by\n")
    path = write(tmp_path, compose=["Author", "city_country"], properties={"relation_type": "own"})
    with pytest.raises(UserError, match="'author' is unknown"):
        read_facts(path)
    composed = next(each for each in read_facts(tmp_path) if each.relation.id == "author_country")
    assert composed.relation.derived_from == ("author", "city_country")
    assert [(fact.id, fact.accepted) for fact in composed.facts] == [("author_country/Dune", ("France",))]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, "samples is missing"),
        ({"reverse": "r", "compose": ["a", "b"]}, "only one of samples, compose and reverse may be given"),
        ({"compose": ["a"]}, "compose.1 is missing"),
        ({"reverse": " "}, "reverse is empty"),
        ({"reverse": "--"}, "no letter or digit"),
    ],
)
def test_a_file_that_does_not_say_what_follows_from_what(tmp_path: Path, values: dict[str, Any], expected: str) -> None:
    with pytest.raises(UserError, match=expected):
        read_facts(write(tmp_path, **values))


SETS = {each.relation.id: each for each in derived_relations()}


def test_packaged_ones_are_taken_by_name_alone() -> None:
    assert not {each.relation.id for each in select()} & SETS.keys()
    assert [each.relation.id for each in select(["landmark_capital", "capital_country"])] == [
        "capital_country",
        "landmark_capital",
    ]
    assert sum(len(each.relation.derived_from) == 2 for each in SETS.values()) >= 3
    assert sum(len(each.relation.derived_from) == 1 for each in SETS.values()) >= 2


@pytest.mark.parametrize("facts", SETS.values(), ids=SETS)
def test_packaged_ones_have_facts_enough_and_no_fact_stands_twice(facts: FactSet) -> None:
    given = {each.relation.id: each for each in builtin_relations()}
    assert len(facts.facts) >= 12
    assert len(facts.relation.templates) >= 2
    assert not facts.notes
    assert set(facts.relation.derived_from) <= given.keys()
    first = {fact.subject: fact.object for fact in given[facts.relation.derived_from[0]].facts}
    for fact in facts.facts:
        assert fact.subject not in fact.accepted
        if len(facts.relation.derived_from) == 1:
            assert first[fact.object] == fact.subject
        else:
            second = {each.subject: each.object for each in given[facts.relation.derived_from[1]].facts}
            assert second[first[fact.subject]] == fact.object
