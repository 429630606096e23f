"""What an imported circuit is a circuit of: from options, from the file, from facts that are stored or packaged."""

from dataclasses import dataclass
from pathlib import Path

from graphdb.errors import UserError
from graphdb.formats.foreign import Said
from graphdb.formats.importing import IMPORTED, About
from graphdb.queries.lookup import fact_of
from graphdb.records import Fact, Relation
from graphdb.store.types import Queries
from graphdb.tables import records
from ingest.facts.readers import SUBJECT
from ingest.facts.sets import builtin_relations

GENERIC = ("graph", "importances", "circuit")
"""Names of files that say nothing: their folder's name is taken."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the user says of files; empty: nothing."""

    fact: str = ""
    relation: str = ""
    object: str = ""
    prompt: str = ""

    @property
    def is_of_one(self) -> bool:
        """Whether it can be said of one file alone."""
        return bool(self.fact or self.object or self.prompt)


def about(store: Queries | None, file: Path, told: Told, said: Said) -> About:
    """Return the fact that a file's circuit is of, with its relation: those of the store, else packaged, else new ones.

    Raises UserError for a fact without relation or subject, and for another object than a known fact has.
    """
    name = told.fact or ("" if told.relation else said.fact)
    relation_id, _, subject = name.partition("/") if name else (told.relation or IMPORTED, "/", _subject(file))
    if not relation_id or not subject:
        raise UserError(f"fact {name!r} is not understood: give RELATION/SUBJECT, such as country_capital/France")
    if told.fact and told.relation not in ("", relation_id):
        raise UserError(f"--fact {told.fact} is not of --relation {told.relation}: leave one of them out")
    prompt, given = told.prompt or said.prompt, told.object or said.object
    fact_id = f"{relation_id}/{subject}"
    relation, facts = _known(store, relation_id) or (_new(relation_id, subject, prompt), {})
    fact = facts.get(fact_id) or _fact(relation, subject, given, prompt)
    known = {each.casefold() for each in (fact.object, *fact.accepted)}
    if given and fact.object and given.strip().casefold() not in known:
        raise UserError(
            f"fact {fact_id} has the object {fact.object!r}, not {given!r}: leave --object out, or name another --fact"
        )
    return About(relation, fact, prompt)


def _subject(file: Path) -> str:
    generic = file.stem.lower() in GENERIC
    return (file.absolute().parent.name if generic else file.stem) or file.stem


def _known(store: Queries | None, relation_id: str) -> tuple[Relation, dict[str, Fact]] | None:
    """The relation with its facts by id, of the store if it has it; None: neither there nor packaged."""
    rows = records(store.query("relations")) if store else []
    packaged = next((each for each in builtin_relations() if each.relation.id == relation_id), None)
    facts = {fact.id: fact for fact in packaged.facts} if packaged else {}
    for row in rows:
        if store and row["relation"] == relation_id:
            stored: list[dict] = records(store.query("relation_facts", relation=relation_id))
            given = stored[0] if stored else {"name": relation_id, "category": "", "templates": [], "derived_from": []}
            words = tuple(given["templates"]), tuple(given["derived_from"])
            relation = Relation(relation_id, given["name"], given["category"], *words)
            return relation, facts | {each["fact"]: fact_of(each) for each in stored}
    return (packaged.relation, facts) if packaged else None


def _new(relation_id: str, subject: str, prompt: str) -> Relation:
    words = _words(subject, prompt)
    return Relation(relation_id, relation_id.replace("_", " "), IMPORTED, (words,) if SUBJECT in words else ())


def _fact(relation: Relation, subject: str, given: str, prompt: str) -> Fact:
    filled = [template.replace(SUBJECT, subject) for template in relation.templates]
    own = "" if not prompt or prompt in filled[:1] else _words(subject, prompt)
    accepted = (given.strip(),) if given.strip() else ()
    return Fact(f"{relation.id}/{subject}", relation.id, subject, given.strip(), accepted, own)


def _words(subject: str, prompt: str) -> str:
    """The prompt with `{}` for the subject."""
    return prompt.replace(subject, SUBJECT)
