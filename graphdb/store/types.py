"""What is said of a store without opening one: logins, statements and rows, and what answers named queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pandas as pd

Row = Mapping[str, object]
Statement = tuple[str, Sequence[Row]]


@dataclass(frozen=True, slots=True)
class Login:
    """How to reach the store's database over Bolt. `database` None: the server's default."""

    uri: str
    user: str
    password: str = field(repr=False)
    database: str | None


class Queries(Protocol):
    """What answers the queries of the library by name: an open store."""

    def query(self, name: str, **parameters: object) -> "pd.DataFrame":
        """Run the query `name`; what is not given takes its default."""
        ...
