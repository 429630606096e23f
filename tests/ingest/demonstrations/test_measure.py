"""What is measured behind demonstrations is what whole runs of the model give."""

import numpy as np
import pytest
import torch

from ingest.demonstrations.measure import measure, on_answers
from ingest.demonstrations.prompts import ANSWERS, N_GROUPS, WORDS
from ingest.model import LanguageModel
from ingest.model.forward import last_logits, run
from ingest.roles.last_position import run_last
from ingest.roles.positions import LAST, SINK, SUBJECTS, TEMPLATE
from tests.ingest.roles.models import plain_run, random_facts

GROUPS_OF = (SINK, WORDS, ANSWERS, WORDS, ANSWERS, ANSWERS, TEMPLATE, SUBJECTS, LAST)
CUT = torch.tensor([[0, 1, 0, 0], [1, 0, 0, 1], [0, 0, 0, 0]], dtype=torch.bool)
NONE = torch.zeros(3, 4, dtype=torch.bool)
OBJECTS = range(40, 44)


def log_p(small: LanguageModel, stream: torch.Tensor, answer: int) -> float:
    return float(last_logits(small.weights, stream[None, None]).log_softmax(-1)[0, answer])


def test_cut_heads_cost_what_a_whole_run_without_the_demonstrations_costs(small: LanguageModel) -> None:
    facts = random_facts(4, GROUPS_OF)
    found = measure(small.weights, facts, OBJECTS, [CUT, NONE])
    assert [fact.prompt.fact_id for fact in found.facts] == ["r/00", "r/01", "r/02", "r/03"]
    for row, fact in enumerate(found.facts):
        clean = log_p(small, run(small.weights, torch.tensor([fact.prompt.tokens])).final[0, -1], fact.answer)
        assert found.log_p[row] == pytest.approx(clean, abs=1e-8)
        # To the plain run, all of the demonstrations are one group.
        one = torch.tensor([each in (WORDS, ANSWERS) for each in fact.groups])
        merged = tuple(TEMPLATE if gone else SUBJECTS for gone in one.tolist())
        without = plain_run(small.weights, type(fact)(fact.prompt, fact.answer, merged), CUT, TEMPLATE)
        assert found.drops[row, 0] == pytest.approx(clean - log_p(small, without, fact.answer), abs=1e-7)
    assert abs(found.drops[:, 0]).max() > 1e-3
    assert not found.drops[:, 1].any()


def test_attention_is_that_of_the_run(small: LanguageModel) -> None:
    facts = random_facts(3, GROUPS_OF)
    found = measure(small.weights, facts, OBJECTS)
    for row, fact in enumerate(found.facts):
        trace = run(small.weights, torch.tensor([fact.prompt.tokens])).attention
        patterns = torch.cat([layer.log_p[0, :, -1].exp() for layer in trace])  # [h, P]
        on = {group: patterns[:, [each == group for each in fact.groups]].sum(1) for group in (WORDS, ANSWERS)}
        assert np.allclose(found.attention[row], on[ANSWERS])
        assert np.allclose(found.even[row], (on[ANSWERS] + on[WORDS]) * 3 / 5), "three of five tokens, without the sink"
    assert found.drops.shape == (3, 0)
    assert found.table.shape == (3, 12, 4)


def test_without_demonstrations_nothing_is_on_their_answers(llama: LanguageModel) -> None:
    found = measure(llama.weights, random_facts(2), OBJECTS)
    assert not found.attention.any()
    assert not found.even.any()


def test_an_even_spread_by_hand(llama: LanguageModel) -> None:
    """A head whose attention is 1/9 everywhere is no more on the answers than chance."""
    last = run_last(llama.weights, random_facts(1, GROUPS_OF), N_GROUPS)
    for layer in last.trace.attention:
        layer.log_p.fill_(-np.log(9))
    own, even = on_answers(last)
    assert torch.allclose(own, torch.full_like(own, 3 / 9))
    assert torch.allclose(even, own)
