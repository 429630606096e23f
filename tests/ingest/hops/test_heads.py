"""Movers of hops on two-hop prompts: each fact's drop is its own, and correlations are of the heads' means."""

import numpy as np
import pytest
import torch

from ingest.hops.heads import Bench, compare_heads, correlation, stand_ins
from ingest.model import LanguageModel
from ingest.model.forward import normalise
from ingest.roles.checks import mask
from ingest.roles.positions import SUBJECTS
from tests.ingest.hops.chained import FIRST, OTHER, WORDS, asked, questions, worded
from tests.ingest.roles.models import plain_run


@torch.no_grad()
def test_cutting_heads_costs_each_fact_what_a_plain_run_says(
    small: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few heads of a random model are movers: the first three of a relation stand for them."""
    monkeypatch.setattr("ingest.hops.heads.strongest", lambda scores, _: scores.heads[:3])
    small = worded(small)
    bench, put = Bench(small), questions(small)
    found = compare_heads(bench, put, [asked(small, OTHER)])
    assert found.first == found.second == ("a0.h0", "a0.h1", "a0.h2")
    assert found.cuts.keys() == {each.both.prompt.fact_id for each in put.known}
    heads, none = mask(small.weights.topology, found.first), mask(small.weights.topology, ())
    for fact in bench.scores(put.both).relation.facts[:4]:
        others = [word for word in range(19, 25) if word != fact.answer]
        metrics = []
        for cut in (none, heads):
            stream = plain_run(small.weights, fact, cut, SUBJECTS)
            logits = normalise(small.weights.final_norm, stream) @ small.weights.unembed.T
            metrics.append(float(logits[fact.answer] - logits[others].mean()))
        cost = found.cuts[fact.prompt.fact_id]
        assert cost.first == cost.second == cost.other == pytest.approx(metrics[0] - metrics[1], abs=1e-6)


def test_a_relation_is_like_itself_and_its_heads_are_scored_once(
    llama: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(llama)
    first, other = bench.scores(asked(llama, FIRST)), bench.scores(asked(llama, OTHER))
    monkeypatch.setattr("ingest.hops.heads.score_heads", None)
    assert bench.scores(asked(llama, FIRST)) is first
    assert correlation(first, first) == pytest.approx(1)
    means = [each.movers[0].mean(0) for each in (first, other)]
    assert correlation(first, other) == pytest.approx(float(np.corrcoef(means)[0, 1]))
    assert correlation(first, other.take([])) is None


def test_what_stands_in_shares_no_object(llama: LanguageModel) -> None:
    words = {**WORDS, "capital": (20, 50), "bridge": (13,), "empty": ()}
    assert set(stand_ins(questions(llama), words)) == set(WORDS)
