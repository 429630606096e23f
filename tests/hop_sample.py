"""`tests.sample`, with a relation composed of two and one reversed: their circuits, and what a model makes of them."""

from dataclasses import replace

from graphdb.conditions.hops import HopCheck, HopFact
from graphdb.records import Circuit, Contrast, Fact, Relation
from graphdb.store import Store
from graphdb.writing.hop_writers import write_hops
from graphdb.writing.writers import write_batch, write_facts, write_relations
from tests import sample

FIRST = Relation("city_country", "country of a city", "geography", ("The city of {} is in",))
COMPOSED = Relation(
    "city_capital",
    "capital of a city's country",
    "geography",
    ("The capital of the country of {} is",),
    (FIRST.id, "country_capital"),
)
REVERSED = Relation(
    "capital_country", "country of a capital", "geography", ("{} is the capital of",), ("country_capital",)
)


def _fact(relation: Relation, subject: str, answer: str) -> Fact:
    return Fact(f"{relation.id}/{subject}", relation.id, subject, answer, (answer,))


FACTS = (
    _fact(FIRST, "Lyon", "France"),
    _fact(FIRST, "Milan", "Italy"),
    _fact(COMPOSED, "Lyon", "Paris"),
    _fact(COMPOSED, "Milan", "Rome"),
    _fact(REVERSED, "Paris", "France"),
)


def _circuit(fact: Fact, like: Circuit) -> Circuit:
    """The circuit of a fact, with the edges of another."""
    contrast = Contrast(
        model_id=sample.MODEL.id,
        fact_id=fact.id,
        kind=like.contrast.kind,
        wording="0",
        clean_prompt=fact.subject,
        answer=f" {fact.object}",
        donors_find=(sample.FACTS[5].id,),
        corrupt_prompts=("hot",),
        foils=(" cold",),
    )
    return replace(
        like,
        id=sample.circuit_id(fact.id),
        fact_id=fact.id,
        contrast=contrast,
        judged_on="find",
        artifact="",
        artifact_sha256="",
        places=(),
    )


FRANCE, ITALY, *_, HOT = sample.CIRCUITS
CIRCUITS = (
    _circuit(FACTS[0], HOT),
    _circuit(FACTS[1], ITALY),
    _circuit(FACTS[2], FRANCE),
    _circuit(FACTS[3], ITALY),
    _circuit(FACTS[4], ITALY),
)
"""Of the two hops, France's is like its second, and Italy's like both; that of the reversed fact is like another's."""

CHECK = HopCheck(
    model_id=sample.MODEL.id,
    relation_id=COMPOSED.id,
    wording="0",
    first=FIRST.id,
    second="country_capital",
    n_facts=2,
    n_known=1,
    n_hops_right=1,
    right_given_hops=1.0,
    n_first_wrong=1,
    right_given_second=0.0,
    consistent=0.5,
    consistent_null=0.25,
    bridge_before=1.0,
    bridge_before_null=0.5,
    bridge_probability=0.75,
    bridge_probability_null=0.125,
    heads_first=("a1.h2", "a0.h1"),
    heads_second=("a1.h2",),
    others=("antonym",),
    drop_first=2.0,
    drop_first_low=1.5,
    drop_first_high=2.5,
    drop_second=1.75,
    drop_other=1.0,
    drop_random=0.0625,
    drop_every=3.0,
    r_first=0.875,
    r_second=0.75,
    r_other=0.25,
    fingerprint="c" * 32,
)
KNOWN = HopFact(
    model_id=sample.MODEL.id,
    fact_id=FACTS[2].id,
    wording="0",
    bridge="France",
    rank_first=1,
    rank_second=1,
    rank_both=1,
    choice=" Paris",
    choice_by_hops=" Paris",
    consistent_null=0.0,
    bridge_block="a0",
    object_block="m1",
    bridge_before=True,
    bridge_before_null=0.5,
    bridge_probability=0.75,
    bridge_probability_null=0.125,
    drop_first=2.0,
    drop_second=1.75,
    drop_other=1.0,
    drop_random=0.0625,
    drop_every=3.0,
)
UNKNOWN = HopFact(
    model_id=sample.MODEL.id,
    fact_id=FACTS[3].id,
    wording="0",
    bridge="Italy",
    rank_first=12,
    rank_second=1,
    rank_both=40,
    choice=" Paris",
    choice_by_hops=" Rome",
    consistent_null=0.5,
)


def fill(store: Store) -> None:
    """Write the sample, the relations with their circuits, and what is said of two hops."""
    sample.fill(store)
    write_relations(store, [FIRST, COMPOSED, REVERSED])
    write_facts(store, FACTS)
    write_batch(store, [], CIRCUITS)
    write_hops(store, CHECK, [KNOWN, UNKNOWN])
