"""Every query on both engines, against sums worked by hand on tests/sample.py."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graphdb.errors import UserError
from graphdb.foretelling import answers
from graphdb.queries.library import all_queries, load_query
from graphdb.role_records import RoleKind
from graphdb.store import Store
from graphdb.tables import records
from graphdb.writing.role_writers import write_lenses, write_roles
from graphdb.writing.writers import write_batch, write_model
from tests import demonstration_sample, relation_sample, rival_sample, sample
from tests.conftest import Kept

FRANCE = sample.circuit_id("country_capital/France")
ITALY = sample.circuit_id("country_capital/Italy")
CAPITAL_M0 = (0.5 / 8.25 + 3 / 4 + 2.5 / 5) / 3
"""Share of m0 of the scores of the circuits of capitals, of France, Italy and Japan."""
CAPITALS = {"relation": "country_capital"}
ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "queries.md"
FOLDER = ROOT / "graphdb" / "queries"


@pytest.fixture
def filled(kept: Kept) -> Store:
    """Only to be read."""
    return kept(relation_sample.fill)


@pytest.fixture
def changed(store: Store) -> Store:
    """The same, to be written into."""
    relation_sample.fill(store)
    return store


@pytest.fixture
def answered(kept: Kept) -> Store:
    """The sample with rivals, only to be read."""
    return kept(rival_sample.fill)


def ask(store: Store, name: str, **parameters: object) -> list[dict[str, Any]]:
    """The rows of a query's answer, whose columns must be those that the query declares."""
    frame = store.query(name, **parameters)
    assert list(frame.columns) == [column.name for column in load_query(name).columns]
    return records(frame)


def pick(rows: list[dict[str, Any]], *columns: str) -> list[Any]:
    """One column as a list, several as a list of tuples."""
    table = [tuple(row[column] for column in columns) for row in rows]
    return [row[0] for row in table] if len(columns) == 1 else table


def missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


REQUIRED = {
    "relation": "country_capital",
    "component": "m0",
    "fact": "country_capital/France",
    "circuit": FRANCE,
    "relation_circuit": relation_sample.CAPITAL.id,
    "first": FRANCE,
    "second": ITALY,
    "text": "France",
}
OF_RIVALS = (
    *("rivals", "wrong_answers", "wrong_answer_summary", "wrong_answer_kinds", "rival_fingerprints", "answer_risk"),
)
"""Queries about wrong answers, and right ones measured alike."""
OF_DEMONSTRATIONS = ("demonstrations", "demonstration_heads", "demonstration_fingerprints")
OF_HEADS = ("component_roles", "facts_of_role")
"""Queries about a head."""
OF_EDITS = (
    *("edits", "edit_effects", "edit_changes", "edit_circuits", "edit_circuit_layers", "edit_actions", "edit_lens"),
)
"""Queries about edits: `tests/graphdb/test_edits.py` has their answers."""


def test_the_circuits_of_a_relation(filled: Store) -> None:
    rows = ask(filled, "circuit_list", relation="country_capital")
    assert pick(rows, "subject") == ["France", "Italy", "Japan"]
    assert len(ask(filled, "circuit_list")) == len(sample.CIRCUITS)


@pytest.mark.parametrize("name", [query.name for query in all_queries()])
def test_every_query_answers_with_its_columns(filled: Store, name: str) -> None:
    given = {p.name: REQUIRED[p.name] for p in load_query(name).parameters if p.default is None}
    given |= {"component": "a1.h2"} if name in OF_HEADS else {}
    rows = ask(filled, name, **given)
    # Three facts set little apart; the others have samples of their own.
    own = (*OF_EDITS, *OF_RIVALS, *OF_DEMONSTRATIONS, "two_hops", "hop_facts", "hop_sharing")
    assert rows or name in ("what_sets_apart", *own)


@pytest.mark.parametrize("name", [query.name for query in all_queries()])
def test_every_query_of_an_empty_store_has_its_columns(store: Store, name: str) -> None:
    given = {p.name: REQUIRED[p.name] for p in load_query(name).parameters if p.default is None}
    assert len(ask(store, name, **given)) == (1 if name == "overview" else 0)


def test_overview(filled: Store) -> None:
    (row,) = ask(filled, "overview")
    assert (row["models"], row["relations"], row["facts"], row["known"]) == (1, 3, 7, 6)
    assert (row["model"], row["method"], row["circuits"], row["reached"]) == ("toy", "secant", 5, 4)
    assert (row["edges"], row["median_edges"], row["median_edges_searched"]) == (21, 4, 5)
    assert (row["lack_unseen"], row["lack_size"]) == (5, 5)
    assert (row["hit10_model"], row["hit10"], row["hit10_random"]) == (1, 1, 0)


def test_the_overview_averages_over_circuits_judged_on_unseen_donors(filled: Store) -> None:
    """Those of France and Italy; the other three are judged on the donor that found them."""
    (row,) = ask(filled, "overview")
    assert (row["judged_on"], row["judged"]) == ("unseen", 2)
    assert (row["faithfulness"], row["median_faithfulness"]) == ((0.875 + 1) / 2, (0.875 + 1) / 2)
    assert row["faithfulness_random"] == (0.125 + 0.25) / 2
    assert row["faithfulness_other"] == (0.25 + 0.125) / 2
    assert row["stability"] == (0.5 + 0.25) / 2
    assert row["completeness"] == 0.25


def test_the_overview_of_a_model_without_circuits(filled: Store) -> None:
    (row,) = ask(filled, "overview", model="other")
    assert (row["models"], row["facts"], row["circuits"], row["judged"]) == (0, 7, 0, 0)
    assert all(missing(row[name]) for name in ("model", "method", "judged_on", "faithfulness", "hit10"))


def write_single(store: Store, **figures: object) -> None:
    """Write the circuit of France once more, found and judged on one donor."""
    single = {"id": sample.circuit_id("country_capital/France", "secant/single"), "method": "secant/single"}
    figures = {"judged_on": "find", "contrast": sample.contrast(0, 2), "stability": None} | figures
    write_batch(store, [], [replace(sample.CIRCUITS[0], **single, **figures)])


