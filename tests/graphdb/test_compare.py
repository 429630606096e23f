"""Comparisons against sums worked by hand on tests/sample.py, and their null against shuffles."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from graphdb.compare import Strata, compare, compare_relations, overlap, shares
from graphdb.errors import UserError
from graphdb.store import Store
from graphdb.topology import Topology
from graphdb.writers import write_batch
from tests import sample

STRATA = Strata(sample.TOPOLOGY)


@pytest.fixture
def filled(store: Store) -> Store:
    sample.fill(store)
    return store


def test_strata_are_the_layer_profile() -> None:
    assert STRATA.of("a1.h2") == ("a1.h", 4)
    assert STRATA.of("a1.kv1") == ("a1.kv", 2)
    assert STRATA.of("m1") == ("m1", 1)
    assert STRATA.of("a0.h1->a1.kv0.k") == ("a0.h->a1.kv.k", 8)
    assert STRATA.of("a1.h3->logits.logits") == ("a1.h->logits.logits", 4)


def test_every_edge_of_a_model_has_a_stratum_of_the_right_size() -> None:
    topology = Topology(3, 6, 2)
    strata, counts = Strata(topology), {}
    sizes = {}
    for source, slot in np.argwhere(topology.allowed):
        target, channel = topology.slot_names[slot]
        name, size = strata.of(f"{topology.source_names[source]}->{target}.{channel}")
        counts[name] = counts.get(name, 0) + 1
        sizes[name] = size
    assert counts == sizes


def test_shares_of_circuits() -> None:
    assert shares([["m0", "a0.h1"], ["m0"], ["m0", "m1"], ["m0"]]) == {"a0.h1": 0.25, "m0": 1.0, "m1": 0.25}


@pytest.mark.parametrize("n", range(1, 60))
def test_what_all_circuits_hold_has_the_share_one(n: int) -> None:
    assert shares([["m0"]] * n) == {"m0": 1.0}


def test_null_is_the_mean_over_all_shuffles() -> None:
    a = {"a0.h0": 1.0, "a0.h1": 0.5, "m0": 0.75}
    b = {"a0.h1": 0.25, "a0.h2": 1.0, "a0.h3": 0.5, "m0": 0.5}
    side_a, side_b = np.array([1.0, 0.5, 0.0, 0.0]), np.array([0.0, 0.25, 1.0, 0.5])
    shuffled = [np.minimum(side_a, side_b[list(p)]).sum() + 0.5 for p in itertools.permutations(range(4))]
    found = overlap(a, b, STRATA)
    assert found.shared == 0.25 + 0.5
    assert found.expected == pytest.approx(np.mean(shuffled))
    assert found.sd == pytest.approx(np.std(shuffled))
    assert found.z == pytest.approx((0.75 - np.mean(shuffled)) / np.std(shuffled))
    assert found.jaccard == pytest.approx(0.75 / (2.25 + 2.25 - 0.75))


def test_null_of_two_circuits_is_hypergeometric() -> None:
    found = overlap({"a0.h0": 1.0, "a0.h1": 1.0}, {"a0.h1": 1.0, "a0.h2": 1.0, "a0.h3": 1.0}, STRATA)
    assert (found.shared, found.expected) == (1.0, 2 * 3 / 4)
    assert found.sd**2 == pytest.approx(2 * (3 / 4) * (1 / 4) * (4 - 2) / (4 - 1))


def test_null_of_what_has_no_alternative_says_nothing() -> None:
    found = overlap({"m0": 1.0, "m1": 1.0}, {"m0": 1.0}, STRATA)
    assert (found.shared, found.expected, found.z) == (1.0, 1.0, None)
    assert found.jaccard == found.jaccard_expected == 0.5


def test_two_facts(filled: Store) -> None:
    found = compare(filled, "France", "country_capital/Italy")
    assert (found.a.id, found.a.kind, found.a.n_circuits) == ("country_capital/France", "fact", 1)
    assert found.model == "toy"
    components = found.components
    assert {member.name for member in components.part("core")} == {"m0", "a1.h2"}
    assert {member.name for member in components.part("only_a")} == {"a0.kv0", "a0.h1", "m1", "a1.kv1"}
    assert components.part("only_b") == components.part("variable") == ()
    assert components.overlap.jaccard == 2 / 6
    # m0 has no alternative; a1.h2 is one of four heads on both sides.
    assert components.overlap.expected == 1 + 1 / 4
    assert components.overlap.sd == pytest.approx(np.sqrt(3) / 4)
    assert {member.name for member in found.edges.part("core")} == {"embed->m0.mlp", "a1.h2->logits.logits"}
    assert found.edges.overlap.jaccard == 2 / 8
    assert found.edges.overlap.expected == 1 + 1 / 4


def test_two_relations(filled: Store) -> None:
    found = compare(filled, "country_capital", "country_currency")
    assert (found.a.kind, found.a.n_circuits, found.b.n_circuits) == ("relation", 3, 1)
    members = {member.name: member for member in found.components.members}
    assert members["m0"].part == "only_a"
    assert members["m1"].part == "variable"
    assert (members["m1"].share_a, members["m1"].share_b) == (pytest.approx(1 / 3), 1.0)
    assert members["a1.h2"].share_a == 1.0
    assert found.components.overlap.shared == pytest.approx(2 / 3)
    # m1: 1/3 without alternative; a0.h1: 1/3 in one of four heads.
    assert found.components.overlap.expected == pytest.approx(1 / 3 + 1 / 12)
    assert found.edges.part("core") == ()


def test_a_relation_shares_everything_with_itself(filled: Store) -> None:
    found = compare(filled, "country_capital", "country_capital")
    assert {member.name for member in found.components.part("core")} == {"m0", "a1.h2"}
    assert found.components.overlap.jaccard == found.edges.overlap.jaccard == 1.0


def test_all_relations_pairwise(filled: Store) -> None:
    pairs = {(row["a"], row["b"]): row for row in compare_relations(filled).to_dict("records")}
    assert len(pairs) == 3
    row = pairs["country_capital", "country_currency"]
    assert (row["facts_a"], row["facts_b"]) == (3, 1)
    assert row["shared"] == pytest.approx(2 / 3)
    assert row["expected"] == pytest.approx(5 / 12)
    assert pairs["antonym", "country_currency"]["jaccard"] == pytest.approx(1 / 3)


def test_pairwise_of_an_empty_store_has_its_columns(store: Store) -> None:
    frame = compare_relations(store)
    assert frame.empty
    assert "jaccard_expected" in frame


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Japan", "has several facts"),
        ("Atlantis", "is unknown"),
        ("Mexico", "has no circuit"),
    ],
)
def test_what_cannot_be_compared(filled: Store, text: str, reason: str) -> None:
    with pytest.raises(UserError, match=reason):
        compare(filled, "France", text)


def test_circuits_of_two_methods_need_a_choice(filled: Store) -> None:
    other = replace(sample.CIRCUITS[0], id=sample.circuit_id("country_capital/France", "eap"), method="eap")
    write_batch(filled, [], [other])
    with pytest.raises(UserError, match="choose one with --method: eap, secant"):
        compare(filled, "France", "Italy")
    assert compare(filled, "France", "Italy", method="secant").edges.overlap.jaccard == 2 / 8
    assert compare(filled, other.id, "Italy").edges.overlap.jaccard == 2 / 8
