"""Facts that follow from others: two relations composed, or one reversed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from graphdb.errors import UserError, unknown
from ingest.facts.readers import RawRelation, Row


def derive(raw: RawRelation, relations: Mapping[str, Sequence[Row]]) -> RawRelation:
    """Return a relation with the facts that follow from those of `relations`, by id; one that has facts as it is.

    Raises UserError where a relation that they follow from is not there, and where nothing follows.
    """
    if raw.derivation is None or raw.rows:
        return raw
    place = raw.derivation.place
    for name in raw.derivation.of:
        if name not in relations:
            raise unknown(f"relation, which {place} derives {raw.id} from,", name, relations, "give its facts too")
    sources = [relations[name] for name in raw.derivation.of]
    found = _composed(*sources) if len(sources) > 1 else _reversed(*sources)
    rows = tuple(Row(subject, answer, "", place) for subject, answer in found)
    if not rows:
        names = " and ".join(raw.derivation.of)
        raise UserError(
            f"{place}: no fact follows from {names}; compose a relation with one about its objects, or reverse one "
            "that has objects of a single subject"
        )
    return replace(raw, rows=rows)


def _composed(first: Iterable[Row], second: Iterable[Row]) -> Iterator[tuple[str, str]]:
    """Yield each subject of the first relation with each object of the second that its own object leads to.

    A subject with several objects is ambiguous, and one that is its own answer, or whose first object is, asks nothing:
    they are left out.
    """
    behind = _objects(second)
    for subject, bridges in _objects(first).items():
        answers = behind.get(bridges[0], ()) if len(bridges) == 1 else ()
        if not {subject, *bridges} & {*answers}:
            yield from ((subject, answer) for answer in answers)


def _reversed(rows: Iterable[Row]) -> Iterator[tuple[str, str]]:
    """Yield each object that one subject alone has, with that subject."""
    for name, subjects in _objects(Row(row.object, row.subject, "", row.place) for row in rows).items():
        if len(subjects) == 1 and subjects[0] != name:
            yield name, subjects[0]


def _objects(rows: Iterable[Row]) -> dict[str, list[str]]:
    """Subject -> its objects, each once."""
    found = defaultdict[str, dict[str, None]](dict)
    for row in rows:
        found[row.subject][row.object] = None
    return {subject: list(objects) for subject, objects in found.items()}
