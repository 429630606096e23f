"""What must hold of each record of a dump: its fields and their types, ids that fit, edges that the model has."""

import base64
import binascii
import hashlib
import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from graphdb import schema
from graphdb.conditions.demonstrations import Labels
from graphdb.conditions.edits import Against, EditMethod, Stage
from graphdb.conditions.rivals import RivalKind
from graphdb.dump.record_format import CONTRAST, PLACE, SECTIONS, TRANSFER, Section
from graphdb.figures import figures_of
from graphdb.records import Circuit, Kind, Reason, Weights, relation_of
from graphdb.role_records import GROUPS, LensKind, RoleKind
from graphdb.store.score_files import NAME
from graphdb.topology import Topology

MOST_HEADS = 100_000
"""Layers times heads of a model: every one becomes a component."""
LARGEST_INTEGER = 2**63 - 1


class UnfitError(ValueError):
    """Why a record is refused, in a few words."""


def _is_text(value: Any) -> bool:
    if type(value) is not str:
        return False
    try:
        value.encode()  # half a surrogate pair has no UTF-8, and no engine takes it
    except UnicodeEncodeError:
        return False
    return True


def _is_integer(value: Any) -> bool:
    return type(value) is int and -LARGEST_INTEGER <= value <= LARGEST_INTEGER


def _is_float(value: Any) -> bool:
    return type(value) is float and math.isfinite(value)


