"""Positions of the layered drawing, on a circuit as large as a real one."""

import itertools
import time
from typing import Any

import numpy as np
import pandas as pd
import pytest

from graphdb.circuits.drawn import feeds
from graphdb.drawing.layout import COLUMN, arrange, place
from graphdb.drawing.lens import Lens, block_heights
from graphdb.drawing.picture import circuit_picture
from tests.graphdb.drawing.generated import TOPOLOGY, large_circuit


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
    picture = circuit_picture(edges, feeds(edges, TOPOLOGY))
    assert time.process_time() - start < 0.5
    assert "rank 1 by" in picture.edges[-1].said
    assert ("a29.kv2", "a29.h6") in {(feed.source, feed.target) for feed in picture.feeds}


@pytest.mark.parametrize("name", ["h3", "a1.h", "a1.q2", "m", ""])
def test_another_name_is_no_component(name: str) -> None:
    with pytest.raises(ValueError, match="expected embed"):
        place(name)


LENS = Lens(
    kind="closed",
    blocks=("embed", "a0", "m0", "a1", "m1"),
    object=(0.0, 1.0, 1.5, 4.5, 5.0),
    others=(0.0, 0.5, 1.5, 2.0, 2.0),
    wrong=(-0.5, 0.0, 0.5, 1.0, 2.0),
    wrong_token=" <b>\u202eMilan",
    rank=(3, 1, 2, 1, 1),
    emergence="a1",
    rise="m0",
)


def small() -> pd.DataFrame:
    """A circuit of two layers, of which the second has no MLP."""
    rows = [("embed", "a0.h1", "q", 1.0, 1), ("a0.h1", "m0", "mlp", 1.0, 2), ("m0", "a1.h2", "q", 1.0, 3)]
    rows.append(("a1.h2", "logits", "logits", 1.0, 4))
    return pd.DataFrame(rows, columns=["source", "target", "channel", "weight", "rank"])


def role(name: str) -> dict[str, Any]:
    """A row of the query `circuit_roles` of a head that has this role."""
    scores = {f"{kind}{end}": 0.125 for kind in ("mover", "relation") for end in ("", "_null", "_q", "_score")}
    places = {"at_subject": -0.5, "at_template": 0.0, "at_last": 0.75}
    facts = {"fact_mover": 2.25, "fact_relation": None, "writes": [" <b>Paris"], "attention": [0.5, 0.25, 0.25, 0, 0]}
    return {"role": name} | scores | places | facts


def test_a_role_shows_in_node_legend_and_tooltip() -> None:
    picture = circuit_picture(small(), [], {"a1.h2": role("mover"), "a5.h5": role("mixture")})
    nodes = {node.name: node for node in picture.nodes}
    assert (nodes["a1.h2"].role, nodes["a0.h1"].role, nodes["m0"].role) == ("mover", "", "")
    assert [label for label, _ in picture.roles] == ["mover"]
    said = nodes["a1.h2"].said.splitlines()
    assert "mover for this fact" in said
    assert "M 2.25 here, 0.12 in the relation (null 0.12, q 0.12)" in said
    assert "R 0.12 in the relation (null 0.12, q 0.12)" in said
    assert "acts −0.50 at subject, +0.00 at template, +0.75 at last (logits)" in said
    assert "attends to sink 50%, subject 25%, template 25%, last 0%, other 0%" in said
    assert "writes ‘ <b>Paris’" in said
    assert picture.lens is None


def test_the_lens_stands_at_the_heights_of_the_layers() -> None:
    picture = circuit_picture(small(), [], lens=LENS)
    assert picture.lens is not None
    y = {node.name: node.box.y for node in picture.nodes}
    points = [tuple(map(float, each.split(","))) for each in picture.lens.curves[0].points.split()]
    assert [down for _, down in points[:4]] == pytest.approx([y["embed"], y["a0.h1"], y["m0"], y["a1.h2"]], abs=0.1)
    assert y["logits"] < points[4][1] < y["a1.h2"]
    across = np.array([x for x, _ in points])
    assert np.diff(across) == pytest.approx(np.diff(LENS.object) * 150 / 5.5, abs=0.11)
    assert [each.label for each in picture.lens.marks] == ["a1: first", "m0: largest rise"]
    assert picture.legend[-1].label == "model's first choice: <b>\\u202eMilan"
    assert picture.width > max(across)


def test_blocks_that_are_not_drawn_lie_between_those_that_are() -> None:
    heights = {"embed": 100.0, "a1.kv0": 52.0, "a1.h0": 40.0, "logits": 10.0}
    assert block_heights(heights, LENS.blocks).tolist() == [100, 80, 60, 40, 25]


def test_a_lens_of_a_relation_with_one_object_has_one_curve_and_no_marks() -> None:
    bare = Lens("raw", LENS.blocks, LENS.object, (), (), "", LENS.rank, "", "")
    picture = circuit_picture(small(), [], lens=bare)
    assert picture.lens is not None
    assert len(picture.lens.curves) == 1
    assert picture.lens.marks == ()
    assert picture.lens.stripes[1].said == "logits after this block\nobject: 1.00\nrank 1 among all tokens"
