"""Text that a model samples from itself, and the layer that is chosen by it."""

from collections.abc import Iterator

import pytest
import torch

from ingest.editing import layer
from ingest.editing.keys import hidden_by_layer, keys, keys_by_layer
from ingest.editing.layer import choose_layer, overlap, overlaps
from ingest.editing.moment import _measured, moments
from ingest.editing.prompts.wording import Asked
from ingest.editing.samples import prefixes, sampled, texts
from ingest.model import LanguageModel
from ingest.model.forward import last_logits, run

ASKED = (Asked((1, 2, 3, 4), 2), Asked((5, 6), 0), Asked((7, 8, 9, 10, 11, 12), 5))


def test_text_is_what_plain_runs_sample(worded: LanguageModel) -> None:
    found = sampled(worded, 4, 9, seed=3)
    draw = torch.Generator().manual_seed(3)
    text = torch.randint(60, (4, 1), generator=draw)
    for _ in range(8):
        chances = last_logits(worded.weights, run(worded.weights, text).final).float().softmax(-1)
        text = torch.cat((text, torch.multinomial(chances, 1, generator=draw)), 1)
    assert torch.equal(found, text)


def test_text_is_sampled_once_and_a_damaged_one_again(llama: LanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    found = texts(llama, 130, seed=1)
    assert found.shape == (7, 20)
    (path,) = (each for each in layer.models_cache().glob("texts-*-130-1.safetensors"))
    path.write_bytes(path.read_bytes()[:-3])
    assert torch.equal(texts(llama, 130, seed=1), found)
    assert not torch.equal(texts(llama, 130, seed=2), found)
    monkeypatch.setattr("ingest.editing.samples.sampled", None)
    assert torch.equal(texts(llama, 130, seed=1), found)


def test_prefixes_have_two_lengths(llama: LanguageModel) -> None:
    found = prefixes(llama, seed=0)
    assert [len(each) for each in found] == [5] * 10 + [10] * 10
    assert len(set(found)) == 20
    assert set(found).isdisjoint(prefixes(llama, seed=1))


def test_keys_of_prompts_of_any_length_are_those_of_each_alone(worded: LanguageModel) -> None:
    together = list(keys_by_layer(worded.weights, ASKED))
    for number, found in enumerate(together):
        assert torch.allclose(keys(worded.weights, number, ASKED), found, rtol=1e-9)
        for each, key in zip(ASKED, found, strict=True):
            trace = run(worded.weights, torch.tensor([each.tokens])).mlp[number]
            block = worded.weights.mlp[number]
            bias = 0 if block.down_bias is None else block.down_bias
            assert torch.allclose(key @ block.down + bias, trace.out[0, each.at], rtol=1e-9)


def test_a_moment_is_the_same_from_one_layer_and_from_all(worded: LanguageModel) -> None:
    every = list(moments(worded))
    tokens = texts(worded, 400, 0)
    for number, hidden in enumerate(hidden_by_layer(worded.weights, tokens)):
        rows = hidden.flatten(0, 1)
        wanted = torch.stack([torch.outer(row, row) for row in rows]).mean(0)
        for found in (every[number], _measured(worded, number, 0)):
            assert torch.allclose(found.matrix.double(), wanted, rtol=1e-5, atol=1e-6)
            assert found.tokens == 400


def test_overlaps_are_means_over_relations(llama: LanguageModel) -> None:
    relations = [list(ASKED[:2]), list(ASKED)]
    found = list(overlaps(llama, relations))
    for number, moment in enumerate(moments(llama)):
        each = [float(overlap(keys(llama.weights, number, group), moment)) for group in relations]
        assert found[number] == pytest.approx(sum(each) / 2, rel=1e-5)


def test_overlaps_are_kept(llama: LanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0

    def told(*_: object) -> Iterator[float]:
        nonlocal asked
        asked += 1
        yield from (0.5, 0.2, 0.3)

    monkeypatch.setattr(layer, "overlaps", told)
    assert [choose_layer(llama, 7), choose_layer(llama, 7)] == [1, 1]
    assert asked == 1
    (path,) = layer.models_cache().glob("overlaps-*-7.json")
    for damaged in ("[0.5, 0.2", "[0.5]", '{"a": 1}', "[null, 1, 2]"):
        path.write_text(damaged)
        assert choose_layer(llama, 7) == 1
    assert asked == 5
