"""The format of a dump: JSON Lines, a head, a record a line in one order, an end with counts and a checksum.

docs/dump.md describes it record by record. What is written here is all that a store holds that does not follow from
the rest: components follow from their models, nodes and their scores from edges, summaries from circuits and recalls.
"""

import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields
from functools import cache
from types import NoneType
from typing import Any, get_args, get_type_hints

from graphdb import schema
from graphdb.conditions.demonstrations import Demonstration, DemonstrationHead
from graphdb.conditions.edits import Edit, EditAction, EditChange, EditCircuit, EditEffects, EditLens
from graphdb.conditions.hops import HopCheck, HopFact
from graphdb.conditions.rivals import Rival
from graphdb.records import Attempt, Circuit, Fact, Model, Recall, Relation, RelationCircuit, Run
from graphdb.role_records import FactLens, HeadRole, RoleCheck

FORMAT = "knowledge-circuits dump"
VERSION = 6
"""Raised when dumps written before can no longer be read."""
SCHEMA = 9
"""The first version of the schema that has what a dump holds; later ones differ in summaries, which it does not."""
EDGE = ("source", "target", "channel", "weight", "rank", "search_rank")
"""What the list of an edge holds, in this order."""
CONTRAST = tuple(each for each in schema.node("Contrast").properties if each.name not in ("id", "model_id", "fact_id"))
"""What the object of a circuit's contrast holds, in this order; the rest follows from the circuit."""
PLACE = ("subject", "template", "last")
"""What the list of a circuit's node holds behind its name, in this order; then a head's attention."""
HOLDS = schema.relationship("HeadRole", "HOLDS_FOR", "Fact").properties
"""What the list of a fact of a head's role holds behind its id, in this order."""
TRANSFER = schema.relationship("RelationCircuit", "TRANSFERS", "Relation").properties
"""What the object of a transfer holds, in this order."""


@dataclass(frozen=True, slots=True)
class Section:
    """The records of one kind, which follow each other by ascending id."""

    kind: str
    label: str
    record: type

    @property
    def fields(self) -> frozenset[str]:
        """Names of the record's own fields: the id may follow from the others."""
        return frozenset(_fields(self.record))

    @property
    def properties(self) -> tuple[schema.Property, ...]:
        """What the schema declares for the label and the record has, in the order of a line."""
        names = {"id", *self.fields}
        return tuple(each for each in schema.node(self.label).properties if each.name in names)

    def may_lack(self, name: str) -> bool:
        """Whether the property may be null."""
        return NoneType in get_args(_types(self.record).get(name))

    def values(self, stored: Mapping[str, Any]) -> dict[str, Any]:
        """Return the properties of a stored node as they are dumped."""
        return {each.name: self._value(each, stored.get(each.name)) for each in self.properties}

    def _value(self, prop: schema.Property, stored: Any) -> Any:
        if stored is None and prop.name != "id" and not self.may_lack(prop.name):
            default = _fields(self.record)[prop.name].default
            stored = None if default is MISSING else default
        return plain(prop.type, stored)


@cache
def _fields(record: type) -> dict[str, Field[Any]]:
    return {each.name: each for each in fields(record)}


@cache
def _types(record: type) -> dict[str, Any]:
    return get_type_hints(record)


SECTIONS = (
    Section("model", "Model", Model),
    Section("relation", "Relation", Relation),
    Section("fact", "Fact", Fact),
    Section("run", "Run", Run),
    Section("recall", "Recall", Recall),
    Section("attempt", "Attempt", Attempt),
    Section("circuit", "Circuit", Circuit),
    Section("relation_circuit", "RelationCircuit", RelationCircuit),
    Section("head_role", "HeadRole", HeadRole),
    Section("role_check", "RoleCheck", RoleCheck),
    Section("fact_lens", "FactLens", FactLens),
    Section("rival", "Rival", Rival),
    Section("edit", "Edit", Edit),
    Section("edit_effects", "EditEffects", EditEffects),
    Section("edit_change", "EditChange", EditChange),
    Section("edit_circuit", "EditCircuit", EditCircuit),
    Section("edit_action", "EditAction", EditAction),
    Section("edit_lens", "EditLens", EditLens),
    Section("hop_check", "HopCheck", HopCheck),
    Section("hop_fact", "HopFact", HopFact),
    Section("demonstration", "Demonstration", Demonstration),
    Section("demonstration_head", "DemonstrationHead", DemonstrationHead),
)
"""In the order of a dump: nothing names what comes after it."""
COUNTED = (*(each.kind for each in SECTIONS), "edge", "scores")
"""What the end counts; `scores` are files: scores of circuits and changes of edits."""
WITH_FILE = ("circuit", "edit")
"""Kinds whose records name a file."""


def plain(kind: str, value: Any) -> Any:
    """Return a stored value as its declared type: engines may hand back a whole number for a float."""
    match kind, value:
        case _, None:
            return None
        case "float", _:
            return float(value)
        case "floats", _:
            return [float(each) for each in value]
        case "integers" | "strings", _:
            return list(value)
        case _:
            return value


def edge_values(rows: list[list[Any]]) -> list[list[Any]]:
    """Return edges, each as `EDGE` says, by rank, then by name."""
    edges = [[source, target, channel, float(weight), *ranks] for source, target, channel, weight, *ranks in rows]
    return sorted(edges, key=lambda edge: (edge[4], *edge[:3]))


def place_values(rows: list[list[Any]]) -> list[list[Any]]:
    """Return nodes of a circuit, each its name and as `PLACE` says, by name; those without places are left out."""
    return sorted(
        [name, *map(float, parts), [float(each) for each in attention or ()]]
        for name, *parts, attention in rows
        if None not in parts
    )


def holds_values(rows: list[list[Any]]) -> list[list[Any]]:
    """Return the facts of a head's role, each its id and as `HOLDS` says, by id."""
    return sorted(
        [fact, role, float(mover), float(relation), list(writes)]
        for fact, role, mover, relation, writes in rows
        if fact is not None
    )


def head(scores: bool) -> dict[str, Any]:
    """Return the first line's object."""
    return {"format": FORMAT, "version": VERSION, "schema": SCHEMA, "scores": scores}


def encode(value: Mapping[str, Any]) -> bytes:
    """Return an object as a line; raises ValueError for a number that JSON has no word for."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode() + b"\n"
