"""The library of queries: documented, short, and strict about its parameters."""

from pathlib import Path

import numpy as np
import pytest

from graphdb.errors import UserError
from graphdb.queries.library import all_queries, bind, library_page, load_query

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "queries.md"
FOLDER = ROOT / "graphdb" / "queries"


def test_every_query_is_documented() -> None:
    assert PAGE.read_text("utf-8") == library_page()


def test_every_query_says_what_it_answers() -> None:
    for query in all_queries():
        assert query.purpose.endswith("."), query.name
        assert query.columns, query.name
        assert len((FOLDER / f"{query.name}.cypher").read_text("utf-8").splitlines()) <= 50


def test_values_are_read_as_their_types() -> None:
    query = load_query("edges_in_every_fact")
    assert bind(query, {"relation": "x", "min_share": "0.5"})["min_share"] == 0.5
    assert bind(query, {"relation": "x", "min_share": 1})["min_share"] == 1.0
    assert bind(load_query("hubs"), {"limit": 3.0})["limit"] == 3
    assert bind(load_query("hubs"), {"limit": np.int64(3)}) == bind(load_query("hubs"), {"limit": np.float32(3)})


@pytest.mark.parametrize(
    ("name", "given", "reason"),
    [
        ("hubs", {"limit": "many"}, "parameter limit of query hubs is 'many'; expected integer"),
        ("hubs", {"limit": 2.5}, "expected integer"),
        ("hubs", {"limit": True}, "expected integer"),
        ("hubs", {"limit": 2**63}, "expected integer"),
        ("hubs", {"limit": str(2**63)}, "expected integer"),
        ("hubs", {"limit": 10**400}, "expected integer"),
        ("hubs", {"limit": float("inf")}, "expected integer"),
        ("hubs", {"limit": float("nan")}, "expected integer"),
        ("edges_in_every_fact", {"relation": "x", "min_share": 10**400}, "expected float"),
        ("hubs", {"model": 3}, "expected string"),
        ("hubs", {"limits": 3}, "nearest: limit"),
        ("circuit_edges", {}, "parameter circuit of query circuit_edges is missing"),
    ],
)
def test_wrong_parameters(name: str, given: dict[str, object], reason: str) -> None:
    with pytest.raises(UserError, match=reason):
        bind(load_query(name), given)


def test_an_unknown_query_names_the_nearest() -> None:
    with pytest.raises(UserError, match="nearest: shared_components"):
        load_query("shared_component")
