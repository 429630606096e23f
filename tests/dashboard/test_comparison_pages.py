"""The pages Compare and Similarity on the sample store: every number worked by hand, and what is missing said."""

from dataclasses import replace
from itertools import combinations
from xml.etree import ElementTree

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.drawing import comparison_charts, profile_charts
from dashboard.widgets import forms
from graphdb.comparison.profiles.relation_profiles import PAIR_COLUMNS as PROFILE_COLUMNS
from graphdb.drawing import joint
from graphdb.drawing.picture import joint_picture
from graphdb.store import Store
from tests import sample
from tests.dashboard.test_pages import texts, visit, write_single

NAMES = joint.Names("A", "B")
CAPITALS = {"a": "country_capital", "b": "country_capital"}


def test_two_relations_stand_beside_chance(sample_store: Store) -> None:
    """Of {m0, m1} and {m0, a1.h2, a1.kv1}, which two of three capitals' circuits hold, one of four is shared."""
    app = visit("compare")
    assert (app.selectbox(key="a").value, app.selectbox(key="b").value) == ("antonym", "country_capital")
    said = texts(app)
    assert "A holds 2 components, B 3. **1** of the 4 are shared" in said
    assert "no q: a relation has under five circuits" in said
    assert "All of 6 edges: 1 both, 2 only A, 3 only B." in said
    measures = app.dataframe[1].value.set_index("measure")
    assert measures.loc["jaccard", "value"] == 0.25
    assert measures.loc["containment", "value"] == 0.5
    assert set(measures.columns) == {"value", "expected", "effect", "p", "q", "says"}
    parts = app.dataframe[2].value.set_index("name")["part"]
    assert parts.to_dict() == {"m0": "both", "m1": "only_a", "a1.h2": "only_b", "a1.kv1": "only_b"}


def test_two_facts_stand_beside_chance_in_edges_too(sample_store: Store) -> None:
    query = {"a": "country_capital", "fact_a": "France", "b": "country_currency", "fact_b": "Japan"}
    app = visit("compare", **query)
    assert "A holds 6 components, B 2. **2** of the 6 are shared" in texts(app)
    app.segmented_control(key="level").set_value("edges").run()
    assert not app.exception
    assert "A holds 6 edges, B 3. **2** of the 7 are shared" in texts(app)
    assert len(app.get("download_button")) == 4


def test_a_part_alone_is_drawn_and_a_node_lists_its_edges(sample_store: Store) -> None:
    app = visit("compare", parts="only B", node="m0")
    assert "All of 3 edges: 3 only B." in texts(app)
    assert "**Edges of m0**" in texts(app)
    assert sorted(app.dataframe[-1].value["name"]) == [
        "embed->m0.mlp",
        "m0->a1.kv1.k",
        "m0->logits.logits",
        "m0->m1.mlp",
    ]


def test_the_same_on_both_sides_is_refused_in_a_sentence(sample_store: Store) -> None:
    assert "A and B are the same" in visit("compare", **CAPITALS).info[0].value


def test_two_methods_are_compared_fact_by_fact(changed_store: Store) -> None:
    write_single(changed_store)
    app = visit("compare", **CAPITALS, method_b="secant/single")
    assert (app.selectbox(key="method").value, app.selectbox(key="method_b").value) == ("secant", "secant/single")
    assert "no q: they are of two models or methods" in texts(app)
    assert "of 1 facts have circuits that share more than chance explains" in texts(app)
    assert app.dataframe[-1].value["fact"].to_list() == ["country_capital/France"]


def test_one_relation_alone_is_compared_by_its_facts(empty_store: Store) -> None:
    write_capitals(empty_store)
    app = visit("compare")
    assert [app.selectbox(key=key).value for key in ("fact_a", "fact_b")] == ["France", "Italy"]
    assert "circuits of one relation only" in visit("similarity", view="sets beside chance").info[0].value


def test_two_relations_alone_leave_nothing_to_chance(empty_store: Store) -> None:
    """All that is known of a component's popularity is these two."""
    write_capitals(empty_store)
    sample.write_relations(empty_store, sample.RELATIONS[1:2])
    (fact,) = (each for each in sample.FACTS if each.id == "country_currency/Japan")
    sample.write_facts(empty_store, [fact])
    circuit = replace(sample.CIRCUITS[0], id="small|country_currency/Japan|secant", fact_id=fact.id, other="")
    sample.write_batch(empty_store, [], [sample.with_scores(empty_store, circuit)])
    app = visit("compare")
    assert "The store holds these two relations alone" in texts(app)
    assert "chance explains" not in texts(app)
    assert "leaves nothing to chance" in texts(visit("similarity", view="sets beside chance"))


