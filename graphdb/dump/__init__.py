"""The canonical dump of a store: its format, its writer, its reader, and its import into a store."""

from graphdb.dump.writer import digest, dump, write_dump

__all__ = ["digest", "dump", "write_dump"]
