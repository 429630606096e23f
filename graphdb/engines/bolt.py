"""The connection to a graph database over Bolt, and its errors as lines that a user can act on.

The driver takes seconds to import, so the other files import this one late.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

import neo4j
from neo4j.api import BookmarkManager
from neo4j.exceptions import (
    AuthError,
    ClientError,
    ConfigurationError,
    DriverError,
    IncompleteCommit,
    Neo4jError,
    ServiceUnavailable,
    UnsupportedServerProduct,
)

from graphdb.engines.embedded.engine import is_failed_commit
from graphdb.errors import UserError

OLDEST = 5
"""The oldest major version of Neo4j that understands the statements."""

# What the driver retries it also logs; without a handler Python prints that on the user's terminal.
logging.getLogger("neo4j").addHandler(logging.NullHandler())


def connect(uri: str, user: str, password: str, patience: float) -> neo4j.Driver:
    """Return a driver for the address; nothing is sent yet. `patience`: seconds that a transaction is retried."""
    return neo4j.GraphDatabase.driver(
        uri,
        auth=(user, password) if password else None,
        notifications_min_severity="OFF",
        max_transaction_retry_time=patience,
        retry_delay_multiplier=1.3,  # doubled, the pauses pass the time at which a server is back by half a minute
        connection_timeout=10,
    )


def bookmark_manager() -> BookmarkManager:
    """Return what sessions share so that each sees what those before it wrote, whichever member they reach."""
    return neo4j.GraphDatabase.bookmark_manager()


def verify(driver: neo4j.Driver, target: str) -> None:
    """Make sure at once, without the retries of a transaction, that the server answers and is new enough.

    Raises the driver's errors, and UserError for a server that is too old.
    """
    version = re.match(r"Neo4j/(\d+)", str(driver.get_server_info().agent))
    if version and int(version[1]) < OLDEST:
        raise UserError(f"{target} runs Neo4j {version[1]}; expected {OLDEST} or newer: upgrade the server")


@contextmanager
def user_errors(target: str) -> Iterator[None]:
    """Turn the driver's errors into UserError lines about `target`."""
    try:
        yield
    except (Neo4jError, DriverError) as error:
        raise UserError(_explain(error, target)) from error


def is_broken_off(error: Neo4jError | DriverError) -> bool:
    """Tell whether a transaction may be run again that the driver does not retry by itself.

    Its commit was sent and not answered, or the server ended it because it is itself about to end.
    """
    return isinstance(error, IncompleteCommit) or (
        isinstance(error, Neo4jError) and (error.code or "").endswith(".Transaction.Terminated")
    )


def _explain(error: Neo4jError | DriverError, target: str) -> str:
    code = (error.code or "") if isinstance(error, Neo4jError) else ""
    message = " ".join((getattr(error, "message", "") or str(error)).split())
    match error:
        case AuthError() if code.endswith("AuthenticationRateLimit"):
            return f"{target} saw too many wrong passwords: wait a few seconds"
        case AuthError():
            return f"{target} refuses the user or the password: set NEO4J_USERNAME and NEO4J_PASSWORD"
        case UnsupportedServerProduct():
            return f"{target} speaks no Bolt that this program does; expected Neo4j {OLDEST} or newer"
        case ConfigurationError():
            return f"the address {target} is not understood: {message}"
        case ServiceUnavailable():
            return f"{target} does not answer ({_reason(error)}): start the server, or correct the address"
        case ClientError() if code.endswith("DatabaseNotFound"):
            return f"{target} has no such database: set NEO4J_DATABASE to one that it has"
        case ClientError() if code.endswith("AccessMode"):
            return "the statement writes, and only reading is allowed here"
        case ClientError() if is_failed_commit(error):
            return (
                f"{target} could not write: free some space on its disk and run the command again; what is stored stays"
            )
        case ClientError():
            return f"{target} refuses the statement: {message}"
        case _ if message.startswith("Error executing Cypher command"):
            return f"{target} failed at a statement: if its disk is full, free some space and run the command again"
        case _:
            return f"{target}: {message}"


def _reason(error: ServiceUnavailable) -> str:
    """Return what the driver says of the cause, in a few words."""
    text = " ".join(f"{error} {error.__cause__ or ''} {getattr(error.__cause__, 'exceptions', '')}".split())
    if "encrypt" in text or "SSL" in text:
        return "no TLS there, or a certificate that is not trusted"
    if "looks like HTTP" in text:
        return "that is an HTTP port, not Bolt"
    if "Connection refused" in text:
        return "connection refused"
    if "resolve" in text and "resolved to" not in text:
        return "no such host"
    return "connection lost or timed out"
