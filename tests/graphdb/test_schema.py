from dataclasses import fields
from pathlib import Path

import pytest

from graphdb import schema
from graphdb.conditions.hops import HopFact
from graphdb.errors import UserError
from graphdb.figures import figures_of
from graphdb.records import Attempt, Circuit, Contrast, Fact, Model, Recall, Relation, RelationCircuit, Run
from graphdb.schema import page
from graphdb.store import Store
from tests import demonstration_sample, edit_sample, hop_sample, relation_sample, rival_sample, sample

PAGE = Path(__file__).parents[2] / "docs" / "schema.md"
TYPES = {"string": str, "integer": int, "float": float, "boolean": bool}
TYPES |= {"strings": list, "integers": list, "floats": list}
OPTIONAL = {"layer", "head", "probability_object", "vote_share", "mover_q", "relation_q"}
OPTIONAL |= {
    "paraphrase_prefix",
    "paraphrase_template",
    "neighbourhood",
    "other",
    "kl_neighbourhood",
    "kl_other",
    "spread",
}
OPTIONAL |= {"at_subject", "at_template", "at_last", "attention"}
OPTIONAL |= {"reweighted", "movers_before", "movers", "relation_before", "relation"}
OPTIONAL |= {"movers", "movers_random", "right_among", "margin_among", "probability_among", "entropy_among"}
OPTIONAL |= {"movers_among", "random_among"}
OPTIONAL |= {"movers_r", "movers_r_halves", "drop_share", "attention_shuffled", "attention_q", "mover", "mover_zero"}
OPTIONAL |= {each.name for each in figures_of(Circuit) if each.optional}
OPTIONAL |= {each.name for each in fields(HopFact) if each.default is None}
"""Properties that a node may lack."""


def test_the_page_is_what_the_schema_says() -> None:
    assert PAGE.read_text() == page.markdown(), "run: python -m graphdb.schema.page > docs/schema.md"


@pytest.mark.parametrize("record", [Model, Relation, Fact, Recall, Contrast, Attempt, Run, Circuit, RelationCircuit])
def test_nodes_have_the_fields_of_their_records(record: type) -> None:
    declared = {each.name for each in schema.node(record.__name__).properties}
    follows = {"scope", "contrast_id"} | ({"id"} if record is Contrast else set())
    assert declared - follows == {each.name for each in fields(record)} - {"contrast", "edges", "places", "transfers"}


def test_relationships_join_declared_labels() -> None:
    labels = {each.label for each in schema.NODES}
    assert {label for each in schema.RELATIONSHIPS for label in (each.source, each.target)} < labels


def test_ids_are_unique(store: Store) -> None:
    sample.fill(store)
    with pytest.raises(UserError, match=r"(?i)duplicate|already exists"):
        store.write([("UNWIND $rows AS row CREATE (:Fact {id: row.id})", [{"id": sample.FACTS[0].id}])])


def test_stored_nodes_have_the_declared_properties_and_types(store: Store) -> None:
    relation_sample.fill(store)
    edit_sample.fill(store)
    hop_sample.fill(store)
    rival_sample.fill(store)
    demonstration_sample.fill(store)
    for declared in schema.NODES:
        found = store.read(f"MATCH (n:{declared.label}) RETURN properties(n) AS p")["p"]
        assert len(found), declared.label
        types = {each.name: TYPES[each.type] for each in declared.properties}
        for stored in found:
            assert {name: type(value) for name, value in stored.items()}.items() <= types.items()
            assert set(types) - set(stored) <= OPTIONAL


def test_stored_relationships_are_declared(store: Store) -> None:
    relation_sample.fill(store)
    edit_sample.fill(store)
    hop_sample.fill(store)
    rival_sample.fill(store)
    demonstration_sample.fill(store)
    found = store.read(
        "MATCH (a)-[r]->(b) UNWIND keys(r) + [''] AS key "
        "RETURN DISTINCT labels(a) AS a, type(r) AS type, labels(b) AS b, key"
    )
    labels = {each.label for each in schema.NODES}
    rows = found[["a", "type", "b", "key"]].to_numpy().tolist()
    stored = {(*(labels & set(a)), kind, *(labels & set(b)), key) for a, kind, b, key in rows}
    declared = {
        (each.source, each.type, each.target, name)
        for each in schema.RELATIONSHIPS
        for name in ("", *(each.name for each in each.properties))
    }
    assert stored == declared
