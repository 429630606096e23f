"""The tools of the MCP server, asked by the SDK's own client: what they answer, refuse and leave out."""

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from mcp import Client, MCPError

from graphdb import schema
from graphdb.errors import UserError
from graphdb.mcp.answers import CHARACTERS, table, text
from graphdb.mcp.server import server
from graphdb.mcp.tools import TOOLS
from graphdb.queries.library import all_queries, load_query
from graphdb.store import Store
from graphdb.tables import plain
from tests.conftest import Kept
from tests.hostile import everything, statements
from tests.loops import run
from tests.sample import FRANCE_EDGES, fill

FRANCE = "country_capital/France"
ENDLESS = "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b RETURN sum(a * b)"
LONG = "UNWIND range(1, 20000) AS n WITH collect(n) AS all RETURN all"


def asked(store: Store | None, *calls: tuple[str, dict[str, Any]]) -> list[tuple[bool, str]]:
    """Whether each call failed, and its text."""

    def opened() -> Store:
        assert store, "this tool asks no store"
        return store

    async def ask() -> list[tuple[bool, str]]:
        async with Client(server(opened)) as client:
            answers = [await client.call_tool(name, arguments) for name, arguments in calls]
        return [(bool(answer.is_error), "".join(part.text for part in answer.content)) for answer in answers]  # type: ignore[union-attr]

    return run(ask())


def answer(store: Store | None, tool: str, **arguments: Any) -> str:
    ((failed, said),) = asked(store, (tool, arguments))
    assert not failed, said
    return said


def refusal(store: Store | None, tool: str, **arguments: Any) -> str:
    ((failed, said),) = asked(store, (tool, arguments))
    assert failed, said
    assert "\n" not in said
    return said


def test_every_tool_is_described_typed_and_only_reads() -> None:
    async def listed() -> Any:
        async with Client(server(lambda: pytest.fail("listing asks no store"))) as client:
            return (await client.list_tools()).tools

    tools = run(listed())
    assert [tool.name for tool in tools] == [*TOOLS]
    for tool in tools:
        assert tool.description
        assert tool.annotations.read_only_hint
        for name, argument in tool.input_schema["properties"].items():
            assert argument["type"] in {"string", "integer", "number", "object", "array"}, (tool.name, name)
            assert argument["description"], (tool.name, name)
    views = {tool.name: tool for tool in tools}["compare"].input_schema["properties"]["view"]["enum"]
    assert {"", "parts", "retrieval"} <= {*views}


def test_the_list_of_queries_has_every_query_and_can_be_searched() -> None:
    whole = answer(None, "list_queries").splitlines()
    assert [line.partition("(")[0] for line in whole] == [query.name for query in all_queries()]
    found = answer(None, "list_queries", about="Edges  every").splitlines()
    assert "edges_in_every_fact" in {line.partition("(")[0] for line in found}
    assert all("edges" in line.lower() and "every" in line.lower() for line in found)
    assert len(found) < len(whole)
    assert "fewer words" in refusal(None, "list_queries", about="zebra")


def test_a_query_is_described_with_what_it_needs() -> None:
    said = json.loads(answer(None, "describe_query", name="circuit_edges"))
    assert said["text"] == load_query("circuit_edges").text
    assert {each["name"]: each["required"] for each in said["parameters"]}["circuit"]
    assert said["columns"][0]["help"]


def test_the_schema_is_told_whole_or_by_label() -> None:
    whole = answer(None, "schema")
    assert all(f":{each.label}" in whole for each in (*schema.NODES,))
    assert "(:CircuitNode)-[:INSTANCE_OF]->(:Component): " in whole
    head = answer(None, "schema", labels=["Head"])
    assert "`layer`" in head
    assert "INSTANCE_OF" in head
    assert "nearest: Circuit" in refusal(None, "schema", labels=["Circut"])


def test_pages_are_read_as_resources() -> None:
    async def pages() -> Any:
        async with Client(server(lambda: pytest.fail("a page asks no store"))) as client:
            uris = [page.uri for page in (await client.list_resources()).resources]
            read = [(await client.read_resource(uri)).contents[0] for uri in uris]
            with pytest.raises(MCPError, match="'kcircuits://nothing' is unknown"):
                await client.read_resource("kcircuits://nothing")
        return dict(zip(uris, read, strict=True))

    read = run(pages())
    assert read["kcircuits://schema"].text.startswith("# The graph's schema")
    assert "shared_components(" in read["kcircuits://queries"].text


def test_tools_answer_as_the_store_does(kept: Kept) -> None:
    store = kept(fill)
    hubs = json.loads(answer(store, "query", name="hubs", parameters={"limit": 4}, rows=3))
    frame = store.query("hubs", limit=4)
    assert hubs["columns"] == [*frame.columns]
    assert hubs["rows"] == json.loads(text(plain([*frame.head(3).itertuples(index=False, name=None)])))
    assert hubs["cut"].startswith("only the first 3 of 4 rows")
    assert json.loads(answer(store, "status"))["counts"]["circuits"] == 5
    counted = answer(
        store,
        "cypher",
        statement="MATCH (f:Fact) WHERE f.subject = $s RETURN count(f) AS n",
        parameters={"s": "France"},
    )
    assert json.loads(counted) == {
        "columns": ["n"],
        "rows": [[len(store.read("MATCH (f:Fact {subject: 'France'}) RETURN f"))]],
    }
    shown = json.loads(answer(store, "show", fact=FRANCE, rows=1))
    assert shown["circuits"][0]["edges"][1:] == [f"and {len(FRANCE_EDGES) - 1} more"]
    story, levels = json.loads(answer(store, "explain", fact=FRANCE, rows=1)), store.explain(FRANCE).faithfulness
    assert [level["name"] for level in story["faithfulness"]] == [level.name for level in levels]
    assert len(levels) > 1
    assert [place["component"] for place in story["places"][:1]] == [store.explain(FRANCE).places[0].component]
    near = json.loads(answer(store, "nearest", fact=FRANCE, rows=1))
    assert near["facts"]["rows"][0][0] == store.nearest(FRANCE).iloc[0, 0]
    compared = json.loads(answer(store, "compare", a="country_capital", b="country_currency"))
    assert compared["notes"]
    measures = store.compare("country_capital", "country_currency")
    assert next(iter(compared.values()))["columns"] == [*measures.columns]


