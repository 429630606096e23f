"""The packaged facts keep the form that the rest of the product relies on."""

import json
import re
from collections import Counter

import pytest

from ingest.facts.sets import BUILTIN, FactSet, builtin_relations

SETS = builtin_relations()
CATEGORIES = {
    "geography",
    "language and money",
    "people and works",
    "commonsense",
    "linguistic",
    "science",
}
each_relation = pytest.mark.parametrize("facts", SETS, ids=lambda facts: facts.relation.id)


def test_there_are_enough_relations_of_every_kind() -> None:
    kinds = Counter(facts.relation.category for facts in SETS)
    assert len(SETS) >= 16
    assert set(kinds) == CATEGORIES
    assert sum(count >= 3 for count in kinds.values()) >= 4
    assert {"country_capital", "country_currency", "country_language"} <= {f.relation.id for f in SETS}
    assert 450 <= sum(len(facts.facts) for facts in SETS) <= 600


@each_relation
def test_a_relation_is_large_enough_and_says_each_subject_once(facts: FactSet) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", facts.relation.id)
    assert facts.relation.name
    assert len(facts.facts) >= 25
    assert not facts.notes, "a subject stands twice in the file"
    assert all(fact.accepted == (fact.object,) and not fact.prompt for fact in facts.facts)


@each_relation
def test_templates_end_where_the_object_follows(facts: FactSet) -> None:
    templates = facts.relation.templates
    assert len(templates) >= 2
    assert len(set(templates)) == len(templates)
    for template in templates:
        assert template.count("{}") == 1
        assert template == " ".join(template.split())
        assert re.search(r"[A-Za-z}]$", template), "the object follows after a space"


@each_relation
def test_objects_differ_enough_for_donors(facts: FactSet) -> None:
    most = Counter(fact.object for fact in facts.facts).most_common(1)[0][1]
    assert most <= len(facts.facts) / 2


@each_relation
def test_subjects_and_objects_are_plain_text(facts: FactSet) -> None:
    for fact in facts.facts:
        for text in (fact.subject, fact.object):
            assert text == " ".join(text.split())
            assert re.fullmatch(r"[\w .,'&-]+", text), text
        assert fact.subject != fact.object


def test_files_name_what_their_relation_relates() -> None:
    for path in BUILTIN.glob("*.json"):
        properties = json.loads(path.read_text(encoding="utf-8"))["properties"]
        assert set(properties) == {"relation_type", "domain_name", "range_name", "symmetric"}
        assert isinstance(properties["symmetric"], bool)
