"""The open store, whichever engine holds it: `open_store` is the way in."""

from graphdb.store.store import Store, Transaction, existing_store, open_store
from graphdb.store.types import Login, Row, Statement

__all__ = ["Login", "Row", "Statement", "Store", "Transaction", "existing_store", "open_store"]
