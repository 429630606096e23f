"""What a cluster asks of its clients, as far as one server shows it: the driver's own log of what it sends."""

import logging
import re
from collections.abc import Callable, Iterator

import pytest

from graphdb.read_only.guard import ask
from graphdb.store import Store, open_store
from tests.sample import fill

Sent = Callable[[], list[str]]
COUNT = "MATCH (f:Fact) RETURN count(f) AS n"
BOOKMARK = re.compile(r"FB:[\w+/=:-]+")


@pytest.fixture
def routed(neo4j_store: Store) -> Iterator[Store]:
    """A filled store, opened by the scheme that asks a server which members of a cluster read and write."""
    fill(neo4j_store)
    with open_store(neo4j_store.target.replace("bolt://", "neo4j://")) as store:
        yield store


@pytest.fixture
def sent(caplog: pytest.LogCaptureFixture) -> Sent:
    """Gives the messages that the driver sent since the last time, its log's lines after `C:`."""
    caplog.set_level(logging.DEBUG, "neo4j")

    def messages() -> list[str]:
        found = [record.getMessage().partition("C: ")[2] for record in caplog.records]
        caplog.clear()
        return [message for message in found if message]

    return messages


def begins(messages: list[str]) -> list[str]:
    return [message for message in messages if message.startswith("BEGIN")]


def test_a_routed_store_asks_for_the_members_and_answers(routed: Store, sent: Sent) -> None:
    with open_store(routed.target) as store:
        assert store.query("facts").shape[0] == 7
    assert any(message.startswith("ROUTE") for message in sent())


def test_what_reads_goes_to_members_that_read(routed: Store, sent: Sent) -> None:
    routed.read(COUNT)
    routed.query("hubs")
    routed.compare("country_capital", "country_currency")
    ask(routed, COUNT)
    reading = begins(sent())
    assert len(reading) > 4
    assert [message for message in reading if "'mode': 'r'" not in message] == []


def test_what_writes_goes_to_the_leader(routed: Store, sent: Sent) -> None:
    routed.write([("UNWIND $rows AS row MATCH (f:Fact {id: row.id}) SET f.id = row.id", [{"id": "antonym/hot"}])])
    (writing,) = begins(sent())
    assert "'mode'" not in writing


def test_each_session_waits_for_what_the_last_one_wrote(routed: Store, sent: Sent) -> None:
    """A member that is behind would otherwise answer without it."""
    routed.write([("UNWIND $rows AS row MERGE (n:Note {id: row.id})", [{"id": "mine"}])])
    sent()
    assert routed.read("MATCH (n:Note) RETURN n.id AS id")["id"].tolist() == ["mine"]
    ask(routed, COUNT)
    routed.write([("UNWIND $rows AS row MATCH (n:Note {id: row.id}) DELETE n", [{"id": "mine"}])])
    read, planned, written = (BOOKMARK.findall(message) for message in begins(sent()))
    assert len(read) == 1
    assert planned == read
    assert len(written) == 1
