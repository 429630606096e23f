"""Two-hop and reversed facts in the graph: what is kept, what queries say, what goes, and what a dump brings back."""

from dataclasses import replace
from math import sqrt
from pathlib import Path
from typing import Any

import pytest

from graphdb.dump.restore import import_dump
from graphdb.dump.writer import digest, write_dump
from graphdb.errors import UserError
from graphdb.maintenance.check import check
from graphdb.maintenance.deletable import What
from graphdb.maintenance.deletion import count, delete
from graphdb.store import Store, open_store
from graphdb.tables import records
from graphdb.writing.hop_writers import write_hops
from tests import hop_sample
from tests.whole_graph import whole_graph

COMPOSED = hop_sample.COMPOSED.id


@pytest.fixture
def filled(store: Store) -> Store:
    hop_sample.fill(store)
    return store


def test_a_composed_relation_names_its_hops_and_a_reversed_one_its_forward(filled: Store) -> None:
    relations = {row["relation"]: row["derived_from"] for row in records(filled.query("relations"))}
    assert relations[COMPOSED] == ["city_country", "country_capital"]
    assert relations["capital_country"] == ["country_capital"]
    assert relations["country_capital"] == []


def test_a_relation_stands_with_each_figure_beside_its_null(filled: Store) -> None:
    hop_sample.fill(filled)
    (row,) = records(filled.query("two_hops", relation=COMPOSED))
    assert (row["first"], row["second"], row["facts"], row["known"]) == ("city_country", "country_capital", 2, 1)
    assert (row["right_given_hops"], row["right_given_second"]) == (1.0, 0.0)
    assert (row["bridge_before"], row["bridge_before_null"]) == (1.0, 0.5)
    assert (row["drop"], row["drop_second"], row["drop_random"]) == (2.0, 1.75, 0.0625)
    assert filled.query("two_hops", model="another").empty
    assert check(filled) == []


def test_a_fact_that_is_not_known_has_its_answers_alone(filled: Store) -> None:
    lyon, milan = records(filled.query("hop_facts", relation=COMPOSED))
    assert (lyon["bridge"], lyon["object"], lyon["bridge_block"], lyon["drop_first"]) == ("France", "Paris", "a0", 2.0)
    assert lyon["bridge_before"]
    assert (milan["choice"], milan["choice_by_hops"], milan["rank_both"]) == (" Paris", " Rome", 40)
    assert filled.query("hop_facts", fact="city_capital/Milan")["drop_first"].isna().all()


def test_facts_that_are_gone_do_not_stay(filled: Store) -> None:
    write_hops(filled, replace(hop_sample.CHECK, n_facts=1), [hop_sample.KNOWN])
    assert list(filled.query("hop_facts")["fact"]) == ["city_capital/Lyon"]
    assert list(filled.query("two_hops")["facts"]) == [1]


def sharing(store: Store, **given: object) -> dict[tuple[str, str], dict[str, Any]]:
    rows: list[dict[str, Any]] = records(store.query("hop_sharing", **given))
    return {(row["relation"], row["part"]): row for row in rows}


def test_circuits_are_compared_with_those_of_the_same_facts(filled: Store) -> None:
    """Profiles of edges: equal edges are alike by 1, and none in common by 0."""
    found = sharing(filled, level="edge")
    assert list(found) == [("capital_country", "forward"), (COMPOSED, "first"), (COMPOSED, "second")]
    second = found[COMPOSED, "second"]
    assert (second["source"], second["facts"]) == ("country_capital", 2)
    assert second["alike"] == pytest.approx(1)
    first = found[COMPOSED, "first"]
    france_hot, italy_hot = sqrt(1 / 8.75 * 1 / 3), sqrt(1.25 / 5.25 * 1 / 3)
    france_hot += sqrt(3 / 8.75 * 1.25 / 3)
    france_italy = sqrt(1 / 8.75 * 1.25 / 5.25) + sqrt(0.75 / 8.75 * 1 / 5.25)
    assert first["alike"] == pytest.approx((france_hot + 1) / 2, abs=1e-6)
    assert first["alike_other_facts"] == pytest.approx((france_italy + italy_hot) / 2, abs=1e-6)
    assert first["above"] == pytest.approx(first["alike"] - first["alike_other_facts"], abs=1e-6)
    assert first["low"] < first["above"] < first["high"]
    assert found["capital_country", "forward"]["facts"] == 1


def test_relations_that_are_sources_are_no_null(filled: Store) -> None:
    """Beside the reversed relation stand circuits of currencies, antonyms and cities, not of capitals nor composed."""
    (row,) = sharing(filled, relation="capital_country", level="edge").values()
    italy_hot = sqrt(1.25 / 5.25 * 1 / 3)
    assert row["alike_other_relations"] == pytest.approx((italy_hot + 0 + italy_hot + 1) / 4, abs=1e-6)


def test_a_level_that_is_none(filled: Store) -> None:
    with pytest.raises(UserError, match="level 'edges' is unknown"):
        filled.query("hop_sharing", level="edges")


def test_what_is_said_of_two_hops_goes_with_its_relation_and_its_model(filled: Store) -> None:
    assert count(filled, What.RELATION, COMPOSED).hops == 3
    delete(filled, What.RELATION, COMPOSED)
    assert filled.read("MATCH (n) WHERE n:HopCheck OR n:HopFact RETURN n.id AS id").empty
    assert check(filled) == []
    hop_sample.fill(filled)
    delete(filled, What.MODEL, "toy")
    assert filled.read("MATCH (n) WHERE n:HopCheck OR n:HopFact RETURN n.id AS id").empty
    assert check(filled) == []


def test_a_dump_brings_them_back(filled: Store, tmp_path: Path) -> None:
    path = tmp_path / "dump.jsonl"
    counts = write_dump(filled, path)
    assert (counts["hop_check"], counts["hop_fact"]) == (1, 2)
    with open_store(tmp_path / "other") as other:
        import_dump(other, path)
        assert whole_graph(other) == whole_graph(filled)
        assert digest(other) == digest(filled)