def test_methods_are_never_averaged_together(changed: Store) -> None:
    write_single(changed, faithfulness=0.25)
    rows = ask(changed, "overview")
    assert pick(rows, "method", "circuits", "judged_on", "judged") == [
        ("secant", 5, "unseen", 2),
        ("secant/single", 1, "find", 1),
    ]
    assert pick(rows, "faithfulness", "facts") == [(0.9375, 7), (0.25, 7)]
    assert pick(ask(changed, "overview", method="secant/single"), "faithfulness") == [0.25]
    assert pick(ask(changed, "relation_quality", relation="country_capital"), "method", "faithfulness") == [
        ("secant", 0.9375),
        ("secant/single", 0.25),
    ]
    used = {row["component"]: row["facts"] for row in ask(changed, "circuit_nodes", circuit=FRANCE + "/single")}
    assert used["a1.h2"] == 1


def test_relation_quality(filled: Store) -> None:
    rows = {row["relation"]: row for row in ask(filled, "relation_quality")}
    assert list(rows) == ["antonym", "country_capital", "country_currency"]
    capital = rows["country_capital"]
    assert (capital["circuits"], capital["reached"], capital["judged_on"], capital["judged"]) == (3, 3, "unseen", 2)
    assert (capital["median_edges"], capital["median_edges_searched"]) == (5, 6)
    assert capital["faithfulness_size"] == pytest.approx((0.9375 + 1 + 0.9375) / 3)
    assert (capital["faithfulness_other"], capital["without_other"]) == ((0.25 + 0.125) / 2, 0)
    assert (capital["divergence"], capital["top1"]) == (0.125 / 2, 1)
    assert (capital["faithfulness_lowest"], capital["faithfulness_both_ways"]) == (0.75, 0.8125)
    assert capital["judges_reached"] == 0.5
    currency = rows["country_currency"]
    assert (currency["reached"], currency["judged_on"], currency["faithfulness"]) == (0, "find", 0.5)


def test_what_was_not_measured_is_counted_and_left_out_of_means(filled: Store) -> None:
    """Of the two circuits of capitals judged on unseen donors, only France's has a second template and a curve."""
    rows = {row["relation"]: row for row in ask(filled, "relation_quality")}
    capital, antonym = rows["country_capital"], rows["antonym"]
    assert (capital["faithfulness_template"], capital["without_template"]) == (0.75, 1)
    assert (capital["cmd"], capital["without_curve"]) == (0.15625, 1)
    assert all(
        missing(antonym[name]) for name in ("faithfulness_other", "faithfulness_template", "judges_reached", "cmd")
    )
    assert [antonym[f"without_{name}"] for name in ("other", "template", "curve")] == [1, 1, 1]


def test_stability_stands_beside_its_nulls(filled: Store) -> None:
    rows = {row["relation"]: row for row in ask(filled, "relation_controls")}
    assert list(rows) == ["antonym", "country_capital", "country_currency"]
    capital, antonym = rows["country_capital"], rows["antonym"]
    assert (capital["circuits"], capital["judged_on"], capital["asked"]) == (2, "unseen", 2)
    assert (capital["stability"], capital["stability_relation"], capital["stability_other"]) == (0.375, 0.375, 0.125)
    assert (capital["needed"], capital["loss_10"], capital["loss_30"]) == (0.75, 0.125, 0.5)
    assert capital["random_spread"] == 0.0625
    assert (antonym["asked"], antonym["needed"]) == (0, 0.75)
    assert all(missing(antonym[name]) for name in ("stability", "stability_relation", "stability_other", "loss_10"))


def test_baselines_by_size(changed: Store) -> None:
    """Sizes end at powers of two times 32; circuits judged on what found them are left out."""
    for number, edges in enumerate((32, 33, 64, 65)):
        name = f"country_capital/{'France' if number % 2 else 'Italy'}"
        way = {"id": sample.circuit_id(name, f"m/{number // 2}"), "method": f"m/{number // 2}", "fact_id": name}
        given = {"n_edges": edges, "untrained": number % 2, "faithfulness_random": number / 4}
        write_batch(changed, [], [replace(sample.CIRCUITS[number % 2 == 0], **way, **given)])
    found = ask(changed, "baselines_by_size")
    assert pick(found, "method", "from_edges", "to_edges", "circuits", "faithfulness_random", "untrained") == [
        ("m/0", 1, 32, 1, 0, 0),
        ("m/0", 33, 64, 1, 0.25, 1),
        ("m/1", 33, 64, 1, 0.5, 0),
        ("m/1", 65, 128, 1, 0.75, 1),
        ("secant", 1, 32, 2, 0.1875, 1),
    ]


def test_a_median_is_not_a_mean(changed: Store) -> None:
    japan = replace(sample.CIRCUITS[2], judged_on="unseen", faithfulness=0.5)
    write_batch(changed, [], [japan])
    (row,) = ask(changed, "relation_quality", relation="country_capital")
    assert row["median_faithfulness"] == 0.875
    assert row["faithfulness"] == pytest.approx((0.875 + 1 + 0.5) / 3)


def test_models(filled: Store) -> None:
    (row,) = ask(filled, "models")
    assert (row["layers"], row["heads"], row["kv_heads"], row["native_edges"]) == (2, 4, 2, 82)
    assert (row["facts"], row["known"], row["circuits"]) == (7, 6, 5)


def test_relations(filled: Store) -> None:
    assert pick(ask(filled, "relations"), "relation", "facts", "known", "explained", "circuits") == [
        ("antonym", 2, 1, 1, 1),
        ("country_capital", 3, 3, 3, 3),
        ("country_currency", 2, 2, 1, 1),
    ]


def test_runs(filled: Store) -> None:
    (row,) = ask(filled, "runs")
    assert (row["run"], row["circuits"], row["settings"]) == ("run-1", 5, '{"target": 0.85}')


