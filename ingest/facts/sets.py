"""Which facts an ingest works on: the packaged relations and the user's own, merged and checked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from graphdb.errors import UserError, unknown
from graphdb.records import Fact, Relation
from ingest.facts.derivation import derive
from ingest.facts.readers import STDIN, OtherWords, RawRelation, Row, read_source

BUILTIN = Path(__file__).parent / "data"
"""The folder of packaged relations, one LRE JSON file each, named by the relation's id."""
DERIVED = Path(__file__).parent / "derived"
"""The folder of those whose facts follow from packaged ones: composed or reversed."""


@dataclass(frozen=True, slots=True)
class FactSet:
    """A relation and its facts, each subject once; `notes` say in plain words what was merged."""

    relation: Relation
    facts: tuple[Fact, ...]
    """Facts to explain."""
    notes: tuple[str, ...] = ()
    donors: tuple[Fact, ...] = ()
    """Further facts of the relation: they can be donors, and are not explained."""
    domain: str = ""
    """What its subjects are, such as `country`; may be empty."""
    paired: tuple[str, ...] = ()
    """Templates that those of other relations match in length and in the subject's place."""
    others: tuple[OtherWords, ...] = ()
    """Words about the same subjects that ask for something of which no fact is known."""

    def first(self, n: int | None) -> "FactSet":
        """Return the set with only its first n facts to explain; the others remain donors. None: all."""
        if n is None:
            return self
        return replace(self, facts=self.facts[:n], donors=self.facts[n:] + self.donors)


def builtin_relations(names: Iterable[str] = ()) -> list[FactSet]:
    """Return the packaged relations of these names, in their order; without names all, sorted by id."""
    packaged = _builtin()
    return _fact_sets([packaged[name] for name in names] or packaged.values())


def derived_relations() -> list[FactSet]:
    """Return the packaged relations that are composed of others or reversed, sorted by id: asked for by name alone."""
    return _fact_sets(_derived().values())


def read_facts(source: str | Path) -> list[FactSet]:
    """Return the relations of an LRE JSON, CSV or JSONL file, a folder of them, or `-`, standard input.

    Where a relation has the id of a packaged one, the packaged facts of other subjects can be donors.
    Raises UserError, naming file and line, for what cannot be read as facts.
    """
    return _fact_sets(read_source(source))


def select(names_or_files: Sequence[str] = ()) -> list[FactSet]:
    """Return the relations asked for, by packaged id, file, folder or `-`; none asked for: all packaged ones that are
    not derived.

    A relation that several of them give is merged into one. Raises UserError for an unknown relation, with
    the nearest names, and for what cannot be read as facts.
    """
    if not names_or_files:
        return builtin_relations()
    return _fact_sets(raw for name in names_or_files for raw in _find(name))


def with_template(sets: Sequence[FactSet], number: int) -> list[FactSet]:
    """Return the relations that have a template of this number, from 0. Raises UserError where none has."""
    found = [each for each in sets if number < len(each.relation.templates)]
    if not found:
        most = max(len(each.relation.templates) for each in sets)
        raise UserError(f"no relation has a template {number}: give a number from 0 to {most - 1}")
    return found


@cache
def packaged_subjects() -> dict[str, tuple[str, ...]]:
    """Category -> subjects of the packaged relations of that category, each once."""
    found: dict[str, dict[str, None]] = {}
    for raw in _builtin().values():
        found.setdefault(raw.category, {}).update((row.subject, None) for row in raw.rows)
    return {category: tuple(subjects) for category, subjects in found.items()}


@cache
def _builtin() -> dict[str, RawRelation]:
    return {raw.id: raw for raw in read_source(BUILTIN)}


@cache
def _derived() -> dict[str, RawRelation]:
    rows = {name: raw.rows for name, raw in _builtin().items()}
    return {raw.id: derive(raw, rows) for raw in read_source(DERIVED)}


def _packaged() -> dict[str, RawRelation]:
    return _builtin() | _derived()


