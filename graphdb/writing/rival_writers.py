"""Writes facts' objects against their rivals."""

from collections.abc import Sequence

from graphdb.conditions.rivals import Rival
from graphdb.store import Store
from graphdb.writing.statements import link, merge, node_row, pair


def write_rivals(store: Store, rivals: Sequence[Rival]) -> None:
    """Write rivals whose facts and model are there, in one transaction; what is there by the same ids is replaced."""
    store.write(
        [
            (merge("Rival"), [node_row("Rival", each) for each in rivals]),
            (link("Rival", "OF_FACT", "Fact"), [pair(each.id, each.fact_id) for each in rivals]),
            (link("Rival", "IN_MODEL", "Model"), [pair(each.id, each.model_id) for each in rivals]),
        ]
    )
