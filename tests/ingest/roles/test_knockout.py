import pytest
import torch

from ingest.model import LanguageModel
from ingest.roles.knockout import knock_out
from ingest.roles.last_position import run_last
from ingest.roles.positions import SUBJECTS, TEMPLATE
from tests.ingest.roles.models import plain_run, random_facts

HEADS = [
    [[1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1]],
    [[0, 0, 1, 0], [0, 0, 0, 0], [1, 0, 0, 1]],
    [[0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]],
]


@pytest.mark.parametrize("group", [SUBJECTS, TEMPLATE])
@pytest.mark.parametrize("heads", HEADS)
def test_cut_heads_give_what_a_whole_run_without_that_attention_gives(
    small: LanguageModel, heads: list[list[int]], group: int
) -> None:
    facts, cut = random_facts(3), torch.tensor(heads, dtype=torch.bool)
    last = run_last(small.weights, facts)
    found = knock_out(small.weights, last, cut, group)[:, -1]
    for row, fact in enumerate(facts):
        assert torch.allclose(found[row], plain_run(small.weights, fact, cut, group), rtol=1e-8, atol=1e-9)
    assert float((found - last.trace.final[:, -1]).abs().max()) > 1e-3


def test_no_heads_give_the_clean_run(llama: LanguageModel) -> None:
    last = run_last(llama.weights, random_facts(2))
    none = torch.zeros(3, 4, dtype=torch.bool)
    assert torch.equal(knock_out(llama.weights, last, none, SUBJECTS), last.trace.final)


def test_every_fact_may_have_heads_of_its_own(small: LanguageModel) -> None:
    facts, each = random_facts(3), torch.tensor(HEADS, dtype=torch.bool)
    found = knock_out(small.weights, run_last(small.weights, facts), each, TEMPLATE)[:, -1]
    for row, fact in enumerate(facts):
        assert torch.allclose(found[row], plain_run(small.weights, fact, each[row], TEMPLATE), rtol=1e-8, atol=1e-9)
