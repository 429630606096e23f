"""Answers about what is specific, as tables: the queries of the library that are computed and not one statement."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from graphdb.comparison.memberships import Floats, Ints
from graphdb.comparison.overlap import LEVEL, q_values
from graphdb.comparison.parts import everywhere
from graphdb.comparison.profiles.derived import hop_sharing
from graphdb.components import parse
from graphdb.errors import unknown
from graphdb.queries.library import Value
from graphdb.specificity import uses as reading
from graphdb.specificity.lifts import Lifts, elsewhere, lifts
from graphdb.specificity.uses import Uses
from graphdb.store.types import Queries

Parameters = Mapping[str, Value]
SHARED_BY = 2
"""Relations that share a component, where the question names neither them nor their number."""
USES = ("specific", "other", "everywhere")
"""Kinds of use, in the order of answers."""


@dataclass(frozen=True, slots=True)
class _Model:
    """How the relations of a model use names, and how specifically."""

    uses: Uses
    lifts: Lifts

    def among(self, wanted: list[str]) -> Ints:
        """Return the rows of these relations; of all without any."""
        return np.array([i for i, name in enumerate(self.uses.relations) if name in wanted or not wanted], np.int64)


def shared_components(store: Queries, given: Parameters) -> pd.DataFrame:
    """Rank components by the least of the lifts in the relations that share them.

    Of the lifts in the relations asked for, the k-th largest counts. Its p is that of k of them being above 1
    (Benjamini and Heller 2008: with k = all the largest p, with k = 1 Bonferroni's).
    """
    wanted = [name.strip() for name in str(given["relations"]).split(",") if name.strip()]
    models = _models(store, given, wanted)
    return _table(models, lambda each: _shared(each, each.among(wanted), int(given["min_relations"]), wanted))


def _shared(model: _Model, rows: Ints, least: int, wanted: list[str]) -> pd.DataFrame | None:
    k = least or len(wanted) or min(SHARED_BY, len(rows))
    if not 0 < k <= len(rows):
        return None
    uses, found = model.uses, model.lifts
    order = rows[np.argsort(-found.lift[rows], axis=0, kind="stable")][:k]
    columns = np.arange(len(uses.names))
    facts = uses.holders[order, columns].sum(axis=0)
    frame = _components(model).assign(
        relations=(uses.holders > 0).sum(axis=0),
        shared_by=pd.Series([[uses.relations[row] for row in order[:, column]] for column in columns]),
        lift=_largest(found.lift[rows], k),
        low=_largest(found.low[rows], k),
        high=_largest(found.high[rows], k),
        q=q_values(_partial(found.p[rows], k)),
        facts=facts,
        share=facts / uses.facts[order].sum(axis=0),
        score_share=uses.mean[order, columns].mean(axis=0),
        score_share_all=uses.mean.mean(axis=0),
    )
    held = np.min(uses.holders[order, columns], axis=0)
    return frame[frame["component"].isin([uses.names[column] for column in np.flatnonzero(held)])]


def relation_components(store: Queries, given: Parameters) -> pd.DataFrame:
    """Rank the components of a relation by their lift."""
    relation = str(given["relation"])
    return _table(_models(store, given, [relation]), lambda each: _of_relation(each, relation))


def what_sets_apart(store: Queries, given: Parameters) -> pd.DataFrame:
    """Return the components, then the edges, whose lift in a relation is above 1 with its whole interval."""
    relation, most, elsewhere_of = str(given["relation"]), int(given["limit"]), int(given["facts_elsewhere"])
    frames = []
    for each in _models(store, given, [relation]):
        way = each.uses.model, str(given["method"])
        edges = reading.edges(store, relation, way, elsewhere_of)
        for model in [each, *([_Model(edges, lifts(edges))] if edges else [])]:
            frame = _of_relation(model, relation)
            if frame is not None:
                frames.append(_ranked(frame[frame["low"] > 1]).head(most))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def _of_relation(model: _Model, relation: str) -> pd.DataFrame | None:
    uses, found = model.uses, model.lifts
    if relation not in uses.relations:
        return None
    row = uses.relations.index(relation)
    frame = _components(model).assign(
        lift=found.lift[row],
        low=found.low[row],
        high=found.high[row],
        q=q_values(found.p[row]),
        facts=uses.holders[row],
        share=uses.usage[row],
        share_elsewhere=elsewhere(uses.usage)[row],
        difference=uses.mean[row] - elsewhere(uses.mean)[row],
        score_share=uses.mean[row],
        score_share_elsewhere=elsewhere(uses.mean)[row],
    )
    return frame[uses.holders[row] > 0]


def component_profile(store: Queries, given: Parameters) -> pd.DataFrame:
    """Rank the relations by their lift of a component."""
    return _table(_models(store, given, []), lambda each: _profile(each, str(given["component"])))


def _profile(model: _Model, component: str) -> pd.DataFrame | None:
    uses, found = model.uses, model.lifts
    if component not in uses.names:
        return None
    column = uses.names.index(component)
    return pd.DataFrame({
        "relation": uses.relations,
        "model": uses.model,
        "lift": found.lift[:, column],
        "low": found.low[:, column],
        "high": found.high[:, column],
        "q": q_values(found.p[:, column]),
        "facts": uses.holders[:, column],
        "explained": uses.facts,
        "share": uses.usage[:, column],
        "score_share": uses.mean[:, column],
        "score_share_elsewhere": elsewhere(uses.mean)[:, column],
    })  # fmt: skip


def component_usage(store: Queries, given: Parameters) -> pd.DataFrame:
    """Return the component x relation matrix, one cell a row, by layer."""
    frames = [_cells(each) for each in _models(store, given, [])]
    if not frames:
        return pd.DataFrame()
    order = ["model", "layer", "component", "relation"]
    return pd.concat(frames, ignore_index=True).sort_values(order, kind="stable", ignore_index=True)


def _cells(model: _Model) -> pd.DataFrame:
    uses, found = model.uses, model.lifts
    parts = _components(model)
    cells = parts.loc[np.tile(np.arange(len(parts)), len(uses.relations))].reset_index(drop=True)
    return cells.assign(
        relation=np.repeat(np.array(uses.relations, dtype=object), len(parts)),
        facts=uses.holders.ravel(),
        share=uses.usage.ravel(),
        score_share=uses.mean.ravel(),
        lift=found.lift.ravel(),
        low=found.low.ravel(),
        high=found.high.ravel(),
        q=np.array([q_values(row) for row in found.p]).ravel(),
    )


COMPUTED: Mapping[str, Callable[[Queries, Parameters], pd.DataFrame]] = {
    each.__name__: each
    for each in (
        *(shared_components, relation_components, what_sets_apart, component_profile, component_usage),
        hop_sharing,
    )
}
"""By the names of the queries, which declare purpose, parameters and columns."""


def _models(store: Queries, given: Parameters, relations: list[str]) -> list[_Model]:
    """Read how components are used; raises UserError for a relation of no circuit, where there are circuits."""
    asked = [str(given.get(name, "")) for name in ("model", "method", "component")]
    found = [_Model(each, lifts(each)) for each in reading.components(store, *asked)]
    known = {name for each in found for name in each.uses.relations}
    for name in relations:
        if known and name not in known:
            raise unknown("relation with circuits", name, sorted(known))
    return found


def _components(model: _Model) -> pd.DataFrame:
    """Return what is said of the names themselves."""
    names = [parse(name) if "->" not in name else None for name in model.uses.names]
    return pd.DataFrame({
        "component": model.uses.names,
        "kind": ["edge" if part is None else part.kind for part in names],
        "layer": [None if part is None else part.layer for part in names],
        "model": model.uses.model,
        "everywhere": everywhere(model.uses.usage),
    })  # fmt: skip


def _table(models: list[_Model], answer: Callable[[_Model], pd.DataFrame | None]) -> pd.DataFrame:
    """Join the answers of the models, ranked: what is popular everywhere last."""
    frames = [frame for each in models if (frame := answer(each)) is not None]
    if not frames:
        return pd.DataFrame()
    return _ranked(pd.concat(frames, ignore_index=True))


def _ranked(frame: pd.DataFrame) -> pd.DataFrame:
    """Say what kind of use each row is, and sort: first what is found, then by the lower end of the lift."""
    common = frame["everywhere"] if "everywhere" in frame else np.zeros(len(frame), bool)
    use = np.select([frame["low"] > 1, ~common], USES[:2], USES[2])
    keys = pd.DataFrame({
        "found": ~(frame["q"] <= LEVEL), "use": [USES.index(each) for each in use], "low": -frame["low"],
        "lift": -frame["lift"],
    })  # fmt: skip
    order = keys.sort_values(keys.columns.tolist(), kind="stable", na_position="last").index
    return frame.assign(use=use).loc[order].reset_index(drop=True)


def _largest(values: Floats, k: int) -> Floats:
    """Return the k-th largest [name] of [relation, name]; NaN where so many are not known."""
    ordered = -np.sort(-values, axis=0)  # NaN stands last
    return ordered[k - 1]


def _partial(p: Floats, k: int) -> Floats:
    """Return [name] P(fewer than k of the relations use it more) of p-values [relation, name]; NaN is no test."""
    tests = np.maximum((~np.isnan(p)).sum(axis=0), k)
    return np.minimum(np.sort(p, axis=0)[k - 1] * (tests - k + 1), 1.0)
