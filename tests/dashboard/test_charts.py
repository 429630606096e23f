"""What the charts show, by sums worked by hand."""

from typing import Any

import altair as alt
import pandas as pd

from dashboard.drawing import charts


def circuit(**figures: object) -> dict[str, Any]:
    """A circuit's row: 20 of 200 edges; its curve at 1%, 10% and all edges."""
    curve = {"curve_sizes": [0.01, 0.1, 1.0], "curve": [0.5, 1.25, 1.0], "curve_random": [-0.25, 0.0, 1.0]}
    return {"edges": 20, "faithfulness": 0.875, "target": 0.85} | curve | figures


def drawn(chart: alt.LayerChart, layer: int) -> pd.DataFrame:
    """The data of a chart's layer."""
    data = chart.layer[layer].data
    assert isinstance(data, pd.DataFrame)
    return data


def test_a_faithfulness_that_was_not_measured_says_so() -> None:
    rows = [("unseen", 0.875, False), ("other", None, True), ("random", -0.001, True)]
    frame = pd.DataFrame(rows, columns=["name", "value", "baseline"]).assign(how="")
    chart = charts.levels(frame, target=0.85)
    assert list(drawn(chart, 0)["text"]) == ["0.88", "not measured", "0.00"]
    assert drawn(chart, 2)["target"].to_list() == [0.85]
    assert chart.to_dict()["layer"][0]["encoding"]["y"]["sort"] == ["unseen", "other", "random"]


def test_a_faithfulness_beyond_its_range_stays_visible() -> None:
    chart = charts.curve(circuit(), native=200)
    assert chart.to_dict()["layer"][1]["encoding"]["y"]["scale"]["domain"] == [-0.25, 1.25]


def test_a_curve_is_drawn_by_edges_beside_random_ones_and_the_circuit() -> None:
    chart = charts.curve(circuit(), native=200)
    lines = drawn(chart, 1).set_index(["line", "edges"])["f"]
    assert lines["strongest edges"].to_dict() == {2: 0.5, 20: 1.25, 200: 1}
    assert lines["random edges"].to_dict() == {2: -0.25, 20: 0, 200: 1}
    assert drawn(chart, 2)[["edges", "f"]].to_numpy().tolist() == [[20, 0.875]]
    assert drawn(chart, 0)["f"].to_list() == [0.85, 1]


def test_a_relation_shows_only_the_means_that_it_has() -> None:
    circuits = pd.DataFrame([circuit(relation="capital", judged_on="unseen", subject="x", object="y")])
    means = {"faithfulness": 0.875, "faithfulness_random": 0.125, "faithfulness_other": None, "completeness": 0.0}
    quality = pd.DataFrame([{"relation": "capital", "circuits": 1} | means])
    shown = drawn(charts.faithfulness(circuits, quality), 2)
    assert dict(zip(shown["mean of"], shown["faithfulness"], strict=True)) == {
        "circuits": 0.875,
        "random circuits": 0.125,
        "rest of the model": 0,
    }


def test_specificity_is_the_logarithm_of_the_lift_within_the_scale() -> None:
    cells = pd.DataFrame({"lift": [1.0, 2.0, 0.5, 0.0, 22.0]})
    assert list(charts.with_specificity(cells)["specificity"]) == [0, 1, -1, -3, 3]


def test_components_of_the_same_relations_stand_together() -> None:
    usage = {"a0.h0": "xy", "a0.h1": "z", "a1.h0": "xy", "a1.h1": "z", "a2.h0": "xy"}
    rows = [(name, relation, 1.0) for name, used in usage.items() for relation in used]
    order = charts.cluster(pd.DataFrame(rows, columns=["component", "relation", "share"]))
    groups = "".join(usage[name][0] for name in order)
    assert groups in ("xxxzz", "zzxxx")
