"""Edits of a small model, with every known fact beside each: what is told before, and what changed."""

import math

import pytest
import torch

from benchmarks.foretell.damage.circuits import alike, joined, scored
from benchmarks.foretell.damage.pairs import pairs
from benchmarks.quality.editing import requests
from graphdb.conditions.edits import EditMethod
from ingest.editing.bench import Bench, bench_at, control, learn
from ingest.editing.edit import risks_with
from ingest.editing.prompts.bystanders import known_facts
from ingest.editing.variant import apply
from ingest.model import LanguageModel
from ingest.model.forward import last_logits, run
from tests.ingest.editing.known import known_sets


def bench_of(model: LanguageModel, method: EditMethod) -> Bench:
    sets = known_sets(model)
    return bench_at(model, sets, known_facts(model, sets), method, 1, 0)


def log_p(model: LanguageModel, tokens: tuple[int, ...]) -> torch.Tensor:
    return last_logits(model.weights, run(model.weights, torch.tensor([tokens])).final)[0].log_softmax(-1)


@torch.no_grad()
@pytest.mark.parametrize("method", [EditMethod.ROME, EditMethod.FT_M])
def test_pairs_are_what_plain_runs_give(llama: LanguageModel, method: EditMethod) -> None:
    bench = bench_of(llama, method)
    likeness = alike(llama.weights.topology, joined([scored(bench, slice(n, None, 2)) for n in range(2)]))
    found = pairs(bench, 2, slice(None), likeness)
    assert found == pairs(bench, 2, slice(0, None, 2), likeness) + pairs(bench, 2, slice(1, None, 2), likeness)
    assert len(found) == 2 * (len(bench.known.facts) - 1)
    request = next(requests(bench, bench.seed)).request
    mine = {each.fact: each for each in found if each.edit == request.fact.id}
    assert mine.keys() == {each.prompt.fact_id for each in bench.known.facts} - {request.fact.id}
    change = learn(bench, request).change
    after, sham = apply(llama, change), control(bench, change)
    for each in bench.known.beside(request.fact, None).facts:
        pair = mine[each.prompt.fact_id]
        before, edited, turned = (log_p(model, each.prompt.tokens) for model in (llama, after, sham))
        first, second = before.topk(2).values.tolist()
        assert (pair.margin, pair.log_probability) == pytest.approx((first - second, first), abs=1e-4)
        assert pair.flipped == (before.argmax() != edited.argmax())
        assert pair.flipped_sham == (before.argmax() != turned.argmax())
        assert pair.kl == pytest.approx(float((before.exp() * (before - edited)).sum()), abs=1e-4)
        assert pair.kl_sham == pytest.approx(float((before.exp() * (before - turned)).sum()), abs=1e-4)
    assert any(each.kl > each.kl_sham + 0.01 for each in found)
    assert any(math.isfinite(each.edges) for each in found)


def test_the_key_is_that_of_the_dry_run(llama: LanguageModel) -> None:
    bench = bench_of(llama, EditMethod.ROME)
    likeness = alike(llama.weights.topology, scored(bench, slice(None)))
    request = next(requests(bench, bench.seed)).request
    risks = {each.fact_id: each.key for each in risks_with(bench, request, None)}
    assert {each.fact: each.key for each in pairs(bench, 1, slice(None), likeness)} == risks
