"""Fact files are read as they are meant, and a mistake in one is named with its file and line."""

import csv
import io
import json
import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphdb.errors import UserError
from ingest.facts.readers import OtherWords, relation_id
from ingest.facts.sets import builtin_relations, read_facts, select

LRE = {
    "name": "country capital city",
    "prompt_templates": ["The capital city of {} is", "The capital of {} is "],
    "prompt_templates_zs": ["The capital of {} is", "Which city is the capital of {}? It is"],
    "properties": {"relation_type": "factual", "domain_name": "country", "symmetric": False},
    "samples": [{"subject": "France", "object": "Paris"}, {"subject": "Chile", "object": "Santiago"}],
}
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1).map(
    lambda text: " ".join(text.split())
)
FILLED = TEXT.filter(bool)


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def triples(source: str | Path) -> list[tuple[str, str, str]]:
    return [(f.relation_id, f.subject, f.object) for facts in read_facts(source) for f in facts.facts]


def test_lre_file_gives_its_relation_and_facts(tmp_path: Path) -> None:
    [facts] = read_facts(write(tmp_path, "Country-Capital City.json", json.dumps(LRE)))
    assert facts.relation.id == "country_capital_city"
    assert facts.relation.name == "country capital city"
    assert facts.relation.category == "factual"
    assert facts.relation.templates == (
        "The capital city of {} is",
        "The capital of {} is",
        "Which city is the capital of {}? It is",
    )
    first, _ = facts.facts
    assert (first.id, first.object, first.accepted, first.prompt) == (
        "country_capital_city/France",
        "Paris",
        ("Paris",),
        "",
    )


def test_lre_file_may_pair_its_words_with_others(tmp_path: Path) -> None:
    keys = {
        "properties": {"domain_name": "country"},
        "paired_templates": ["The capital of {} is named", "{} has the capital "],
        "other_templates": {"head of state": ["The president of {} is named"]},
    }
    [facts] = read_facts(write(tmp_path, "capital.json", json.dumps(LRE | keys)))
    assert facts.domain == "country"
    assert facts.paired == ("The capital of {} is named", "{} has the capital")
    assert facts.others == (OtherWords("head_of_state", ("The president of {} is named",)),)
    assert facts.relation.templates[0] == "The capital city of {} is", "paired ones are none of the templates"


def test_facts_of_a_packaged_relation_have_its_paired_words(tmp_path: Path) -> None:
    packaged = {facts.relation.id: facts for facts in builtin_relations()}["country_capital"]
    [facts] = read_facts(write(tmp_path, "own.csv", "relation,subject,object\ncountry_capital,Malta,Valletta\n"))
    assert (facts.paired, facts.domain) == (packaged.paired, "country")


def test_every_file_of_the_lre_data_set_is_read(tmp_path: Path) -> None:
    write(tmp_path, "country_capital_city.json", json.dumps(LRE))
    data_set = Path(__file__).parents[3] / "shared" / "lre"
    folder = data_set if data_set.is_dir() else tmp_path
    sets = read_facts(folder)
    assert len(sets) == len(list(folder.rglob("*.json")))
    assert all(facts.facts and facts.relation.templates for facts in sets)


def test_csv_uses_the_templates_of_a_packaged_relation(tmp_path: Path) -> None:
    path = write(tmp_path, "own.csv", "relation,subject,object\ncountryCapital,Malta,Valletta\n")
    [facts] = read_facts(path)
    packaged = {relation.relation.id: relation.relation for relation in builtin_relations()}
    assert facts.relation == packaged["country_capital"]
    assert [fact.id for fact in facts.facts] == ["country_capital/Malta"]


def test_own_prompts_may_name_the_subject_or_leave_its_place_open(tmp_path: Path) -> None:
    rows = [
        "relation,subject,object,prompt",
        'founder,Apple,Steve Jobs,"The founder of Apple, the company, is "',
        'founder,Amazon,Jeff Bezos,"The founder of {}, the company, is"',
        "founder,Tesla,Martin Eberhard,Tesla was founded by",
    ]
    [facts] = read_facts(write(tmp_path, "own.csv", "\n".join(rows)))
    assert facts.relation.templates == ("The founder of {}, the company, is",)
    assert [fact.prompt for fact in facts.facts] == ["", "", "{} was founded by"]
    assert facts.relation.category == "own"


def test_duplicates_are_merged_and_contradictions_accepted(tmp_path: Path) -> None:
    lines = ["country_language,Kenya,Swahili"] * 2 + ["country_language,Kenya,English"]
    path = write(tmp_path, "own.csv", "relation,subject,object\n" + "\n".join(lines))
    [facts] = read_facts(path)
    [fact] = facts.facts
    assert (fact.object, fact.accepted) == ("Swahili", ("Swahili", "English"))
    assert facts.notes == (
        "country_language: 'Kenya' has 2 objects, all accepted: Swahili, English",
        f"country_language: 'Kenya' is given 3 times ({path}:2, {path}:3, {path}:4); merged",
    )