def test_shared_components(filled: Store) -> None:
    """Of two relations that share a component, the one with the smaller lift counts."""
    rows = ask(filled, "shared_components")
    assert pick(rows, "component", "shared_by") == [
        ("m0", ["country_capital", "antonym"]),
        ("m1", ["country_currency", "antonym"]),
        ("a0.h1", ["country_currency", "country_capital"]),
    ]
    # Shares of scores by relation: m0 CAPITAL_M0, 0, .75 / 2; m1 3 / 8.25 / 3, 2 / 3, 1.25 / 2.
    assert pick(rows, "lift")[:2] == [
        pytest.approx(0.375 / ((CAPITAL_M0 + 0.375) / 3)),
        pytest.approx(0.625 / ((3 / 8.25 / 3 + 2 / 3 + 0.625) / 3)),
    ]
    (m0, m1, _) = rows
    assert (m0["kind"], m0["layer"], m0["model"], m0["use"]) == ("mlp", 0, "toy", "other")
    assert (m0["relations"], m0["facts"], m0["share"], m1["relations"]) == (2, 4, 1, 3)
    assert m0["score_share"] == pytest.approx((CAPITAL_M0 + 0.375) / 2)
    assert m0["score_share_all"] == pytest.approx((CAPITAL_M0 + 0.375) / 3)
    assert all(missing(row["q"]) for row in rows)  # no relation has five facts
    assert pick(ask(filled, "shared_components", min_relations=3), "component") == ["m1"]


def test_what_named_relations_share(filled: Store) -> None:
    both = ask(filled, "shared_components", relations="country_capital, country_currency")
    assert pick(both, "component", "facts", "share") == [("a0.h1", 2, 2 / 4), ("m1", 2, 2 / 4)]
    either = ask(filled, "shared_components", relations="country_capital,country_currency", min_relations=1)
    assert {row["component"] for row in either} > {"m0", "a1.h2"}
    with pytest.raises(UserError, match="country_capitol"):
        filled.query("shared_components", relations="country_capitol")


def test_facts_of_several_methods_count_once(changed: Store) -> None:
    eap = replace(sample.CIRCUITS[0], id=sample.circuit_id("country_capital/France", "eap"), method="eap")
    write_batch(changed, [], [eap])
    shared = {row["component"]: row["facts"] for row in ask(changed, "shared_components")}
    assert shared["m0"] == 4
    assert ask(changed, "shared_components", min_relations=1, method="eap")[0]["share"] == 1
    parts = {row["component"]: row["score_share"] for row in ask(changed, "relation_components", **CAPITALS)}
    assert parts["m0"] == pytest.approx(CAPITAL_M0)
    relations = pick(ask(changed, "relations"), "explained", "circuits")
    assert relations == [(1, 1), (3, 4), (1, 1)]


def test_models_are_kept_apart(changed: Store) -> None:
    write_model(changed, replace(sample.MODEL, id="twin"))
    twin = replace(sample.CIRCUITS[3], id="twin|country_currency/Japan|secant", model_id="twin")
    write_batch(changed, [], [twin])
    rows = ask(changed, "shared_components", min_relations=1)
    lifts = {(row["model"], row["component"]): row["lift"] for row in rows}
    assert (lifts["toy", "m1"], lifts["twin", "m1"]) == (pytest.approx(1.4155, abs=1e-4), 1)
    assert pick(ask(changed, "facts_using_component", component="m1", model="twin"), "circuit") == [twin.id]


def test_relation_components(filled: Store) -> None:
    rows = ask(filled, "relation_components", **CAPITALS)
    found = {row["component"]: (row["facts"], row["share_elsewhere"]) for row in rows}
    assert found == {
        "a1.h2": (3, 0),
        "m0": (3, 1 / 2),
        "a1.kv1": (2, 0),
        "a0.kv0": (1, 0),
        "a1.h3": (1, 0),
        "a0.h1": (1, 1 / 2),
        "m1": (1, 1),
    }
    lifts = {row["component"]: row["lift"] for row in rows}
    assert (lifts["a1.h2"], lifts["a1.kv1"]) == (3, 3)  # no other relation has them, and there are three
    assert lifts["m0"] == pytest.approx(CAPITAL_M0 / ((CAPITAL_M0 + 0.375) / 3))
    lows = pick(rows, "low")
    assert lows == sorted(lows, reverse=True)
    assert all(row["low"] <= row["lift"] <= row["high"] for row in rows)


def test_what_sets_apart(changed: Store) -> None:
    """Every capital's circuit holds a1.h2 and its edge to the logits, and no other relation's does."""
    rest = [("m0", "logits", "logits", 2.5), ("embed", "m0", "mlp", 1.25)]
    weights = (0.9, 1.0, 1.1)
    for circuit, weight in zip(sample.CIRCUITS[:3], weights, strict=True):
        table = (*rest, ("a1.h2", "logits", "logits", weight), ("m0", "a1.h2", "q", 0.5))
        write_batch(changed, [], [replace(circuit, edges=sample.edges(table))])
    rows = ask(changed, "what_sets_apart", **CAPITALS)
    assert ask(changed, "what_sets_apart", relation="antonym") == []  # of one fact there is no interval
    found = {row["component"]: row for row in rows}
    head, edge = found["a1.h2"], found["a1.h2->logits.logits"]
    assert (head["kind"], head["lift"], head["facts"], head["share_elsewhere"]) == ("head", 3, 3, 0)
    assert head["score_share"] == pytest.approx(sum(weight / (3 + weight) for weight in weights) / 3)
    assert head["difference"] == head["score_share"]
    assert (edge["kind"], edge["layer"] is None or missing(edge["layer"])) == ("edge", True)
    assert (edge["lift"], edge["score_share"]) == (
        pytest.approx(3),
        pytest.approx(sum(weight / (4.25 + weight) for weight in weights) / 3),
    )
    kinds = pick(rows, "kind")
    assert kinds.index("edge") == len([kind for kind in kinds if kind != "edge"])


def test_component_usage(filled: Store) -> None:
    rows = ask(filled, "component_usage")
    assert len(rows) == 7 * 3
    cells = {(row["component"], row["relation"]): (row["facts"], row["share"], row["lift"]) for row in rows}
    assert cells["a1.kv1", "country_capital"] == (2, 2 / 3, 3)
    assert cells["m1", "country_currency"] == (1, 1, pytest.approx(1.4155, abs=1e-4))
    assert cells["m0", "country_currency"] == (0, 0, 0)


def test_edges_in_every_fact(filled: Store) -> None:
    rows = ask(filled, "edges_in_every_fact", relation="country_capital")
    assert pick(rows, "edge", "facts", "share") == [("a1.h2->logits.logits", 3, 1), ("embed->m0.mlp", 3, 1)]
    assert pick(rows, "weight") == [(0.75 + 1 + 1.5) / 3, (1 + 1.25 + 1) / 3]
    most = ask(filled, "edges_in_every_fact", relation="country_capital", min_share=0.6)
    assert pick(most, "edge", "facts", "weight")[2:] == [
        ("m0->logits.logits", 2, (2.5 + 1.75) / 2),
        ("m0->a1.kv1.k", 2, (-0.5 - 0.75) / 2),
    ]