def _find(name: str) -> list[RawRelation]:
    if name in _packaged():
        return [_packaged()[name]]
    path = Path(name)
    if name == STDIN or path.exists() or path.suffix or len(path.parts) > 1:
        return read_source(name)
    raise unknown("relation", name, _packaged(), "give a packaged relation, a file, a folder or -")


def _fact_sets(raws: Iterable[RawRelation]) -> list[FactSet]:
    by_id: dict[str, list[RawRelation]] = {}
    for raw in raws:
        by_id.setdefault(raw.id, []).append(raw)
    given = {name: [row for raw in group for row in raw.rows] for name, group in by_id.items()}
    rows = {name: raw.rows for name, raw in _packaged().items()} | {name: each for name, each in given.items() if each}
    filled = {name: [derive(raw, rows) for raw in group] for name, group in by_id.items()}
    return [_fact_set(filled[name]) for name in sorted(filled)]


def _fact_set(raws: Sequence[RawRelation]) -> FactSet:
    """Merge what several sources say about one relation; a row without a prompt uses its templates."""
    rows = [row for raw in raws for row in raw.rows]
    described = [raw for raw in raws if raw.templates] or [_packaged().get(raws[0].id, raws[0])]
    templates = tuple(dict.fromkeys(template for raw in described for template in raw.templates))
    without = next((row for row in rows if not row.prompt), None)
    if without and not templates:
        raise UserError(
            f"{without.place}: relation {raws[0].id!r} is not a packaged one and this fact has no prompt; "
            "give it one in a column 'prompt', such as 'The capital of {} is'"
        )
    name, category = described[0].name, described[0].category or "own"
    derived_from = next((raw.derivation.of for raw in described if raw.derivation), ())
    relation = Relation(raws[0].id, name, category, templates or (rows[0].prompt,), derived_from)
    facts, notes = _merge(relation, rows)
    given = {fact.subject for fact in facts}
    packaged = _packaged().get(relation.id)
    donors, _ = _merge(relation, [row for row in packaged.rows if row.subject not in given] if packaged else ())
    domain = next((raw.domain for raw in described if raw.domain), "")
    paired = tuple(dict.fromkeys(template for raw in described for template in raw.paired))
    return FactSet(
        relation, facts, notes, donors, domain, paired, tuple(each for raw in described for each in raw.others)
    )


def _merge(relation: Relation, rows: Sequence[Row]) -> tuple[tuple[Fact, ...], tuple[str, ...]]:
    by_subject: dict[str, list[Row]] = {}
    for row in rows:
        by_subject.setdefault(row.subject, []).append(row)
    notes = [note for group in by_subject.values() for note in _notes(relation.id, group)]
    return tuple(_fact(relation, group) for group in by_subject.values()), tuple(notes)


def _fact(relation: Relation, rows: Sequence[Row]) -> Fact:
    """Return the fact of the rows of one subject: the first object and the first prompt are its own."""
    accepted = tuple(dict.fromkeys(row.object for row in rows))
    prompt = next((row.prompt for row in rows if row.prompt), "")
    own = "" if prompt == relation.templates[0] else prompt
    subject = rows[0].subject
    return Fact(f"{relation.id}/{subject}", relation.id, subject, accepted[0], accepted, own)


def _notes(relation: str, rows: Sequence[Row]) -> list[str]:
    """Say which rows of one subject were merged, and why."""
    objects = list(dict.fromkeys(row.object for row in rows))
    prompts = list(dict.fromkeys(row.prompt for row in rows if row.prompt))
    subject, notes = f"{relation}: {rows[0].subject!r}", []
    if len(objects) > 1:
        notes.append(f"{subject} has {len(objects)} objects, all accepted: {', '.join(objects)}")
    if len(rows) > len(objects):
        notes.append(f"{subject} is given {len(rows)} times ({', '.join(row.place for row in rows)}); merged")
    if len(prompts) > 1:
        notes.append(f"{subject} has {len(prompts)} prompts; used: {prompts[0]!r}")
    return notes
