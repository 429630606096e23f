"""What the charts show, by sums worked by hand."""

import pandas as pd
import pytest

from dashboard import charts


@pytest.fixture
def cells() -> pd.DataFrame:
    rows = [
        ("m0", "mlp", 0, "capital", 4, 1.0),
        ("m0", "mlp", 0, "currency", 2, 0.5),
        ("a1.h2", "head", 1, "capital", 3, 0.75),
        ("a1.h3", "head", 1, "antonym", 1, 0.25),
    ]
    return pd.DataFrame(rows, columns=["component", "kind", "layer", "relation", "facts", "share"])


def test_specificity_is_the_share_beyond_that_of_the_other_relations(cells: pd.DataFrame) -> None:
    full = charts.with_specificity(cells).set_index(["component", "relation"])
    assert len(full) == 9
    assert full.loc[("m0", "capital"), "specificity"] == pytest.approx(1.0 - (0.5 + 0.0) / 2)
    assert full.loc[("m0", "antonym"), "specificity"] == pytest.approx(-(1.0 + 0.5) / 2)
    assert full.loc[("m0", "antonym"), "facts"] == 0
    assert full.loc[("a1.h2", "currency"), "kind"] == "head"


def test_a_single_relation_has_nothing_to_be_specific_against(cells: pd.DataFrame) -> None:
    alone = charts.with_specificity(cells[cells["relation"] == "capital"])
    assert list(alone["specificity"]) == list(alone["share"])


def test_components_of_the_same_relations_stand_together() -> None:
    usage = {"a0.h0": "xy", "a0.h1": "z", "a1.h0": "xy", "a1.h1": "z", "a2.h0": "xy"}
    rows = [(name, relation, 1.0) for name, used in usage.items() for relation in used]
    order = charts.cluster(pd.DataFrame(rows, columns=["component", "relation", "share"]))
    groups = "".join(usage[name][0] for name in order)
    assert groups in ("xxxzz", "zzxxx")


def test_pairs_are_drawn_both_ways() -> None:
    row = {"a": "x", "b": "y", "facts_a": 3, "facts_b": 4, "jaccard": 0.5, "jaccard_expected": 0.2, "z": 2.0}
    drawn = charts.pairs(pd.DataFrame([row])).data
    assert list(zip(drawn["a"], drawn["b"], strict=True)) == [("x", "y"), ("y", "x")]
    assert list(drawn["beyond"]) == pytest.approx([0.3, 0.3])