def test_facts_using_component(filled: Store) -> None:
    rows = ask(filled, "facts_using_component", component="a1.h2")
    assert pick(rows, "subject", "score", "faithfulness", "faithfulness_random") == [
        ("Japan", 1.5, 0.9375, 0),
        ("Italy", 1, 1, 0.25),
        ("France", 0.75, 0.875, 0.125),
    ]
    assert ask(filled, "facts_using_component", component="a1.h2", relation="antonym") == []


def test_component_profile(filled: Store) -> None:
    rows = ask(filled, "component_profile", component="m0")
    assert pick(rows, "relation", "facts", "explained", "share") == [
        ("country_capital", 3, 3, 1),
        ("antonym", 1, 1, 1),
        ("country_currency", 0, 1, 0),
    ]
    assert pick(rows, "score_share", "score_share_elsewhere") == [
        (pytest.approx(CAPITAL_M0), 0.375 / 2),
        (0.375, pytest.approx(CAPITAL_M0 / 2)),
        (0, pytest.approx((CAPITAL_M0 + 0.375) / 2)),
    ]
    assert rows[0]["lift"] == pytest.approx(CAPITAL_M0 * 3 / (CAPITAL_M0 + 0.375))
    assert rows[0]["low"] < rows[0]["lift"] < rows[0]["high"]
    assert all(missing(row["low"]) for row in rows[1:])
    assert ask(filled, "component_profile", component="m9") == []


def test_circuit_edges(filled: Store) -> None:
    rows = ask(filled, "circuit_edges", circuit=FRANCE)
    assert pick(rows, "source", "target", "channel", "weight") == [*sample.FRANCE_EDGES]
    assert pick(rows, "rank") == [1, 2, 3, 4, 5, 6]
    assert rows[1]["edge"] == "embed->a0.kv0.v"


def test_circuit_nodes(filled: Store) -> None:
    rows = {row["component"]: row for row in ask(filled, "circuit_nodes", circuit=FRANCE)}
    assert len(rows) == 8
    assert (rows["m1"]["score"], rows["m1"]["facts"], rows["m1"]["relations"]) == (3, 3, 3)
    assert (rows["a1.h2"]["layer"], rows["a1.h2"]["head"], rows["a1.h2"]["facts"]) == (1, 2, 3)
    assert (rows["logits"]["score"], rows["logits"]["facts"]) == (3.75, 5)
    assert missing(rows["embed"]["layer"])


def test_circuit_paths(filled: Store) -> None:
    rows = ask(filled, "circuit_paths", circuit=FRANCE)
    assert pick(rows, "weakest", "product", "edges") == [(1.5, 2 * 1.5 * 3, 3), (0.5, 1 * -0.5 * 0.75, 3)]
    assert pick(rows, "path") == [
        ["embed", "a0.kv0", "a0.h1", "m1", "logits"],
        ["embed", "m0", "a1.kv1", "a1.h2", "logits"],
    ]
    assert len(ask(filled, "circuit_paths", circuit=FRANCE, max_rank=3)) == 1
    assert len(ask(filled, "circuit_paths", circuit=FRANCE, limit=1)) == 1


def test_circuit_difference(filled: Store) -> None:
    rows = ask(filled, "circuit_difference", first=FRANCE, second=ITALY)
    assert pick(rows[:2], "edge", "part", "first_weight", "second_weight") == [
        ("a1.h2->logits.logits", "both", 0.75, 1),
        ("embed->m0.mlp", "both", 1, 1.25),
    ]
    assert pick(rows, "part") == ["both"] * 2 + ["first"] * 4 + ["second"] * 2
    assert missing(rows[2]["second_weight"])


def test_hubs(filled: Store) -> None:
    rows = {row["component"]: row for row in ask(filled, "hubs")}
    assert set(rows) == {"m0", "m1", "a0.h1", "a1.h2", "a1.kv1"}
    # m0: 1, 2, 2 and 1 edges leave it, one reaches it in each of four circuits.
    assert (rows["m0"]["facts"], rows["m0"]["mean_out"], rows["m0"]["mean_in"]) == (4, 6 / 4, 1)
    assert ask(filled, "hubs", min_facts=4, limit=1)[0]["component"] == "m0"


def test_unknown_facts(filled: Store) -> None:
    (row,) = ask(filled, "unknown_facts")
    assert (row["subject"], row["rank"], row["probability"]) == ("big", 57, 0.001953125)


def test_facts_without_circuit(filled: Store) -> None:
    rows = ask(filled, "facts_without_circuit")
    assert pick(rows, "subject", "reason") == [("big", "unknown"), ("Mexico", "no-equal-length")]
    assert pick(ask(filled, "facts_without_circuit", relation="antonym"), "subject") == ["big"]


def test_least_faithful(filled: Store) -> None:
    rows = ask(filled, "least_faithful", limit=2)
    assert pick(rows, "subject", "method", "faithfulness", "faithfulness_random", "judged_on") == [
        ("Japan", "secant", 0.5, 0.0625, "find"),
        ("hot", "secant", 0.875, 0.5, "find"),
    ]
    assert pick(ask(filled, "least_faithful", relation="country_capital"), "faithfulness_size") == [0.9375, 0.9375, 1]


def test_facts(filled: Store) -> None:
    rows = ask(filled, "facts", relation="country_currency")
    assert pick(rows, "subject", "rank", "known", "circuits") == [("Japan", 1, True, 1), ("Mexico", 4, True, 0)]


def test_circuits(filled: Store) -> None:
    rows = ask(filled, "circuits", relation="country_capital")
    assert pick(rows, "subject", "edges", "nodes", "reached") == [
        ("France", 6, 6, True),
        ("Italy", 4, 4, True),
        ("Japan", 5, 5, True),
    ]
    (row,) = ask(filled, "circuits", fact="country_capital/France")
    assert (row["foil"], row["answer"], row["rank_circuit"], row["run"]) == (" Rome", " Paris", 2, "run-1")
    assert row["artifact"]


