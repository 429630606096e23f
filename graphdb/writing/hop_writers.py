"""Writes how a model answers two-hop facts."""

from collections.abc import Sequence

from graphdb.conditions.hops import HopCheck, HopFact
from graphdb.store import Store
from graphdb.store.types import Statement
from graphdb.writing.statements import link, merge, node_row, pair

_REMOVE = (
    "UNWIND $rows AS row MATCH (:Relation {id: row.relation_id})<-[:OF_RELATION]-(:Fact)<-[:OF_FACT]-(n:HopFact) "
    "WHERE n.model_id = row.model_id AND n.wording = row.wording DETACH DELETE n"
)


def write_hops(store: Store, check: HopCheck, facts: Sequence[HopFact]) -> None:
    """Write what a model makes of a composed relation and of its facts, in place of what was there, in one transaction.

    Model, relation and facts must be there.
    """
    old = {"relation_id": check.relation_id, "model_id": check.model_id, "wording": check.wording}
    store.write([(_REMOVE, [old]), *_facts(facts), *_checks([check])])


def write_hop_checks(store: Store, checks: Sequence[HopCheck]) -> None:
    """Write what is said of relations; models and relations must be there."""
    store.write(_checks(checks))


def write_hop_facts(store: Store, facts: Sequence[HopFact]) -> None:
    """Write what is said of facts; models and facts must be there."""
    store.write(_facts(facts))


def _checks(checks: Sequence[HopCheck]) -> list[Statement]:
    return [
        (merge("HopCheck"), [node_row("HopCheck", each) for each in checks]),
        (link("HopCheck", "IN_RELATION", "Relation"), [pair(each.id, each.relation_id) for each in checks]),
        (link("HopCheck", "IN_MODEL", "Model"), [pair(each.id, each.model_id) for each in checks]),
    ]


def _facts(facts: Sequence[HopFact]) -> list[Statement]:
    return [
        (merge("HopFact"), [node_row("HopFact", each) for each in facts]),
        (link("HopFact", "OF_FACT", "Fact"), [pair(each.id, each.fact_id) for each in facts]),
        (link("HopFact", "IN_MODEL", "Model"), [pair(each.id, each.model_id) for each in facts]),
    ]
