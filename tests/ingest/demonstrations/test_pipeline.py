"""Demonstrations into a store: what is written, what is passed over, and what is said where there is nothing."""

from pathlib import Path

import pytest

from graphdb.errors import UserError
from graphdb.maintenance.check import check
from graphdb.store import Store
from graphdb.writing.writers import write_facts, write_model, write_relations
from ingest.demonstrations import heads, pipeline
from ingest.facts.sets import FactSet, read_facts
from ingest.model import LanguageModel
from ingest.options import Options, Silent
from tests.ingest.three_relations import VOCABULARIES
from tests.whole_graph import whole_graph

OPTIONS = Options(known_rank=60)
HEADS = 3 * 4
"""Of the small model."""


@pytest.fixture
def facts(tmp_path: Path) -> list[FactSet]:
    """A relation that can be tested, one with two objects, and one with two facts."""
    lines = ["relation,subject,object,prompt"]
    lines += [f"first,w{number},w{number + 20},w40 w41 {{}} w42" for number in range(1, 15)]
    lines += [f"second,w{number},w{30 + number % 2},w45 {{}} w43" for number in range(1, 7)]
    lines += [f"third,w{number},w{number + 30},w46 {{}} w43" for number in range(1, 3)]
    path = tmp_path / "facts.csv"
    path.write_text("\n".join(lines))
    return read_facts(path)


@pytest.fixture(autouse=True)
def vocabularies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "packaged_vocabularies", lambda _: VOCABULARIES)


def write(store: Store, model: LanguageModel, facts: list[FactSet], *shots: int) -> dict[str, str]:
    write_model(store, model.record)
    return pipeline.write_demonstrations_of(store, model, facts, shots, OPTIONS, Silent())


def test_what_demonstrations_change_is_written(store: Store, llama: LanguageModel, facts: list[FactSet]) -> None:
    without = write(store, llama, facts, 1, 3)
    assert without == {"third": "with 3 demonstrations: 0 known facts have as many others to show, 2 are needed"}
    rows = store.query("demonstrations")
    of_first = rows[rows["relation"] == "first"]
    assert list(zip(of_first["shots"], of_first["labels"], of_first["facts"], strict=True)) == [
        (1, "own", 14), (1, "shuffled", 14), (3, "own", 14), (3, "shuffled", 14)
    ]  # fmt: skip
    assert of_first["zero"].nunique() == 1, "the same facts without demonstrations"
    assert all(len(heads) == HEADS // 4 for heads in of_first["heads"])
    assert set(rows[rows["relation"] == "second"]["labels"]) == {"own"}, "of two objects none is wrong and not told"
    found = store.read("MATCH (h:DemonstrationHead) RETURN h.relation_id AS relation, h.attention_q AS q")
    assert found["relation"].value_counts().to_dict() == {"first": 2 * HEADS, "second": 2 * HEADS, "third": HEADS}
    assert found[found["relation"] == "first"]["q"].notna().all()
    assert found[found["relation"] != "first"]["q"].isna().all(), "too few facts for a test"
    assert check(store) == []


def test_without_other_relations_no_heads_are_chosen(
    store: Store, llama: LanguageModel, facts: list[FactSet], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heads, "builtin_relations", list)
    why = "with 1 demonstrations: they fit the model in no other relation, which chooses heads"
    assert write(store, llama, facts[:1], 1) == {"first": why}
    assert store.query("demonstrations").empty


def test_what_stands_is_passed_over_and_an_interrupted_run_goes_on(
    store: Store, llama: LanguageModel, facts: list[FactSet], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(store, llama, facts[:2], 1)
    whole, measure, asked = whole_graph(store), pipeline.measure, list[int]()

    def counted(*given: object) -> object:
        asked.append(1)
        return measure(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(pipeline, "measure", counted)
    write(store, llama, facts[:2], 1)
    assert (asked, whole_graph(store)) == ([], whole)
    gone = "MATCH (n) WHERE (n:Demonstration OR n:DemonstrationHead) AND n.relation_id = row.relation DETACH DELETE n"
    store.write([(f"UNWIND $rows AS row {gone}", [{"relation": "second"}])])
    write(store, llama, facts[:2], 1)
    assert (len(asked), whole_graph(store)) == (2, whole), "of the second relation alone: without, and with own labels"


def test_another_fact_changes_what_is_said(store: Store, llama: LanguageModel, facts: list[FactSet]) -> None:
    write(store, llama, [facts[0].first(10)], 1)
    assert set(store.query("demonstrations")["facts"]) == {14}, "further facts are asked, too"
    before = store.query("demonstration_fingerprints")["fingerprint"][0]
    fewer = FactSet(facts[0].relation, facts[0].facts[:10])
    write(store, llama, [fewer], 1)
    rows = store.query("demonstrations")
    assert set(rows["facts"]) == {10}
    assert len(rows) == 2
    assert store.query("demonstration_fingerprints")["fingerprint"][0] != before


def test_relations_of_the_store_and_packaged_ones_are_asked(store: Store, facts: list[FactSet]) -> None:
    with pytest.raises(UserError, match="has no relation"):
        pipeline.relations_to_ask(store, ())
    write_relations(store, [facts[0].relation])
    write_facts(store, facts[0].facts)
    assert [each.relation.id for each in pipeline.relations_to_ask(store, ())] == ["first"]
    asked = pipeline.relations_to_ask(store, ["country_capital", "first", "country_capital"])
    assert [each.relation.id for each in asked] == ["first", "country_capital"]
    assert len(asked[1].facts) == pipeline.ENOUGH
    with pytest.raises(UserError, match="relation 'fist' is unknown"):
        pipeline.relations_to_ask(store, ["fist", "country_capital"])
