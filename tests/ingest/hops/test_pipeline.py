"""Two hops in the store: what is written, what is passed over, and what is said where there is nothing to tell."""

from dataclasses import replace
from typing import Any

import pytest

from graphdb.errors import UserError
from graphdb.maintenance.check import check
from graphdb.store import Store
from graphdb.tables import records
from graphdb.writing.writers import write_facts, write_relations
from ingest.hops import pipeline
from ingest.hops.pipeline import composed, write_hops_of
from ingest.model import LanguageModel
from ingest.options import Silent
from tests.ingest.hops.chained import BOTH, KNOWN, OPTIONS, WORDS


@pytest.fixture(autouse=True)
def vocabularies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "packaged_vocabularies", lambda _: WORDS)
    monkeypatch.setattr("ingest.hops.heads.strongest", lambda scores, _: scores.heads[:3])


def test_a_relation_and_its_facts_are_told_once(
    store: Store, llama: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert write_hops_of(store, llama, [BOTH], KNOWN, OPTIONS, Silent()) == {}
    rows: list[dict[str, Any]] = records(store.query("two_hops"))
    (row,) = rows
    assert (row["relation"], row["first"], row["second"], row["others"]) == ("both", "first", "second", ["one"])
    assert (row["facts"], row["known"]) == (12, 12)
    facts = store.query("hop_facts")
    assert len(facts) == 12
    assert row["drop"] == pytest.approx(facts["drop_first"].mean())
    assert row["drop_low"] <= row["drop"] <= row["drop_high"]
    right = facts[(facts["rank_first"] == 1) & (facts["rank_second"] == 1)]
    assert row["hops_right"] == len(right)
    assert row["consistent"] == pytest.approx((facts["choice"] == facts["choice_by_hops"]).mean())
    assert check(store) == []
    monkeypatch.setattr(pipeline, "analyse", None)
    write_hops_of(store, llama, [BOTH], KNOWN, OPTIONS, Silent())
    with pytest.raises(TypeError):
        write_hops_of(store, llama, [BOTH], KNOWN, replace(OPTIONS, known_rank=45), Silent())


def test_where_there_is_nothing_to_tell_nothing_is_written(
    store: Store, llama: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = replace(OPTIONS, known_rank=1)
    assert write_hops_of(store, llama, [BOTH], KNOWN, few, Silent()) == {
        "both": "no fact is known in all three questions"
    }
    monkeypatch.setattr(pipeline, "packaged_vocabularies", lambda _: {})
    without = write_hops_of(store, llama, [BOTH], KNOWN, OPTIONS, Silent())
    assert "no two share none with it" in without["both"]
    assert store.query("hop_facts").empty


def test_composed_relations_are_the_packaged_ones_and_the_stores(store: Store) -> None:
    packaged, _ = composed(store, ())
    assert "landmark_capital" in {each.relation.id for each in packaged}
    assert all(len(each.relation.derived_from) == 2 for each in packaged)
    with pytest.raises(UserError, match=r"'landmark_capitol' is unknown.*nearest: landmark_capital"):
        composed(store, ["landmark_capitol"])
    with pytest.raises(UserError, match="composed relation 'country_capital' is unknown"):
        composed(store, ["country_capital"])
    write_relations(store, [BOTH.relation])
    write_facts(store, BOTH.facts)
    with pytest.raises(UserError, match="relation both is composed of first, which is not in"):
        composed(store, ["both"])
    for name in ("first", "second"):
        write_relations(store, [KNOWN[name].relation])
        write_facts(store, KNOWN[name].facts)
    (found,), known = composed(store, ["both"])
    assert found.relation == BOTH.relation
    assert {"first", "second", "country_capital"} <= known.keys()
