"""One fact in two contrasts, on both engines: what is the one's, the other's, and both's, beside chance."""

from dataclasses import replace

import pytest

from graphdb.comparison.answers import answer, question
from graphdb.errors import UserError
from graphdb.records import Circuit, Kind
from graphdb.store import Store
from graphdb.tables import records
from graphdb.writing.writers import write_batch
from tests import sample
from tests.conftest import Kept

METHOD = f"{sample.METHOD}/relation"


def _other(circuit: Circuit, kind: Kind, kept: int) -> Circuit:
    """The circuit of the same fact in another contrast, with the first edges alone."""
    method = f"{sample.METHOD}/{kind}"
    contrast = replace(circuit.contrast, kind=kind)
    edges = circuit.edges[:kept]
    leaving = {edge.source for edge in edges}
    places = tuple(each for each in circuit.places if each.component in leaving)
    identity = sample.circuit_id(circuit.fact_id, method)
    return replace(
        circuit, id=identity, method=method, contrast=contrast, edges=edges, n_edges=kept, places=places, artifact=""
    )


def _fill(store: Store) -> None:
    sample.fill(store)
    write_batch(store, [], [_other(each, Kind.RELATION, 3) for each in sample.CIRCUITS])


@pytest.fixture
def filled(kept: Kept) -> Store:
    """Only to be read: every circuit of the sample, and its first three edges as that of the relation contrast."""
    return kept(_fill)


def test_names_are_told_apart_by_contrast(filled: Store) -> None:
    found = answer(filled, question("country_capital/France", view="contrasts"))
    names = {row["name"]: row["part"] for row in records(found.tables["Names, the most shared first"])}
    assert names == {
        "m1": "both",
        "a0.h1": "both",
        "a0.kv0": "both",
        "m0": "subject",
        "a1.h2": "subject",
        "a1.kv1": "subject",
    }
    assert any("A is the subject contrast" in note for note in found.notes)


def test_what_both_hold_stands_beside_what_chance_gives(filled: Store) -> None:
    (row,) = answer(filled, question("France", view="contrasts")).main.to_dict("records")
    assert (row["fact"], row["size_a"], row["size_b"], row["shared"]) == ("country_capital/France", 6, 3, 3)
    assert row["jaccard"] == pytest.approx(3 / 6)
    assert 0 < float(str(row["expected"])) <= 3
    assert 0 < float(str(row["p"])) <= 1


def test_a_relation_has_its_facts_and_its_typical_circuits(filled: Store) -> None:
    found = answer(filled, question("country_capital", view="contrasts", levels=["component", "edge"]))
    assert set(found.main["relation"]) == {"country_capital"}
    assert len(found.main) == sum(each.fact_id.startswith("country_capital/") for each in sample.CIRCUITS)
    assert set(found.tables["Names, the most shared first"]["level"]) == {"component", "edge"}
    assert set(found.tables["Names, the most shared first"]["part"]) <= {"both", "subject", "relation"}


def test_all_facts_stand_side_by_side_without_a_name(filled: Store) -> None:
    found = answer(filled, question(view="contrasts"))
    assert set(found.main["fact"]) == {each.fact_id for each in sample.CIRCUITS}
    assert list(found.tables["By relation, means"]["facts"]) == [1, 3, 1]


def test_the_method_may_be_that_of_either_contrast(filled: Store) -> None:
    one, other = (answer(filled, question("France", view="contrasts", method=name)) for name in (sample.METHOD, METHOD))
    assert one.main.equals(other.main)


def test_each_contrast_retrieves_within_itself(filled: Store) -> None:
    found = answer(filled, question(view="retrieval", method=METHOD)).main
    assert set(found["facts"]) <= set(range(1, len(sample.CIRCUITS) + 1))


def test_a_store_of_one_contrast_says_how_to_get_the_other(kept: Kept) -> None:
    with pytest.raises(UserError, match=r"no circuits of two contrasts .* --contrast both"):
        answer(kept(sample.fill), question("France", view="contrasts"))


def test_demonstrations_are_a_contrast_too(kept: Kept) -> None:
    def fill(store: Store) -> None:
        _fill(store)
        write_batch(store, [], [_other(each, Kind.DEMONSTRATION, 2) for each in sample.CIRCUITS])

    filled = kept(fill)
    with pytest.raises(UserError, match=r"two contrasts are there of .*/demonstration in .*/relation in"):
        answer(filled, question("France", view="contrasts", method=sample.METHOD))
    found = answer(filled, question("France", view="contrasts", method=f"{sample.METHOD}/demonstration"))
    assert found.notes[0] == "A is the subject contrast, B the demonstration contrast"
    parts = set(found.tables["Names, the most shared first"]["part"])
    assert parts == {"both", "subject"}, "the first edges are in both; the rest is the subject's alone"


def test_a_second_thing_does_not_fit(filled: Store) -> None:
    with pytest.raises(UserError, match="of one fact or relation"):
        answer(filled, question("France", "Italy", view="contrasts"))