def test_hostile_statements_change_and_show_nothing(kept: Kept) -> None:
    store = kept(fill)
    before = everything(store)
    refused = [each for each in statements() if each.outcome == "refused"][::9]
    assert len(refused) > 10
    for (failed, said), each in zip(
        asked(store, *(("cypher", {"statement": each.text}) for each in refused)), refused, strict=True
    ):
        assert failed, each
        assert "\n" not in said, each
    assert everything(store) == before


@pytest.mark.parametrize(
    ("tool", "arguments", "expected"),
    [
        ("querry", {}, "tool 'querry' is unknown; nearest: query"),
        ("query", {}, "argument name of query is missing"),
        ("query", {"name": "hub"}, "nearest: hubs"),
        ("query", {"name": "hubs", "limit": 3}, "argument of query 'limit' is unknown"),
        ("query", {"name": "hubs", "parameters": {"limt": 3}}, "nearest: limit"),
        ("query", {"name": "hubs", "parameters": {"limit": [3]}}, "expected integer"),
        ("query", {"name": "hubs", "parameters": {"limit": 10**30}}, "expected integer"),
        ("query", {"name": "hubs", "parameters": 3}, "argument parameters of query is 3"),
        ("query", {"name": "hubs", "rows": "many"}, "argument rows of query is 'many'"),
        ("query", {"name": "hubs", "rows": 10**6}, "less than or equal to 1000"),
        ("query", {"name": 3}, "argument name of query is 3"),
        ("cypher", {"statement": ""}, "is empty"),
        ("cypher", {"statement": "MATCH (n RETURN n"}, "refuses the statement"),
        ("cypher", {"statement": "CREATE (n)"}, "only reading is allowed"),
        ("cypher", {"statement": ENDLESS, "seconds": 1}, "ended after 1 s"),
        ("cypher", {"statement": "RETURN 1", "seconds": 3600}, "less than or equal to 60"),
        ("cypher", {"statement": LONG}, "ask for fewer rows"),
        ("show", {"fact": "Frence"}, "nearest: France"),
        ("compare", {"view": "partz"}, "nearest: parts"),
        ("nearest", {"fact": FRANCE, "level": "atom"}, "level 'atom' is unknown"),
    ],
)  # fmt: skip
def test_what_is_wrong_gets_one_line(kept: Kept, tool: str, arguments: dict[str, Any], expected: str) -> None:
    assert expected in refusal(kept(fill), tool, **arguments)


def test_an_integer_that_no_server_takes(kept: Kept) -> None:
    store = kept(fill)
    ((failed, said),) = asked(store, ("cypher", {"statement": "RETURN $n AS n", "parameters": {"n": 10**30}}))
    if store.engine == "neo4j":
        assert failed
        assert "64 bits" in said
    else:
        assert json.loads(said) == {"columns": ["n"], "rows": [[10**30]]}


def test_a_table_says_what_it_leaves_out() -> None:
    frame = pd.DataFrame({"name": ["x" * 1000] * 100, "share": [0.123456789] * 100})
    by_rows, by_size = table(frame, 2), table(frame, 100)
    assert by_rows["rows"] == [["x" * 1000, 0.123457]] * 2
    assert by_rows["cut"] == "only the first 2 of 100 rows; a higher `rows` gives more"
    kept_rows = re.match(r"only the first (\d+) of 100 rows; an answer holds no more", str(by_size["cut"]))
    assert kept_rows
    assert len(text(by_size)) < CHARACTERS
    assert "cut" not in table(frame.head(2), 2)
    assert table(pd.DataFrame({"a": [float("nan")]}), 1) == {"columns": ["a"], "rows": [[None]]}
    with pytest.raises(UserError, match="at most 60,000"):
        text("x" * (CHARACTERS + 1))


def test_text_of_the_data_does_nothing_to_its_reader() -> None:
    assert text({"a": "\u202e\x1b"}) == '{"a":"\\u202e\\u001b"}'


def test_the_page_tells_every_tool_with_its_arguments_and_how_many_queries_there_are() -> None:
    page = (Path(__file__).parents[2] / "docs" / "mcp.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \|", page, re.MULTILINE)
    assert {name: re.findall(r"`(\w+)`", taken) for name, taken in rows} == {
        name: [*tool.arguments.model_fields] for name, tool in TOOLS.items()
    }
    assert f"The library has {len(all_queries())} queries" in page
    servers = [json.loads(block)["mcpServers"] for block in re.findall(r"```json\n(.*?)```", page, re.DOTALL)]
    assert [each["knowledge-circuits"]["args"][0] for each in servers] == ["mcp", "mcp"]
