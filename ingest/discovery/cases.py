"""The cases that settings ask for: facts against other subjects, behind demonstrations or not, or against other
relations' words."""

from collections.abc import Callable, Sequence

from graphdb.records import Kind
from ingest.facts.demonstrations import prepare_demonstrated
from ingest.facts.other_words import partners, prepare_relation
from ingest.facts.prompts import Case, Encode, prepare
from ingest.facts.sets import FactSet
from ingest.settings import Settings


def cases_of(facts: FactSet, sets: Sequence[FactSet], encode: Encode, settings: Settings) -> list[Case]:
    """Return a case for each fact to explain, in order; `sets` are all relations of the ingest."""
    if settings.contrast == Kind.RELATION:
        return prepare_relation(facts, partners(sets), encode)
    return _prepare(settings)(facts, encode, settings.template)


def twins_of(facts: FactSet, sets: Sequence[FactSet], encode: Encode, settings: Settings) -> list[Case]:
    """Return the cases in second words: another template, or the next paired one; none where there is none."""
    if settings.contrast == Kind.RELATION:
        return prepare_relation(facts, partners(sets), encode, choice=1)
    second = 0 if settings.template else 1
    return _prepare(settings)(facts, encode, second) if len(facts.relation.templates) > 1 else []


def _prepare(settings: Settings) -> Callable[[FactSet, Encode, int], list[Case]]:
    return prepare_demonstrated if settings.contrast == Kind.DEMONSTRATION else prepare
