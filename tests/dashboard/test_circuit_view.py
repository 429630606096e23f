"""Positions of the layered drawing, on a circuit as large as a real one."""

import itertools
import time

import pandas as pd
import pytest

from dashboard.data.sizes import feeds
from dashboard.drawing.circuit_view import drawing
from dashboard.drawing.circuit_view.layout import COLUMN, arrange, place
from tests.dashboard.generated import TOPOLOGY, large_circuit


@pytest.fixture(scope="module")
def edges() -> pd.DataFrame:
    return large_circuit()


def test_every_edge_rises_from_its_source_to_its_target(edges: pd.DataFrame) -> None:
    nodes = arrange(edges, feeds(edges, TOPOLOGY)).nodes
    assert len(edges) > 500
    for source, target in zip(edges["source"], edges["target"], strict=True):
        assert nodes[source].y > nodes[target].y


def test_nodes_lie_in_their_layer_and_do_not_overlap(edges: pd.DataFrame) -> None:
    layout = arrange(edges, feeds(edges, TOPOLOGY))
    bands = {band.label: band for band in layout.bands}
    for name, box in layout.nodes.items():
        assert box.width / 2 <= box.x <= layout.width - box.width / 2
        if place(name).kind not in ("embed", "logits"):
            band = bands[f"layer {place(name).layer}"]
            assert band.y < box.y < band.y + band.height
    for (_, a), (_, b) in itertools.combinations(layout.nodes.items(), 2):
        assert abs(a.x - b.x) >= (a.width + b.width) / 2 or abs(a.y - b.y) >= (a.height + b.height) / 2


def test_heads_use_the_whole_lane(edges: pd.DataFrame) -> None:
    nodes = arrange(edges, feeds(edges, TOPOLOGY)).nodes
    heads = [box.x for name, box in nodes.items() if place(name).kind == "head"]
    assert max(heads) - min(heads) > 5 * COLUMN


def test_heads_stand_in_the_order_of_their_neighbours() -> None:
    rows = [("a0.h0", "a1.h3"), ("a0.h1", "a1.h2"), ("a0.h2", "a1.h1"), ("a0.h3", "a1.h0")]
    edges = pd.DataFrame([(*row, 1.0) for row in rows], columns=["source", "target", "weight"])
    nodes = arrange(edges, []).nodes
    rows.sort(key=lambda row: nodes[row[0]].x)
    assert rows == sorted(rows, key=lambda row: nodes[row[1]].x)


def test_a_large_drawing_is_quick_and_strong_edges_lie_on_top(edges: pd.DataFrame) -> None:
    start = time.process_time()
    picture = drawing(edges, feeds(edges, TOPOLOGY))
    assert time.process_time() - start < 0.5
    assert picture["edges"][-1]["rank"] == 1
    assert {"source": "a29.kv2", "target": "a29.h6"} in picture["feeds"]


@pytest.mark.parametrize("name", ["h3", "a1.h", "a1.q2", "m", ""])
def test_another_name_is_no_component(name: str) -> None:
    with pytest.raises(ValueError, match="expected embed"):
        place(name)