def write_capitals(store: Store) -> None:
    sample.write_model(store, sample.MODEL)
    sample.write_relations(store, sample.RELATIONS[:1])
    sample.write_facts(store, sample.FACTS[:3])
    sample.write_run(store, sample.RUN)
    circuits = [replace(circuit, other="") for circuit in sample.CIRCUITS[:3]]
    sample.write_batch(store, sample.RECALLS[:3], [sample.with_scores(store, circuit) for circuit in circuits])


def table(app: AppTest, name: str) -> pd.DataFrame:
    app.segmented_control(key="table").set_value(name).run()
    assert not app.exception
    assert not app.error
    return app.dataframe[0].value


def test_relations_nearest_facts_and_outliers_lead_to_compare(sample_store: Store) -> None:
    app = visit("similarity", view="sets beside chance")
    assert "3 relations, 3 pairs; 0 share more than chance gives at q ≤ 0.05. 3 have no q" in texts(app)
    pairs = app.dataframe[0].value
    antonym = pairs[(pairs["a"] == "antonym") & (pairs["b"] == "country_capital")].iloc[0]
    assert (antonym["shared"], antonym["jaccard"]) == (1, 0.25)
    assert antonym["compare"] == "compare?a=antonym&b=country_capital&level=components&model=toy&method=secant"
    near = table(app, "Nearest")
    assert near["compare"].str.startswith("compare?a=antonym&fact_a=hot&b=").all()
    assert len(near) == 4
    unlike = table(app, "Outliers")
    assert "compare?a=country_capital&fact_a=France&b=country_capital" in " ".join(unlike["compare"])
    assert len(unlike) == 5


def test_what_is_missing_is_said(sample_store: Store) -> None:
    app = visit("similarity", view="sets beside chance")
    missing = table(app, "Missing").set_index("relation")
    assert missing["circuits"].to_dict() == {"antonym": 1, "country_capital": 3, "country_currency": 1}
    assert not missing["tested"].any()
    app.segmented_control(key="table").set_value("Modules").run()
    assert "No two components meet in more circuits than chance gives" in app.info[0].value


@pytest.mark.parametrize("page", ["compare", "similarity"])
def test_without_circuits_both_pages_say_so(empty_store: Store, page: str) -> None:
    assert visit(page).title[0].value == "The store is empty"
    sample.write_model(empty_store, sample.MODEL)
    app = visit(page)
    if app.button[0].label == "Refresh":
        app.button[0].click().run()
    assert "no circuit in the store yet" in app.info[0].value


@pytest.fixture
def pairs() -> pd.DataFrame:
    rows = [("x", "y", 3, 4, 8.0, 2.0, 4.0, 0.5, 0.2), ("x", "z", 3, 5, 0.0, 2.0, 0.0, 0.0, 0.1)]
    columns = ["a", "b", "circuits_a", "circuits_b", "shared", "expected", "effect", "jaccard", "jaccard_expected"]
    return pd.DataFrame(rows, columns=columns)


def test_a_heat_map_has_both_directions_and_chance_below_the_diagonal(pairs: pd.DataFrame) -> None:
    cells = comparison_charts.cells(pairs, ("y", "x", "z")).set_index(["a", "b"])
    assert cells.index.to_list() == [("x", "y"), ("x", "z"), ("y", "x"), ("z", "x")]
    assert cells.loc[("y", "x"), "jaccard_or_chance"] == 0.5
    assert cells.loc[("x", "y"), "jaccard_or_chance"] == 0.2
    assert cells[["circuits_a", "circuits_b"]].to_numpy().tolist()[2] == [4, 3]
    assert cells.loc[("x", "y"), "fold"] == 2
    assert cells.loc[("x", "z"), "fold"] == -2, "nothing shared: the end of the scale"


def test_a_chart_as_svg_holds_names_as_text(pairs: pd.DataFrame) -> None:
    names = {"x": "<script>alert(1)</script>", "y": 'quote " & more', "z": "z"}
    cells = comparison_charts.cells(pairs.replace(names), tuple(names.values()))
    drawing = ElementTree.fromstring(forms.svg_of(comparison_charts.heat_map(cells, tuple(names.values()), "fold")))
    texts = {"".join(each.itertext()) for each in drawing.iter() if each.tag.endswith("text")}
    assert drawing.tag.endswith("svg")
    assert {*names.values()} <= texts
    assert not [each for each in drawing.iter() if each.tag.endswith("script")]