def test_a_circuit_comes_with_its_controls(filled: Store) -> None:
    (row,) = ask(filled, "circuits", circuit=FRANCE)
    assert (row["judged_on"], row["lacks"], row["random_draws"]) == ("unseen", "size: 0 of 1, unseen: 1 of 2", 2)
    assert (row["faithfulness_size"], row["faithfulness_template"], row["completeness"]) == (0.9375, 0.75, 0.25)
    assert (row["other"], row["faithfulness_other"], row["stability"]) == ("antonym/hot", 0.25, 0.5)
    assert (row["metric_clean"], row["metric_ablated"], row["metric_circuit"]) == (4, -4, 3)
    assert (row["edges_searched"], row["divergence"], row["top1"], row["needed"]) == (7, 0.125, 1, 0.75)
    assert (row["faithfulness_lowest"], row["faithfulness_both_ways"], row["judges_reached"]) == (0.75, 0.8125, 0.5)
    assert (row["stability_relation"], row["stability_other"]) == (0.375, 0.125)
    assert (row["loss_10"], row["loss_30"], row["random_spread"]) == (0.125, 0.5, 0.0625)
    assert (row["weights"], row["untrained"]) == ("effect", 3)
    assert (row["ablation"], row["effort"], row["cmd"]) == ("corrupt", "default", 0.15625)


def test_lists_of_a_circuit_come_as_lists(filled: Store) -> None:
    rows = {row["circuit"]: row for row in ask(filled, "circuits")}
    france, italy = rows[FRANCE], rows[ITALY]
    assert (france["donors_find"], france["donors_unseen"]) == (["country_capital/Japan"], ["country_capital/Italy"])
    assert (france["curve_sizes"], france["curve"], france["curve_random"]) == (
        [0.25, 0.5, 1],
        [0.5, 0.75, 1],
        [0, 0.125, 1],
    )
    assert (italy["curve"], missing(italy["cmd"]), missing(italy["faithfulness_template"])) == ([], True, True)


def test_memberships(filled: Store) -> None:
    (row,) = ask(filled, "component_memberships", fact="country_capital/Italy")
    assert sorted(row["members"]) == ["a1.h2", "m0"]
    (row,) = ask(filled, "edge_memberships", relation="country_capital", fact="country_capital/Italy")
    assert sorted(row["members"]) == sorted(edge.id for edge in sample.CIRCUITS[1].edges)


def test_circuit_prompts(filled: Store) -> None:
    found = {row["circuit"]: row["clean_prompt"] for row in ask(filled, "circuit_prompts", method="secant")}
    assert found == {circuit.id: circuit.contrast.clean_prompt for circuit in sample.CIRCUITS}
    assert ask(filled, "circuit_prompts", method="eap") == []


@pytest.mark.parametrize(
    ("text", "facts", "by"),
    [
        ("country_capital/Japan", ["country_capital/Japan"], "fact"),
        (ITALY, ["country_capital/Italy"], "circuit"),
        ("jaPAN", ["country_capital/Japan", "country_currency/Japan"], "subject"),
        ("Atlantis", [], ""),
    ],
)
def test_resolve_fact(filled: Store, text: str, facts: list[str], by: str) -> None:
    rows = ask(filled, "resolve_fact", text=text)
    assert pick(rows, "fact") == facts
    assert {row["by"] for row in rows} == ({by} if facts else set())


def test_movers_and_relation_heads(filled: Store) -> None:
    movers = ask(filled, "movers")
    assert pick(movers, "relation", "component", "role", "score", "null", "q", "facts", "held") == [
        ("country_capital", "a1.h2", "mover", 2, 0.0625, 0.03125, 3, 2),
        ("country_capital", "a0.h1", "mixture", 0.5, 0.0625, 0.03125, 3, 0),
        ("country_currency", "a1.h2", "mixture", 1.5, 0.0625, 0.03125, 3, 1),
    ]
    assert pick(movers, "templates", "writes", "writes_share")[0] == (["The capital of {} is"], [" French"], [0.75])
    heads = ask(filled, "relation_heads")
    assert pick(heads, "relation", "component", "role", "score", "null", "q", "held") == [
        ("antonym", "a1.h2", "relation", 1, 0.125, 0.015625, 1),
        ("country_capital", "a0.h1", "mixture", 0.75, 0.125, 0.015625, 1),
        ("country_currency", "a1.h2", "mixture", 0.75, 0.125, 0.015625, 1),
    ]
    assert pick(ask(filled, "relation_heads", **CAPITALS), "component") == ["a0.h1"]
    assert ask(filled, "movers", model="other") == []


def test_a_role_stands_with_the_templates_that_it_holds_in(changed: Store) -> None:
    """In the second template a1.h2 is no mover, and a0.h1 is one again."""
    second = [
        replace(role, wording="1", role=RoleKind.NONE if role.component == "a1.h2" else role.role, facts=())
        for role in sample.ROLES[:3]
    ]
    write_roles(changed, second)
    found = {(row["component"], row["wording"]): row["templates"] for row in ask(changed, "movers", **CAPITALS)}
    both = ["The capital of {} is", "{}'s capital is"]
    assert found == {("a1.h2", "0"): both[:1], ("a0.h1", "0"): both, ("a0.h1", "1"): both}
    assert pick(ask(changed, "movers", **CAPITALS, wording="1"), "component", "templates") == [("a0.h1", both)]
    by_layer = pick(ask(changed, "roles_by_layer", wording="1"), "layer", "movers", "mixtures", "heads")
    assert by_layer == [(0, 0, 1, 2), (1, 0, 0, 1)]


def test_circuit_roles(filled: Store) -> None:
    rows = {row["component"]: row for row in ask(filled, "circuit_roles", circuit=FRANCE)}
    assert set(rows) == {*(row["component"] for row in ask(filled, "circuit_nodes", circuit=FRANCE)), "a0.h0"}
    head, weaker, mlp = rows["a1.h2"], rows["a0.h1"], rows["m1"]
    assert (head["role"], head["fact_mover"], head["fact_relation"]) == ("mover", 2.25, 0.5)
    assert (head["facts"], head["mover"], head["mover_null"], head["mover_q"]) == (3, 2, 0.0625, 0.03125)
    assert (head["relation_score"], head["relation_null"], head["relation_q"]) == (0.25, 0.125, 0.5)
    assert (head["at_subject"], head["at_template"], head["at_last"]) == (0, 0, 0.75)
    assert head["attention"] == [0.5, 0.25, 0.125, 0.0625, 0.0625]
    assert head["tokens"] == ["The", " capital", " of", " France", " is"]
    assert (head["attends"], mlp["attends"]) == ([0.25, 0, 0, 0.75, 0], [])
    assert (head["writes"], head["writes_most"], head["writes_share"]) == ([" Paris", " French"], [" French"], [0.75])
    assert (weaker["role"], weaker["role_in_relation"]) == ("relation", "mixture")
    assert (mlp["role"], mlp["at_last"], mlp["attention"], missing(mlp["mover"])) == ("", 3, [], True)
    assert (rows["a0.h0"]["in_circuit"], head["in_circuit"]) == (False, True)


