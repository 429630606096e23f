"""The transfer of relations' circuits as the Relations page shows it."""

from typing import Any

from dashboard.drawing import charts
from graphdb.store import Store
from graphdb.writing.relation_writers import write_relation_circuits
from tests import relation_sample
from tests.dashboard.test_pages import texts, visit


def test_without_circuits_of_relations_the_page_says_how_to_get_them(sample_store: Store) -> None:
    assert "`kcircuits relation-circuits` finds them" in texts(visit("relations"))


def test_the_page_shows_each_rule_with_its_baselines(changed_store: Store) -> None:
    write_relation_circuits(changed_store, relation_sample.RELATION_CIRCUITS)
    for rule, relation, faithfulness in (("mean", "country_capital", 0.88), ("vote", "country_currency", 0.62)):
        app = visit("relations", rule=rule)
        assert "Transfer between relations" in texts(app)
        table: Any = app.dataframe[-1].value
        (row,) = table.to_dict("records")
        assert (row["relation"], row["faithfulness"]) == (relation, faithfulness)
        assert (row["random"], row["shuffled"], row["Hit@10, model"]) == (0.06, 0.25, 1)


def test_the_chart_frames_the_diagonal(changed_store: Store) -> None:
    write_relation_circuits(changed_store, relation_sample.RELATION_CIRCUITS)
    cells: Any = charts.transfer(changed_store.query("transfer", rule="mean")).data
    assert list(cells["facts_of"]) == ["country_capital", "country_currency"]
    assert list(cells["own"]) == [True, False]
