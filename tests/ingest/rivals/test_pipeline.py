"""Rivals in an ingest: what is written, what is passed over, and what goes on after an interruption."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from graphdb.errors import UserError
from graphdb.store import Store
from ingest.facts.sets import FactSet
from ingest.model_files import ModelFolder
from ingest.options import Options, Silent, check
from ingest.pipeline import ingest
from ingest.rivals import pipeline
from ingest.roles import pipeline as role_pipeline
from ingest.settings import Settings
from tests.ingest.three_relations import VOCABULARIES, three_relations

OPTIONS = Options(Settings(method="eap", effort="quick"), include_unknown=True, known_rank=60, wrong_answers=True)


@pytest.fixture
def facts(tmp_path: Path) -> list[FactSet]:
    return three_relations(tmp_path)


@pytest.fixture(autouse=True)
def vocabularies(monkeypatch: pytest.MonkeyPatch) -> None:
    for each in (pipeline, role_pipeline):
        monkeypatch.setattr(each, "packaged_vocabularies", lambda _: VOCABULARIES)


@pytest.fixture(scope="module")
def folder(small_folders: dict[str, ModelFolder]) -> ModelFolder:
    return small_folders["llama"]


def test_an_ingest_sets_known_facts_against_their_rivals(
    store: Store, facts: list[FactSet], folder: ModelFolder
) -> None:
    ingest(facts, folder, OPTIONS, store, Silent())
    rows = store.query("rivals")
    wanted = {fact.id for each in facts[:2] for fact in each.facts}
    assert set(rows["fact"]) == wanted, "all whose subjects have positions of their own"
    assert set(rows[rows["relation"] == "second"]["n_movers"]) == {0}, "too few facts for a mover"
    movers = store.query("movers", relation="first")
    assert set(rows[rows["relation"] == "first"]["n_movers"]) == {len(movers)}
    recalls = store.query("recalls").set_index("fact")["rank"]
    assert (rows.set_index("fact")["rank"] == recalls[rows["fact"]]).all()
    assert set(store.query("wrong_answers")["fact"]) == {name for name in wanted if recalls[name] > 1}


def test_what_is_there_is_not_found_again(
    store: Store, facts: list[FactSet], folder: ModelFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(facts, folder, replace(OPTIONS, wrong_answers=False), store, Silent())
    assert store.query("rivals").empty
    ingest(facts, folder, OPTIONS, store, Silent())
    before = store.query("rivals")
    monkeypatch.setattr(pipeline, "rivals", None)
    ingest(facts, folder, replace(OPTIONS, batch=3), store, Silent())
    assert store.query("rivals").equals(before)


def test_an_interrupted_ingest_goes_on_with_the_relations_that_are_missing(
    store: Store, facts: list[FactSet], folder: ModelFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = list[str]()

    def stopping(*given: object) -> Sequence[object]:
        relation = given[1]
        if found == ["first"]:
            raise KeyboardInterrupt
        found.append(relation.relation_id)  # type: ignore[attr-defined]
        return whole(*given)  # type: ignore[arg-type]

    whole = pipeline.rivals
    monkeypatch.setattr(pipeline, "rivals", stopping)
    with pytest.raises(KeyboardInterrupt):
        ingest(facts, folder, OPTIONS, store, Silent())
    assert set(store.query("rivals")["relation"]) == {"first"}
    found.clear()
    ingest(facts, folder, OPTIONS, store, Silent())
    assert found == ["second"]
    assert set(store.query("rivals")["relation"]) == {"first", "second"}


def test_other_movers_make_other_rivals(store: Store, facts: list[FactSet], folder: ModelFolder) -> None:
    ingest(facts[:1], folder, OPTIONS, store, Silent())
    before = store.query("rival_fingerprints")
    assert set(store.query("rivals")["n_movers"]) == {0}
    call = "UNWIND $rows AS row MATCH (h:HeadRole {component: row.name}) SET h.role = 'mover'"
    store.write([(call, [{"name": "a1.h2"}])])
    ingest(facts[:1], folder, replace(OPTIONS, batch=3), store, Silent())
    after = store.query("rival_fingerprints")
    assert not set(before["fingerprint"]) & set(after["fingerprint"])
    assert set(store.query("rivals")["n_movers"]) == {1}


def test_rivals_need_movers() -> None:
    for options in (replace(OPTIONS, roles=False), replace(OPTIONS, settings=Settings(contrast="relation"))):
        with pytest.raises(UserError, match=r"^wrong-answers: .* are found with --roles and the contrast subject; "):
            check(options)
