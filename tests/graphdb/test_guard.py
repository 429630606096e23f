"""The guard refuses what writes, in any disguise, and lets what reads run on both engines."""

import string

import jpype
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphdb.embedded import STATEMENT_SECONDS
from graphdb.errors import UserError
from graphdb.guard import WRITING, check_reading, read_only
from graphdb.store import Store
from tests import sample

READING = (
    "MATCH (n) RETURN n.set, n.Create, n.`DELETE`",
    "MATCH (n:`SET`)-[:CREATE]->(m:Merge) RETURN m",
    "RETURN 'CREATE (n)' AS a, \"it's; DELETE n\" AS b",
    r"RETURN 'a \' SET b' AS a",
    "RETURN {set: 1, remove: $delete} AS map",
    "RETURN 1 // CREATE (n)",
    "/* DROP everything */ RETURN 1 /* SET */;",
    "MATCH (start)-->(stop) RETURN start, stop",
    "UNWIND [1, 2] AS x CALL (x) { RETURN x * 2 AS y } RETURN y",
    "CALL db.labels() YIELD label RETURN label",
    "SHOW INDEXES",
    "EXPLAIN MATCH (n) RETURN n",
    "WITH 'Côte d’Ivoire' AS country RETURN country",
    "MATCH (offset)-->(created) RETURN created.merged AS reset",
)

WRITES = (
    "CREATE (n)",
    "MATCH (n) SET n.x = 1",
    "match (n) dElEtE n",
    "MATCH (n) DETACH DELETE n",
    "MATCH (n)/**/SET/**/n.x = 1",
    "MATCH (n) // note\rSET n.x = 1",
    "MATCH (n) // note\nREMOVE n.x",
    "MATCH (n) WHERE n.a = '\\\\' SET n.b = ''",
    "MATCH (n) WHERE n.a = '/*' SET n.b = '*/'",
    "MATCH (`a``b`) SET `a``b`.x = 1",
    "MATCH (n)\u00a0SET n.x = 1",
    "MATCH (n) \u017fET n.x = 1",
    "MATCH (n) \\u0053ET n.x = 1",
    "RETURN '\\u0027 CREATE (n) //'",
    "RETURN 1 AS x UNION MERGE (n) RETURN 1 AS x",
    "RETURN COUNT { CREATE (n) }",
    "CALL { CREATE (n) }",
    "UNWIND [1] AS x CALL (x) { MERGE (n {id: x}) }",
    "FOREACH (x IN [1] | CREATE (n))",
    "MATCH (n) FOREACH (x IN [1] | SET n.x = 1)",
    "LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line",
    "CALL apoc.cypher.runWrite('x', {})",
    "CALL db . createLabel('x')",
    "CALL `db`.`createLabel`('x')",
    "CALL db.labels.create()",
    "DROP CONSTRAINT circuit_id",
    "ALTER CURRENT USER SET PASSWORD FROM 'a' TO 'b'",
    "STOP DATABASE neo4j",
    "SHOW TRANSACTIONS YIELD transactionId AS t TERMINATE TRANSACTIONS t",
    "USE system RETURN 1",
    "EXPLAIN CREATE (n)",
    "RETURN 1; CREATE (n)",
    "RETURN 'never closed CREATE (n)",
    "MATCH (n) WHERE n.x = 1.SET n.y = 2",
    ";",
    "",
)


@pytest.mark.parametrize("cypher", READING)
def test_what_reads_is_let_through(cypher: str) -> None:
    assert check_reading(cypher)


@pytest.mark.parametrize("cypher", WRITES)
def test_what_may_write_is_refused_in_one_line(cypher: str) -> None:
    with pytest.raises(UserError) as refusal:
        check_reading(cypher)
    assert "\n" not in str(refusal.value)


def test_comments_do_not_reach_the_engine_and_places_stay() -> None:
    checked = check_reading("RETURN 1 /* one\ntwo */ AS x // end")
    assert checked == "RETURN 1       \n       AS x       "


def test_a_refusal_names_the_place() -> None:
    with pytest.raises(UserError, match="line 2, column 3: DELETE"):
        check_reading("MATCH (n)\n  DELETE n")


@settings(max_examples=200, deadline=None)
@given(
    word=st.sampled_from(sorted(WRITING)),
    before=st.text(" \t\r\n", min_size=1, max_size=3),
    mask=st.lists(st.booleans(), min_size=9, max_size=9),
)
def test_case_and_space_hide_no_writing_word(word: str, before: str, mask: list[bool]) -> None:
    written = "".join(c.lower() if low else c for c, low in zip(word, mask + [False] * 9, strict=False))
    with pytest.raises(UserError):
        check_reading(f"MATCH (n){before}{written} n")


@settings(max_examples=200, deadline=None)
@given(st.text(string.printable, max_size=40))
def test_any_text_can_stand_in_a_string(text: str) -> None:
    quoted = text.replace("\\", "\\\\").replace("'", "\\'")
    if "\\u" not in quoted.lower():
        assert check_reading(f"RETURN '{quoted}' AS x") == f"RETURN '{quoted}' AS x"


def test_reading_on_both_engines(store: Store) -> None:
    sample.fill(store)
    frame = read_only(store, "MATCH (m:Model {id: $id}) RETURN m.n_layers AS layers; // two", {"id": "toy"})
    assert frame.to_dict("records") == [{"layers": 2}]


def test_rows_are_capped(store: Store) -> None:
    assert len(read_only(store, "UNWIND range(1, 100) AS x RETURN x", max_rows=7)) == 7


def test_a_mistake_is_one_line(store: Store) -> None:
    with pytest.raises(UserError) as refusal:
        read_only(store, "MATCH (n RETURN n")
    assert "\n" not in str(refusal.value)


def test_even_a_write_that_passed_would_not_last(embedded_store: Store) -> None:
    embedded_store.peek("CREATE (n:Smuggled) RETURN 1 AS x", None, rows=1, seconds=5)
    assert embedded_store.read("MATCH (n:Smuggled) RETURN n").empty


def test_neo4j_refuses_a_write_by_itself(neo4j_store: Store) -> None:
    with pytest.raises(UserError, match="only reading"):
        neo4j_store.peek("CREATE (n:Smuggled) RETURN 1 AS x", None, rows=1, seconds=5)


ENDLESS = "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b RETURN sum(a * b) AS total"


def test_neo4j_ends_a_statement_that_takes_too_long(neo4j_store: Store) -> None:
    with pytest.raises(UserError):
        read_only(neo4j_store, ENDLESS, seconds=1)


def test_the_embedded_engine_ends_a_statement_that_takes_too_long(embedded_store: Store) -> None:
    limit = jpype.JClass("com.arcadedb.GlobalConfiguration").COMMAND_TIMEOUT
    assert limit.getValueAsLong() == STATEMENT_SECONDS * 1000
    limit.setValue(1000)
    try:
        with pytest.raises(UserError, match="1000ms"):
            read_only(embedded_store, ENDLESS)
    finally:
        limit.setValue(STATEMENT_SECONDS * 1000)
