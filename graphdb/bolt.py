"""The connection to a graph database over Bolt, and its errors as lines that a user can act on.

The only file that imports the driver at its top: that import takes seconds, so the others import this one late.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import neo4j
from neo4j.exceptions import (
    AuthError,
    ClientError,
    ConfigurationError,
    DriverError,
    Neo4jError,
    ServiceUnavailable,
)

from graphdb.errors import UserError


def connect(uri: str, user: str, password: str, patience: float) -> neo4j.Driver:
    """Return a driver for the address; nothing is sent yet. `patience`: seconds of retries of a transaction."""
    auth = (user, password) if password else None
    return neo4j.GraphDatabase.driver(
        uri,
        auth=auth,
        notifications_min_severity="OFF",
        max_transaction_retry_time=patience,
        connection_timeout=10,
    )


@contextmanager
def user_errors(target: str) -> Iterator[None]:
    """Turn the driver's errors into UserError lines about `target`."""
    try:
        yield
    except (Neo4jError, DriverError, ConfigurationError) as error:
        raise UserError(_explain(error, target)) from error


def _explain(error: Exception, target: str) -> str:
    code = getattr(error, "code", "") or ""
    message = " ".join((getattr(error, "message", "") or str(error)).split())
    if isinstance(error, AuthError):
        return f"{target} refuses the user or the password: set NEO4J_USERNAME and NEO4J_PASSWORD"
    if "AuthenticationRateLimit" in code:
        return f"{target} saw too many wrong passwords: wait a few seconds"
    if code.endswith("DatabaseNotFound"):
        return f"{target} has no such database: set NEO4J_DATABASE to one that it has"
    if code.endswith("AccessMode"):
        return "the statement writes, and only reading is allowed here"
    if isinstance(error, ServiceUnavailable):
        return f"no answer from {target}: {message}"
    if isinstance(error, ClientError):
        return f"Cypher: {message}"
    return f"{target}: {message}"


def server_version(driver: neo4j.Driver) -> tuple[int, ...]:
    """Return the version in the server's agent string, such as (5, 26, 30); () if it names none."""
    agent = str(driver.get_server_info().agent)
    found = re.match(r"Neo4j/(\d+)\.(\d+)", agent)
    return tuple(int(part) for part in found.groups()) if found else ()