def test_roles_of_a_relation_are_not_those_of_another(filled: Store) -> None:
    rows = ask(filled, "circuit_roles", circuit=sample.circuit_id("country_currency/Japan"))
    assert pick([row for row in rows if row["role"]], "component", "role", "in_circuit") == [
        ("a1.h2", "mixture", False)
    ]
    assert all(missing(row["mover"]) for row in rows if row["component"] == "a0.h1")


def test_circuit_lens(filled: Store) -> None:
    (row,) = ask(filled, "circuit_lens", circuit=ITALY)
    assert (row["lens"], row["blocks"]) == ("closed", ["embed", "a0", "m0", "a1", "m1"])
    assert (row["object"], row["others"]) == ([0, 1, 1.5, 2.5, 3], [0, 0.5, 1.5, 2, 2])
    assert (row["wrong"], row["wrong_token"]) == ([0, 0, 1, 2, 3.5], " Milan")
    assert (row["rank"][-1], row["probability"][-1], row["emergence"], row["rise"]) == (1, 0.75, "a0", "m0")
    assert ask(filled, "circuit_lens", circuit=FRANCE)[0]["wrong"] == []
    assert ask(filled, "circuit_lens", circuit=sample.circuit_id("antonym/hot")) == []


def test_roles_held(filled: Store) -> None:
    rows = ask(filled, "roles_held")
    assert pick(rows, "relation", "component", "role", "layer") == [
        ("antonym", "a1.h2", "relation", 1),
        ("country_capital", "a0.h1", "mixture", 0),
        ("country_capital", "a1.h2", "mover", 1),
        ("country_currency", "a1.h2", "mixture", 1),
    ]
    assert (rows[2]["mover"], rows[2]["relation_score"], rows[2]["facts"], rows[2]["wording"]) == (2, 0.25, 3, "0")
    assert ask(filled, "roles_held", model="other") == []


def test_head_scores(filled: Store) -> None:
    """Of a head that is a mover somewhere there is a cell for every relation."""
    rows = ask(filled, "head_scores")
    assert pick(rows, "component", "relation", "role", "mover") == [
        ("a0.h1", "country_capital", "mixture", 0.5),
        ("a1.h2", "antonym", "relation", 0),
        ("a1.h2", "country_capital", "mover", 2),
        ("a1.h2", "country_currency", "mixture", 1.5),
    ]
    assert set(pick(ask(filled, "head_scores", limit=1), "component")) == {"a1.h2"}  # in two relations, not in one
    assert set(pick(ask(filled, "head_scores", role="relation", limit=1), "component")) == {"a1.h2"}
    assert ask(filled, "head_scores", wording="1") == []


def test_component_roles(filled: Store) -> None:
    rows = ask(filled, "component_roles", component="a1.h2")
    assert pick(rows, "relation", "role", "mover", "mover_null", "relation_score", "relation_null", "held") == [
        ("country_capital", "mover", 2, 0.0625, 0.25, 0.125, 2),
        ("country_currency", "mixture", 1.5, 0.0625, 0.75, 0.125, 1),
        ("antonym", "relation", 0, 0.0625, 1, 0.125, 1),
    ]
    assert (rows[0]["attention"], rows[0]["direct"]) == ([0.5, 0.25, 0.125, 0.0625, 0.0625], [0, 2, 0.125, 0, 0])
    (none,) = ask(filled, "component_roles", component="a0.h0")
    assert (none["role"], none["held"], none["writes"]) == ("", 0, [])
    assert rows[0]["template"] == "The capital of {} is"


def test_facts_of_role(filled: Store) -> None:
    rows = ask(filled, "facts_of_role", component="a1.h2")
    assert pick(rows, "subject", "role", "mover", "mover_mean", "mover_null") == [
        ("France", "mover", 2.25, 2, 0.0625),
        ("Italy", "mover", 2.25, 2, 0.0625),
        ("Japan", "mixture", 1.75, 1.5, 0.0625),
        ("hot", "relation", 0.25, 0, 0.0625),
    ]
    assert rows[0]["writes"] == [" Paris", " French"]
    assert pick(ask(filled, "facts_of_role", component="a1.h2", role="relation"), "subject") == ["Japan", "hot"]
    assert pick(ask(filled, "facts_of_role", component="a1.h2", role="mixture"), "subject") == ["Japan"]
    assert pick(ask(filled, "facts_of_role", component="a1.h2", **CAPITALS, limit=1), "subject") == ["France"]


def test_fact_heads(filled: Store) -> None:
    rows = ask(filled, "fact_heads", fact="country_capital/France")
    assert pick(rows, "component", "role", "relation_role") == [
        ("a1.h2", "mover", "mover"),
        ("a0.h1", "relation", "mixture"),
        ("a0.h0", "", ""),
    ]
    assert pick(rows, "mover", "relation_score", "relation_mean", "relation_null")[1] == (0.75, 1, 0.75, 0.125)
    assert (missing(rows[2]["mover"]), rows[2]["writes"]) == (True, [])
    assert pick(ask(filled, "fact_heads", fact="country_capital/Japan"), "role") == ["", "", ""]


def test_role_checks(filled: Store) -> None:
    (row,) = ask(filled, "role_checks")
    assert (row["relation"], row["role"], row["heads"], row["facts_cut"]) == ("country_capital", "mover", ["a1.h2"], 1)
    assert (row["drop"], row["random"], row["random_high"], row["every"]) == (2.5, 0.125, 0.25, 3)
    assert ask(filled, "role_checks", relation="antonym") == []


