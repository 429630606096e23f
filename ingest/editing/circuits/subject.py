"""What of an edit is looked at from inside: the models, the fact with its neighbours, and what heads do."""

from collections.abc import Mapping
from dataclasses import dataclass

from graphdb.records import Fact
from graphdb.role_records import RoleKind
from ingest.editing.prompts.request import Request
from ingest.facts.sets import FactSet
from ingest.model import LanguageModel


@dataclass(frozen=True)
class Subject:
    """An edit whose inside is looked at."""

    before: LanguageModel
    after: LanguageModel
    """The variant."""
    sham: LanguageModel
    layer: int
    request: Request
    facts: FactSet
    """All facts of the relation."""
    template: int
    neighbours: tuple[Fact, ...]
    """Known facts of the relation whose circuits are found too."""
    roles: Mapping[str, RoleKind] | None
    """Head -> what it does in the relation, of heads that do anything; None: not known."""
    fingerprint: str

    @property
    def variant_id(self) -> str:
        """The id of the variant, and so of the edit."""
        return self.after.record.id

    def heads(self, kind: RoleKind) -> list[str] | None:
        """The heads that are movers, or relation heads, mixtures included; None where no roles are known."""
        return None if self.roles is None else [name for name, role in self.roles.items() if role.is_of(kind)]
