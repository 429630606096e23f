"""The page Before/after on a store that has every condition, and what it says where one is not there."""

from collections.abc import Iterator

import pandas as pd
import pytest

from dashboard.drawing import condition_charts
from dashboard.widgets.conditions import edits
from graphdb.store import Store
from graphdb.tables import records
from tests import condition_sample, edit_sample
from tests.conftest import Kept
from tests.dashboard.conftest import shown
from tests.dashboard.test_pages import texts, visit

EDIT = edit_sample.VARIANT.id


@pytest.fixture
def store(kept_embedded: Kept, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Only to be read."""
    yield from shown(kept_embedded(condition_sample.fill), monkeypatch)


def test_a_store_without_conditions_says_what_makes_them(sample_store: Store) -> None:
    app = visit("conditions")
    assert app.title[0].value == "Before/after"
    assert not app.segmented_control
    said = texts(app)
    for command in (
        "edit FACT --to OBJECT",
        "ingest RELATION --wrong-answers",
        "demonstrate",
        "--contrast both",
        "hops RELATION",
    ):
        assert command in said


def test_an_edit_stands_beside_its_sham(store: Store) -> None:
    app = visit("conditions")
    assert app.segmented_control(key="mode").options == [
        "Edits", "Wrong answers", "Demonstrations", "Contrasts", "Two hops",
    ]  # fmt: skip
    assert app.segmented_control(key="mode").value == "Edits"
    found = {metric.label: (metric.value, metric.delta) for metric in app.metric}
    assert found["Gives the new object"] == ("100%", "sham 0%")
    assert found["… in other templates"] == ("50%", "")
    assert found["Same relation unchanged"] == ("75%", "sham 88%")
    assert found["Answers flipped"] == ("4", "sham 1")
    said = texts(app)
    assert (
        "the old one from a0 on before; the new one from m0 on after the edit, from nowhere on after the sham" in said
    )
    assert "3 known facts; 1 answers changed, 0 with the sham. Median KL 0.5 nats, sham 0.125." in said
    assert "Not in the store" not in said


def test_every_fact_that_was_asked_is_listed_and_the_circuits_are_compared(store: Store) -> None:
    app = visit("conditions")
    changes, circuits, *_ = (each.value for each in app.dataframe)
    assert changes[["fact", "kl", "kl_sham", "flipped"]].to_numpy().tolist() == [
        ["antonym/hot", 1.5, 0.25, True],
        ["country_capital/Italy", 0.5, 0.125, False],
        ["elsewhere/Peru", 0.0, 0.125, False],
    ]
    (row,) = records(circuits)
    assert (row["jaccard"], row["jaccard_donors"], row["jaccard_sham"]) == (0.5, 0.75, 0.875)
    assert (row["mlp_before"], row["mlp"]) == (0.125, 0.375)


def test_a_fact_is_drawn_before_and_after_its_edit(store: Store) -> None:
    """Of the six edges before and Italy's four, two are shared."""
    app = visit("conditions", parts="only after")
    said = texts(app)
    assert "Before 6 components, after 2; **2** are shared" in said
    assert "All of 2 edges: 2 only after." in said


def test_a_variant_leads_to_the_edit_that_made_it(store: Store) -> None:
    app = visit("conditions", model=EDIT)
    assert app.selectbox(key="model").value == EDIT
    assert EDIT in str(app.selectbox(key="edit").value)
    assert app.segmented_control(key="mode").options == ["Edits"]
    assert "Not in the store for this model, and what makes it: wrong answers" in texts(app)


def test_wrong_answers_stand_beside_right_ones(store: Store) -> None:
    app = visit("conditions", mode="Wrong answers", wrong_relation="country_capital")
    said = texts(app)
    assert "**3** of 5 known facts are answered wrong" in said
    summary, _, listed = (each.value for each in app.dataframe)
    movers = records(summary.set_index("part").loc[["movers"]])[0]
    assert (movers["share, wrong"], movers["share, right"]) == (0.5, 0.0)
    assert (movers["facts, wrong"], movers["mean, wrong"]) == (2, -0.25)
    assert listed["fact"].to_list() == ["country_capital/Italy"]
    figures = {metric.label: (metric.value, metric.delta) for metric in app.metric}
    assert figures["Movers (1)"] == ("+0.50", "random heads -0.12")
    assert figures["MLPs"] == ("-1.50", "")
    assert "has rank 2; the model says" in said
    assert "The rival stays ahead from m1 on." in said


def test_a_wrong_answer_without_a_lens_says_what_reads_it(store: Store) -> None:
    app = visit("conditions", mode="Wrong answers", wrong_relation="antonym")
    assert "kcircuits ingest antonym" in texts(app)
    assert {metric.label: metric.value for metric in app.metric}["Movers (0)"] == "–"


def test_both_contrasts_of_a_fact_are_drawn(store: Store) -> None:
    app = visit("conditions", mode="Contrasts")
    assert app.selectbox(key="contrast_fact").options == ["country_capital/France"]
    said = texts(app)
    assert "Subject 6 components, relation 2; **2** are shared" in said
    assert "All of 8 edges: 2 both, 4 only subject, 2 only relation." in said


def test_demonstrations_stand_beside_shuffled_labels_and_random_heads(store: Store) -> None:
    app = visit("conditions", mode="Demonstrations")
    found = {metric.label: (metric.value, metric.delta) for metric in app.metric}
    assert found["Gain in probability"] == ("+0.25", "shuffled labels -0.12")
    assert found["Object is first"] == ("100%", "without 75%")
    assert found["Cutting the heads, nats"] == ("0.25", "random heads 0.03")
    assert found["Mover scores with and without, r"] == ("0.94", "two halves 0.97")
    figures, heads, *_ = (each.value for each in app.dataframe)
    assert figures["labels"].tolist() == ["own", "shuffled"]
    assert heads[["component", "new_for", "relations"]].to_numpy().tolist() == [
        ["a1.h3", '["country_capital", "country_currency"]', 2]
    ]
    assert app.selectbox(key="demonstration_fact").options == ["country_capital/France"]
    assert "Without 6 components, with 2; **2** are shared" in texts(app)


def test_a_relation_that_was_asked_without_shuffled_labels_has_no_null_of_the_gain(store: Store) -> None:
    app = visit("conditions", mode="Demonstrations", demonstration_relation="country_currency")
    found = {metric.label: (metric.value, metric.delta) for metric in app.metric}
    assert found["Gain in probability"] == ("+0.25", "")
    assert found["Mover scores with and without, r"] == ("–", "")


def test_two_hops_stand_beside_their_nulls(store: Store) -> None:
    app = visit("conditions", mode="Two hops")
    assert app.dataframe[0].value["relation"].to_list() == ["city_capital"]
    figures = {metric.label: (metric.value, metric.delta) for metric in app.metric}
    assert figures["As the hops say"] == ("50%", "other bridges 25%")
    assert figures["Cutting the first hop's movers"] == ("2.00", "random heads 0.06")
    said = texts(app)
    assert "**Lyon** → France → **Paris**" in said
    assert "first after a0 among bridges, probability at most 0.75 (other bridges 0.12)" in said
    app.selectbox(key="hop_fact").set_value("city_capital/Milan").run()
    assert "Not known in all three questions" in texts(app)


def test_the_strip_has_the_edited_relation_first_and_each_by_its_change() -> None:
    rows = pd.DataFrame(
        [("b/1", "b", False, 0.5), ("a/1", "a", True, 0.1), ("a/2", "a", True, 0.2), ("c/1", "c", False, 0.7)],
        columns=["fact", "relation", "same_relation", "kl"],
    ).assign(kl_sham=0.1, flipped=[True, False, False, False], answer_before="", answer="", answer_sham="")
    drawn = condition_charts.strip(rows).to_dict()
    x = drawn["layer"][0]["encoding"]["x"]
    assert x["sort"] == ["a/2", "a/1", "b/1", "c/1"]
    assert x["axis"]["values"] == ["a/1", "b/1", "c/1"]
    (data,) = drawn["datasets"].values()
    assert [row["answers"] for row in data] == ["answer unchanged"] * 2 + ["answer changed", "answer unchanged"]


def test_came_is_up_and_went_is_down() -> None:
    nulls = {f"{side}_{null}": [1, 1] for side in ("came", "went") for null in ("donors", "sham")}
    rows = pd.DataFrame({"step": [0, 1], "came": [2, 0], "went": [1, 3]} | nulls)
    drawn = condition_charts.moved(rows).to_dict()
    of_edit = next(data for data in drawn["datasets"].values() if data[0]["of"] == "edit")
    assert [(row["layer"], row["side"], row["at"]) for row in of_edit] == [
        ("embed", "came", 2),
        ("0", "came", 0),
        ("embed", "went", -1),
        ("0", "went", -3),
    ]


def test_a_fact_without_a_circuit_is_said_to_have_none(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A click names the fact; the second one leads to its circuit."""
    said, opened = [], []
    monkeypatch.setattr(edits.st, "info", said.append)
    monkeypatch.setattr(edits.st, "switch_page", lambda page, query_params: opened.append(query_params))
    for fact in ("elsewhere/Peru", "country_capital/Italy"):
        edits.open_circuit(store.target, "toy", fact)
    assert said == ["elsewhere/Peru has no circuit of this model in the store."]
    assert opened == [{"relation": "country_capital", "fact": "Italy", "method": "secant"}]
