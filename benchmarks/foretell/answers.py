"""Is the model's first choice among a relation's objects wrong? What tells it, on facts that no fit has seen.

Figures are those of `graphdb.conditions.rivals.Rival` that do not know which object is right. Which heads are movers
does hang on it a little, since movers are called on all facts of a relation; so the figure of five heads chosen on the
*other* relations stands beside theirs.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.foretell.folds import Folds, by_relation, by_subject
from benchmarks.foretell.logistic import Bools, Floats, auroc, fit, held_out
from graphdb.conditions.rivals import Rival
from graphdb.role_records import HeadRole, RoleKind
from ingest.facts.sets import FactSet, builtin_relations
from ingest.model import LanguageModel
from ingest.options import Options
from ingest.rivals.rivals import rivals
from ingest.roles.pipeline import Asked, ask
from ingest.roles.roles import roles, score_heads
from ingest.roles.vocabularies import packaged_vocabularies

Row = dict[str, Any]

CERTAINTY = ("margin_among", "probability_among", "entropy_among")
WITH_MOVERS = (*CERTAINTY, "movers_among")
ARMS = {
    "margin": CERTAINTY[:1],
    "margin, probability, entropy": CERTAINTY,
    "movers": ("movers_among",),
    "heads of other relations": ("elsewhere",),
    "random heads": ("random_among",),
    "certainty and movers": WITH_MOVERS,
    "certainty and heads of other relations": (*CERTAINTY, "elsewhere"),
    "certainty and random heads": (*CERTAINTY, "random_among"),
}
"""What a fact is told by -> figures; `certainty` is margin, probability and entropy together."""
BASE = "margin, probability, entropy"
PRIOR = "the relation's share of wrong answers"
HEADS = 5
"""Heads that are chosen on other relations."""
DRAWS = 1000
PERMUTATIONS = 100


@dataclass(frozen=True)
class Cases:
    """Facts with a choice among their relation's objects, and movers to ask."""

    relations: NDArray[np.str_]  # [n]
    subjects: NDArray[np.str_]
    wrong: Bools
    figures: Mapping[str, Floats]
    """Name -> values [n]."""

    def table(self, names: Sequence[str]) -> Floats:
        """Return some figures [n, f]."""
        return np.column_stack([self.figures[name] for name in names])


@dataclass(frozen=True)
class Measured:
    """A relation's rivals, and what its heads are."""

    asked: Asked
    heads: Sequence[HeadRole]
    found: Sequence[Rival]


@torch.no_grad()
def measure(model: LanguageModel, sets: Sequence[FactSet]) -> Iterator[Measured]:
    """Yield what relations' facts give; none of a relation in which no fact can be told apart."""
    vocabularies, options = packaged_vocabularies(model.encode), Options()
    for each in sets:
        asked = ask(model, each, {}, vocabularies, options)
        heads = roles(score_heads(model, asked.relation))
        movers = [head.component for head in heads if head.role.is_of(RoleKind.MOVER)]
        if heads:
            yield Measured(asked, heads, rivals(model, asked.relation, movers, subjects_of(each)))
            print(f"{each.relation.id}: {len(asked.relation.facts)} facts, {len(movers)} movers", file=sys.stderr)


def subjects_of(facts: FactSet) -> dict[str, str]:
    """Fact id -> subject."""
    return {fact.id: fact.subject for fact in facts.facts}


@torch.no_grad()
def cases(model: LanguageModel, measured: Sequence[Measured]) -> Cases:
    """Return the facts to tell, with what heads that other relations choose add to their choices."""
    kept, elsewhere = list[Rival](), list[float | None]()
    for each in measured:
        others = [other.heads for other in measured if other is not each]
        again = rivals(model, each.asked.relation, strongest(others), subjects_of(each.asked.facts))
        values = {one.fact_id: one.movers_among for one in again}
        some = [one for one in each.found if one.movers_among is not None]
        kept, elsewhere = kept + some, elsewhere + [values[one.fact_id] for one in some]
    names = [one.fact_id.partition("/") for one in kept]
    figures = {name: np.array([getattr(one, name) for one in kept], float) for name in (*WITH_MOVERS, "random_among")}
    return Cases(
        np.array([relation for relation, _, _ in names]),
        np.array([subject for _, _, subject in names]),
        np.array([not one.right_among for one in kept]),
        figures | {"elsewhere": np.array(elsewhere, float)},
    )


