"""Names of components and edges say what they are, and nothing else is taken for one."""

import numpy as np
import pytest

from graphdb.components import KINDS, Component, edge_ends, edge_id, feeds, n_nodes, parse
from graphdb.topology import Topology

GROUPED = Topology(n_layers=2, n_heads=4, n_kv_heads=2)


@pytest.mark.parametrize(
    ("name", "kind", "layer", "head"),
    [
        ("embed", "embed", None, None),
        ("a9.h6", "head", 9, 6),
        ("a10.kv2", "kv_head", 10, 2),
        ("m0", "mlp", 0, None),
        ("logits", "logits", None, None),
    ],
)
def test_a_name_says_what_it_is(name: str, kind: str, layer: int | None, head: int | None) -> None:
    part = parse(name)
    assert (part.name, part.kind, part.layer, part.head) == (name, kind, layer, head)


@pytest.mark.parametrize("name", ["", "a9", "a9.h", "a9.q6", "m", "m1.h2", "a9.h6.q", "a٣.h6", "Embed"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"component .*: expected embed, a<layer>\.h<head>"):
        parse(name)


def test_every_component_of_a_model_is_read() -> None:
    assert {part.kind for part in GROUPED.components} == KINDS.keys()
    assert Component("a1.kv1", "kv_head", 1, 1) in GROUPED.components


def test_edges_and_their_names() -> None:
    assert edge_id("a0.h1", "a1.kv0", "k") == "a0.h1->a1.kv0.k"
    assert edge_ends("a0.h1->a1.kv0.k") == ("a0.h1", "a1.kv0", "k")
    names = GROUPED.edge_names(GROUPED.allowed)
    assert len(set(names)) == GROUPED.n_edges
    assert [edge_ends(edge_id(*name)) for name in names] == names


def test_a_mask_of_names_is_that_of_its_edges_in_the_order_of_packed_values() -> None:
    names = GROUPED.edge_names(GROUPED.allowed)
    numbers = GROUPED.unpack(np.arange(GROUPED.n_edges))
    assert [numbers[place] for place in zip(*GROUPED.places(names), strict=True)] == list(range(GROUPED.n_edges))
    chosen = names[::3]
    assert GROUPED.edge_names(GROUPED.mask(reversed(chosen))) == chosen
    assert not GROUPED.mask([]).any()


def test_a_kv_head_belongs_to_its_heads() -> None:
    edges = [("embed", "a0.kv1", "k"), ("embed", "a0.kv0", "v"), ("a0.h3", "logits", "logits"), ("a0.h2", "m0", "mlp")]
    assert feeds(edges, GROUPED.group_size) == [("a0.kv1", "a0.h2"), ("a0.kv1", "a0.h3")]
    assert n_nodes({name for edge in edges for name in edge[:2]}) == 5
