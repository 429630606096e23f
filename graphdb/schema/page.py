"""The page of the schema, docs/schema.md: made from `graphdb.schema`."""

from graphdb import schema


def markdown() -> str:
    """Return docs/schema.md."""
    nodes = [node_section(each) for each in schema.NODES]
    relationships = [relationship_section(each) for each in schema.RELATIONSHIPS]
    return "\n".join([_HEAD.format(version=schema.VERSION), *nodes, "## Relationships\n", *relationships])


def node_section(node: schema.Node) -> str:
    """Return what the page says of a label."""
    labels = f" (each also one of {', '.join(f'`:{kind}`' for kind in node.kinds)})" if node.kinds else ""
    return f"### `:{node.label}`\n\n{node.description}{labels}\n\n{_table(node.properties)}"


def relationship_section(relationship: schema.Relationship) -> str:
    """Return what the page says of a type of relationships."""
    table = _table(relationship.properties)
    return f"### `{arrow(relationship)}`\n\n{relationship.description}\n\n{table}".rstrip() + "\n"


def arrow(relationship: schema.Relationship) -> str:
    """Return a relationship as a pattern of Cypher."""
    return f"(:{relationship.source})-[:{relationship.type}]->(:{relationship.target})"


_HEAD = """\
# The graph's schema

Version {version}. This page is made from `graphdb/schema/graph.py` (`python -m graphdb.schema.page > docs/schema.md`).
Every label has a uniqueness constraint on `id`, and every id is a string that the records determine, so the same
fact, circuit or component has the same id wherever it is stored.

## Nodes
"""


def _table(properties: tuple[schema.Property, ...]) -> str:
    if not properties:
        return ""
    rows = "".join(
        f"| `{each.name}` | {each.type} | {each.description.replace('|', chr(92) + '|')} |\n" for each in properties
    )
    return f"| property | type | |\n|---|---|---|\n{rows}"


if __name__ == "__main__":
    print(markdown(), end="")