def _all(each: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: type(value) is list and all(map(each, value))


IS: dict[str, Callable[[Any], bool]] = {
    "string": _is_text,
    "integer": _is_integer,
    "float": _is_float,
    "boolean": lambda value: type(value) is bool,
    "strings": _all(_is_text),
    "integers": _all(_is_integer),
    "floats": _all(_is_float),
}
"""Type that the schema declares -> whether a value is of it."""


@dataclass(frozen=True, slots=True)
class Slots:
    """Which edges a model has: the source's number is below the number that the slot reads."""

    sources: Mapping[str, int]
    n_read: Mapping[tuple[str, str], int]


@dataclass(slots=True)
class Checks:
    """Checks records one after the other, in the order of a dump; what they name must have come before."""

    scores: bool
    """Whether circuits come with their score files."""
    ids: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    shapes: dict[str, Topology] = field(default_factory=dict)
    _slots: dict[str, Slots] = field(default_factory=dict)
    """Of the model whose circuits are being read."""

    def check(self, section: Section, record: Mapping[str, Any]) -> None:
        """Check a record and remember its id; raises UnfitError."""
        _fields(record, ["kind", *(each.name for each in section.properties), *self._extras(section)])
        for each in section.properties:
            _typed(each, record[each.name], section.may_lack(each.name))
        self._ids(section, record)
        match section.kind:
            case "model":
                self._model(record)
            case "attempt":
                _one_of("contrast_kind", record["contrast_kind"], Kind)
                _one_of("code", record["code"], Reason)
            case "circuit":
                _one_of("weights", record["weights"], Weights)
                _contrast(record)
                self._edges(record)
                self._places(record)
                _scores(record)
            case "relation_circuit":
                self._edges(record)
                self._transfers(record["transfers"])
            case "head_role":
                _one_of("role", record["role"], RoleKind)
                self._head_role(record)
            case "role_check":
                _one_of("role", record["role"], RoleKind)
            case "edit":
                _one_of("method", record["method"], EditMethod)
                _scores(record)
            case "rival":
                _one_of("rival_kind", record["rival_kind"], RivalKind)
                _pushes(record)
            case "edit_circuit":
                _one_of("against", record["against"], Against)
                _as_long(record, "came", "went")
            case "edit_lens":
                _one_of("stage", record["stage"], Stage)
                _as_long(record, "blocks", "old", "new")
            case "demonstration":
                _one_of("labels", record["labels"], Labels)
            case "demonstration_head":
                self._head(record)
            case "fact_lens":
                _one_of("lens", record["lens"], LensKind)
                _lens(record)

    def _extras(self, section: Section) -> list[str]:
        """Fields of a line that are no properties."""
        match section.kind:
            case "circuit":
                extras = ["contrast", "edges", "places"]
                return [*extras, "scores"] if self.scores else extras
            case "head_role":
                return ["facts"]
            case "edit":
                return ["scores"] if self.scores else []
            case "relation_circuit":
                return ["edges", "transfers"]
            case _:
                return []

    def _ids(self, section: Section, record: Mapping[str, Any]) -> None:
        for name, kind in NAMES.items():
            if name in record and record[name] not in self.ids[kind]:
                raise UnfitError(f"{name} {record[name]!r} is of no {kind} before it")
        expected = EXPECTED.get(section.kind, lambda each: each["id"])(record)
        if record["id"] != expected or not expected:
            raise UnfitError(f"id {record['id']!r} does not fit; expected {expected or 'some text'!r}")
        if section.kind.startswith("edit_") and record["variant_id"] not in self.ids["edit"]:
            raise UnfitError(f"variant_id {record['variant_id']!r} is of no edit before it")
        if section.kind == "fact" and relation_of(record["id"]) != record["relation_id"]:
            raise UnfitError(f"id {record['id']!r} does not fit the relation {record['relation_id']!r}")
        self.ids[section.kind].add(record["id"])

    def _model(self, record: Mapping[str, Any]) -> None:
        layers, heads, kv_heads = (record[name] for name in ("n_layers", "n_heads", "n_kv_heads"))
        if min(layers, heads, kv_heads) < 1 or heads % kv_heads or layers * heads > MOST_HEADS:
            raise UnfitError(f"no model has {layers} layers of {heads} heads over {kv_heads} kv-heads")
        self.shapes[record["id"]] = Topology(layers, heads, kv_heads)

    def _edges(self, record: Mapping[str, Any]) -> None:
        if type(record["edges"]) is not list:
            raise UnfitError("edges are no list")
        slots, seen = self._slots_of(record["model_id"]), set[tuple[str, str, str]]()
        try:
            for source, target, channel, weight, rank, search_rank in record["edges"]:
                if slots.sources[source] >= slots.n_read[target, channel] or not _is_float(weight):
                    raise UnfitError(f"no edge is {source}->{target}.{channel} with weight {weight}")
                if not (_is_integer(rank) and rank > 0 and _is_integer(search_rank) and search_rank >= 0):
                    raise UnfitError(f"no ranks are {rank!r} and {search_rank!r}")
                seen.add((source, target, channel))
        except (TypeError, ValueError, KeyError) as error:
            raise (
                error if isinstance(error, UnfitError) else UnfitError("an edge is not one that the model has")
            ) from None
        if len(seen) != len(record["edges"]):
            raise UnfitError("an edge is there twice")

    def _places(self, record: Mapping[str, Any]) -> None:
        sources = self._slots_of(record["model_id"]).sources
        parts = [lambda name: name in sources, *[_is_float] * len(PLACE), _all(_is_float)]
        names = _rows("places", record["places"], parts)
        if len(set(names)) != len(names):
            raise UnfitError("places name a component twice")
        lengths = {len(each[-1]) for each in record["places"]}
        if not lengths <= {0, len(record["contrast"]["tokens"])}:
            raise UnfitError("attention in places is not one number for each of the contrast's tokens")

    def _head(self, record: Mapping[str, Any]) -> None:
        if record["component"] not in self._slots_of(record["model_id"]).sources or ".h" not in record["component"]:
            raise UnfitError(f"component {record['component']!r} is no head of the model")

    def _head_role(self, record: Mapping[str, Any]) -> None:
        self._head(record)
        if not (len(record["attention"]) == len(record["direct"]) == len(GROUPS)):
            raise UnfitError(f"attention and direct are not one number for each of {', '.join(GROUPS)}")
        facts = [
            lambda name: name in self.ids["fact"],
            lambda role: role in set(RoleKind),
            _is_float,
            _is_float,
            IS["strings"],
        ]
        _rows("facts", record["facts"], facts)

    def _slots_of(self, model: str) -> Slots:
        if model not in self._slots:
            top = self.shapes[model]
            n_read = dict(zip(top.slot_names, map(int, top.n_read), strict=True))
            self._slots = {model: Slots(top.source_numbers, n_read)}
        return self._slots[model]

    def _transfers(self, transfers: Any) -> None:
        if type(transfers) is not list:
            raise UnfitError("transfers is not a list")
        for each in transfers:
            _object("a transfer", each, TRANSFER, lambda name: name.endswith("_shuffled"))
            if each["relation_id"] not in self.ids["relation"]:
                raise UnfitError(f"relation_id {each['relation_id']!r} is of no relation before it")


def _demonstrated(record: Mapping[str, Any]) -> str:
    return "|".join(str(record[name]) for name in ("model_id", "relation_id", "wording", "shots"))


NAMES = {"model_id": "model", "relation_id": "relation", "fact_id": "fact", "run_id": "run", "variant_id": "model"}
"""Field -> the kind of the record that it names."""
EXPECTED: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "recall": lambda each: f"{each['model_id']}|{each['fact_id']}",
    "attempt": lambda each: f"{each['model_id']}|{each['fact_id']}|{each['method']}",
    "circuit": lambda each: f"{each['model_id']}|{each['fact_id']}|{each['method']}",
    "relation_circuit": lambda each: "|".join(each[n] for n in ("model_id", "relation_id", "method", "rule")),
    "head_role": lambda each: "|".join(each[n] for n in ("model_id", "relation_id", "wording", "component")),
    "role_check": lambda each: "|".join(each[n] for n in ("model_id", "relation_id", "wording", "role")),
    "edit": lambda each: each["variant_id"],
    "demonstration": lambda each: f"{_demonstrated(each)}|{each['labels']}",
    "demonstration_head": lambda each: f"{_demonstrated(each)}|{each['component']}",
    "edit_effects": lambda each: f"{each['variant_id']}|{'sham' if each['is_sham'] else 'edit'}",
    "edit_change": lambda each: f"{each['variant_id']}|{each['bystander']}",
    "edit_circuit": lambda each: "|".join(each[n] for n in ("variant_id", "fact_id", "against")),
    "edit_action": lambda each: f"{each['variant_id']}|{'sham' if each['is_sham'] else 'edit'}",
    "edit_lens": lambda each: f"{each['variant_id']}|{each['stage']}",
    "fact_lens": lambda each: "|".join(each[n] for n in ("model_id", "fact_id", "wording", "lens")),
    "rival": lambda each: "|".join(each[n] for n in ("model_id", "fact_id", "wording")),
    "hop_check": lambda each: "|".join(each[n] for n in ("model_id", "relation_id", "wording")),
    "hop_fact": lambda each: "|".join(each[n] for n in ("model_id", "fact_id", "wording")),
}
"""Kind -> the id that follows from the other fields."""
JUDGED = (
    "faithfulness",
    "faithfulness_random",
    "completeness",
    "divergence",
    "top1",
    "hit10_model",
    "hit10_circuit",
    "hit10_random",
)
"""Figures of every circuit that is measured: means over circuits divide by the number of these circuits."""
FOUND = (
    *JUDGED,
    *("target", "reached", "faithfulness_size", "metric_clean", "metric_ablated", "metric_circuit"),
    *("rank_model", "rank_circuit", "rank_random"),
)
"""Figures of every circuit that was found here."""
FIGURES = tuple(each.name for each in figures_of(Circuit) if each.optional)
"""Figures that an imported circuit does not have before it is measured."""
KINDS = {each.kind: each for each in SECTIONS}


