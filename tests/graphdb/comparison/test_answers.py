"""Comparisons of tests/sample.py, whose every overlap can be counted by hand, on both engines."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from graphdb.comparison import all_pairs, missing, modules, nearest, outliers, parts, relations, sides
from graphdb.comparison.answers import answer, question
from graphdb.comparison.memberships import Level, Memberships, load, load_typical
from graphdb.comparison.profiles import relation_profiles
from graphdb.comparison.profiles.nearest import FACT_COLUMNS, RELATION_COLUMNS, nearest_of, parts_of
from graphdb.comparison.profiles.retrieval import RETRIEVAL_COLUMNS
from graphdb.comparison.profiles.two import ALIKE_COLUMNS, alike
from graphdb.errors import UserError
from graphdb.records import relation_of
from graphdb.store import Store
from graphdb.tables import records
from graphdb.writing.removal import remove_circuits
from graphdb.writing.writers import write_batch, write_model, write_run
from tests import sample
from tests.conftest import Kept

FRANCE = sample.circuit_id("country_capital/France")
EAP = replace(sample.CIRCUITS[0], id=sample.circuit_id("country_capital/France", "eap"), method="eap")


@pytest.fixture
def filled(kept: Kept) -> Store:
    """Only to be read."""
    return kept(sample.fill)


@pytest.fixture
def changed(store: Store) -> Store:
    """The same, to be written into."""
    sample.fill(store)
    return store


def keyed(frame: pd.DataFrame, key: str) -> dict[str, dict[str, Any]]:
    """The rows by the value of one column."""
    return {str(row[key]): row for row in records(frame)}


def held(corpus: Memberships, row: int) -> dict[str, float]:
    """Name -> score of a row."""
    part = slice(corpus.scores.indptr[row], corpus.scores.indptr[row + 1])
    return {corpus.names[i]: s for i, s in zip(corpus.scores.indices[part], corpus.scores.data[part], strict=True)}


def test_components_of_every_circuit_with_their_scores(filled: Store) -> None:
    corpus = load(filled)
    assert len(corpus.circuits) == 5
    row = list(corpus.circuits["circuit"]).index(FRANCE)
    assert held(corpus, row) == {
        "m0": 0.5,
        "a0.h1": 1.5,
        "m1": 3.0,
        "a1.h2": 0.75,
        "a0.kv0": 2.0,
        "a1.kv1": 0.5,
    }
    assert corpus.circuits.iloc[row].tolist() == [
        *(FRANCE, "country_capital/France", "France", "country_capital", "toy", "secant")
    ]
    assert corpus.names == ("a0.h1", "a0.kv0", "m0", "a1.h2", "a1.h3", "a1.kv1", "m1")


def test_edges_of_every_circuit_with_their_weights(filled: Store) -> None:
    corpus = load(filled, Level.EDGE)
    row = list(corpus.circuits["circuit"]).index(FRANCE)
    assert held(corpus, row) == {edge.id: abs(edge.weight) for edge in sample.CIRCUITS[0].edges}


def test_layers_sum_what_their_components_score(filled: Store) -> None:
    layers = load(filled).layers()
    row = list(layers.circuits["circuit"]).index(FRANCE)
    assert held(layers, row) == {"a0": 3.5, "m0": 0.5, "a1": 1.25, "m1": 3.0}
    assert load(filled, Level.LAYER).names == layers.names == ("a0", "m0", "a1", "m1")


def test_two_facts(filled: Store) -> None:
    found = keyed(filled.compare("France", "country_capital/Italy"), "measure")
    assert [found["shared"][column] for column in ("a", "b", "value")] == [6, 2, 2]
    assert found["jaccard"]["value"] == 2 / 6
    assert found["containment"]["value"] == 1
    assert np.isnan(found["rank_correlation"]["value"])


def test_weighted_jaccard_by_hand(filled: Store) -> None:
    corpus = load(filled)
    ids = list(corpus.circuits["circuit"])
    france, italy = held(corpus, ids.index(FRANCE)), held(corpus, ids.index(sample.circuit_id("country_capital/Italy")))
    france, italy = ({k: v / sum(side.values()) for k, v in side.items()} for side in (france, italy))
    names = {*france, *italy}
    smaller = sum(min(france.get(n, 0), italy.get(n, 0)) for n in names)
    larger = sum(max(france.get(n, 0), italy.get(n, 0)) for n in names)
    found = keyed(filled.compare("France", "country_capital/Italy"), "measure")
    assert found["weighted_jaccard"]["value"] == pytest.approx(smaller / larger)


def test_names_of_two_facts(filled: Store) -> None:
    found = filled.compare("France", "country_capital/Italy", "names")
    assert set(found.loc[found["part"] == "both", "name"]) == {"m0", "a1.h2"}
    assert set(found.loc[found["part"] == "only_a", "name"]) == {"a0.kv0", "a0.h1", "m1", "a1.kv1"}
    edges = filled.compare("France", "country_capital/Italy", "names", level="edge")
    assert set(edges.loc[edges["part"] == "both", "name"]) == {"embed->m0.mlp", "a1.h2->logits.logits"}


def test_two_relations_by_their_typical_circuits(filled: Store) -> None:
    """m0 and a1.h2 are in all circuits of the capitals, a1.kv1 in two of three; the currency has a0.h1 and m1."""
    found = keyed(filled.compare("country_capital", "country_currency"), "measure")
    assert [found["shared"][column] for column in ("a", "b", "value")] == [3, 2, 0]
    assert np.isnan(found["shared"]["q"])
    names = keyed(filled.compare("country_capital", "country_currency", "names"), "name")
    assert (names["m1"]["share_a"], names["m1"]["share_b"]) == (pytest.approx(1 / 3), 1)
    assert names["m1"]["part"] == "only_b"


def test_summaries_give_the_typical_circuits_that_the_circuits_give(filled: Store) -> None:
    read, counted = load_typical(filled, "toy", "secant"), load(filled, model="toy", method="secant").typical()
    assert read.names == counted.names
    pd.testing.assert_frame_equal(read.circuits[counted.circuits.columns], counted.circuits)
    np.testing.assert_array_equal(read.held.toarray(), counted.held.toarray())
    np.testing.assert_allclose(read.scores.toarray(), counted.scores.toarray(), rtol=0, atol=1e-6)


def test_all_relations_pairwise(filled: Store) -> None:
    found = filled.compare(view="relations")
    assert len(found) == 3
    pairs = {(row["a"], row["b"]): row for row in found.to_dict("records")}
    assert pairs["antonym", "country_currency"]["jaccard"] == 1 / 3
    assert pairs["country_capital", "country_currency"]["circuits_a"] == 3
    assert found["q"].isna().all()
    assert any("under 5 circuits" in note for note in found.attrs["notes"])
    assert any("2 of 7 facts have no such circuit" in note for note in found.attrs["notes"])


def test_parts_of_a_relation(filled: Store) -> None:
    found = keyed(filled.compare("country_capital"), "name")
    assert {name: row["part"] for name, row in found.items()} == {
        "m0": "all",
        "a1.h2": "all",
        "a1.kv1": "most",
        "a0.h1": "single",
        "a0.kv0": "single",
        "m1": "single",
        "a1.h3": "single",
    }
    assert [found["m0"][column] for column in ("circuits", "share", "share_rest")] == [3, 1, 0.5]
    assert found["m1"]["share_rest"] == 1
    assert all(np.isnan(row["q"]) for row in found.values())


def test_what_is_missing(filled: Store) -> None:
    found = keyed(filled.compare(view="missing"), "relation")
    assert [found["country_capital"][column] for column in ("facts", "known", "circuits", "without")] == [3, 3, 3, 0]
    assert sum(row["without"] for row in found.values()) == 2
    assert not any(row["tested"] for row in found.values())


def test_nearest_to_a_fact(filled: Store) -> None:
    found = filled.compare("Italy", view="sets")
    assert len(found) == 4
    assert found["fact"].iloc[0] == "country_capital/Japan"
    assert filled.compare("Italy")["fact"].iloc[0] == "country_capital/Japan"


@pytest.mark.parametrize(
    ("text", "reason"),
    [("Japan", "has several facts"), ("Atlantis", "is unknown"), ("Mexico", "has no circuit")],
)
def test_what_cannot_be_compared(filled: Store, text: str, reason: str) -> None:
    with pytest.raises(UserError, match=reason):
        filled.compare("France", text)


def test_an_empty_store_has_nothing_to_compare(store: Store) -> None:
    with pytest.raises(UserError, match="no circuit to compare"):
        store.compare()


def test_circuits_of_two_methods_need_a_choice(changed: Store) -> None:
    write_batch(changed, [], [EAP])
    with pytest.raises(UserError, match="choose one with --method: eap, secant"):
        changed.compare("France", "Italy")
    assert keyed(changed.compare("France", "Italy", method="secant"), "measure")["jaccard"]["value"] == 2 / 6


def test_one_fact_in_two_methods(changed: Store) -> None:
    write_batch(changed, [], [EAP])
    by_option = changed.compare("France", method="secant", other_method="eap")
    by_id = changed.compare(FRANCE, EAP.id)
    assert by_option.equals(by_id)
    assert keyed(by_id, "measure")["jaccard"]["value"] == 1
    runs = changed.compare(method="secant", other_method="eap")
    assert runs[["fact", "jaccard"]].values.tolist() == [["country_capital/France", 1.0]]


def test_models_of_different_depth_compare_in_bands_of_depth(changed: Store) -> None:
    write_model(changed, replace(sample.MODEL, id="deep", n_layers=3))
    write_run(changed, replace(sample.RUN, id="run-2", model_id="deep"))
    fact = sample.CIRCUITS[0].fact_id
    deep = replace(sample.CIRCUITS[0], id=f"deep|{fact}|secant", model_id="deep", run_id="run-2")
    write_batch(changed, [], [deep])
    with pytest.raises(UserError, match="deep have different shapes: compare them at --level layer"):
        changed.compare(FRANCE, deep.id)
    names = changed.compare(FRANCE, deep.id, "names", level="layer")
    # Layers 0 and 1 of two are at 0% and 50% of the depth, of three at 0% and 30%.
    assert dict(zip(names["name"], names["part"], strict=True)) == {
        **dict.fromkeys(("a 00%", "m 00%"), "both"),
        **dict.fromkeys(("a 50%", "m 50%"), "only_a"),
        **dict.fromkeys(("a 30%", "m 30%"), "only_b"),
    }
    assert len(changed.compare(model="toy", other_model="deep", level="layer")) == 1


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (
            ("", "", "names"),
            "--view names does not fit the whole store; there are profiles, relations",
        ),
        (("France", "", "parts"), "--view parts does not fit France; there are nearest"),
        (("", "", "modlues"), "view 'modlues' is unknown; nearest: modules"),
    ],
)
def test_a_view_that_does_not_fit(filled: Store, arguments: tuple[str, str, str], reason: str) -> None:
    with pytest.raises(UserError, match=reason):
        filled.compare(*arguments)


@pytest.mark.parametrize("view", ["matrix", "modules", "outliers", "circuits", "relations", "profiles", "retrieval"])
@pytest.mark.parametrize("level", [Level.COMPONENT, Level.EDGE, Level.LAYER])
def test_every_view_of_the_whole_store_at_every_level(filled: Store, view: str, level: str) -> None:
    assert len(filled.compare(view=view, level=level).columns) > 1


def test_channels_are_what_edges_are_read_as(filled: Store) -> None:
    corpus = load(filled, Level.CHANNEL)
    row = list(corpus.circuits["circuit"]).index(FRANCE)
    assert corpus.names == ("q", "k", "v", "mlp", "logits")
    assert held(corpus, row) == {"k": 0.5, "v": 2.0, "mlp": 2.5, "logits": 3.75}
    for view in ("profiles", "retrieval"):
        assert set(filled.compare(view=view, level="channel").columns)
    with pytest.raises(UserError, match="--level channel fits the views nearest, profiles and retrieval"):
        filled.compare(view="relations", level="channel")


def test_nearest_by_name_and_as_relations(filled: Store) -> None:
    found = filled.nearest("Italy")
    assert list(found.columns) == list(FACT_COLUMNS)
    assert list(found["rank"]) == [1, 2, 3, 4]
    pd.testing.assert_frame_equal(found, filled.nearest(sample.circuit_id("country_capital/Italy")))
    near = filled.nearest("Italy", relations=True, level="edge")
    assert list(near.columns) == list(RELATION_COLUMNS)
    assert dict(zip(near["relation"], near["n_circuits"], strict=True)) == {
        "country_capital": 2, "country_currency": 1, "antonym": 1,
    }  # fmt: skip
    with pytest.raises(UserError, match="level 'edges' is unknown"):
        filled.nearest("Italy", level="edges")


def test_a_circuit_that_is_not_stored_is_most_like_the_same_one(filled: Store) -> None:
    for level in (Level.COMPONENT, Level.EDGE):
        found = nearest_of(load(filled, level), parts_of(sample.CIRCUITS[0], level)).facts
        assert found["circuit"].iloc[0] == FRANCE
        assert found["similarity"].iloc[0] == pytest.approx(1)


def test_two_things_as_profiles(filled: Store) -> None:
    corpus = load(filled)
    italy = sample.circuit_id("country_capital/Italy")
    found = keyed(alike(corpus, corpus, FRANCE, italy), "measure")
    a, b = (held(corpus, list(corpus.circuits["circuit"]).index(one)) for one in (FRANCE, italy))
    roots = sum((a[n] * b[n]) ** 0.5 for n in {*a} & {*b}) / (sum(a.values()) * sum(b.values())) ** 0.5
    assert found["bhattacharyya"]["value"] == pytest.approx(roots)
    measured = keyed(filled.compare("France", "country_capital/Italy"), "measure")
    assert found["weighted_jaccard"]["value"] == pytest.approx(measured["weighted_jaccard"]["value"])
    near = keyed(filled.nearest("Italy"), "circuit")
    assert found["cosine"]["value"] == pytest.approx(near[FRANCE]["similarity"])
    pairs = filled.compare()
    pair = pairs[(pairs["a"] == "antonym") & (pairs["b"] == "country_capital")].iloc[0]
    relations_alike = keyed(alike(corpus, corpus, "antonym", "country_capital"), "measure")
    for measure in ("cosine", "bhattacharyya"):
        assert relations_alike[measure]["value"] == pytest.approx(pair[measure])
    assert list(alike(corpus, corpus, FRANCE, "antonym").columns) == list(ALIKE_COLUMNS)


def test_retrieval_says_what_it_leaves_out(filled: Store) -> None:
    found = filled.compare(view="retrieval")
    assert set(found["facts"]) == {3}
    assert found["chance"].iloc[0] == pytest.approx(2 / 4)
    notes = "\n".join(found.attrs["notes"])
    assert "2 facts are left out: no other fact of their relation has a circuit" in notes
    assert "prompt_alone is high where facts of a relation share a template" in notes
    several = answer(filled, question(view="retrieval", levels=["component", "channel"])).main
    assert list(dict.fromkeys(several["level"])) == ["component", "channel"]


def test_retrieval_of_a_second_wording_in_the_first(changed: Store) -> None:
    second = [replace(each, id=f"{each.id}/wording1", method="secant/wording1") for each in sample.CIRCUITS[:2]]
    write_batch(changed, [], second)
    found = changed.compare(view="retrieval", method="secant/wording1", other_method="secant")
    # France and Italy ask; of the four circuits that are not their own, two are of their relation.
    assert set(found["facts"]) == {2}
    assert found["chance"].iloc[0] == pytest.approx(2 / 4)
    with pytest.raises(UserError, match="choose one with --method"):
        changed.compare(view="retrieval")


def test_profiles_of_models_of_different_depth(changed: Store) -> None:
    write_model(changed, replace(sample.MODEL, id="deep", n_layers=3))
    write_run(changed, replace(sample.RUN, id="run-2", model_id="deep"))
    deep = [
        replace(each, id=f"deep|{each.fact_id}|secant", model_id="deep", run_id="run-2") for each in sample.CIRCUITS
    ]
    write_batch(changed, [], deep)
    ways = {"view": "retrieval", "model": "toy", "other_model": "deep"}
    with pytest.raises(UserError, match="compare them at --level layer or channel"):
        changed.compare(**ways)
    for level in ("layer", "channel"):
        assert set(changed.compare(**ways, level=level)["facts"]) == {3}


@pytest.mark.parametrize(("kept_relations", "note"), [(1, "one relation has none"), (2, "opposite by construction")])
def test_few_relations_are_said(changed: Store, kept_relations: int, note: str) -> None:
    names = [relation.id for relation in sample.RELATIONS[kept_relations:]]
    gone = [each.id for each in sample.CIRCUITS if relation_of(each.fact_id) in names]
    remove_circuits(changed, gone)
    found = changed.compare()
    assert found["p"].isna().all()
    assert any(note in line for line in found.attrs["notes"])


TABLES = [
    (("country_capital",), parts.PART_COLUMNS),
    (("country_capital", "", "stability"), parts.STABILITY_COLUMNS),
    (("country_capital", "", "nearest"), relation_profiles.PAIR_COLUMNS),
    (("country_capital", "", "sets"), relations.PAIR_COLUMNS),
    (("",), relation_profiles.PAIR_COLUMNS),
    (("", "", "relations"), relations.PAIR_COLUMNS),
    (("", "", "retrieval"), RETRIEVAL_COLUMNS),
    (("", "", "modules"), modules.MODULE_COLUMNS),
    (("", "", "outliers"), outliers.OUTLIER_COLUMNS),
    (("", "", "circuits"), all_pairs.KIND_COLUMNS),
    (("", "", "missing"), missing.MISSING_COLUMNS),
    (("Italy",), FACT_COLUMNS),
    (("Italy", "", "sets"), nearest.FACT_COLUMNS),
    (("Italy", "country_currency"), sides.MEASURE_COLUMNS),
    (("Italy", "country_currency", "names"), sides.NAME_COLUMNS),
]


@pytest.mark.parametrize(("arguments", "columns"), TABLES, ids=[" ".join(arguments) for arguments, _ in TABLES])
def test_every_table_has_the_columns_that_the_page_documents(
    filled: Store, arguments: tuple[str, ...], columns: dict[str, str]
) -> None:
    assert list(filled.compare(*arguments).columns) == list(columns)
    page = (Path(__file__).parents[3] / "docs" / "comparison.md").read_text()
    assert [name for name, text in columns.items() if f"| `{name}` | {text} |" not in page] == []