def strongest(relations: Sequence[Sequence[HeadRole]]) -> list[str]:
    """Return the heads with the largest mean mover score over some relations."""
    names = [head.component for head in relations[0]]
    means = np.mean([[head.mover for head in heads] for heads in relations], 0)
    return [names[place] for place in np.argsort(-means, kind="stable")[:HEADS]]


def rows(given: Cases) -> Iterator[Row]:
    """Yield how well each arm tells wrong answers, with other relations, and with other subjects, to fit on."""
    for kind, folds in (("relation", by_relation(given.relations)), ("subject", by_subject(given.subjects))):
        scores = {arm: held_out(given.table(names), given.wrong, folds) for arm, names in ARMS.items()}
        if kind == "subject":
            scores = {PRIOR: prior(given, folds), **scores}
        drawn = resampled(given, list(scores.values()))
        base = list(scores).index(BASE)
        for place, (arm, score) in enumerate(scores.items()):
            value = auroc(score, given.wrong)
            yield {
                "folds": kind,
                "arm": arm,
                "auroc": value,
                "interval": ends(drawn[:, place]),
                "gain": value - auroc(scores[BASE], given.wrong),
                "gain_interval": ends(drawn[:, place] - drawn[:, base]),
            }
        yield {"folds": kind, "arm": "permuted labels", **permuted(given, folds)}


def prior(given: Cases, folds: Folds) -> Floats:
    """Return the share of wrong answers [n] among a relation's other subjects, drawn to that of all by one case."""
    scores = np.empty(len(folds))
    for row, fold in enumerate(folds):
        rest = folds != fold
        mine = given.wrong[rest & (given.relations == given.relations[row])]
        scores[row] = (mine.sum() + given.wrong[rest].mean()) / (len(mine) + 1)
    return scores


def resampled(given: Cases, scores: Sequence[Floats]) -> Floats:
    """Return areas [draw, score] on bootstrap samples: relations are drawn, then facts of each."""
    rng, places = np.random.default_rng(0), [np.flatnonzero(given.relations == r) for r in np.unique(given.relations)]
    drawn = np.empty((DRAWS, len(scores)))
    for draw in range(DRAWS):
        chosen = [rng.choice(places[r], len(places[r])) for r in rng.integers(len(places), size=len(places))]
        some = np.concatenate(chosen)
        drawn[draw] = [auroc(score[some], given.wrong[some]) for score in scores]
    return drawn


def ends(values: Floats) -> list[float]:
    """Return the ends of the 95% interval of drawn values."""
    return np.nanquantile(values, (0.025, 0.975)).tolist()


def permuted(given: Cases, folds: Folds) -> Row:
    """Return the area that certainty and movers reach where labels are shuffled over facts, mean and interval."""
    rng, areas = np.random.default_rng(0), list[float]()
    for _ in range(PERMUTATIONS):
        labels = rng.permutation(given.wrong)
        areas.append(auroc(held_out(given.table(WITH_MOVERS), labels, folds), labels))
    return {"auroc": float(np.mean(areas)), "interval": ends(np.array(areas))}


def fitted(given: Cases) -> dict[str, Any]:
    """Return the regressions on all facts, as the package ships them."""
    found = {}
    for name, figures in (("with_movers", WITH_MOVERS), ("without_movers", CERTAINTY)):
        line = fit(given.table(figures), given.wrong)
        weights = dict(zip(figures, line.weights.tolist(), strict=True))
        found[name] = {"intercept": line.intercept, "weights": weights}
    return found


def packaged(model: LanguageModel, relations: Sequence[str] = ()) -> tuple[Cases, Sequence[Rival]]:
    """Return the cases of packaged relations, and all their rivals."""
    measured = list(measure(model, builtin_relations(relations)))
    return cases(model, measured), [one for each in measured for one in each.found]