def test_demonstrations(kept: Kept) -> None:
    store = kept(demonstration_sample.fill)
    rows = ask(store, "demonstrations")
    assert pick(rows, "relation", "shots", "labels", "zero", "probability", "gain", "gain_log") == [
        ("country_capital", 1, "own", 0.5, 0.75, 0.25, 0.5),
        ("country_capital", 1, "shuffled", 0.5, 0.75, -0.125, -0.25),
        ("country_currency", 1, "own", 0.5, 0.75, 0.25, 0.5),
    ]
    own, shuffled, currency = rows
    assert (own["drop"], own["random"], own["drop_share"], own["heads"]) == (0.25, 0.03125, 0.5, ["a1.h3"])
    assert missing(shuffled["drop_share"])
    assert (own["movers_r"], missing(currency["movers_r"])) == (0.9375, True)
    assert pick(ask(store, "demonstrations", relation="country_currency"), "labels") == ["own"]
    assert ask(store, "demonstrations", model="another") == []
    found = pick(
        ask(store, "demonstration_fingerprints", relation="country_capital"), "wording", "shots", "fingerprint"
    )
    assert found == [("0", 1, "d" * 32)], "of own and of shuffled labels the same"


def test_demonstration_heads(kept: Kept) -> None:
    """a1.h3 is new in both relations, a0.h0 in one; a1.h2 attends, too, and is a mover."""
    store = kept(demonstration_sample.fill)
    rows = ask(store, "demonstration_heads")
    assert pick(rows, "component", "new_for", "relations", "attention", "even", "shuffled", "mover_zero", "mover") == [
        ("a1.h3", ["country_capital", "country_currency"], 2, 0.5, 0.125, 0.5, 0, 0.25),
        ("a0.h0", ["country_currency"], 2, 0.25, 0.125, 0.5, 0, 0.25),
    ]
    assert pick(ask(store, "demonstration_heads", relation="country_capital"), "component") == ["a1.h3"]
    assert ask(store, "demonstration_heads", shots=3) == []


def test_roles_by_layer(filled: Store) -> None:
    """Five heads are tested, two in layer 0 and three in layer 1: an even spread gives them two and three fifths."""
    rows = ask(filled, "roles_by_layer")
    assert pick(rows, "layer", "movers", "relation_heads", "mixtures", "heads", "measured") == [
        (0, 0, 0, 1, 2, 2),
        (1, 1, 1, 1, 3, 3),
    ]
    assert pick(rows, "movers_expected", "relation_heads_expected", "mixtures_expected") == [
        (pytest.approx(2 / 5), pytest.approx(2 / 5), pytest.approx(4 / 5)),
        (pytest.approx(3 / 5), pytest.approx(3 / 5), pytest.approx(6 / 5)),
    ]
    assert pick(ask(filled, "roles_by_layer", relation="antonym"), "layer", "relation_heads") == [(1, 1)]


def test_heads_with_too_few_facts_are_measured_and_not_tested(changed: Store) -> None:
    untested = {"role": RoleKind.NONE, "mover_q": None, "relation_q": None, "facts": ()}
    write_roles(changed, [replace(sample.ROLES[-1], **untested)])
    (row,) = ask(changed, "roles_by_layer", relation="antonym")
    assert (row["heads"], row["measured"], row["movers"], row["movers_expected"]) == (0, 1, 0, 0)
    (head,) = ask(changed, "heads_of_two_roles")
    assert (head["relations"], head["relation_for"]) == (2, ["country_currency"])
    assert "antonym/hot" not in pick(ask(changed, "circuits_without_mover"), "fact")


def test_heads_of_two_roles(filled: Store) -> None:
    """a0.h1 is a mixture in one relation: one of both for the same relation is not meant."""
    (row,) = ask(filled, "heads_of_two_roles")
    assert (row["component"], row["layer"], row["relations"]) == ("a1.h2", 1, 3)
    assert row["mover_for"] == ["country_capital", "country_currency"]
    assert row["relation_for"] == ["antonym", "country_currency"]
    assert (row["mover"], row["mover_elsewhere"]) == ((2 + 1.5) / 2, 0)
    assert (row["relation_score"], row["relation_elsewhere"]) == ((1 + 0.75) / 2, 0.25)


def test_circuits_without_mover(filled: Store) -> None:
    rows = ask(filled, "circuits_without_mover", **CAPITALS)
    assert pick(rows, "circuit", "path", "weakest", "movers", "movers_of_fact") == [
        (FRANCE, ["embed", "a0.kv0", "a0.h1", "m1", "logits"], 1.5, 1, 1),
        (ITALY, ["embed", "m0", "logits"], 1.25, 1, 1),
        (sample.circuit_id("country_capital/Japan"), ["embed", "m0", "logits"], 1, 0, 0),
    ]
    assert (pick(rows, "with_mover")[:2], missing(rows[2]["with_mover"])) == ([0.5, 0.5], True)
    assert pick(ask(filled, "circuits_without_mover", **CAPITALS, max_rank=2), "fact") == ["country_capital/Italy"]


def test_a_circuit_whose_strongest_path_runs_through_a_mover_is_not_without(changed: Store) -> None:
    through = (("a1.h2", "logits", "logits", 3.0), ("embed", "a1.h2", "q", 2.0), *sample.ITALY_EDGES[:2])
    write_batch(changed, [], [replace(sample.CIRCUITS[1], edges=sample.edges(through))])
    assert "country_capital/Italy" not in pick(ask(changed, "circuits_without_mover"), "fact")


def test_lens(filled: Store) -> None:
    rows = ask(filled, "lens", fact="country_capital/Italy")
    assert pick(rows, "step", "block", "object", "others", "wrong", "rank", "probability") == [
        (0, "embed", 0, 0, 0, 3, 0.25),
        (1, "a0", 1, 0.5, 0, 1, 0.5),
        (2, "m0", 1.5, 1.5, 1, 1, 0.5),
        (3, "a1", 2.5, 2, 2, 1, 0.625),
        (4, "m1", 3, 2, 3.5, 1, 0.75),
    ]
    assert (rows[0]["emergence"], rows[0]["rise"], rows[0]["wrong_token"]) == ("a0", "m0", " Milan")
    assert all(missing(row["wrong"]) for row in ask(filled, "lens", fact="country_capital/France"))
    assert ask(filled, "lens", fact="country_capital/France", lens="raw") == []