def test_a_hundred_relations_are_drawn_as_svg(pairs: pd.DataFrame) -> None:
    """More cells than Altair writes if nothing is said."""
    names = tuple(f"r{number}" for number in range(100))
    every = pairs.iloc[[0] * (len(names) * (len(names) - 1) // 2)].reset_index(drop=True)
    every[["a", "b"]] = list(combinations(names, 2))
    cells = comparison_charts.cells(every, names)
    drawing = ElementTree.fromstring(forms.svg_of(comparison_charts.heat_map(cells, names, "fold")))
    assert {*names} <= {"".join(each.itertext()) for each in drawing.iter() if each.tag.endswith("text")}


def test_the_heaviest_edges_of_two_things_are_drawn_in_three_colours() -> None:
    rows = [
        ("embed->m0.mlp", "both", 1.0, 0.5, 0.25, 0.5),
        ("m0->logits.logits", "only_a", 1.0, 0.0, 0.125, 0.0),
        ("embed->a0.kv1.k", "only_b", 0.0, 1.0, 0.0, 0.0625),
    ]
    found = pd.DataFrame(rows, columns=["name", "part", "share_a", "share_b", "score_a", "score_b"])
    edges = joint.joint_edges(found, 2, NAMES)
    assert edges[["source", "target", "channel"]].to_numpy().tolist() == [
        ["embed", "m0", "mlp"],
        ["m0", "logits", "logits"],
    ]
    assert list(edges["weight"]) == [0.5, 0.125]
    held = {"name": "m0", "part": "only_a", "share_a": 0.5, "share_b": 0.0, "score_a": 0.1, "score_b": 0.0}
    picture = joint_picture(edges, joint.components(pd.DataFrame([held]), NAMES), [], NAMES.parts)
    assert [edge.colour for edge in picture.edges] == ["only_a", "both"]
    colours = {node.name: node.colour for node in picture.nodes}
    assert colours == {"embed": "both", "logits": "both", "m0": "only_a"}
    assert (
        "A: in 50% of its circuits, 10.0% of the score\nB: not held" in picture.nodes[-1].said + picture.nodes[0].said
    )


def test_relations_as_profiles_come_first(sample_store: Store) -> None:
    app = visit("similarity")
    said = texts(app)
    assert "3 relations, 3 pairs; 0 are more alike than chance makes at q ≤ 0.05. 3 have no q" in said
    pairs = app.dataframe[0].value
    assert list(pairs.columns[:3]) == ["compare", "a", "b"]
    assert pairs["cosine"].is_monotonic_decreasing
    assert pairs["compare"].str.startswith("compare?a=").all()
    assert len(app.get("download_button")) >= 2, "the picture as SVG, the table as CSV"


def test_all_facts_have_a_place_on_the_map(sample_store: Store) -> None:
    app = visit("similarity", view="map of facts")
    assert "5 circuits. The map shows" in texts(app)
    assert not app.exception


def test_what_tells_two_things_apart_adds_up(sample_store: Store) -> None:
    """France's circuit gives m1, a0.h1, a1.h2 and m0 their shares, that of hot only m0 and m1."""
    app = visit("compare", a="country_capital", fact_a="France", b="antonym", fact_b="hot")
    (found,) = (each.value for each in app.dataframe if "difference" in each.value.columns)
    shares = found.set_index("name")
    assert shares["share_a"].sum() == pytest.approx(1)
    assert shares["share_b"].sum() == pytest.approx(1)
    assert shares.loc["m1", "share_b"] == pytest.approx(1.25 / (1.25 + 0.75))
    written = {"m1": 3.0, "a0.h1": 1.5, "a1.h2": 0.75, "m0": 0.5}
    read = {"a0.kv0": 2.0, "a1.kv1": 0.5}
    assert shares.loc["m1", "share_a"] == pytest.approx(3 / (sum(written.values()) + sum(read.values())))
    assert "of the score would have to move" in texts(app)


def test_the_heat_map_of_profiles_has_the_ceiling_on_its_diagonal() -> None:
    pairs = pd.DataFrame(
        [("r", "s", 5, 6, 0.5, 0.25, 0.1, 0.4, 0.9, 0.8, 0.0, 0.01, 0.02)], columns=list(PROFILE_COLUMNS)
    )
    cells = profile_charts.cells(pairs, {"r": "one", "s": "two"}).set_index(["a", "b"])
    assert cells["cosine"].to_dict() == {("r", "s"): 0.25, ("s", "r"): 0.25, ("r", "r"): 0.9, ("s", "s"): 0.8}
    assert cells.loc[("s", "r"), "circuits_a"] == 6
    assert cells["kind"].to_dict()["s", "r"] == "two"
    assert profile_charts.order(pairs, ["r", "s"]) == ["r", "s"]
