"""What is missing where this distribution was installed without an extra."""

from collections.abc import Iterator
from contextlib import contextmanager

from graphdb.errors import UserError


@contextmanager
def needs_extra(name: str) -> Iterator[None]:
    """Turn a package that is missing into the line that says which extra of this distribution brings it."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise UserError(
            f"the package {error.name!r} is missing; run: pip install 'knowledge-circuits[{name}]'"
        ) from error
