"""The address of a database server, as users give it."""

from urllib.parse import urlsplit

from graphdb.errors import UserError

SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")


def server_address(uri: str) -> tuple[str, int]:
    """Return host and port. Credentials are refused, and not repeated, because the address is shown to people."""
    try:
        address = urlsplit(uri)
        scheme, host, port = address.scheme, address.hostname or "localhost", address.port or 7687
    except ValueError as error:
        raise UserError(f"the store's address is not understood ({error}); expected bolt://HOST:PORT") from None
    if "@" in uri:
        raise UserError("the store's address holds a user or a password: set NEO4J_USERNAME and NEO4J_PASSWORD instead")
    if scheme not in SCHEMES:
        raise UserError(f"the store's address begins with {scheme}://; expected a folder or {', '.join(SCHEMES)}")
    return host, port