def _fields(record: Mapping[str, Any], expected: list[str]) -> None:
    if unknown := sorted(set(record) - set(expected)):
        raise UnfitError(f"unknown field {unknown[0]!r}")
    if missing := [name for name in expected if name not in record]:
        raise UnfitError(f"no field {missing[0]!r}")


def _typed(prop: schema.Property, value: Any, may_lack: bool) -> None:
    if not (value is None and may_lack) and not IS[prop.type](value):
        shown = repr(value)
        raise UnfitError(f"{prop.name} is {shown[:40]}{'…' * (len(shown) > 40)}; expected a {prop.type}")


def _object(what: str, value: Any, properties: Sequence[schema.Property], may_lack: Callable[[str], bool]) -> None:
    if type(value) is not dict:
        raise UnfitError(f"{what} is not an object")
    _fields(value, [each.name for each in properties])
    for each in properties:
        _typed(each, value[each.name], may_lack(each.name))


def _one_of(name: str, value: str, choices: type[StrEnum]) -> None:
    if value not in set(choices):
        raise UnfitError(f"{name} is {value!r}; expected one of {', '.join(choices)}")


def _rows(what: str, rows: Any, each: Sequence[Callable[[Any], bool]]) -> list[Any]:
    """Return the first value of every row of a list whose values are as they must be."""
    try:
        fit = type(rows) is list and all(
            len(row) == len(each) and all(check(value) for check, value in zip(each, row, strict=True)) for row in rows
        )
    except TypeError:
        fit = False
    if not fit:
        raise UnfitError(f"{what} are not lists of the right values")
    return [row[0] for row in rows]


