"""Movers of a composed relation beside those of its hops: whether they are the same, and what cutting them costs.

A mover writes an object from its subject. Where a model answers by way of the first hop, the movers of the first hop
bring the bridge, or what it stands for, from the subject of the two-hop prompt.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from graphdb.role_records import RoleKind
from ingest.facts.names import fact_hash
from ingest.hops.questions import Questions
from ingest.model import LanguageModel
from ingest.roles.checks import Drops, measure_drops, strongest
from ingest.roles.metrics import NULLS
from ingest.roles.pipeline import Asked
from ingest.roles.roles import Scores, score_heads


@dataclass(frozen=True)
class Bench:
    """A model whose heads are scored once for each relation."""

    model: LanguageModel
    _scores: dict[str, Scores] = field(default_factory=dict)

    def scores(self, asked: Asked) -> Scores:
        """Return the scores of all heads in a relation. Raises UserError as `score_heads` does."""
        if asked.fingerprint not in self._scores:
            self._scores[asked.fingerprint] = score_heads(self.model, asked.relation)
        return self._scores[asked.fingerprint]


@dataclass(frozen=True, slots=True)
class Cuts:
    """What cutting heads from the subject costs a two-hop fact, in logits of the object over the relation's others."""

    first: float
    second: float | None
    other: float | None
    """Movers of other relations, mean over these."""
    random: float
    every: float


@dataclass(frozen=True, slots=True)
class Heads:
    """What the movers of hops are to a composed relation."""

    first: tuple[str, ...]
    second: tuple[str, ...]
    cuts: Mapping[str, Cuts]
    """By fact id; empty where the first hop has no mover."""
    r_first: float | None
    r_second: float | None
    r_other: float | None


def stand_ins(questions: Questions, vocabularies: Mapping[str, Sequence[int]]) -> list[str]:
    """Return `NULLS` of the relations named, by hash: none has an object of the composed relation or of a hop.

    The same ones for most relations, so that their heads are scored once.
    """
    own = {
        token
        for asked in (questions.both, questions.first, questions.second)
        for token in asked.relation.vocabularies[asked.relation.relation_id]
    }
    apart = [name for name, tokens in vocabularies.items() if tokens and own.isdisjoint(tokens)]
    return sorted(apart, key=fact_hash)[:NULLS]


def compare_heads(bench: Bench, questions: Questions, others: Sequence[Asked]) -> Heads:
    """Compare movers, and cut them on the two-hop prompts of known facts; `others` stand in for the hops.

    The movers are chosen on the prompts of the single hops, and cut on other prompts.
    """
    both, first, second = (bench.scores(each) for each in (questions.both, questions.first, questions.second))
    rest = [bench.scores(each) for each in others]
    by_first, by_second = (strongest(each, RoleKind.MOVER) for each in (first, second))
    by_rest = [heads for each in rest if (heads := strongest(each, RoleKind.MOVER))]
    correlations = [each for each in (correlation(both, other) for other in rest) if each is not None]
    return Heads(
        first=by_first,
        second=by_second,
        cuts=_cuts(bench.model, both, questions, by_first, by_second, by_rest) if by_first else {},
        r_first=correlation(both, first),
        r_second=correlation(both, second),
        r_other=float(np.mean(correlations)) if correlations else None,
    )


def correlation(a: Scores, b: Scores) -> float | None:
    """Pearson's r of the mean mover scores of two relations over the heads; None where one has no fact."""
    if not (a.relation.facts and b.relation.facts):
        return None
    return float(np.corrcoef(a.movers[0].mean(0), b.movers[0].mean(0))[0, 1])


def _cuts(
    model: LanguageModel,
    both: Scores,
    questions: Questions,
    first: Sequence[str],
    second: Sequence[str],
    others: Sequence[Sequence[str]],
) -> dict[str, Cuts]:
    known = {each.both.prompt.fact_id for each in questions.known}
    rows = [row for row, fact in enumerate(both.relation.facts) if fact.prompt.fact_id in known]
    if not rows:
        return {}

    def cost(heads: Sequence[str]) -> Drops:
        return measure_drops(model.weights, both, RoleKind.MOVER, heads, rows)

    own = cost(first)
    by_second = cost(second).chosen.tolist() if second else [None] * len(rows)
    by_others: Sequence[float | None] = [None] * len(rows)
    if others:
        by_others = np.mean([cost(heads).chosen for heads in others], 0).tolist()
    names = [both.relation.facts[row].prompt.fact_id for row in rows]  # in the order in which they are cut
    found = zip(own.chosen.tolist(), by_second, by_others, own.random.tolist(), own.every.tolist(), strict=True)
    return {name: Cuts(*each) for name, each in zip(names, found, strict=True)}
