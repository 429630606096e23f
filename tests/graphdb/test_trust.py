"""What a circuit's donors stand for, by its contrast."""

from graphdb.circuits.trust import donors

OF = {
    "donors_find": ("country_language/France", "country_currency/France", "country_language/France"),
    "donors_size": (),
    "donors_unseen": ("name:head_of_state/France",),
}


def test_donors_of_the_relation_contrast_are_other_relations() -> None:
    circuit = {**OF, "contrast_kind": "relation"}
    assert donors(circuit, "find") == donors(circuit, "size") == ["country_language", "country_currency"]
    assert donors(circuit, "unseen") == ["head_of_state"]


def test_donors_of_the_subject_contrast_are_other_subjects() -> None:
    circuit = {**OF, "donors_find": ("country_capital/Italy",), "donors_unseen": ("name:Vienna",)}
    assert donors(circuit | {"contrast_kind": "subject"}, "find") == ["Italy"]
    assert donors(circuit | {"contrast_kind": "subject"}, "unseen") == ["Vienna"]
