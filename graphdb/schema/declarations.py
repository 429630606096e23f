"""What `graphdb.schema` declares nodes and relationships with."""

from dataclasses import dataclass

from graphdb.figures import figures_of


@dataclass(frozen=True, slots=True)
class Property:
    """A property of a node or relationship. A record's field of the same name fills it."""

    name: str
    type: str
    """`string`, `integer`, `float`, `boolean`, or `strings`, `integers` and `floats` (lists)."""
    description: str


@dataclass(frozen=True, slots=True)
class Node:
    """A kind of node. Its first property is `id`, unique among the nodes of the label."""

    label: str
    description: str
    properties: tuple[Property, ...]
    kinds: tuple[str, ...] = ()
    """Second labels, of which each node has one."""

    @property
    def constraint_name(self) -> str:
        """The name of the constraint that makes `id` unique."""
        return f"{self.label.lower()}_id"

    @property
    def constraint(self) -> str:
        """The statement that makes `id` unique; harmless where it was run before."""
        return f"CREATE CONSTRAINT {self.constraint_name} IF NOT EXISTS FOR (n:{self.label}) REQUIRE n.id IS UNIQUE"


@dataclass(frozen=True, slots=True)
class Relationship:
    """A kind of relationship between nodes of two labels."""

    source: str
    type: str
    target: str
    description: str
    properties: tuple[Property, ...] = ()
    key: str = ""
    """Property of each source that names the id of its one target; empty where several may be related."""


def properties(text: str) -> tuple[Property, ...]:
    """Read `name type description` lines."""
    lines = (line.split(maxsplit=2) for line in text.strip().splitlines())
    return tuple(Property(name, kind, description) for name, kind, description in lines)


def figures(record: type) -> tuple[Property, ...]:
    """Return the properties that hold a record's figures."""
    return tuple(Property(each.name, each.type, each.description) for each in figures_of(record))


def summed(record: type) -> tuple[Property, ...]:
    """Return the properties of a summary that follow from a record's figures: lists, sums, and what is counted."""
    declared = figures_of(record)
    sums = [each for each in declared if each.figure.mean]
    return (
        *(
            Property(each.figure.values, f"{each.type}s", f"`{each.name}` of each, ascending")
            for each in declared
            if each.figure.values
        ),
        *(Property(each.name, "integer", f"Sum of the circuits' `{each.name}`, in steps of 2^-24") for each in sums),
        *(Property(each.count, "integer", f"Circuits with a `{each.name}`") for each in sums),
    )
