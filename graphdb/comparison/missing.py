"""What a comparison leaves out: facts without circuits, relations with too few."""

import pandas as pd

from graphdb.comparison.memberships import Memberships
from graphdb.comparison.overlap import FEWEST_FACTS
from graphdb.store.types import Queries

MISSING_COLUMNS = {
    "relation": "relation id",
    "facts": "facts that the store holds",
    "known": "of these, facts that the model knows",
    "circuits": "of these, facts with a circuit of this model and method",
    "without": "facts without; `kcircuits query facts_without_circuit` says why",
    "tested": f"whether it has the {FEWEST_FACTS} circuits that a q-value needs",
}
"""Columns of `missing`."""


def missing(store: Queries, model: str, method: str) -> pd.DataFrame:
    """Return how many facts of each relation have a circuit: `MISSING_COLUMNS`, those that lack most first."""
    found = store.query("relations", model=model, method=method)
    circuits = found["explained"].astype(int)
    frame = pd.DataFrame({
        "relation": found["relation"],
        "facts": found["facts"],
        "known": found["known"],
        "circuits": circuits,
        "without": found["facts"] - circuits,
        "tested": circuits >= FEWEST_FACTS,
    })  # fmt: skip
    return frame.sort_values(["without", "relation"], ascending=[False, True], ignore_index=True)


def notes(store: Queries, corpus: Memberships) -> list[str]:
    """Say in lines what the corpus is, and what is missing from it."""
    model, method = corpus.circuits[["model", "method"]].iloc[0]
    gaps = missing(store, model, method)
    lines = [f"{len(corpus.circuits)} circuits of {len(corpus.relations)} relations: {model}, {method}"]
    if without := int(gaps["without"].sum()):
        lines.append(f"{without} of {int(gaps['facts'].sum())} facts have no such circuit (--view missing)")
    if few := sorted(gaps.loc[~gaps["tested"], "relation"]):
        shown = ", ".join(few[:5]) + (f" and {len(few) - 5} more" if few[5:] else "")
        lines.append(f"under {FEWEST_FACTS} circuits, so without q-value: {shown}")
    return lines