def test_fed_by(filled: Store) -> None:
    (row,) = ask(filled, "fed_by", fact="country_capital/France")
    assert (row["block"], row["source"], row["target"], row["channel"], row["weight"]) == (
        "a1",
        "m0",
        "a1.kv1",
        "k",
        -0.5,
    )
    assert (row["heads"], row["head_roles"], row["share"]) == (["a1.h2"], ["mover"], 1)
    assert row["share_role"] == pytest.approx((3 + 2 + 1 + 0.5) / 8.75)  # what the others than a0.h1 and a1.h2 write
    (risen,) = ask(filled, "fed_by", fact="country_capital/Italy")
    assert (risen["block"], risen["source"], risen["heads"]) == ("m0", "embed", ["m0"])
    assert ask(filled, "fed_by", fact="country_capital/Italy", at="emergence") == []  # a0 is not in the circuit
    assert pick(ask(filled, "fed_by", fact="country_capital/France", at="m1"), "source") == ["a0.h1"]


def test_the_edges_that_feed_a_block_come_with_the_roles_of_their_sources(changed: Store) -> None:
    write_lenses(changed, [replace(sample.LENSES[0], rise="m1")])
    (row,) = ask(changed, "fed_by", fact="country_capital/France")
    assert (row["source"], row["source_role"], row["weight"]) == ("a0.h1", "relation", 1.5)
    assert row["share_role"] == pytest.approx(1.5 / 8.75)


def test_places(filled: Store) -> None:
    rows = ask(filled, "places", circuit=FRANCE)
    assert pick(rows, "component", "score", "role")[:3] == [("logits", 3.75, ""), ("embed", 3, ""), ("m1", 3, "")]
    found = {row["component"]: (row["role"], row["at_subject"], row["at_template"], row["at_last"]) for row in rows}
    assert found["a0.h1"] == ("relation", 0.5, 0.25, 0.75)
    assert found["a1.h2"] == ("mover", 0, 0, 0.75)
    assert missing(found["a0.kv0"][1])
    assert {row["circuit"] for row in ask(filled, "places", fact="country_capital/Italy")} == {ITALY}
    assert len(ask(filled, "places", limit=3)) == 3


def test_component_places(filled: Store) -> None:
    """Only France's circuit says where its nodes act."""
    (row,) = ask(filled, "component_places", component="m0")
    assert (row["relation"], row["method"], row["circuits"]) == ("country_capital", "secant", 1)
    assert (row["at_subject"], row["at_template"], row["at_last"]) == (-0.5, 0, 0)
    assert ask(filled, "component_places", component="a1.h3") == []


@pytest.mark.parametrize("name", OF_RIVALS)
def test_queries_of_rivals_answer_with_their_columns(answered: Store, name: str) -> None:
    assert ask(answered, name)
    assert ask(answered, name, model="another") == []


def test_rivals(answered: Store) -> None:
    (row,) = ask(answered, "rivals", fact="country_capital/Italy", model="toy", wording="0")
    assert (row["object"], row["rival"], row["wrong"], row["kind"], row["rank"]) == (
        " Rome",
        " Milan",
        True,
        "other",
        2,
    )
    assert row["heads"] + row["mlps"] + row["embed"] == row["margin"] == -1
    assert (row["for_rival"], row["for_rival_values"]) == (["m1", "m0"], [-1.5, -0.5])
    assert (row["first"], row["right_among"], row["movers_among"]) == (" Rome", True, 1)
    assert len(ask(answered, "rivals")) == len(rival_sample.RIVALS)
    assert len(ask(answered, "rival_fingerprints", relation="country_capital")) == 2


def test_wrong_answers(answered: Store) -> None:
    rows = ask(answered, "wrong_answers")
    assert pick(rows, "fact", "rival", "kind") == [
        ("antonym/hot", " the", "function"),
        ("country_capital/Italy", " Milan", "other"),
        ("country_currency/Mexico", " Mexican", "subject"),
    ]
    assert pick(ask(answered, "wrong_answers", relation="country_currency"), "movers", "mlps") == [(-1, 0.5)]


def test_wrong_answer_summary(answered: Store) -> None:
    """Of the three wrong answers one has no mover."""
    rows = ask(answered, "wrong_answer_summary")
    parts = ["movers", "movers_random", "heads", "mlps", "embed"]
    assert pick(rows, "wrong", "part") == [(wrong, part) for wrong in (True, False) for part in parts]
    assert pick(rows[:5], "facts", "favour_rival", "mean") == [
        (2, 1, -0.25),
        (2, 2, -0.125),
        (3, 1, -0.25),
        (3, 2, -1),
        (3, 0, 0.25),
    ]
    assert pick(rows[5:], "share") == [0, 1, 0, 0.5, 0]
    assert pick(ask(answered, "wrong_answer_summary", relation="antonym"), "part") == parts[2:]


def test_wrong_answer_kinds(answered: Store) -> None:
    rows = ask(answered, "wrong_answer_kinds")
    third = pytest.approx(1 / 3)
    assert pick(rows, "kind", "wrong", "share", "right", "share_right") == [
        ("function", 1, third, 0, 0),
        ("other", 1, third, 1, 0.5),
        ("subject", 1, third, 0, 0),
        ("relation", 0, 0, 1, 0.5),
    ]
    (row,) = ask(answered, "wrong_answer_kinds", relation="antonym")
    assert missing(row["share_right"]), "no right answer to compare with"


def test_answer_risk(answered: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two facts with equal figures but for the movers', these alone tell the risk apart; antonyms have no choice."""
    risk = answers.AnswerRisk("toy", answers.Logistic(1.0, {"movers_among": -1.0}), answers.Logistic(0.0, {}))
    monkeypatch.setattr(answers, "fitted", lambda: risk)
    rows = ask(answered, "answer_risk")
    assert pick(rows, "fact", "right_among") == [
        ("country_currency/Mexico", False),
        ("country_currency/Japan", True),
        ("country_capital/Italy", True),
        ("country_capital/France", True),
    ]
    assert pick(rows, "risk") == [pytest.approx(1 / (1 + math.exp(movers - 1))) for movers in (-0.5, 0.5, 1, 2)]
    assert pick(rows, "fitted_on") == ["toy"] * 4
    assert len(ask(answered, "answer_risk", relation="country_capital")) == 2
