"""The open store, whichever engine holds it: `open_store` is the way in."""

from graphdb.store.store import Store, Transaction, open_store
from graphdb.store.types import Login, Row, Statement

__all__ = ["Login", "Row", "Statement", "Store", "Transaction", "open_store"]