def test_a_second_prompt_for_a_subject_is_noted(tmp_path: Path) -> None:
    rows = "relation,subject,object,prompt\nfood,cat,mouse,A {} eats a\nfood,cat,bird,The {} eats a\n"
    [facts] = read_facts(write(tmp_path, "own.csv", rows))
    assert facts.notes[-1] == "food: 'cat' has 2 prompts; used: 'A {} eats a'"


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(LRE),
        json.dumps(LRE, indent=1),
        "relation,subject,object\ncountry_capital_city,France,Paris\ncountry_capital_city,Chile,Santiago",
        "\n".join(
            json.dumps({"relation": "country_capital_city", **sample, "prompt": "The capital of {} is"})
            for sample in LRE["samples"]
        ),
    ],
    ids=["json", "indented json", "csv", "jsonl"],
)
def test_standard_input_is_read_in_any_format(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = text.replace("country_capital_city", "country_capital").replace("capital city", "capital")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert triples("-") == [("country_capital", "France", "Paris"), ("country_capital", "Chile", "Santiago")]


def test_a_file_without_a_known_ending_is_read_by_its_content(tmp_path: Path) -> None:
    path = write(tmp_path, "facts.txt", "\ufeffrelation,subject,object\ncountry_capital,Malta,Valletta")
    assert triples(path) == [("country_capital", "Malta", "Valletta")]


def test_selection_merges_sources_of_one_relation(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", "relation,subject,object\ncountry_capital,Malta,Valletta\n")
    write(tmp_path, "b.jsonl", '{"relation": "country_capital", "subject": "Oman", "object": "Muscat"}\n\n')
    [facts] = select(["country_capital", str(tmp_path)])
    subjects = [fact.subject for fact in facts.facts]
    assert subjects[0] == "France"
    assert subjects[-2:] == ["Malta", "Oman"]


def test_selection_of_nothing_is_everything_packaged() -> None:
    assert select() == builtin_relations()


@given(rows=st.lists(st.tuples(FILLED, FILLED), min_size=1, unique_by=lambda row: row[0]))
def test_csv_and_jsonl_of_the_same_facts_are_read_alike(
    rows: list[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, table = tmp_path_factory.mktemp("facts"), io.StringIO()
    csv.writer(table).writerows([("relation", "subject", "object"), *(("country_capital", *row) for row in rows)])
    lines = [json.dumps({"relation": "country_capital", "subject": s, "object": o}) for s, o in rows]
    as_csv = triples(write(folder, "facts.csv", table.getvalue()))
    assert as_csv == triples(write(folder, "facts.jsonl", "\n".join(lines)))
    assert as_csv == [("country_capital", *row) for row in rows]


def lre(**changes: object) -> str:
    return json.dumps(LRE | changes, indent=1)


HEADER = "relation,subject,object\n"
BAD = {
    "empty": ("facts.csv", "\n ", "facts.csv: is empty"),
    "not UTF-8": ("facts.csv", HEADER.encode() + b"r,Bogot\xe1,b", "facts.csv:2: not UTF-8"),
    "malformed JSON": (
        "facts.json",
        '{"name": "r",\n "samples": [,]}',
        "facts.json:2: malformed JSON: expected",
    ),
    "cut JSON": ("facts.json", lre()[:-10], "malformed JSON: EOF"),
    "JSON list": ("facts.json", "[]", "expected {"),
    "no templates": ("facts.json", lre(prompt_templates=[]), "prompt_templates is empty"),
    "no samples": ("facts.json", lre(samples=[]), "samples is empty"),
    "no name": ("facts.json", '{"prompt_templates": ["{} is"], "samples": []}', "name is missing"),
    "template without place": (
        "facts.json",
        lre(prompt_templates=["The capital is"]),
        "prompt_templates.0 must hold exactly one {} where the subject stands",
    ),
    "empty object": (
        "facts.json",
        lre(samples=[{"subject": "a", "object": "b"}, {"subject": "c", "object": "  "}]),
        "facts.json:21: samples.1.object is empty",
    ),
    "sample without object": ("facts.json", lre(samples=[{"subject": "a"}]), "samples.0.object is missing"),
    "paired template without place": (
        "facts.json",
        lre(paired_templates=["The capital is"]),
        "paired_templates.0 must hold exactly one {} where the subject stands",
    ),
    "another relation without words": (
        "facts.json",
        lre(other_templates={"mayor": []}),
        "other_templates.mayor is empty",
    ),
    "another relation without a name": (
        "facts.json",
        lre(other_templates={"!": ["The mayor of {} is"]}),
        "relation '!' has no letter or digit",
    ),
    "malformed JSONL": (
        "facts.jsonl",
        '\n{"relation": "r", "subject": ',
        "facts.jsonl:2: malformed JSON: EOF",
    ),
    "JSONL with another key": (
        "facts.jsonl",
        '{"relation": "r", "subject": "a", "object": "b", "id": 3}',
        "facts.jsonl:1: id is not expected",
    ),
    "JSONL with a number": (
        "facts.jsonl",
        '{"relation": "r", "subject": 3, "object": "b"}',
        "facts.jsonl:1: subject Input should be a valid string",
    ),
    "wrong columns": ("facts.csv", "subject;object\na;b", "facts.csv:1: wrong columns subject;object"),
    "header only": ("facts.csv", HEADER, "facts.csv: has a header and no facts"),
    "header and empty lines": ("facts.csv", HEADER + "\n\n", "facts.csv: has a header and no facts"),
    "short CSV row": ("facts.csv", HEADER + "r,a,b\nr,a", "facts.csv:3: object is missing"),
    "long CSV row": ("facts.csv", HEADER + "r,a,b,c", "facts.csv:2: a cell without a header is not expected"),
    "open CSV quote": ("facts.csv", HEADER + 'r,"a,b', "facts.csv:2: malformed CSV"),
    "open CSV quote in the header": ("facts.csv", 'relation,"subject', "facts.csv:1: malformed CSV"),
    "empty CSV subject": ("facts.csv", HEADER + "r,,b", "facts.csv:2: subject is empty"),
    "relation without prompt": (
        "facts.csv",
        HEADER + "r,a,b",
        "facts.csv:2: relation 'r' is not a packaged one",
    ),
    "nameless relation": ("facts.csv", HEADER + "??,a,b", "facts.csv:2: relation '??' has no letter"),
    "prompt without subject": (
        "facts.csv",
        "relation,subject,object,prompt\nr,Rome,Italy,The city lies in",
        "facts.csv:2: prompt 'The city lies in' must hold the subject 'Rome' exactly once",
    ),
}


@pytest.mark.parametrize(("name", "content", "message"), BAD.values(), ids=BAD)
def test_a_mistake_is_named_with_its_place(
    name: str, content: str | bytes, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, name, content)
    with pytest.raises(UserError) as error:
        read_facts(name)
    assert message in str(error.value)
    assert str(error.value).startswith(name)
    assert "\n" not in str(error.value)


def test_a_missing_file_and_a_folder_without_facts_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none\.csv: no such file"):
        select([str(tmp_path / "none.csv")])
    with pytest.raises(UserError, match="no fact file is in this folder"):
        select([str(tmp_path)])


def test_an_unknown_relation_is_answered_with_the_nearest() -> None:
    with pytest.raises(UserError, match=r"relation 'country_captial' is unknown; nearest: country_capital"):
        select(["country_captial"])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("country capital", "country_capital"),
        ("countryCapital", "country_capital"),
        ("Country-Capital (city)", "country_capital_city"),
        ("P36", "p36"),
        ("städte", "städte"),
    ],
)
def test_relation_names_become_snake_case(name: str, expected: str) -> None:
    assert relation_id(name, "here") == expected
    assert relation_id(expected, "here") == expected


def test_the_examples_of_the_documentation_are_read(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "facts.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(\w+)\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert [language for language, _ in blocks] == ["csv", *["json"] * 4]
    names = ("facts.csv", "facts.jsonl", "country_capital.json", "landmark_country_capital.json", "founder.json")
    found = [triples(write(tmp_path, name, block)) for name, (_, block) in zip(names, blocks, strict=True)]
    founders = [("founder", "Apple", "Steve Jobs"), ("founder", "Amazon", "Jeff Bezos")]
    derived = found.pop(3)
    assert ("landmark_country_capital", "Eiffel Tower", "Paris") in derived
    assert found == [
        [("country_capital", "Malta", "Valletta"), *founders],
        founders[:1],
        [("country_capital", "France", "Paris")],
        founders[:1],
    ]


def test_packaged_facts_of_other_subjects_can_be_donors_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("relation,subject,object,prompt\ncountry_capital,France,Lyon,\nmine,a,b,{} is\n")
    capital, mine = read_facts(path)
    packaged = {fact.subject for each in select(["country_capital"]) for fact in each.facts}
    assert {fact.subject for fact in capital.donors} == packaged - {"France"}
    assert [fact.object for fact in capital.facts] == ["Lyon"]
    assert mine.donors == ()
