"""The same facts in two contrasts: what circuits hold in the subject contrast, in another one, and in both."""

import pandas as pd

from graphdb.comparison.ways import Way
from graphdb.errors import UserError
from graphdb.records import Kind
from graphdb.store.types import Queries
from graphdb.tables import records

ENDINGS = {f"/{kind}": kind for kind in (Kind.RELATION, Kind.DEMONSTRATION)}
"""What a method's name ends with -> the contrast whose circuits bear it; no ending: the subject contrast."""


def kind_of(method: str) -> Kind:
    """Return the contrast whose circuits bear a method's name."""
    return next((kind for ending, kind in ENDINGS.items() if method.endswith(ending)), Kind.SUBJECT)


def plain(method: str) -> str:
    """Return the name of a method without that of the contrast."""
    return next((method.removesuffix(ending) for ending in ENDINGS if method.endswith(ending)), method)


def both_contrasts(store: Queries, way: Way) -> tuple[Way, Way]:
    """Return the ways of the subject contrast's circuits and of the other one's, of one model and method.

    The way may name the method of either. Raises UserError where the store has not both, and where it has both of
    several models, methods or contrasts.
    """
    stored = {(str(row["model"]), str(row["method"])) for row in records(store.query("ways"))}
    pairs = [
        (Way(model, plain(other)), Way(model, other))
        for model, other in sorted(stored)
        if kind_of(other) is not Kind.SUBJECT
        and (model, plain(other)) in stored
        and way.model in ("", model)
        and way.method in ("", plain(other), other)
    ]
    if not pairs:
        raise UserError(
            "the store has no circuits of two contrasts by one method: `kcircuits ingest --contrast both`, or "
            "`--contrast demonstration` beside the subject contrast, finds them"
        )
    if len(pairs) > 1:
        ways = ", ".join(f"{other.method} in {other.model}" for _, other in pairs)
        raise UserError(f"two contrasts are there of {ways}: name one with --model and --method")
    return pairs[0]


def by_contrast(names: pd.DataFrame, kind: Kind) -> pd.DataFrame:
    """Return the names of two sides, of the subject contrast and of another, with the contrast in place of the side."""
    parts = {"both": "both", "only_a": str(Kind.SUBJECT), "only_b": str(kind)}
    return names.assign(part=names["part"].map(parts))
