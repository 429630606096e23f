"""The drawing as SVG: well-formed, complete, and with names that are text."""

from xml.etree import ElementTree

import pandas as pd

from graphdb.circuits.drawn import feeds
from graphdb.drawing.lens import Lens
from graphdb.drawing.picture import circuit_picture, joint_picture
from graphdb.drawing.shapes import outline
from graphdb.drawing.svg import legend, svg
from tests import hostile_names
from tests.graphdb.drawing.generated import TOPOLOGY, large_circuit
from tests.graphdb.drawing.test_picture import LENS, role, small

NS = "{http://www.w3.org/2000/svg}"


def parsed(picture_svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(picture_svg)


def test_every_node_edge_and_feed_is_drawn_once() -> None:
    edges = large_circuit()
    pairs = feeds(edges, TOPOLOGY)
    root = parsed(svg(circuit_picture(edges, pairs)))
    lines = [each for each in root.iter(f"{NS}g") if each.get("class") == "line"]
    assert [(each.get("data-source"), each.get("data-target")) for each in lines[-1:]] == [
        tuple(edges.loc[edges["rank"] == 1, ["source", "target"]].iloc[0])
    ]
    assert len(lines) == len(edges)
    assert {each.get("data-node") for each in root.iter(f"{NS}g")} - {None} == {*edges["source"], *edges["target"]}
    assert sum(each.get("class") == "feed" for each in root.iter(f"{NS}path")) == len(pairs)


def test_the_strongest_edge_is_the_widest() -> None:
    edges = small().assign(weight=[4.0, -1.0, 0.25, 0.0])
    root = parsed(svg(circuit_picture(edges, [])))
    drawn = [each for each in root.iter(f"{NS}path") if str(each.get("class")).startswith("edge")]
    assert [(each.get("class"), each.get("stroke-width"), each.get("opacity")) for each in drawn] == [
        ("edge positive", "0.60", "0.12"),
        ("edge positive", "1.70", "0.32"),
        ("edge negative", "2.80", "0.51"),
        ("edge positive", "5.00", "0.90"),
    ]


def test_a_mixture_is_half_of_each_role() -> None:
    picture = circuit_picture(small(), [], {"a1.h2": role("mixture")})
    (head,) = (each for each in parsed(svg(picture)).iter(f"{NS}g") if each.get("data-node") == "a1.h2")
    assert [path.get("class") for path in head.iter(f"{NS}path")] == ["relation", "mover"]
    assert "mixture of both" in legend(picture)


def test_a_relation_head_points_left_and_a_mover_right() -> None:
    (mover,), (relation,) = outline("head", "mover", 50, 20), outline("head", "relation", 50, 20)
    assert "L25 0L" in mover.path
    assert "L-25 0L" in relation.path


def test_names_are_text_in_drawing_and_legend() -> None:
    everything = "".join(hostile_names.NAMES)
    lens = Lens(LENS.kind, LENS.blocks, LENS.object, LENS.others, LENS.wrong, everything, LENS.rank, "a1", "m0")
    picture = circuit_picture(small(), [], {"a1.h2": role("mover") | {"writes": hostile_names.NAMES}}, lens)
    names: dict[str, str] = dict.fromkeys(("both", "only_a", "only_b"), everything)
    colours = small().assign(colour="only_a", said=everything)
    both = joint_picture(pd.DataFrame(colours), {"m0": ("both", everything)}, [], names)
    for written in (svg(picture), svg(both), f"<p>{legend(picture)}</p>", f"<p>{legend(both)}</p>"):
        tags = {each.tag.removeprefix(NS) for each in parsed(written).iter()}
        assert tags <= {"svg", "g", "path", "line", "rect", "text", "title", "polyline", "circle", "p", "span", "i"}
        assert "\u202e" not in written
        assert "\x1b" not in written
    assert "<script>" in "".join(parsed(svg(both)).itertext())
