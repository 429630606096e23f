"""What a model makes of a composed relation: its records, from questions, answers, lens and knockouts."""

from collections.abc import Iterable, Sequence

import numpy as np

from graphdb.conditions.hops import HopCheck, HopFact
from ingest.hops.appearance import appearances
from ingest.hops.consistency import choices
from ingest.hops.heads import Bench, Cuts, Heads, compare_heads
from ingest.hops.questions import Questions
from ingest.measures.bootstrap import interval
from ingest.roles.pipeline import Asked


def analyse(
    bench: Bench, questions: Questions, others: Sequence[Asked], fingerprint: str
) -> tuple[HopCheck, tuple[HopFact, ...]]:
    """Return what the model makes of the relation, and of each fact; `others` are relations that stand in for the hops.

    Raises UserError where no relations are at hand to tell roles by.
    """
    heads = compare_heads(bench, questions, others)
    facts = _facts(bench, questions, heads)
    return _check(bench, questions, heads, facts, [each.relation.relation_id for each in others], fingerprint), facts


def _facts(bench: Bench, questions: Questions, heads: Heads) -> tuple[HopFact, ...]:
    model, seen, found = bench.model, appearances(bench.model, questions), list[HopFact]()
    for chain, choice in zip(questions.chains, choices(model, questions), strict=True):
        name = chain.both.prompt.fact_id
        place, cut = seen.get(name), heads.cuts.get(name)
        first, second, both = map(questions.rank, chain.cases)
        found.append(
            HopFact(
                model_id=model.record.id,
                fact_id=name,
                wording=questions.both.relation.wording,
                bridge=chain.bridge,
                rank_first=first,
                rank_second=second,
                rank_both=both,
                choice=model.decode(choice.choice),
                choice_by_hops=model.decode(choice.by_hops),
                consistent_null=choice.null,
                bridge_block=place.bridge_block if place else None,
                object_block=place.object_block if place else None,
                bridge_before=place.before if place else None,
                bridge_before_null=place.before_null if place else None,
                bridge_probability=place.probability if place else None,
                bridge_probability_null=place.probability_null if place else None,
                **_drops(cut),
            )
        )
    return tuple(found)


def _drops(cut: Cuts | None) -> dict[str, float | None]:
    names = ("first", "second", "other", "random", "every")
    return {f"drop_{name}": getattr(cut, name) if cut else None for name in names}


def _check(
    bench: Bench,
    questions: Questions,
    heads: Heads,
    facts: Sequence[HopFact],
    others: Sequence[str],
    fingerprint: str,
) -> HopCheck:
    right = [each for each in facts if each.rank_first == each.rank_second == 1]
    wrong = [each for each in facts if each.rank_first > 1 == each.rank_second]
    drops = [each.drop_first for each in facts if each.drop_first is not None]
    low, high = interval(np.array(drops, np.float32)) if drops else (None, None)
    relation = questions.both.relation
    return HopCheck(
        model_id=bench.model.record.id,
        relation_id=relation.relation_id,
        wording=relation.wording,
        first=questions.first.relation.relation_id,
        second=questions.second.relation.relation_id,
        n_facts=len(facts),
        n_known=len(questions.known),
        n_hops_right=len(right),
        right_given_hops=_mean(each.rank_both == 1 for each in right),
        n_first_wrong=len(wrong),
        right_given_second=_mean(each.rank_both == 1 for each in wrong),
        consistent=_mean(each.is_consistent for each in facts),
        consistent_null=_mean(each.consistent_null for each in facts),
        bridge_before=_mean(each.bridge_before for each in facts),
        bridge_before_null=_mean(each.bridge_before_null for each in facts),
        bridge_probability=_mean(each.bridge_probability for each in facts),
        bridge_probability_null=_mean(each.bridge_probability_null for each in facts),
        heads_first=heads.first,
        heads_second=heads.second,
        others=tuple(others),
        drop_first=_mean(drops),
        drop_first_low=low,
        drop_first_high=high,
        drop_second=_mean(each.drop_second for each in facts),
        drop_other=_mean(each.drop_other for each in facts),
        drop_random=_mean(each.drop_random for each in facts),
        drop_every=_mean(each.drop_every for each in facts),
        r_first=heads.r_first,
        r_second=heads.r_second,
        r_other=heads.r_other,
        fingerprint=fingerprint,
    )


def _mean(values: Iterable[float | None]) -> float | None:
    """Mean of those that are there; None where none is."""
    there = [each for each in values if each is not None]
    return float(np.mean(there)) if there else None
