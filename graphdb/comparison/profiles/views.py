"""What the views by profile show of a store: their tables, and lines on what these can and cannot say."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from graphdb.comparison import missing
from graphdb.comparison.memberships import Level, Memberships
from graphdb.comparison.profiles.chance import FEWEST_NAMES, FEWEST_RELATIONS
from graphdb.comparison.profiles.controls import controls
from graphdb.comparison.profiles.profiles import Profiles, pair, profiles
from graphdb.comparison.profiles.retrieval import Against, retrieval
from graphdb.comparison.profiles.similarity import Measure
from graphdb.comparison.ways import Way, at_level, read
from graphdb.store.types import Queries

WORDS = (
    "prompt_alone is high where facts of a relation share a template: circuits of a second wording are the control, "
    "--method NAME/wording1 --other-method NAME"
)


def retrieved(
    store: Queries, ways: tuple[Way, Way], levels: Sequence[Level], seed: int = 0
) -> tuple[dict[str, pd.DataFrame], tuple[str, ...]]:
    """Return how often the nearest circuit is one of the same relation, at several levels, and notes.

    The circuits of the first way ask, those of the second are found; both may be one. Raises UserError as
    `ways.corpora` does.
    """
    different = dict.fromkeys(ways)
    prompts = [store.query("circuit_prompts", model=way.model, method=way.method) for way in different]
    tables, notes = [], dict[str, None]()
    for level in levels:
        found = read(store, level, ways)
        a, b = at_level(store, level, found)
        queries, gallery = pair(a, b)
        table = retrieval(queries, gallery, controls(found, prompts), seed=seed)
        lines = [line for corpus in ([a] if a is b else [a, b]) for line in missing.notes(store, corpus)]
        notes |= dict.fromkeys([*lines, *without(a), *_left_out(queries, gallery, table)])
        tables.append(table)
    whole = pd.concat(tables, ignore_index=True)
    return {"How often the nearest circuit is of the same relation": whole}, (*notes, *([WORDS] if len(whole) else []))


def headline(store: Queries, corpus: Memberships, way: Way) -> pd.DataFrame:
    """Return how often the nearest circuit is one of the same relation, by the cosine alone: `RETRIEVAL_COLUMNS`.

    `corpus` has the components of the way's circuits.
    """
    found = profiles(corpus)
    prompts = store.query("circuit_prompts", model=way.model, method=way.method)
    return retrieval(found, found, controls([corpus], [prompts]), [Measure.COSINE])


def few(corpus: Memberships) -> list[str]:
    """Say in lines what profiles of few relations or names, or circuits without a score, cannot say."""
    lines, relations = without(corpus), len(corpus.relations)
    if relations == 1:
        lines.append("as profiles: one relation has none to be compared with")
    elif relations < FEWEST_RELATIONS:
        why = ", two are opposite by construction" if relations == 2 else ""
        lines.append(f"as profiles: deviations from the mean of under {FEWEST_RELATIONS} relations have no p{why}")
    elif len(corpus.names) < FEWEST_NAMES:
        lines.append(f"as profiles: under {FEWEST_NAMES} names have no p, as too few can stand for each other")
    return lines


def without(corpus: Memberships) -> list[str]:
    """Say how many circuits have no profile."""
    count = int((np.asarray(corpus.scores.sum(axis=1)).ravel() <= 0).sum())
    return [f"{count} circuits without a score have no profile, and are left out"] if count else []


def _left_out(queries: Profiles, gallery: Profiles, found: pd.DataFrame) -> list[str]:
    if len(gallery.relations) < 2:
        return ["one relation: there is none to tell it from"]
    asked = found.loc[(found["against"] == Against.ALL) & (found["measure"] == Measure.COSINE), "facts"]
    alone = len(queries.of) - int(asked.sum())
    lines = [f"{alone} facts are left out: no other fact of their relation has a circuit"] if alone else []
    drawn = found.loc[found["measure"] == Measure.WEIGHTED_JACCARD, "facts"]
    if len(drawn) and drawn.iloc[0] < asked.iloc[0]:
        lines.append(f"weighted_jaccard: of {drawn.iloc[0]} facts, drawn at random")
    return lines
