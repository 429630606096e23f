"""The graph's schema: declared once, as data; constraints, writers, checks and docs/schema.md follow from it."""

from graphdb.schema.declarations import Node, Property, Relationship
from graphdb.schema.graph import META, NODES, RELATIONSHIPS, VERSION, constraints, node, relationship

__all__ = [
    "META",
    "NODES",
    "RELATIONSHIPS",
    "VERSION",
    "Node",
    "Property",
    "Relationship",
    "constraints",
    "node",
    "relationship",
]
