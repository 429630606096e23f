"""Random statements and damaged dumps: a user sees one line or an answer, and the store stays as it is."""

import gzip
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from graphdb.dump import digest, dump
from graphdb.dump.restore import import_dump
from graphdb.errors import UserError
from graphdb.queries.columns import returned_columns
from graphdb.read_only.guard import ask
from graphdb.read_only.limits import Limits
from graphdb.store import Store
from tests import relation_sample
from tests.conftest import empty
from tests.hostile import statements
from tests.whole_graph import whole_graph

LONG, SHORT = (10_000, 300, 1_000), (2_000, 60, 100)
"""Statements, how many of them are asked, and damaged dumps."""
LIMITS = Limits(rows=50, seconds=1.0, bytes=100_000)
PATTERNS = (
    "(n)",
    "(n:Fact)",
    "(a:Fact)-[r]->(b)",
    "(c:Circuit)-[:EXPLAINS]->(f:Fact)",
    "p = (a)-[*1..2]->(b)",
    "(`SET`)",
)
VALUES = ("1", "-0.5", "'text'", "'it\\'s'", "null", "[1, 2]", "{a: 1}", "n", "n.id", "$p", "`a b`", "count(*)", "1/0")
CLAUSES = (
    "MATCH {pattern}", "OPTIONAL MATCH {pattern}", "WITH {value} AS x", "WITH *", "UNWIND {value} AS y",
    "WHERE {value} = {value}", "ORDER BY {value}", "LIMIT 3", "SKIP 1", "CALL (*) {{ {clause} RETURN 1 AS z }}",
    "CREATE {pattern}", "MERGE {pattern}", "SET n.smuggled = {value}", "REMOVE n.id", "DETACH DELETE n",
    "FOREACH (x IN [1] | CREATE (:Smuggled))", "UNION RETURN {value} AS x", "DROP INDEX i", "CALL db.labels()",
)  # fmt: skip
NOISE = (
    "/*",
    "*/",
    "//",
    "\n",
    ";",
    "`",
    "'",
    '"',
    "\\",
    "\\u0053ET",
    "\x00",
    "\u202e",
    "\ufeff",
    "(",
    ")",
    "{",
    "}",
    "🜚",
)


def statement(chance: random.Random) -> str:
    """A statement that may parse, or, a time in three, one with noise in it, or a piece of a hostile one."""
    said = [_clause(chance) for _ in range(chance.randrange(1, 5))]
    text = " ".join([*said, f"RETURN {chance.choice(VALUES)} AS {chance.choice(('x', '`y z`', 'n'))}"])
    for _ in range(chance.choice((0, 0, 1, 3))):
        place = chance.randrange(len(text) + 1)
        text = text[:place] + chance.choice(NOISE) + text[place + chance.randrange(3) :]
    return text


def _clause(chance: random.Random, depth: int = 0) -> str:
    inner = _clause(chance, depth + 1) if depth < 2 else "WITH 1 AS x"
    given = {"pattern": chance.choice(PATTERNS), "value": chance.choice(VALUES), "clause": inner}
    return chance.choice(CLAUSES).format(**given)


@pytest.fixture
def filled(embedded_store: Store) -> Iterator[Store]:
    empty(embedded_store)
    relation_sample.fill(embedded_store)
    yield embedded_store
    empty(embedded_store)


@pytest.mark.soak
@pytest.mark.slow
def test_random_statements(filled: Store, *, soak: bool) -> None:
    count, asked, _ = LONG if soak else SHORT
    chance, before, checksum = random.Random(0), whole_graph(filled), digest(filled)
    texts = [statement(chance) for _ in range(count)]
    texts += [each.text[: chance.randrange(1, 200)] for each in statements()]
    for text in texts:
        assert all(isinstance(name, str) for name in returned_columns(text)), text
    answered = 0
    for text in chance.sample(texts, asked):
        answered += _asked(filled, text)
    assert answered > asked // 20, "the statements are of a kind that is refused before it is judged"
    assert whole_graph(filled) == before
    assert digest(filled) == checksum


def _asked(store: Store, text: str) -> bool:
    """Whether there was an answer; anything but an answer or one line fails."""
    said = ""
    try:
        assert len(ask(store, text, {"p": 1}, LIMITS).frame) <= LIMITS.rows
    except UserError as refusal:
        said = str(refusal)
        assert len(said.splitlines()) == 1, text
    return not said


Damage = Callable[[list[bytes], random.Random], bytes]


def _flip(lines: list[bytes], chance: random.Random) -> bytes:
    whole = bytearray(b"".join(lines))
    whole[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
    return bytes(whole)


def _cut(lines: list[bytes], chance: random.Random) -> bytes:
    whole = b"".join(lines)
    return whole[: chance.randrange(len(whole))]


def _swap(lines: list[bytes], chance: random.Random) -> bytes:
    first, second = chance.sample(range(len(lines)), 2)
    swapped = list(lines)
    swapped[first], swapped[second] = lines[second], lines[first]
    return b"".join(swapped)


def _repeat(lines: list[bytes], chance: random.Random) -> bytes:
    place = chance.randrange(len(lines))
    return b"".join([*lines[:place], lines[place], *lines[place:]])


def _wrong_sum(lines: list[bytes], chance: random.Random) -> bytes:
    end = bytearray(lines[-1])
    place = end.index(b'"sha256"') + len(b'"sha256":"') + chance.randrange(60)
    end[place] = end[place] ^ 1
    return b"".join([*lines[:-1], bytes(end)])


def _packed(lines: list[bytes], chance: random.Random) -> bytes:
    return _flip([gzip.compress(b"".join(lines), 1, mtime=0)[10:]], chance)


@pytest.mark.soak
@pytest.mark.slow
def test_damaged_dumps(filled: Store, tmp_path: Path, *, soak: bool) -> None:
    chance, before, checksum = random.Random(1), whole_graph(filled), digest(filled)
    lines, file = list(dump(filled)), tmp_path / "damaged.jsonl"
    damages: tuple[Damage, ...] = (_flip, _cut, _swap, _repeat, _wrong_sum, _packed)
    for number in range((LONG if soak else SHORT)[2]):
        file.write_bytes(damages[number % len(damages)](lines, chance))
        with pytest.raises(UserError) as refusal:
            import_dump(filled, file)
        assert len(str(refusal.value).splitlines()) == 1
    assert whole_graph(filled) == before
    assert digest(filled) == checksum
