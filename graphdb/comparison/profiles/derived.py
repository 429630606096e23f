"""What circuits of derived facts share with those of the facts that they follow from: each hop, or the forward fact."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from graphdb.comparison.memberships import Floats, Ints, Level, load
from graphdb.comparison.profiles.profiles import Profiles, profiles
from graphdb.comparison.profiles.similarity import Measure, blocks
from graphdb.errors import unknown
from graphdb.queries.library import Value
from graphdb.store.types import Queries
from graphdb.tables import records
from graphdb.topology import BoolArray

LEVEL = 0.95
"""Of intervals."""


@dataclass(frozen=True, slots=True)
class Part:
    """What facts of a relation have to do with those of another, by fact id."""

    relation: str
    name: str
    """`first` or `second` hop, or `forward`: the fact that is reversed."""
    source: str
    """Id of the other relation."""
    facts: Mapping[str, str]


def hop_sharing(store: Queries, given: Mapping[str, Value]) -> pd.DataFrame:
    """Compare circuits of derived facts with those of the facts that they follow from, beside other facts' circuits.

    Alike is the inner product of two circuits' profiles (Bhattacharyya 1943), 0 to 1.
    """
    relation, level, model, method = (str(given[name]) for name in ("relation", "level", "model", "method"))
    if level not in set(Level):
        raise unknown("level", level, [each.value for each in Level])
    facts: list[dict[str, Any]] = records(store.query("relation_facts"))
    parts = [each for each in _parts(facts) if relation in ("", each.relation)]
    if not parts or store.query("ways").empty:
        return pd.DataFrame()
    corpus = profiles(load(store, Level(level), model, method))
    own = {row["relation"] for row in facts if not row["derived_from"]}
    rows = [row for each in parts if (row := _row(corpus, each, own - _family(parts, each.relation)))]
    return pd.DataFrame(rows)


def _parts(facts: Sequence[Mapping[str, Any]]) -> Iterator[Part]:
    """Yield what the facts of derived relations follow from."""
    by_name = {(row["relation"], row["subject"]): row for row in facts}
    derived = {row["relation"]: tuple(row["derived_from"]) for row in facts if row["derived_from"]}
    for relation, sources in derived.items():
        mine = [row for row in facts if row["relation"] == relation]
        if len(sources) == 1:
            yield Part(relation, "forward", sources[0], _named(by_name, sources[0], mine, "object"))
            continue
        first, second = sources
        starts = _named(by_name, first, mine, "subject")
        bridges = [{"fact": row["fact"], "bridge": by_name[first, row["subject"]]["object"]} for row in mine
                   if row["fact"] in starts]  # fmt: skip
        yield Part(relation, "first", first, starts)
        yield Part(relation, "second", second, _named(by_name, second, bridges, "bridge"))


def _named(
    by_name: Mapping[tuple[str, str], Mapping[str, Any]], source: str, rows: Sequence[Mapping[str, Any]], subject: str
) -> dict[str, str]:
    """Fact id -> id of the fact of `source` whose subject the row names, where there is one."""
    pairs = ((row["fact"], by_name.get((source, row[subject]))) for row in rows)
    return {fact: other["fact"] for fact, other in pairs if other is not None}


def _family(parts: Sequence[Part], relation: str) -> set[str]:
    """What a relation is derived from."""
    return {each.source for each in parts if each.relation == relation}


def _row(corpus: Profiles, part: Part, others: set[str]) -> dict[str, Any] | None:
    """The answer's row of one part; None where no fact has both circuits."""
    circuits = corpus.corpus.circuits
    place = {fact: row for row, fact in enumerate(circuits["fact"])}
    pairs = [(place[fact], place[other]) for fact, other in part.facts.items() if fact in place and other in place]
    if not pairs:
        return None
    mine, theirs = np.array(pairs, np.int64).T
    found = np.asarray(blocks(Measure.BHATTACHARYYA, corpus, corpus)(mine), np.float64)
    own = found[np.arange(len(mine)), theirs]
    relation = circuits["relation"].to_numpy(dtype=str)
    beside = _beside(found, theirs, relation == part.source)
    apart = found[:, np.isin(relation, sorted(others))]
    low, high = _interval(own - beside)
    return {
        "relation": part.relation,
        "model": circuits["model"].iloc[0],
        "method": circuits["method"].iloc[0],
        "part": part.name,
        "source": part.source,
        "facts": len(mine),
        "alike": own.mean(),
        "alike_other_facts": beside.mean(),
        "above": (own - beside).mean(),
        "low": low,
        "high": high,
        "alike_other_relations": apart.mean() if apart.size else np.nan,
    }


def _beside(found: Floats, own: Ints, of_source: BoolArray) -> Floats:
    """Mean similarity of each row with the source's circuits but its own [row]; NaN where there is no other."""
    others = of_source & (np.arange(found.shape[1]) != own[:, None])
    sums, counts = (found * others).sum(1), others.sum(1)
    return np.divide(sums, counts, out=np.full(len(own), np.nan), where=counts > 0)


def _interval(values: Floats) -> tuple[float, float]:
    """Ends of Student's interval of the mean; NaN for fewer than two values."""
    if len(values) < 2:
        return np.nan, np.nan
    half = stats.t.ppf((1 + LEVEL) / 2, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return float(values.mean() - half), float(values.mean() + half)
