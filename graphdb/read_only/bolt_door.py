"""A server's door for statements that only read: Neo4j plans the statement first, and runs it only if it reads.

Planned and run in one transaction of READ access mode with a time limit, which is never committed. The connection is
cut where the server does not end the statement itself: it looks at the time between rows, not inside an expression.
"""

import asyncio
import re
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, LiteralString, cast

import neo4j
from neo4j.exceptions import ClientError, Neo4jError

from graphdb.errors import UserError
from graphdb.read_only.limits import WRITES, Limits, Rows, too_large, too_long
from graphdb.store.types import Login

GRACE = 2.0
"""Seconds that a server has to end a statement after its time."""
EXPLAINS = re.compile(r"\s*(EXPLAIN|PROFILE)\b", re.IGNORECASE)
PLACE = re.compile(r"\(line (\d+), column (\d+) \(offset: \d+\)\)")
PROCEDURES = re.compile(r"db\.(labels|propertyKeys|relationshipTypes|schema\.\w+|index\.\w+\.query\w+)\b")
"""Procedures that only read the store: all else that a server offers looks beyond it, or changes it."""
SHOWN = ("ShowIndexes", "ShowConstraints")
"""What SHOW may tell: the store's own schema, not the server's settings, users or other visitors' work."""


def read(
    login: Login, cypher: str, parameters: Mapping[str, object], limits: Limits, bookmarks: Iterable[str] = ()
) -> Rows:
    """Run a statement and return its columns and first rows, and whether there were more.

    `bookmarks`: what a member of a cluster must have before it answers. Raises UserError for a statement that is
    refused or passes a limit, and the driver's errors.
    """
    # A thread of its own: a notebook's has a running event loop.
    after = neo4j.Bookmarks.from_raw_values(bookmarks)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(_bounded(login, cypher, dict(parameters), limits, after))).result()


async def _bounded(
    login: Login, cypher: str, parameters: dict[str, Any], limits: Limits, after: neo4j.Bookmarks
) -> Rows:
    auth = (login.user, login.password) if login.password else None
    driver = neo4j.AsyncGraphDatabase.driver(login.uri, auth=auth, notifications_min_severity="OFF")
    try:
        async with (
            driver,
            asyncio.timeout(limits.seconds + GRACE),
            driver.session(
                database=login.database, default_access_mode=neo4j.READ_ACCESS, fetch_size=100, bookmarks=after
            ) as session,
        ):
            return await _run(session, cypher, parameters, limits)
    except TimeoutError:
        raise too_long(limits) from None
    except Neo4jError as error:
        if "TransactionTimedOut" in (error.code or ""):
            raise too_long(limits) from None
        if (error.code or "").endswith("AccessMode"):
            raise UserError(WRITES) from None
        raise


async def _run(session: neo4j.AsyncSession, cypher: str, parameters: dict[str, Any], limits: Limits) -> Rows:
    async with await session.begin_transaction(timeout=limits.seconds) as transaction:
        plan = await _plan(transaction, cypher, parameters)
        if EXPLAINS.match(cypher) and plan:
            return Rows(["plan"], [[line] for line in plan["args"]["string-representation"].splitlines()], cut=False)
        result = await transaction.run(cast(LiteralString, cypher), parameters)
        rows, size = [], 0
        async for record in result:
            if len(rows) == limits.rows:
                return Rows(list(result.keys()), rows, cut=True)
            rows.append(record.values())
            size += _size(rows[-1])
            if size > limits.bytes:
                raise too_large(limits)
        return Rows(list(result.keys()), rows, cut=False)


async def _plan(transaction: neo4j.AsyncTransaction, cypher: str, parameters: dict[str, Any]) -> dict[str, Any] | None:
    """Plan the statement, which runs nothing; raise UserError where the plan does more than read the store."""
    # A line of its own, so that what the server says of a mistake's place needs little correction.
    text = "EXPLAIN\n" + EXPLAINS.sub("", cypher, count=1)
    try:
        planned = await transaction.run(cast(LiteralString, text), parameters)
        summary = await planned.consume()
    except ClientError as error:
        raise UserError(f"the engine refuses the statement: {_place(error.message or error.code or '')}") from error
    if summary.query_type not in ("r", None):
        raise UserError(WRITES)
    steps = [summary.plan] if summary.plan else []
    while steps:
        step = steps.pop()
        steps += step.get("children", [])
        _check(step["operatorType"].partition("@")[0], str(step.get("args", {}).get("Details", "")))
    return summary.plan


def _check(step: str, details: str) -> None:
    if step == "LoadCSV":
        raise UserError("LOAD CSV reads files and addresses; only reading the store is allowed here")
    if step == "TerminateTransactions":
        raise UserError("TERMINATE ends the work of others; only reading the store is allowed here")
    if step.startswith("Show") and step not in SHOWN:
        raise UserError("SHOW tells of the store's indexes and constraints here, not of its server")
    if step.startswith("ProcedureCall") and not PROCEDURES.match(details):
        raise UserError(f"the procedure {details.partition('(')[0]} may do more than read the store")


def _place(message: str) -> str:
    """What a server says of a mistake, its place told in the statement as the user wrote it."""
    message = PLACE.sub(lambda found: f"(line {int(found[1]) - 1}, column {found[2]})", message)
    return " ".join(message.split())


def _size(value: Any) -> int:
    """Bytes that a value takes, about."""
    match value:
        case str() | bytes():
            return len(value)
        case list() | tuple():
            return 8 + sum(map(_size, value))
        case dict():
            return 8 + sum(map(_size, value.values()))
        case neo4j.graph.Entity():
            return 8 + sum(map(_size, value.values()))
        case _:
            return 8
