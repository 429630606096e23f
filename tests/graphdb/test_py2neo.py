"""py2neo against both engines: what docs/py2neo.md says works, and what it says does not."""
# py2neo has no types, and adds `match` to its models at run time.
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

import subprocess
import sys
from collections.abc import Iterator

import py2neo
import pytest
from py2neo.errors import ClientError

from graphdb.py2neo_bridge import Circuit, Component, Fact, Relation, graph
from tests import sample
from tests.conftest import Kept


@pytest.fixture
def notebook(kept: Kept) -> Iterator[py2neo.Graph]:
    opened = graph(kept(sample.fill))
    yield opened
    opened.service.connector.close()


def test_run_and_data_frame(notebook: py2neo.Graph) -> None:
    answer = notebook.run("MATCH (f:Fact {relation_id: $r}) RETURN f.subject AS subject ORDER BY subject", r="antonym")
    assert answer.to_data_frame()["subject"].tolist() == ["big", "hot"]
    assert notebook.evaluate("MATCH (c:Circuit) RETURN count(c)") == 5


def test_matchers(notebook: py2neo.Graph) -> None:
    heads = notebook.nodes.match("Component", kind="head").order_by("_.name").all()
    assert [head["name"] for head in heads] == [f"a{layer}.h{head}" for layer in range(2) for head in range(4)]
    assert len(notebook.relationships.match(r_type="FLOWS").all()) == 21


def test_relation_to_facts(notebook: py2neo.Graph) -> None:
    relation = Relation.match(notebook, "country_capital").first()
    assert relation.category == "geography"
    assert sorted(fact.subject for fact in relation.facts) == ["France", "Italy", "Japan"]


def test_fact_to_circuit_to_components(notebook: py2neo.Graph) -> None:
    fact = Fact.match(notebook).where(subject="Italy").first()
    assert [relation.id for relation in fact.relation] == ["country_capital"]
    (circuit,) = fact.circuits
    assert (circuit.faithfulness, circuit.faithfulness_random, circuit.n_edges) == (1.0, 0.25, 4)
    assert sorted(component.name for component in circuit.components) == ["a1.h2", "embed", "logits", "m0"]


def test_component_to_circuits(notebook: py2neo.Graph) -> None:
    component = Component.match(notebook, "toy/m1").first()
    assert (component.kind, component.layer) == ("mlp", 1)
    assert {circuit.id for circuit in component.circuits} == {
        sample.circuit_id("country_capital/France"),
        sample.circuit_id("country_currency/Japan"),
        sample.circuit_id("antonym/hot"),
    }
    assert len(Circuit.match(notebook)) == 5


def test_schema_statements_do_not_work(notebook: py2neo.Graph) -> None:
    with pytest.raises(ClientError):
        notebook.schema.create_uniqueness_constraint("Fact", "id")


def test_without_py2neo_one_line_names_the_extra() -> None:
    code = (
        "import sys; sys.modules['py2neo'] = None\n"
        "from graphdb.errors import UserError\n"
        "try:\n    import graphdb.py2neo_bridge\n"
        "except UserError as error:\n    print(error)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout == "py2neo is not installed: pip install 'knowledge-circuits[py2neo]'\n"
