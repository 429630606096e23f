"""`tests.sample`, with what one and two demonstrations change in two of its relations."""

from dataclasses import replace

from graphdb.conditions.demonstrations import Demonstration, DemonstrationHead, Labels
from graphdb.store import Store
from graphdb.writing.demonstration_writers import write_demonstrations
from tests import sample

OWN = Demonstration(
    model_id=sample.MODEL.id,
    relation_id="country_capital",
    wording="0",
    shots=1,
    labels=Labels.OWN,
    n_facts=3,
    probability=0.75,
    probability_low=0.625,
    probability_high=0.875,
    probability_zero=0.5,
    gain=0.25,
    gain_low=0.125,
    gain_high=0.375,
    gain_log=0.5,
    gain_log_low=0.25,
    gain_log_high=0.75,
    first=1.0,
    first_zero=0.75,
    movers_r=0.9375,
    movers_r_halves=0.96875,
    heads=("a1.h3",),
    chosen_on=("antonym", "country_currency"),
    drop=0.25,
    drop_low=0.125,
    drop_high=0.375,
    random=0.03125,
    random_low=0.0,
    random_high=0.0625,
    drop_share=0.5,
    fingerprint="d" * 32,
)
SHUFFLED = replace(OWN, labels=Labels.SHUFFLED, gain=-0.125, gain_log=-0.25, drop_share=None)


def head(component: str, attention: float, *, is_new: bool, relation: str = OWN.relation_id) -> DemonstrationHead:
    return DemonstrationHead(
        model_id=OWN.model_id,
        relation_id=relation,
        wording="0",
        shots=OWN.shots,
        component=component,
        n_facts=3,
        attention=attention,
        attention_null=0.125,
        attention_shuffled=0.5,
        attention_q=0.03125 if attention > 0.125 else 1.0,
        mover=0.25,
        mover_zero=0.0,
        is_new=is_new,
        fingerprint=OWN.fingerprint,
    )


HEADS = (head("a0.h0", 0.125, is_new=False), head("a1.h2", 0.5, is_new=False), head("a1.h3", 0.75, is_new=True))
CURRENCY = replace(OWN, relation_id="country_currency", movers_r=None, movers_r_halves=None)
CURRENCY_HEADS = (
    head("a0.h0", 0.25, is_new=True, relation=CURRENCY.relation_id),
    head("a1.h3", 0.25, is_new=True, relation=CURRENCY.relation_id),
)


def fill(store: Store) -> None:
    """Write the sample, and the demonstrations of both relations."""
    sample.fill(store)
    write_demonstrations(store, [OWN, SHUFFLED], HEADS)
    write_demonstrations(store, [CURRENCY], CURRENCY_HEADS)
