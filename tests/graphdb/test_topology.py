import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphdb.topology import Topology, prune_dangling

GROUPED = Topology(n_layers=2, n_heads=4, n_kv_heads=2)
PLAIN = Topology(n_layers=2, n_heads=2, n_kv_heads=2)


@pytest.mark.parametrize(
    ("shape", "edges"), [((30, 9, 3), 70_651), ((30, 9, 9), 123_211), ((12, 12, 12), 32_491), ((1, 1, 1), 8)]
)
def test_edges_are_counted_natively(shape: tuple[int, int, int], edges: int) -> None:
    assert Topology(*shape).n_edges == edges


def test_names_follow_the_order_of_computation() -> None:
    assert GROUPED.source_names == (
        *("embed", "a0.h0", "a0.h1", "a0.h2", "a0.h3", "m0"),
        *("a1.h0", "a1.h1", "a1.h2", "a1.h3", "m1"),
    )
    assert GROUPED.slot_names[4:9] == (
        ("a0.kv0", "k"),
        ("a0.kv1", "k"),
        ("a0.kv0", "v"),
        ("a0.kv1", "v"),
        ("m0", "mlp"),
    )
    assert PLAIN.slot_names[2] == ("a0.h0", "k")
    assert GROUPED.slot_names[-1] == ("logits", "logits")


def test_packed_values_come_back() -> None:
    values = np.arange(1, 2 * GROUPED.n_edges + 1).reshape(2, -1)
    assert np.array_equal(GROUPED.pack(GROUPED.unpack(values)), values)


def test_a_key_of_a_group_reaches_its_query_heads_only() -> None:
    through = GROUPED.mask([("embed", "a0.kv1", "k"), ("a0.h3", "logits", "logits")])
    beside = GROUPED.mask([("embed", "a0.kv0", "k"), ("a0.h3", "logits", "logits")])
    assert np.array_equal(prune_dangling(GROUPED, through), through)
    assert not prune_dangling(GROUPED, beside).any()


def test_edges_from_nowhere_and_to_nowhere_go() -> None:
    kept = GROUPED.mask([("embed", "m0", "mlp"), ("m0", "logits", "logits")])
    loose = GROUPED.mask([("a0.h1", "m1", "mlp"), ("m1", "logits", "logits"), ("embed", "a1.h2", "q")])
    assert np.array_equal(prune_dangling(GROUPED, kept | loose), kept)


@given(st.integers(0, 2**32 - 1), st.floats(0.02, 0.6), st.sampled_from([GROUPED, PLAIN]))
def test_pruning_keeps_the_edges_on_paths_that_a_graph_library_finds(seed: int, density: float, top: Topology) -> None:
    mask = (np.random.default_rng(seed).random((3, *top.allowed.shape)) < density) & top.allowed
    for one, pruned in zip(mask, prune_dangling(top, mask), strict=True):
        assert np.array_equal(pruned, _prune_by_paths(top, one))


def _prune_by_paths(top: Topology, mask: np.ndarray) -> np.ndarray:
    graph = nx.DiGraph()
    graph.add_nodes_from(["embed", "logits"])
    for slot, (component, channel) in enumerate(top.slot_names):
        graph.add_edges_from((name, f"slot {slot}") for name in np.array(top.source_names)[mask[:, slot]])
        layer, _, member = component.partition(".")
        group = top.group_size if channel in "kv" else 1
        first = int(member[-1]) * group if member else 0
        heads = [f"{layer}.h{first + offset}" for offset in range(group)] if member else [component]
        graph.add_edges_from((f"slot {slot}", head) for head in heads)
    alive = (nx.descendants(graph, "embed") | {"embed"}) & (nx.ancestors(graph, "logits") | {"logits"})
    sources = np.array([name in alive for name in top.source_names])
    slots = np.array([f"slot {slot}" in alive for slot in range(top.n_slots)])
    return mask & sources[:, None] & slots
