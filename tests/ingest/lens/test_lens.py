"""Records of lenses: what is in them, in which order, and what is left out."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from graphdb.plain_text import visible
from graphdb.role_records import FactLens, LensKind
from ingest.lens import ridge_rows
from ingest.lens.facts import LensFact
from ingest.lens.lens import lenses
from ingest.model import LanguageModel
from ingest.model.forward import last_logits, run
from tests.ingest.lens.facts_of import fact, three, worded

KINDS = (LensKind.CLOSED, LensKind.RAW, LensKind.RIDGE)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(ridge_rows, "POSITIONS", 300)


@torch.no_grad()
def logits_of(model: LanguageModel, each: LensFact) -> np.ndarray:
    return last_logits(model.weights, run(model.weights, torch.tensor([each.tokens])).final)[0].double().numpy()


@pytest.mark.parametrize("kind", KINDS)
def test_every_lens_ends_with_what_the_model_says(small: LanguageModel, kind: LensKind) -> None:
    facts = three()
    found = lenses(worded(small), facts, "1", kind)
    assert [each.fact_id for each in found] == [each.fact_id for each in facts]
    for each, record in zip(facts, found, strict=True):
        logits, choice = logits_of(small, each), int(logits_of(small, each).argmax())
        assert (record.id, record.blocks[-1]) == (f"{small.record.id}|{each.fact_id}|1|{kind}", "m2")
        assert {len(x) for x in (record.object, record.others, record.rank, record.probability)} == {7}
        assert record.object[-1] == pytest.approx(logits[each.answer], abs=1e-4)
        assert record.others[-1] == pytest.approx(np.median(logits[list(each.others)]), abs=1e-4)
        assert choice not in each.accepted
        assert record.wrong[-1] == pytest.approx(logits.max(), abs=1e-4)
        assert record.wrong_token == f"w{choice}"


def test_rank_and_probability_are_among_the_relations_objects_or_among_all_tokens(small: LanguageModel) -> None:
    each = three()[2]
    logits = logits_of(small, each)
    objects = logits[[each.answer, *each.others]]
    closed, raw, ridge = (lenses(worded(small), [each], "0", kind)[0] for kind in KINDS)
    assert closed.rank[-1] == (objects > logits[each.answer]).sum() + 1
    assert closed.probability[-1] == pytest.approx(np.exp(objects[0]) / np.exp(objects).sum(), abs=1e-6)
    for record in (raw, ridge):
        assert record.rank[-1] == (logits > logits[each.answer]).sum() + 1
        assert record.probability[-1] == pytest.approx(np.exp(logits[each.answer]) / np.exp(logits).sum(), abs=1e-6)


def test_emergence_and_rise_are_of_the_recorded_logits(small: LanguageModel) -> None:
    """With one other object, the recorded median is that object's logit, so that both can be read off the record."""
    for answer, other in ((7, 20), (20, 7)):
        (record,) = lenses(small, [fact("x", (3, 9, 4, 1, 5), answer, (other,))], "0")
        margins = np.subtract(record.object, record.others)
        ahead = [name for place, name in enumerate(record.blocks) if (margins[place:] > 0).all()]
        assert record.emergence == (ahead[0] if ahead else "")
        rises = dict(zip(record.blocks[1:], np.diff(margins), strict=True))
        best = max(rises, key=lambda name: rises[name])
        assert record.rise == (best if rises[best] > 0 else "")


def test_an_object_emerges_for_one_of_two_at_most(small: LanguageModel) -> None:
    """Each is ahead of the other at the end, or the other of it: exactly one emerges."""
    found = [
        lenses(small, [fact("x", (3, 9, 4, 1, 5), answer, (other,))], "0")[0] for answer, other in ((7, 20), (20, 7))
    ]
    assert sorted(bool(each.emergence) for each in found) == [False, True]


def test_a_relation_with_one_object_has_no_others_and_no_emergence(small: LanguageModel) -> None:
    (record,) = lenses(small, [fact("x", (3, 9, 4, 1, 5), 7, ())], "0")
    assert (record.others, record.emergence, record.rise) == ((), "", "")
    assert set(record.rank) == set(record.probability) == {1}


def test_a_first_choice_that_is_accepted_is_not_wrong(small: LanguageModel) -> None:
    each = three()[0]
    choice = int(logits_of(small, each).argmax())
    (record,) = lenses(small, [replace(each, accepted=(each.answer, choice))], "0")
    assert (record.wrong, record.wrong_token) == ((), "")


@pytest.mark.parametrize("kind", KINDS)
def test_a_fact_is_read_alone_as_among_others_and_again(small: LanguageModel, kind: LensKind) -> None:
    model = worded(small)
    together = lenses(model, three(), "0", kind)
    assert lenses(model, three(), "0", kind) == together
    for each, record in zip(three(), together, strict=True):
        (alone,) = lenses(model, [each], "0", kind)
        assert (alone.rank, alone.emergence, alone.rise) == (record.rank, record.emergence, record.rise)
        np.testing.assert_allclose(alone.object, record.object, atol=1e-9)


def test_no_facts_give_no_records_and_fit_nothing(llama: LanguageModel, tmp_path: Path) -> None:
    assert [lenses(llama, [], "0", kind) for kind in KINDS] == [(), (), ()]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_facts_that_are_not_finite_are_left_out(llama: LanguageModel, kind: LensKind, value: float) -> None:
    embed = llama.weights.embed.clone()
    embed[9] = value  # a token of the first and the third prompt
    broken = replace(worded(llama), weights=replace(llama.weights, embed=embed))
    found = lenses(broken, three(), "0", kind)
    assert [each.fact_id for each in found] == ["r/two"]
    if kind is not LensKind.RIDGE:  # which is fitted on other runs where some are not finite
        assert found == tuple(each for each in lenses(llama, three(), "0", kind) if each.fact_id == "r/two")


class Hostile:
    """A tokenizer whose tokens command a terminal."""

    def decode(self, tokens: list[int]) -> str:
        return f"\x1b[2J\u202e{tokens[0]}"


def test_a_token_is_recorded_as_it_is_and_can_be_shown_clean(llama: LanguageModel) -> None:
    (record,) = lenses(replace(llama, tokenizer=Hostile()), three()[:1], "0")
    assert record.wrong_token.startswith("\x1b[2J\u202e")
    assert visible(record.wrong_token).startswith("\\x1b[2J\\u202e")


def test_facts_of_two_relations_are_not_read_together(llama: LanguageModel) -> None:
    with pytest.raises(AssertionError, match="one relation"):
        lenses(llama, [three()[0], replace(three()[1], fact_id="other/two")], "0")


def test_records_are_frozen(llama: LanguageModel) -> None:
    (record,) = lenses(llama, three()[:1], "0")
    assert isinstance(record, FactLens)
    assert hash(record) == hash(replace(record))
