"""The tokens that components write, by definition and by hand."""

from dataclasses import replace

import pytest
import torch

from graphdb.errors import UserError
from graphdb.role_records import Written, WrittenToken
from ingest.lens.closed import frozen_norm
from ingest.lens.tokens import last_write, written, written_in_most
from ingest.model import LanguageModel
from ingest.model.forward import last_logits, run, writes
from tests.ingest.pairs import prompt

PROMPTS = [
    prompt("r/one", (3, 9, 4, 1, 5), 7),
    prompt("r/two", (2, 6, 5, 3, 8, 30), 8),
    prompt("r/three", (4, 9, 2, 6, 5), 21),
]


@torch.no_grad()
def test_what_all_components_write_adds_up_to_the_logits(small: LanguageModel) -> None:
    """With n the whole vocabulary; what no component has is the final norm's and the attentions' biases."""
    weights, names = small.weights, small.weights.topology.source_names
    found = written(small, PROMPTS[:1], names, n=60)
    total = torch.zeros(60, dtype=torch.float64)
    for each in found:
        assert len(each.promoted) == 60
        for token in each.promoted:
            total[token.token] += token.value
    trace = run(weights, torch.tensor([PROMPTS[0].tokens]))
    logits = last_logits(weights, trace.final)[0]
    bias = sum(block.o_bias for block in weights.attention if block.o_bias is not None)
    if isinstance(bias, torch.Tensor):
        logits = logits - weights.unembed @ frozen_norm(weights.final_norm, bias, trace.final[0, -1])
    if weights.final_norm.bias is not None:
        logits = logits - weights.unembed @ weights.final_norm.bias
    torch.testing.assert_close(total, logits - logits.mean())


@torch.no_grad()
def test_a_components_write_is_that_of_the_forward_pass(small: LanguageModel) -> None:
    trace = run(small.weights, torch.tensor([PROMPTS[0].tokens, PROMPTS[2].tokens]))
    every = writes(small.weights, trace)[:, :, -1]
    for number, name in enumerate(small.weights.topology.source_names):
        torch.testing.assert_close(last_write(small.weights, trace, name), every[:, number])


def test_ends_are_ordered_and_opposite(small: LanguageModel) -> None:
    names = ("embed", "a1.h2", "m2")
    found = written(small, PROMPTS, names, n=3, wording="1")
    assert [(each.fact_id, each.component) for each in found] == [(p.fact_id, name) for p in PROMPTS for name in names]
    assert {each.wording for each in found} == {"1"}
    for each in found:
        up, down = ([token.value for token in end] for end in (each.promoted, each.suppressed))
        assert up == sorted(up, reverse=True)
        assert down == sorted(down)
        assert up[-1] > 0 > down[-1]  # values are less their mean
        assert {len(up), len(down)} == {3}
        assert {token.text for token in each.promoted} == {f"w{token.token}" for token in each.promoted}


def test_the_same_tokens_are_found_alone_as_among_others(small: LanguageModel) -> None:
    together = written(small, PROMPTS, ("a0.h1",))
    for asked, each in zip(PROMPTS, together, strict=True):
        (alone,) = written(small, [asked], ("a0.h1",))
        assert [token.token for token in alone.promoted] == [token.token for token in each.promoted]


@pytest.mark.parametrize("name", ["a0.h9", "m3", "a0.kv0", "logits", "a0", "no name", ""])
def test_only_what_writes_can_be_asked_for(llama: LanguageModel, name: str) -> None:
    with pytest.raises(UserError, match="is unknown") as raised:
        written(llama, PROMPTS, ("embed", name))
    assert "\n" not in str(raised.value)


def test_prompts_that_are_not_finite_are_left_out(llama: LanguageModel) -> None:
    embed = llama.weights.embed.clone()
    embed[9] = torch.nan
    broken = replace(llama, weights=replace(llama.weights, embed=embed))
    assert [each.fact_id for each in written(broken, PROMPTS, ("m1",))] == ["r/two"]


class Hostile:
    def decode(self, tokens: list[int]) -> str:
        return "\x1b[2J"


def test_texts_are_raw_and_tokens_of_one_text_are_told_apart(llama: LanguageModel) -> None:
    found = written(replace(llama, tokenizer=Hostile()), PROMPTS[:1], ("m1",))
    assert {token.text for token in found[0].promoted} == {"\x1b[2J"}
    (most,) = written_in_most(found)
    assert len(most.promoted) == 10


def of(fact: str, *tokens: tuple[int, float], component: str = "m1") -> Written:
    up = tuple(WrittenToken(token, f"t{token}", value) for token, value in tokens)
    down = tuple(WrittenToken(each.token + 100, each.text, -each.value) for each in up)
    return Written(model_id="m", fact_id=fact, wording="0", component=component, promoted=up, suppressed=down)


def test_tokens_of_most_facts_worked_by_hand() -> None:
    own = [
        of("r/a", (1, 9.0), (2, 1.0), (5, 8.0)),
        of("r/b", (1, 3.0), (2, 2.0), (5, 8.0)),
        of("r/c", (2, 3.0), (1, 3.0)),
        of("r/d", (2, 6.0), (4, 9.0)),
    ]
    (most,) = written_in_most(own, [of("q/a", (2, 1.0)), of("q/b", (1, 1.0), (2, 1.0))])
    assert (most.relation_id, most.component, most.n_facts) == ("r", "m1", 4)
    # token 5 is in half of the facts only
    found = [(each.token, each.share, each.elsewhere, each.value) for each in most.promoted]
    assert found == [(2, 1.0, 1.0, 3.0), (1, 0.75, 0.5, 5.0)]
    assert [(each.token, each.value) for each in most.suppressed] == [(102, -3.0), (101, -5.0)]


def test_components_are_counted_apart_and_without_others_there_is_no_comparison() -> None:
    own = [of("r/a", (1, 1.0)), of("r/a", (2, 1.0), component="a0.h0"), of("r/b", (1, 3.0))]
    first, second = written_in_most(own)
    assert (first.component, first.n_facts, first.promoted[0].share, first.promoted[0].elsewhere) == ("m1", 2, 1, None)
    assert (second.component, second.n_facts, second.promoted[0].token) == ("a0.h0", 1, 2)
    assert written_in_most([]) == ()
