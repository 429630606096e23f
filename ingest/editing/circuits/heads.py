"""What heads do in the relation of an edit: from the store, else found anew."""

from collections.abc import Mapping
from typing import Any

from graphdb.errors import UserError
from graphdb.role_records import RoleKind
from graphdb.store import Store
from graphdb.tables import records
from ingest.facts.sets import FactSet
from ingest.model import LanguageModel
from ingest.options import Options
from ingest.roles.decide import LEAST_FACTS
from ingest.roles.pipeline import ask
from ingest.roles.roles import roles, score_heads
from ingest.roles.vocabularies import packaged_vocabularies
from ingest.settings import Settings

Roles = Mapping[str, RoleKind]
"""Head -> what it does in a relation; only heads that do anything."""


def stored_roles(store: Store, model: LanguageModel, relation_id: str, template: int) -> Roles | None:
    """Return the roles that the store has; None where it has none that could be tested."""
    found = store.query("role_fingerprints", relation=relation_id, model=model.record.id)
    tested = found[(found["wording"] == str(template)) & (found["facts"] >= LEAST_FACTS)]
    if tested.empty:
        return None
    rows: list[dict[str, Any]] = records(store.query("roles_held", model=model.record.id))
    of_relation = (each for each in rows if (each["relation"], each["wording"]) == (relation_id, str(template)))
    return {each["component"]: RoleKind(each["role"]) for each in of_relation}


def found_roles(model: LanguageModel, facts: FactSet, template: int) -> Roles | None:
    """Find the roles of a relation; None where too few facts are known to test heads, or they cannot be compared."""
    options = Options(Settings(template=template))
    asked = ask(model, facts, {}, packaged_vocabularies(model.encode), options)
    if len(asked.relation.facts) < LEAST_FACTS:
        return None
    try:
        found = roles(score_heads(model, asked.relation))
    except UserError:
        return None
    if not found or found[0].n_facts < LEAST_FACTS:
        return None
    return {each.component: each.role for each in found if each.role is not RoleKind.NONE}
