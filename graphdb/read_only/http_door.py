"""The embedded engine's door for statements that only read: its HTTP endpoint `query`.

The engine analyses what it has parsed and refuses what is not read-only before it runs, as a user whom it lets read
records and nothing else. Rows come one a line, so that an answer is cut where it is long enough; a connection that is
closed ends the statement (`graphdb.engines.embedded.watchdog` ends what does not heed that).
"""

import json
import socket
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse
from threading import Timer
from typing import Any

from graphdb.engines.embedded.engine import DATABASE, Reader
from graphdb.errors import UserError
from graphdb.queries.columns import returned_columns
from graphdb.read_only.limits import WRITES, Limits, Rows, too_large, too_long

REFUSED_AT_ONCE = "com.arcadedb.server.http.RequestRefusedBeforeExecutionException"
NOT_READING = "com.arcadedb.exception.QueryNotIdempotentException"
STREAM, WHOLE = "application/x-ndjson", "application/json"


class GoneError(Exception):
    """The engine's process does not answer."""


def read(reader: Reader, cypher: str, parameters: Mapping[str, object], limits: Limits) -> Rows:
    """Run a statement and return its columns and first rows, and whether there were more.

    Raises UserError for a statement that is refused or passes a limit, and GoneError where the engine is.
    """
    request = {"language": "opencypher", "command": cypher, "params": parameters, "limit": limits.rows}
    with _sent(reader, request, STREAM, limits) as answer:
        if answer.status == 200:
            return _rows(answer, cypher, limits)
        error = json.loads(answer.read())
    if error.get("exception") == REFUSED_AT_ONCE or "EXPLAIN" in str(error.get("detail")):
        return _explained(reader, request, limits)
    raise _user_error(error)


def _explained(reader: Reader, request: dict[str, Any], limits: Limits) -> Rows:
    """Ask again without a stream, which says why a statement is refused, or gives the plan of an EXPLAIN."""
    with _sent(reader, request, WHOLE, limits) as answer:
        said = json.loads(answer.read(limits.bytes))
    if answer.status != 200:
        raise _user_error(said)
    return Rows(["plan"], [[line] for line in str(said.get("explain", "")).splitlines()], cut=False)


@contextmanager
def _sent(reader: Reader, request: dict[str, Any], accept: str, limits: Limits) -> Iterator[HTTPResponse]:
    """Send a request, whose connection is cut at the time limit."""
    login = b64encode(f"{reader.user}:{reader.password}".encode()).decode()
    headers = {"Authorization": f"Basic {login}", "Accept": accept, "Content-Type": "application/json"}
    connection = HTTPConnection("127.0.0.1", reader.port, timeout=limits.seconds + 5)
    start = time.monotonic()
    try:
        connection.connect()
        timer = Timer(limits.seconds, _cut, [connection.sock])
        timer.daemon = True
        timer.start()
        try:
            connection.request("POST", f"/api/v1/query/{DATABASE}", json.dumps(request), headers)
            yield connection.getresponse()
        finally:
            timer.cancel()
    except ConnectionRefusedError as error:
        raise GoneError from error
    except (OSError, HTTPException, json.JSONDecodeError) as error:
        if time.monotonic() - start >= limits.seconds:
            raise too_long(limits) from error
        raise UserError("the engine broke the statement off; it may need more memory than there is") from error
    finally:
        connection.close()


def _cut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _rows(answer: HTTPResponse, cypher: str, limits: Limits) -> Rows:
    columns, rows, size = returned_columns(cypher), [], 0
    while line := answer.readline(limits.bytes - size + 1):
        size += len(line)
        if size > limits.bytes:
            raise too_large(limits)
        said = json.loads(line) if line.strip() else {}
        if "error" in said:
            raise _user_error(said["error"])
        if "record" in said:
            row = _row(said["record"], columns)
            columns = list(row) if not rows else columns
            rows.append([row.get(name) for name in columns])
        if "stats" in said:
            return Rows(columns, rows, cut=bool(said["stats"]["truncated"]))
    raise HTTPException("the answer has no end")


def _row(record: dict[str, Any], columns: list[str]) -> dict[str, Any]:
    """Column -> value; a lone node or relationship is spread over the record."""
    if "@rid" in record:
        return {columns[0] if len(columns) == 1 else "entity": _value(record)}
    return {name: _value(value) for name, value in record.items()}


def _value(value: Any) -> Any:
    """The value as tables show it: nodes and relationships are their properties, a path lists them in turn."""
    match value:
        case {"_type": "path", "nodes": [*nodes], "relationships": [*relationships]}:
            turns = [item for pair in zip(nodes, relationships, strict=False) for item in pair]
            return [_value(item) for item in [*turns, *nodes[-1:]]]
        case {"@rid": _}:
            return {name: _value(item) for name, item in value.items() if not name.startswith("@")}
        case dict():
            return {name: _value(item) for name, item in value.items()}
        case list():
            return [_value(item) for item in value]
        case _:
            return value


def _user_error(error: Mapping[str, Any]) -> UserError:
    if error.get("exception") == NOT_READING:
        return UserError(WRITES)
    detail = " ".join(str(error.get("detail") or error.get("error") or error).split())
    return UserError(f"the engine refuses the statement: {detail}")
