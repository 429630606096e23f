"""Roles and lenses in an ingest: what is written, what is passed over, and what is said where there are none."""

from dataclasses import replace
from pathlib import Path

import pytest

from graphdb.errors import UserError
from graphdb.store import Store
from ingest.facts.sets import FactSet
from ingest.model import load
from ingest.model_files import ModelFolder
from ingest.options import Options, Silent
from ingest.pipeline import ingest
from ingest.roles import pipeline
from ingest.roles.stored import stored_facts
from ingest.settings import Settings
from tests.ingest.three_relations import VOCABULARIES, three_relations

OPTIONS = Options(Settings(method="eap", effort="quick"), include_unknown=True, known_rank=60)
HEADS = 3 * 4
"""Of the small model."""
ALL = "MATCH (r:HeadRole) RETURN r.relation_id AS relation, r.n_facts AS n, r.mover AS mover, r.mover_q AS q"


class Notes(Silent):
    """Keeps what is said once."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, line: str) -> None:
        self.lines.append(line)


@pytest.fixture
def facts(tmp_path: Path) -> list[FactSet]:
    return three_relations(tmp_path)


@pytest.fixture(autouse=True)
def vocabularies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "packaged_vocabularies", lambda _: VOCABULARIES)


@pytest.fixture(scope="module")
def folder(small_folders: dict[str, ModelFolder]) -> ModelFolder:
    return small_folders["llama"]


def test_an_ingest_finds_every_heads_role_and_every_known_facts_lens(
    store: Store, facts: list[FactSet], folder: ModelFolder
) -> None:
    notes = Notes()
    ingest(facts, folder, OPTIONS, store, notes)
    found = store.read(ALL)
    assert found.groupby("relation").size().to_dict() == {"first": HEADS, "second": HEADS}
    first, second = (found[found["relation"] == name] for name in ("first", "second"))
    assert first["n"].unique().tolist() == [14]
    assert first["q"].notna().all()
    assert second["q"].isna().all(), "too few facts for a test"
    assert notes.lines[-1] == (
        "no new roles: second (4 facts of 12 that a test needs); "
        "third (no fact is known, or their subjects have no position of their own)"
    )
    lenses = store.read("MATCH (l:FactLens)-[:OF_FACT]->(f:Fact) RETURN f.id AS fact, l.blocks AS blocks")
    known = {fact.id for each in facts for fact in each.facts}
    assert set(lenses["fact"]) == known
    assert lenses["blocks"][0] == ["embed", "a0", "m0", "a1", "m1", "a2", "m2"]


def test_what_is_there_is_not_found_again_and_without_roles_nothing_is(
    store: Store, facts: list[FactSet], folder: ModelFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(facts, folder, replace(OPTIONS, roles=False), store, Silent())
    assert store.read(ALL).empty
    ingest(facts, folder, OPTIONS, store, Silent())
    before = store.read(ALL)
    monkeypatch.setattr(pipeline, "score_heads", None)
    ingest(facts, folder, replace(OPTIONS, batch=3), store, Silent())
    assert store.read(ALL).equals(before)


def test_a_limit_leaves_further_facts_to_test_with(store: Store, facts: list[FactSet], folder: ModelFolder) -> None:
    ingest([facts[0].first(2)], folder, OPTIONS, store, Silent())
    found = store.read(ALL)
    assert found["n"].unique().tolist() == [14]
    lenses = store.read("MATCH (l:FactLens) RETURN l.fact_id AS fact")["fact"]
    assert len(lenses) == 2, "of what is explained alone"
    held = store.read("MATCH (:HeadRole)-[h:HOLDS_FOR]->(f:Fact) RETURN DISTINCT f.id AS fact")["fact"]
    assert set(held) <= set(lenses)


def test_relations_of_a_store_are_asked_again(store: Store, facts: list[FactSet], folder: ModelFolder) -> None:
    ingest(facts, folder, OPTIONS, store, Silent())
    (found,) = stored_facts(store, ["first"])
    assert found.relation == facts[0].relation
    assert sorted(found.facts, key=lambda fact: fact.id) == sorted(facts[0].facts, key=lambda fact: fact.id)
    assert [each.relation.id for each in stored_facts(store, ())] == ["first", "second", "third"]
    with pytest.raises(UserError, match="relation 'fist' is unknown"):
        stored_facts(store, ["fist"])


def test_roles_that_more_facts_gave_stay_where_a_store_knows_fewer(
    store: Store, facts: list[FactSet], folder: ModelFolder
) -> None:
    ingest([facts[0].first(2)], folder, OPTIONS, store, Silent())
    before, notes = store.read(ALL), Notes()
    pipeline.write_roles_of(store, load(folder), stored_facts(store, ()), {}, OPTIONS, notes, keep_larger=True)
    assert notes.lines == ["no new roles: first (those of 14 facts stay, the store has 2)"]
    assert store.read(ALL).equals(before)


def test_no_relation_is_one_line(store: Store) -> None:
    with pytest.raises(UserError, match="has no relation: `kcircuits ingest` writes some"):
        stored_facts(store, ())
