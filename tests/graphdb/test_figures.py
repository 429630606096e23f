"""What follows from the declaration of a circuit's figures, and what is written by hand beside it."""

import re
from dataclasses import dataclass, fields
from typing import Annotated

import pytest

from graphdb import schema
from graphdb.cli.show_circuit import CircuitView, print_circuit
from graphdb.dump.checks import JUDGED
from graphdb.dump.record_format import SECTIONS
from graphdb.figures import NATS, RANK, SHARE, Declared, Figure, figure, figures_of
from graphdb.queries.library import load_query
from graphdb.records import Circuit
from graphdb.schema.declarations import figures, summed
from graphdb.store import Store
from graphdb.tables import records
from graphdb.writing.summaries import LISTS, READ, SUMS
from tests import sample


@dataclass(frozen=True)
class Sample:
    name: str
    n_hops: Annotated[int, Figure("Most edges of a path", RANK, column="hops", values="hops")]
    reach: Annotated[float | None, Figure("Share of facts; absent without any", SHARE, mean=True)] = None
    curve: Annotated[tuple[float, ...], Figure("Faithfulness by size", NATS)] = ()
    exact: Annotated[bool, Figure("Whether it is exact", mean=True)] = False


def test_a_field_declares_a_figure() -> None:
    assert [each.name for each in figures_of(Sample)] == ["n_hops", "reach", "curve", "exact"]
    assert [each.type for each in figures_of(Sample)] == ["integer", "float", "floats", "boolean"]
    assert [each.optional for each in figures_of(Sample)] == [False, True, False, False]
    assert [each.column for each in figures_of(Sample)] == ["hops", "reach", "curve", "exact"]


def test_the_schema_follows_from_the_fields() -> None:
    assert [(each.name, each.type, each.description) for each in figures(Sample)] == [
        ("n_hops", "integer", "Most edges of a path"),
        ("reach", "float", "Share of facts; absent without any (share, 0 to 1)"),
        ("curve", "floats", "Faithfulness by size (nats)"),
        ("exact", "boolean", "Whether it is exact"),
    ]
    assert [(each.name, each.type) for each in summed(Sample)] == [
        ("hops", "integers"),
        ("reach", "integer"),
        ("exact", "integer"),
        ("n_reach", "integer"),
        ("n_exact", "integer"),
    ]


def test_summaries_keep_the_means_and_lists_that_are_declared() -> None:
    counted = {"faithfulness": "n_faithfulness", "faithfulness_other": "n_other", "hit10_model": "n_hit10_model"}
    assert SUMS.items() >= counted.items()
    assert LISTS == {"n_edges": "edges", "n_edges_searched": "edges_searched", "faithfulness": "judged"}
    assert {*SUMS, *LISTS} <= {*READ}
    stored = {each.name for each in schema.node("CircuitSummary").properties}
    assert {*SUMS, *SUMS.values(), *LISTS.values()} <= stored


def test_a_dump_may_lack_what_a_circuit_may_lack() -> None:
    (section,) = (each for each in SECTIONS if each.record is Circuit)
    assert {each.name for each in section.properties if section.may_lack(each.name)} == {
        each.name for each in figures_of(Circuit) if each.optional
    }


def test_figures_stand_together_in_the_record() -> None:
    names = [each.name for each in fields(Circuit)]
    own = [each.name for each in figures_of(Circuit)]
    first = names.index(own[0])
    assert names[first : first + len(own)] == own


@pytest.mark.parametrize("each", figures_of(Circuit), ids=lambda each: each.name)
def test_the_query_of_circuits_returns_every_figure(each: Declared) -> None:
    query = load_query("circuits")
    assert re.search(rf"\bc\.{each.name} AS {each.column}\b", query.text)
    assert each.column in {column.name for column in query.columns}


@pytest.mark.parametrize("each", [each for each in figures_of(Circuit) if each.figure.mean], ids=lambda each: each.name)
def test_the_query_of_quality_returns_every_mean(each: Declared) -> None:
    text = load_query("relation_quality").text + load_query("relation_controls").text
    assert re.search(rf"\b[js]\.{each.name}\b", text)
    assert each.count in text or each.name in JUDGED


def test_figures_with_a_line_are_shown(embedded_store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    sample.fill(embedded_store)
    (row,) = records(embedded_store.query("circuits", circuit=sample.CIRCUITS[0].id))
    print_circuit(CircuitView(row, sample.TOPOLOGY.n_edges, [], measured=True))
    out = capsys.readouterr().out
    for each in figures_of(Circuit):
        assert not each.figure.said or each.figure.said.format(row[each.column]) in out
    assert figure(Circuit, "needed").figure.said.format(0.75) in out
