"""Roles in the graph: what they mark, what replaces them, what a check finds and what goes with them."""

from dataclasses import replace

from graphdb.maintenance.check import check
from graphdb.maintenance.deletable import What
from graphdb.maintenance.deletion import count, delete
from graphdb.role_records import RoleKind
from graphdb.store import Store
from graphdb.writing.role_writers import write_roles
from graphdb.writing.writers import write_batch
from tests import sample

MARKED = {
    ("country_capital/France", "a0.h1", "relation"),
    ("country_capital/France", "a1.h2", "mover"),
    ("country_capital/Italy", "a1.h2", "mover"),
}
"""Nodes of heads that are in the circuits of facts that they have a role for."""


def marked(store: Store) -> set[tuple[str, str, str]]:
    found = store.read(
        "MATCH (c:Circuit)-[:HAS_NODE]->(n:CircuitNode) WHERE n.role <> '' "
        "RETURN c.fact_id AS fact, n.name AS name, n.role AS role"
    )
    return set(found.itertuples(index=False, name=None))


def test_roles_mark_the_nodes_of_circuits_whichever_comes_last(store: Store) -> None:
    sample.fill(store)
    assert marked(store) == MARKED
    circuits = [sample.with_scores(store, each) for each in sample.CIRCUITS]
    write_batch(store, circuits=circuits)
    assert marked(store) == MARKED, "circuits that replace others"
    assert check(store) == []


def test_roles_of_a_relation_replace_those_that_were_there(store: Store) -> None:
    sample.fill(store)
    role = replace(sample.ROLES[0], facts=sample.ROLES[0].facts[:1])
    write_roles(store, [role])
    assert marked(store) == {("country_capital/France", "a1.h2", "mover")}
    heads = store.read("MATCH (r:HeadRole) WHERE r.relation_id = 'country_capital' RETURN r.component AS c")["c"]
    assert list(heads) == ["a1.h2"]
    write_roles(store, sample.ROLES)
    assert marked(store) == MARKED
    assert check(store) == []


def test_roles_in_another_wording_mark_no_circuit_of_this_one(store: Store) -> None:
    sample.fill(store, roles=False)
    write_roles(store, [replace(each, wording="1") for each in sample.ROLES])
    assert marked(store) == set()


def test_a_check_finds_a_node_with_another_role_than_its_head(store: Store) -> None:
    sample.fill(store)
    store.write(
        [
            (
                "UNWIND $rows AS row MATCH (n:CircuitNode {id: row.id}) SET n.role = row.role",
                [{"id": f"{sample.circuit_id('country_capital/France')}|toy/m1", "role": RoleKind.MIXTURE.value}],
            )
        ]
    )
    (finding,) = check(store)
    assert (finding.problem, finding.count) == ("nodes with another role than their head's", 1)
    (mended,) = check(store, repair=True)
    assert mended.mended
    assert marked(store) == MARKED
    assert check(store) == []


def test_a_relation_and_a_model_take_their_roles_and_lenses_with_them(store: Store) -> None:
    sample.fill(store)
    counts = count(store, What.RELATION, "country_capital")
    assert (counts.roles, counts.lenses) == (4, 2)
    delete(store, What.RELATION, "country_capital")
    assert check(store) == []
    left = "MATCH (n) WHERE n:HeadRole OR n:RoleCheck OR n:FactLens RETURN n.relation_id AS relation"
    assert sorted(store.read(left)["relation"]) == ["antonym", "country_currency"]
    counts = count(store, What.MODEL, "toy")
    assert (counts.roles, counts.lenses) == (2, 0)
    delete(store, What.MODEL, "toy")
    assert store.read(left).empty