def _as_long(record: Mapping[str, Any], first: str, *others: str) -> None:
    """Check that lists of a record have one length."""
    for name in others:
        if len(record[name]) != len(record[first]):
            raise UnfitError(f"{name} has {len(record[name])} values for {len(record[first])} {first}")


def _lens(record: Mapping[str, Any]) -> None:
    """Check that a lens has a figure for every block."""
    _as_long(record, "blocks", "object", "rank", "probability")
    n_blocks = len(record["blocks"])
    for name in ("others", "wrong"):
        if len(record[name]) not in (0, n_blocks):
            raise UnfitError(f"{name} has {len(record[name])} values for {n_blocks} blocks")


def _pushes(record: Mapping[str, Any]) -> None:
    """Check that what favours object and rival has a value for every component."""
    for name in ("for_object", "for_rival"):
        if len(record[name]) != len(record[f"{name}_values"]):
            raise UnfitError(
                f"{name}_values has {len(record[f'{name}_values'])} values for {len(record[name])} components"
            )


def _contrast(record: Mapping[str, Any]) -> None:
    """Check what a circuit is a circuit of: every donor has a prompt and a foil; what is measured has donors that
    judge, and what has none no figures."""
    contrast = record["contrast"]
    _object("contrast", contrast, CONTRAST, lambda _: False)
    _one_of("kind", contrast["kind"], Kind)
    parts = {part: contrast[f"donors_{part}"] for part in ("find", "size", "unseen")}
    n_donors = sum(map(len, parts.values()))
    if not (len(contrast["corrupt_prompts"]) == len(contrast["foils"]) == n_donors):
        raise UnfitError(f"{n_donors} donors do not have as many corrupt_prompts and foils")
    measured = bool(record["judged_on"] or not record["source"])
    if measured and not parts.get(record["judged_on"]):
        raise UnfitError(f"judged_on is {record['judged_on']!r}, a part without donors")
    for name in (JUDGED if record["source"] else FOUND) if measured else FIGURES:
        if (record[name] is not None) != measured:
            raise UnfitError(f"{name} is {record[name]!r}; expected {'a figure' if measured else 'none: not judged'}")


def _scores(record: Mapping[str, Any]) -> None:
    """Check that a score file is what its circuit says, and that its name leads nowhere else."""
    if record["artifact"] and not NAME.fullmatch(record["artifact"]):
        raise UnfitError(f"artifact {record['artifact']!r} names no score file")
    if record.get("scores") is None:
        return
    try:
        content = base64.b64decode(record["scores"], validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise UnfitError("scores are not base64") from None
    if not record["artifact"] or hashlib.sha256(content).hexdigest() != record["artifact_sha256"]:
        raise UnfitError("scores are not those that the circuit names")
