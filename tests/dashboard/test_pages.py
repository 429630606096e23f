"""Every page on the sample store, and what a visitor sees where no store answers."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.data import questions
from dashboard.widgets import states
from dashboard.widgets.text import plain
from graphdb.engines.embedded.engine import NOTE
from graphdb.formats.exports import Kind
from graphdb.store import Store
from graphdb.tables import records
from tests import sample
from tests.dashboard.conftest import forget

APP = Path(__file__).parents[2] / "dashboard" / "app.py"


def visit(page: str = "overview", **query: str) -> AppTest:
    """Open a page as a browser does whose address has this query."""
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.query_params.update(query)
    app.switch_page(f"app_pages/{page}.py")
    app.run()
    assert not app.exception
    return app


def texts(app: AppTest) -> str:
    return "\n".join(str(each.value) for each in [*app.title, *app.markdown, *app.caption, *app.subheader])


def test_every_page_on_each_engine(sample_on_each_engine: Store) -> None:
    for page in ("overview", "relations", "circuit", "components", "conditions", "query"):
        app = visit(page)
        assert not app.error
        assert app.caption[0].value == f"Store `{sample_on_each_engine.target}`"
    visit("circuit", detail="Strongest paths", node="m0")
    visit("components", component="a1.h2")


def test_the_overview_counts_what_the_store_holds(sample_store: Store) -> None:
    app = visit()
    held = [metric.value for metric in app.metric[:9]]
    assert held == ["7", "6", "5", "4 edges", "0.94", "0.19", "0.19", "0.38", "100%"]
    found = [(metric.label, metric.value) for metric in app.metric[9:]]
    assert found[0] == ("Nearest of the same relation", "67%"), "of the three capitals: no other relation has two facts"
    assert [label for label, _ in found[2:]] == ["… by size alone", "… by the prompt alone"]
    assert app.metric[3].delta == "5 before pruning"
    assert app.metric[4].label == "Faithfulness on donors never used"
    assert "2 of 5 circuits are judged on donors never used" in texts(app)
    *_, doubtful, absent, _ = (each.value for each in app.dataframe)
    assert doubtful["subject"].iloc[0] == "Japan"
    assert set(absent["reason"]) == {"no-equal-length", "unknown"}


def test_many_circuits_are_all_read_where_the_visitor_says_so(
    sample_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(states, "AT_ONCE", 4)
    for page, drawn in (("overview", "Do circuits find their own relation?"), ("similarity", "Relation × relation")):
        app = visit(page)
        assert drawn not in texts(app)
        assert app.toggle[0].label.startswith("Read all 5 circuits")
        app.toggle[0].set_value(True).run()
        assert not app.exception
        assert drawn in texts(app)


def test_the_overview_says_how_good_each_relation_is(sample_store: Store) -> None:
    antonym, capital, _ = records(visit().dataframe[1].value)
    assert (capital["relation"], capital["judged_on"], capital["judged"]) == ("country_capital", "unseen", 2)
    assert (capital["faithfulness"], capital["faithfulness_other"]) == (0.9375, 0.1875)
    assert antonym["judged_on"] == "find"


def test_the_overview_says_which_run_is_at_work(changed_store: Store) -> None:
    changed_store.write([("MATCH (r:Run) SET r.ended = ''", [{}])])
    with changed_store.claim("toy", ["country_capital"], "run-1"):
        assert list(visit().dataframe[-1].value["ended"]) == ["running"]
    assert list(visit().dataframe[-1].value["ended"]) == ["unfinished"]


def write_single(store: Store) -> None:
    """Write the circuit of France once more, found in another way."""
    name = "secant/single"
    single = {"id": sample.circuit_id("country_capital/France", name), "method": name, "judged_on": "find"}
    figures = {
        "contrast": sample.contrast(0, 2),
        "faithfulness": 0.25,
        "reached": False,
        "stability": None,
        "curve": (),
    }
    sample.write_batch(store, [], [replace(sample.CIRCUITS[0], **single, **figures)])


def test_figures_of_two_methods_are_never_mixed(changed_store: Store) -> None:
    write_single(changed_store)
    app = visit()
    assert app.selectbox(key="method").options == ["secant", "secant/single"]
    assert [metric.value for metric in app.metric][2:5] == ["5", "4 edges", "0.94"]
    app.selectbox(key="method").set_value("secant/single").run()
    assert [metric.value for metric in app.metric][2:5] == ["1", "6 edges", "0.25"]
    assert app.metric[4].label == "Faithfulness on donors that found it"
    assert app.metric[7].value == "–"
    shared, quality, methods, *_ = (each.value for each in app.dataframe)
    assert len(shared) == 6
    assert quality["relation"].to_list() == ["country_capital"]
    assert methods["method"].to_list() == ["secant", "secant/single"]


def test_each_way_to_find_a_circuit_has_its_page(changed_store: Store) -> None:
    write_single(changed_store)
    app = visit("circuit", relation="country_capital", fact="France", method="secant/single")
    assert app.selectbox(key="method").value == "secant/single"
    assert "0.85" in app.warning[0].value
    assert f"Too few: {plain('size: 0 of 1, unseen: 1 of 2')}." in texts(app)
    assert "kcircuits ingest country_capital … --curve" in texts(app)


def test_only_relations_that_were_asked_count_as_known_or_not(changed_store: Store) -> None:
    sample.write_relations(changed_store, [replace(sample.RELATIONS[0], id="later")])
    sample.write_facts(changed_store, [replace(sample.FACTS[0], id="later/France", relation_id="later")])
    visit()
    rows = questions.recall(changed_store.target, sample.MODEL.id).set_index("relation")
    assert rows.loc["antonym"].to_dict() == {"facts": 2, "asked": 2, "known": 1}
    assert "later" not in rows.index


def test_the_matrix_opens_a_cell_that_the_address_names(sample_store: Store) -> None:
    app = visit("relations", component="m0", relation="country_capital")
    assert "m0 in country_capital" in texts(app)
    assert sorted(app.dataframe[0].value["subject"]) == ["France", "Italy", "Japan"]


def test_the_matrix_leaves_out_rare_components(sample_store: Store) -> None:
    assert "4 components × 3 relations" in texts(visit("relations"))
    assert "5 components × 3 relations" in texts(visit("relations", least="0"))


def test_a_circuit_shows_its_figures_beside_the_baseline(sample_store: Store) -> None:
    app = visit("circuit", relation="country_capital", fact="France")
    assert app.title[0].value == "France → Paris"
    figures = {metric.label: (metric.value, metric.delta) for metric in app.metric}
    assert figures["Edges"] == ("6", "7 before pruning")
    assert (figures["Stability"][0], figures["KL"][0], figures["Needed edges"][0]) == ("0.50", "0.125", "75%")
    assert figures["Rank of the answer"] == ("1 → 2", "random 100")
    assert figures["Hit@10"] == ("yes", "random 0%")
    assert figures["Logit difference"] == ("4.0 → 3.0", "no edge -4.0")
    assert "(CMD): 0.156" in texts(app)
    levels = app.dataframe[0].value.set_index("faithfulness")["f"]
    assert levels["on donors never used"] == 0.875
    assert (levels["random circuits"], levels["another relation's circuit"]) == (0.125, 0.25)
    assert "**found it**: Japan · **chose its size**: Japan · **used for neither**: Italy" in texts(app)
    assert len(app.get("vega_lite_chart")) == 2
    assert "the stored circuit, for which the figures above were measured" in texts(app)


def test_another_size_says_that_nothing_was_measured(sample_store: Store) -> None:
    app = visit("circuit", relation="country_capital", fact="France")
    app.select_slider(key="size").set_value(20).run()
    assert "at this size nothing was measured" in texts(app)
    assert len(app.dataframe[-1].value) > 6


def test_another_fact_is_drawn_at_its_stored_size(sample_store: Store) -> None:
    app = visit("circuit", relation="country_capital", fact="France")
    app.selectbox(key="fact").set_value("Italy").run()
    assert "4 edges drawn: the stored circuit" in texts(app)
    app.selectbox(key="relation").set_value("antonym").run()
    assert app.title[0].value == "hot → cold"
    assert not app.warning


def test_a_chosen_node_lists_the_facts_that_use_it(sample_store: Store) -> None:
    app = visit("circuit", relation="country_capital", fact="France", node="a1.h2")
    facts = app.dataframe[3].value
    assert set(facts["subject"]) == {"France", "Italy", "Japan"}
    assert facts["open"].str.contains("node=a1.h2").all()
    assert "**3** of 5 facts use it, in **1** of 3 relations" in texts(app)


def test_a_size_at_which_nothing_is_connected_says_so(sample_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.data.sizes.STEPS", (2, 20))
    app = visit("circuit", relation="country_capital", fact="France")
    app.select_slider(key="size").set_value(2).run()
    assert any("None of the 2 strongest edges" in each.value for each in app.info)


def test_a_circuit_below_its_target_warns(sample_store: Store) -> None:
    assert "0.85" in visit("circuit", relation="country_currency").warning[0].value
    assert not visit("circuit", relation="country_capital", fact="France").warning


def test_a_circuit_comes_as_a_file_of_four_kinds(sample_store: Store) -> None:
    app = visit("circuit", relation="country_capital", fact="France", detail="Download")
    assert len(app.get("download_button")) == 4
    circuit = sample.circuit_id("country_capital/France")
    assert questions.exported(sample_store.target, circuit, Kind.HTML).startswith(b"<!doctype html>")
    found = json.loads(questions.exported(sample_store.target, circuit, Kind.JSON))["circuits"][0]
    assert (found["circuit"], len(found["edges"])) == (circuit, 6)


def test_the_strongest_paths_of_a_circuit(sample_store: Store) -> None:
    app = visit("circuit", relation="country_capital", fact="France", detail="Strongest paths")
    assert app.dataframe[-1].value["path"][0] == "embed → a0.kv0 → a0.h1 → m1 → logits"


def test_what_a_circuit_is_most_like(sample_store: Store) -> None:
    app = visit("circuit", relation="country_capital", fact="Italy", detail="Most like")
    facts = sample_store.nearest("country_capital/Italy")
    assert list(app.dataframe[-1].value["fact"]) == list(facts["fact"])
    assert "This circuit is most like those of **country" in texts(app)


def test_a_chosen_head_says_what_it_does_here_and_elsewhere(sample_store: Store) -> None:
    app = visit("circuit", relation="country_capital", fact="France", node="a1.h2")
    assert "**Mover** for this fact." in texts(app)
    assert "Acts +0.00 at subject, +0.00 at template, +0.75 at last (logits)." in texts(app)
    assert f"Writes {plain('‘ Paris’, ‘ French’')}." in texts(app)
    scores, elsewhere = app.dataframe[1].value, app.dataframe[2].value
    assert scores.to_numpy().tolist() == [["M", "2.25", "2.00", "0.06", "0.031"], ["R", "0.50", "0.25", "0.12", "0.5"]]
    assert elsewhere[["relation", "role"]].to_numpy().tolist() == [
        ["country_currency", "mixture of both"],
        ["antonym", "relation head"],
    ]
    assert "Cutting a1.h2 (movers, from the subject) costs 2.50" in texts(app).replace("\\", "")


def test_a_circuit_without_lens_or_roles_says_what_makes_them(changed_store: Store) -> None:
    assert "Not in the store for this circuit: the lens. `kcircuits ingest antonym`" in texts(visit("circuit"))
    changed_store.write([("MATCH (h:HeadRole) DETACH DELETE h", [{}]), ("MATCH (l:FactLens) DETACH DELETE l", [{}])])
    changed_store.write([("MATCH (n:CircuitNode) SET n.role = ''", [{}])])
    forget()
    app = visit("circuit", relation="country_capital", fact="France", node="a1.h2")
    assert "Not in the store for this circuit: roles of heads and the lens." in texts(app)
    assert "for this fact." not in texts(app)
    assert "No roles of heads in the store yet" in texts(visit("components"))
    assert "No roles of heads in the store yet" in texts(visit("components", component="a1.h2"))


def test_too_few_facts_to_test_are_no_roles(changed_store: Store) -> None:
    changed_store.write([("MATCH (:HeadRole)-[h:HOLDS_FOR]->() DELETE h", [{}])])
    changed_store.write([("MATCH (h:HeadRole) SET h.role = '', h.mover_q = null, h.relation_q = null", [{}])])
    changed_store.write([("MATCH (n:CircuitNode) SET n.role = ''", [{}])])
    app = visit("circuit", relation="country_capital", fact="France")
    assert "No head has a role for this fact: too few facts to test." in texts(app)
    assert "role" not in app.dataframe[1].value


def test_components_begin_with_the_heads_that_stand_out(sample_store: Store) -> None:
    app = visit("components")
    movers, relation_heads, checks = (each.value for each in app.dataframe)
    assert movers[["component", "relations", "mean", "strongest"]].to_numpy().tolist() == [
        ["a1.h2", 2, 1.75, "country_capital"],
        ["a0.h1", 1, 0.5, "country_capital"],
    ]
    assert relation_heads[["component", "relations", "mean"]].to_numpy().tolist() == [
        ["a1.h2", 2, 0.875],
        ["a0.h1", 1, 0.75],
    ]
    assert checks["heads"].to_list() == ["a1.h2"]
    assert "2 heads, those with the role in most relations" in texts(app)


def test_a_head_has_its_roles_facts_and_circuits(sample_store: Store) -> None:
    app = visit("components", component="a1.h2")
    assert "Mover in **1**, relation head in **1**, mixture of both in **1** of 3 relations." in texts(app)
    roles, facts = (each.value for each in app.dataframe)
    assert roles["relation"].to_list() == ["country_capital", "country_currency", "antonym"]
    assert facts["subject"].to_list() == ["France", "Italy", "Japan", "hot"]
    assert facts["open"].iloc[0] == "circuit?relation=country_capital&fact=France&method=secant&node=a1.h2"
    assert "In the circuits of 3 of 5 facts, in 1 of 3 relations." in texts(app)


def test_an_mlp_has_no_roles_but_places(sample_store: Store) -> None:
    app = visit("components", component="m1")
    assert "Roles are told of heads only." in texts(app)
    assert "Of the one circuit that says where." in texts(app)
    assert len(app.get("vega_lite_chart")) == 2


def test_a_component_that_the_model_does_not_have_is_named(sample_store: Store) -> None:
    assert "no head or MLP a9.h9" in visit("components", component="a9.h9").warning[0].value


def test_a_fact_without_circuit_is_said_to_have_none(sample_store: Store) -> None:
    app = visit("circuit", relation="country_currency", fact="Mexico")
    assert "Mexico has no circuit" in app.warning[0].value


def test_the_overview_lists_what_relations_share_and_says_how_specific_it_is(sample_store: Store) -> None:
    shared = visit().dataframe[0].value
    assert list(shared["component"]) == ["m0", "m1", "a0.h1"]
    assert list(shared.columns) == ["component", "shared_by", "lift", "low", "q", "facts", "use"]


def test_a_computed_query_says_what_from(sample_store: Store) -> None:
    app = visit("query", query="component_usage")
    assert "Computed from the rows of `relation_memberships`." in texts(app)
    assert len(app.dataframe[0].value) == 21


def test_a_library_query_runs_with_the_values_of_the_address(sample_store: Store) -> None:
    app = visit("query", query="shared_components", **{"shared_components.min_relations": "2"})
    assert app.number_input[0].value == 2
    few = app.dataframe[0].value
    app.number_input[0].set_value(1).run()
    assert len(app.dataframe[0].value) > len(few) > 0


def test_a_required_parameter_is_asked_for(sample_store: Store) -> None:
    app = visit("query", query="circuit_edges")
    assert not app.dataframe
    app.selectbox(key="circuit_edges.circuit").set_value(sample.circuit_id("antonym/hot")).run()
    assert len(app.dataframe[0].value) == 3


def run_cypher(app: AppTest, text: str) -> AppTest:
    app.text_area[0].set_value(text)
    app.button(key="FormSubmitter:cypher-Run").click().run()
    assert not app.exception
    return app


def test_own_cypher_answers_and_never_writes(sample_store: Store) -> None:
    app = visit("query", query="own Cypher")
    assert run_cypher(app, "MATCH (f:Fact) RETURN count(f) AS facts").dataframe[0].value["facts"][0] == 7
    assert "the statement writes" in run_cypher(app, "MATCH (f:Fact) DETACH DELETE f").error[0].value
    fact = run_cypher(app, "MATCH (f:Fact {id: 'antonym/hot'}) RETURN f").dataframe[0].value["f"][0]
    assert json.loads(fact)["object"] == "cold"
    assert sample_store.read("MATCH (f:Fact) RETURN count(f) AS n")["n"][0] == 7


@pytest.mark.parametrize("page", ["overview", "relations", "circuit", "components", "query"])
def test_an_empty_store_says_how_to_fill_it(empty_store: Store, page: str) -> None:
    app = visit(page)
    assert app.title[0].value == "The store is empty"
    assert f"kcircuits ingest --store {empty_store.target}" in app.code[0].value
    sample.fill(empty_store)
    refresh = next(button for button in app.button if button.label == "Refresh")
    refresh.click().run()
    assert not app.exception
    assert app.title[0].value != "The store is empty"


@pytest.mark.parametrize("page", ["relations", "circuit"])
def test_a_model_without_circuits_says_so(empty_store: Store, page: str) -> None:
    sample.write_model(empty_store, sample.MODEL)
    assert "no circuit in the store yet" in visit(page).info[0].value


def test_a_folder_without_store_recovers_when_there_is_one(
    sample_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KCIRCUITS_STORE", str(tmp_path / "nothing"))
    app = visit()
    assert "there is no store" in app.error[0].value
    assert not (tmp_path / "nothing").exists()
    monkeypatch.setenv("KCIRCUITS_STORE", sample_store.target)
    app.button[0].click().run()
    assert app.title[0].value == "Overview"


def test_a_server_that_is_down_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KCIRCUITS_STORE", "bolt://127.0.0.1:1")
    forget()
    assert plain("bolt://127.0.0.1:1") in visit().error[0].value


def test_a_wrong_password_is_told_without_showing_it(sample_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    note = json.loads((Path(sample_store.target) / NOTE).read_text("utf-8"))
    monkeypatch.setenv("KCIRCUITS_STORE", note["uri"])
    monkeypatch.setenv("NEO4J_USERNAME", note["user"])
    monkeypatch.setenv("NEO4J_PASSWORD", "not-the-password")
    message = visit().error[0].value
    assert "NEO4J_PASSWORD" in message
    assert "not-the-password" not in message
