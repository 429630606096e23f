"""The page of the schema, docs/schema.md: made from `graphdb.schema`."""

from graphdb import schema


def markdown() -> str:
    """Return docs/schema.md."""
    parts = [_HEAD.format(version=schema.VERSION)]
    for each in schema.NODES:
        labels = f" (each also one of {', '.join(f'`:{kind}`' for kind in each.kinds)})" if each.kinds else ""
        parts.append(f"### `:{each.label}`\n\n{each.description}{labels}\n\n{_table(each.properties)}")
    parts.append("## Relationships\n")
    for each in schema.RELATIONSHIPS:
        arrow = f"(:{each.source})-[:{each.type}]->(:{each.target})"
        parts.append(f"### `{arrow}`\n\n{each.description}\n\n{_table(each.properties)}".rstrip() + "\n")
    return "\n".join(parts)


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
