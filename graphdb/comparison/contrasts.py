"""The same facts in both contrasts: what of a circuit is the subject's, what the relation's, what both have."""

import pandas as pd

from graphdb.comparison.ways import Way
from graphdb.errors import UserError
from graphdb.records import Kind
from graphdb.store.types import Queries
from graphdb.tables import records

ENDING = f"/{Kind.RELATION}"
"""What a method's name ends with where circuits of the relation contrast bear it."""
PARTS = {"both": "both", "only_a": str(Kind.SUBJECT), "only_b": str(Kind.RELATION)}
"""The part of two sides' names that a name is in -> the contrast whose circuits hold it."""


def both_contrasts(store: Queries, way: Way) -> tuple[Way, Way]:
    """Return the ways of the subject contrast's circuits and of the relation contrast's, of one model and method.

    Raises UserError where the store has not both, and where it has both of several models or methods.
    """
    stored = {(str(row["model"]), str(row["method"])) for row in records(store.query("ways"))}
    method = way.method.removesuffix(ENDING)
    pairs = [
        Way(model, name)
        for model, name in sorted(stored)
        if (model, name + ENDING) in stored and way.model in ("", model) and method in ("", name)
    ]
    if not pairs:
        raise UserError(
            "the store has no circuits of both contrasts by one method: `kcircuits ingest --contrast both` finds them"
        )
    if len(pairs) > 1:
        ways = ", ".join(f"{each.method} in {each.model}" for each in pairs)
        raise UserError(f"both contrasts are there of {ways}: name one with --model and --method")
    return pairs[0], Way(pairs[0].model, pairs[0].method + ENDING)


def by_contrast(names: pd.DataFrame) -> pd.DataFrame:
    """Return the names of two sides, the first of the subject contrast, with the contrast in place of the side."""
    return names.assign(part=names["part"].map(PARTS))
