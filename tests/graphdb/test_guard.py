"""The own-Cypher door lets what reads run on both engines, and cuts and explains what it does not let through."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from graphdb.engines.embedded import engine
from graphdb.errors import UserError
from graphdb.read_only.guard import ask, read_only
from graphdb.read_only.limits import Limits
from graphdb.store import Store
from graphdb.tables import plain
from tests import sample

READING = (
    "MATCH (n) RETURN n.set, n.Create, n.`DELETE`",
    "MATCH (n:`SET`)-[:CREATE]->(m:Merge) RETURN m",
    "RETURN 'CREATE (n)' AS a, \"it's; DELETE n\" AS b",
    r"RETURN 'a \' SET b' AS a",
    "RETURN {set: 1, remove: 2} AS map",
    "RETURN 1 // CREATE (n)",
    "/* DROP everything */ RETURN 1 /* SET */;",
    "MATCH (start)-->(stop) RETURN start, stop",
    "UNWIND [1, 2] AS x CALL (x) { RETURN x * 2 AS y } RETURN y",
    "CALL db.labels() YIELD label RETURN label",
    "SHOW INDEXES",
    "EXPLAIN MATCH (n) RETURN n",
    "PROFILE MATCH (n) RETURN n",
    "WITH 'C\u00f4te d\u2019Ivoire' AS country RETURN country",
    "MATCH (offset)-->(created) RETURN created.merged AS reset",
    r"RETURN '\u00e9' AS e",
)
ENDLESS = "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b RETURN sum(a * b) AS total"
DEAF = "RETURN all(x IN range(1, 1000000) WHERE all(y IN range(1, 1000000) WHERE x + y > 0)) AS n"
"""Looks at no clock while it runs."""


@pytest.mark.parametrize("cypher", READING)
def test_what_reads_is_let_through(store: Store, cypher: str) -> None:
    ask(store, cypher)


def test_both_engines_answer_alike(store: Store) -> None:
    sample.fill(store)
    frame = read_only(store, "MATCH (m:Model {id: $id}) RETURN m.n_layers AS layers, m.x AS x;", {"id": "toy"})
    assert frame.to_dict("records") == [{"layers": 2, "x": None}]


def test_a_lone_node_is_one_column(store: Store) -> None:
    sample.fill(store)
    frame = read_only(store, "MATCH (r:Relation {id: 'antonym'}) RETURN r")
    assert list(frame.columns) == ["r"]
    assert "'name': 'opposite of a word'" in str(plain(frame["r"].tolist()[0]))


def test_a_path_is_its_nodes_and_relationships(store: Store) -> None:
    sample.fill(store)
    frame = read_only(store, "MATCH p = (:Fact {id: 'antonym/hot'})-[:OF_RELATION]->(:Relation) RETURN p, 1 AS one")
    said = str(plain(frame["p"].tolist()[0]))
    assert said.index("antonym/hot") < said.index("opposite of a word")


def test_an_explained_statement_is_its_plan(store: Store) -> None:
    assert list(ask(store, "explain MATCH (n:Fact) RETURN n.id AS id").frame.columns) == ["plan"]


def test_an_answer_that_is_cut_says_so(store: Store) -> None:
    cut = ask(store, "UNWIND range(1, 100) AS x RETURN x", limits=Limits(rows=7))
    assert (len(cut.frame), cut.cut) == (7, "only the first 7 rows: the statement has more")
    whole = ask(store, "UNWIND range(1, 7) AS x RETURN x", limits=Limits(rows=7))
    assert (len(whole.frame), whole.cut) == (7, "")


def test_a_notebook_is_warned_of_a_cut(store: Store) -> None:
    with pytest.warns(UserWarning, match="only the first 7 rows"):
        assert len(read_only(store, "UNWIND range(1, 100) AS x RETURN x", max_rows=7)) == 7


def test_an_answer_of_too_many_bytes_is_refused(store: Store) -> None:
    with pytest.raises(UserError, match=r"larger than 0\.1 MB"):
        ask(
            store,
            "UNWIND range(1, 5000) AS x RETURN 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' AS s",
            limits=Limits(bytes=100_000),
        )


@pytest.mark.parametrize("cypher", ["", " ; ", "\n"])
def test_an_empty_statement_is_named_so(store: Store, cypher: str) -> None:
    with pytest.raises(UserError, match="is empty"):
        ask(store, cypher)


def test_a_mistake_is_one_line_with_its_place(store: Store) -> None:
    with pytest.raises(UserError, match=r"line 1[:,]") as refusal:
        ask(store, "MATCH (n RETURN n")
    assert "\n" not in str(refusal.value)
    assert "EXPLAIN" not in str(refusal.value)


def test_a_write_is_named_so(store: Store) -> None:
    with pytest.raises(UserError, match="only reading is allowed"):
        ask(store, "CREATE (n)")


def test_the_doors_user_can_write_nothing_whatever_the_endpoint(embedded_store: Store) -> None:
    import json
    from base64 import b64encode
    from http.client import HTTPConnection

    reader = embedded_store._link.reader
    assert reader is not None
    login = b64encode(f"{reader.user}:{reader.password}".encode()).decode()
    for language, command in (
        ("opencypher", "CREATE (:Smuggled)"),
        ("sql", "DELETE FROM Meta"),
        ("sql", "DROP TYPE Meta UNSAFE"),
        ("sqlscript", "BEGIN; DELETE FROM Meta; COMMIT;"),
    ):
        connection = HTTPConnection("127.0.0.1", reader.port, timeout=20)
        body = json.dumps({"language": language, "command": command})
        connection.request("POST", "/api/v1/command/circuits", body, {"Authorization": f"Basic {login}"})
        assert connection.getresponse().status in (400, 403, 500)
        connection.close()
    assert embedded_store.read("MATCH (m:Meta) RETURN count(m) AS n")["n"].tolist() == [1]
    assert embedded_store.read("MATCH (s:Smuggled) RETURN s").empty


def test_a_statement_that_takes_too_long_is_ended(store: Store) -> None:
    start = time.monotonic()
    with pytest.raises(UserError, match=r"ended after 0\.5 s"):
        ask(store, ENDLESS, limits=Limits(seconds=0.5))
    assert time.monotonic() - start < 10


@pytest.mark.soak  # with both of Java's compilers
def test_the_embedded_engine_rids_itself_of_a_statement_that_looks_at_no_clock(embedded_store: Store) -> None:
    owner = embedded_store._link.owner
    assert owner is not None
    with pytest.raises(UserError, match=r"ended after 0\.5 s"):
        ask(embedded_store, DEAF, limits=Limits(seconds=0.5))
    registry = engine._java(owner._server).getRunningQueries()
    deadline = time.monotonic() + 20
    while registry.size() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert registry.size() == 0


def test_others_write_while_a_statement_fills_the_memory(embedded_store: Store) -> None:
    sample.fill(embedded_store)
    refusals: list[UserError] = []

    def fill_memory() -> None:
        with pytest.raises(UserError) as refusal:
            ask(embedded_store, "RETURN reduce(l = [1], i IN range(1, 60) | l + l) AS l", limits=Limits(seconds=4))
        refusals.append(refusal.value)

    thread = threading.Thread(target=fill_memory)
    thread.start()
    for number in range(40):
        embedded_store.write([("UNWIND $rows AS row MERGE (m:Meta {id: 'probe'}) SET m.n = row.n", [{"n": number}])])
    thread.join()
    assert refusals
    assert embedded_store.read("MATCH (m:Meta {id: 'probe'}) RETURN m.n AS n")["n"].tolist() == [39]
    embedded_store.write([("UNWIND $rows AS row MATCH (m:Meta {id: 'probe'}) DELETE m", [{}])])


def test_the_work_of_others_is_not_ended(neo4j_store: Store) -> None:
    with pytest.raises(UserError, match="TERMINATE ends"):
        ask(neo4j_store, "TERMINATE TRANSACTIONS 'neo4j-transaction-1'")


def test_a_running_event_loop_is_no_hindrance(neo4j_store: Store) -> None:
    async def notebook() -> int:
        return len(read_only(neo4j_store, "RETURN 1 AS x"))

    # A thread of its own: the browser's driver has a loop in this one when its tests ran before.
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(lambda: asyncio.run(notebook())).result() == 1
