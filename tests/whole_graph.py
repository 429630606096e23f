"""Everything that is in a store's graph, what no dump holds included, in a form that compares."""

import json

from graphdb.store import Store

Line = tuple[str, ...]


def whole_graph(store: Store) -> tuple[list[Line], list[Line]]:
    """Return all nodes (labels, properties) and all relationships (ends, type, properties), sorted."""
    nodes = store.read("MATCH (n) RETURN labels(n) AS labels, properties(n) AS properties")
    related = store.read(
        "MATCH (a)-[r]->(b) RETURN a.id AS source, type(r) AS type, b.id AS target, properties(r) AS properties"
    )
    ends = zip(related["source"], related["type"], related["target"], map(_text, related["properties"]), strict=True)
    return (
        sorted((*sorted(a), _text(b)) for a, b in zip(nodes["labels"], nodes["properties"], strict=True)),
        sorted((str(a), str(b), str(c), d) for a, b, c, d in ends),
    )


def _text(properties: object) -> str:
    return json.dumps(properties, sort_keys=True)
