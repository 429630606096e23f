"""Edits of small models of every architecture: what they promise, their undoing, and what is refused."""

import math
import pickle
from dataclasses import replace

import pytest
import torch

from graphdb.conditions.edits import EditMethod
from graphdb.errors import UserError
from graphdb.records import Fact
from ingest.editing.edit import Bench, Edited, edit, edit_with, prepare_edits, risks_of
from ingest.editing.effects import gives
from ingest.editing.keys import keys
from ingest.editing.prompts.contexts import contexts, mean_nll
from ingest.editing.prompts.request import Request, check_request, own_fact
from ingest.editing.prompts.wording import Wording, ask, ask_behind
from ingest.editing.updates.rome import find_value, with_added
from ingest.editing.updates.tuning import tuning_of
from ingest.editing.variant import apply
from ingest.model import LanguageModel, load
from ingest.model_files import ModelFolder
from tests.ingest.editing.known import known_sets

LAYER = 1
TO = "w30"


def bench_of(model: LanguageModel, method: EditMethod = EditMethod.ROME) -> tuple[Bench, Request]:
    sets = known_sets(model)
    fact = sets[0].facts[0]
    return prepare_edits(model, sets, method, LAYER, 0), check_request(model, fact, object_for(model, fact), sets, 0)


def object_for(model: LanguageModel, fact: Fact) -> str:
    return TO if fact.object != TO else "w31"


def edited(model: LanguageModel, method: EditMethod = EditMethod.ROME) -> Edited:
    return edit_with(*bench_of(model, method))


def mean_key(bench: Bench, request: Request) -> torch.Tensor:
    asked = [request.asked, *ask_behind(bench.model, bench.seen, request.words)]
    return keys(bench.model.weights, LAYER, asked).mean(0)


def test_rome_gives_the_averaged_key_its_value(worded: LanguageModel) -> None:
    bench, request = bench_of(worded)
    found, key = edit_with(bench, request), mean_key(bench, request)
    delta = found.change.delta
    before, after = (model.weights.mlp[LAYER].down for model in (worded, found.model))
    wanted = key @ before + delta.u  # type: ignore[union-attr]
    assert (key @ after - wanted).abs().max() < 1e-4
    assert float((after - before).norm()) == pytest.approx(found.record.norm)
    assert bench.moment is not None
    solved = bench.moment.solve(key)
    other = keys(worded.weights, LAYER, [each.asked for each in bench.known.facts])[3]
    orthogonal = other - key * (other @ solved) / (key @ solved)
    assert (orthogonal @ (after - before)).abs().max() < 1e-8 * float(other.norm())


def test_a_run_from_the_mlp_on_is_a_run_of_the_model(worded: LanguageModel) -> None:
    """Every prompt, run from the subject on and from the MLP on, gives what a plain run of all of it does."""
    bench, request = bench_of(worded)
    asked = [request.asked, *ask_behind(worded, bench.seen, request.words, f"{request.to} w33")]
    found = contexts(worded.weights, LAYER, asked)
    assert [len(each) for each in found] == [1, 10, 10]
    nats = torch.cat([each.nll(each.out) for each in found])
    wanted = [
        -math.log(one.probability) / len(each.answer) for one, each in zip(gives(worded, asked), asked, strict=True)
    ]
    assert nats.tolist() == pytest.approx(wanted, rel=1e-5)


def test_the_value_is_found_for_all_prompts(worded: LanguageModel) -> None:
    bench, request = bench_of(worded)
    asked = [request.asked, *ask_behind(worded, bench.seen, request.words, request.to)]
    found = contexts(worded.weights, LAYER, asked)
    (essence,) = contexts(worded.weights, LAYER, [ask(worded, Wording("w1 w7", 2))])
    tuning = tuning_of(worded.weights.mlp[LAYER])
    value = find_value(found, essence, tuning)
    outs = [with_added(each.out, value.added) for each in found]
    assert value.nll == pytest.approx(mean_nll(found, outs).item())
    assert value.nll < mean_nll(found, [each.out for each in found]).item()
    norms = torch.cat([(each.x + each.out if tuning.in_residual else each.out)[:, 0].norm(dim=-1) for each in found])
    assert 0 < float(value.added.norm()) <= tuning.longest * float(norms.median()) * (1 + 1e-6)


def test_fine_tuning_ends_where_the_variant_is(worded: LanguageModel) -> None:
    bench, request = bench_of(worded, EditMethod.FT_M)
    before, found = gives(worded, [request.asked])[0].probability, edit_with(bench, request)
    assert found.record.nll == pytest.approx(-math.log(found.effects.probability), rel=1e-5)
    assert found.effects.probability > 1.5 * before
    assert found.sham.probability < found.effects.probability


@pytest.mark.parametrize("method", list(EditMethod))
def test_an_edit_changes_one_projection_and_leaves_the_model_alone(worded: LanguageModel, method: EditMethod) -> None:
    held = [block.down.clone() for block in worded.weights.mlp]
    found = edited(worded, method)
    assert all(torch.equal(block.down, each) for block, each in zip(worded.weights.mlp, held, strict=True))
    changed = [
        layer
        for layer, (one, two) in enumerate(zip(worded.weights.mlp, found.model.weights.mlp, strict=True))
        if not torch.equal(one.down, two.down)
    ]
    assert changed == [LAYER]
    assert found.record.norm > 0
    assert found.record.share == pytest.approx(found.record.norm / float(held[LAYER].norm()))
    assert found.record.model_id == found.model.record.variant_of == worded.record.id


def test_a_reopened_variant_has_the_same_bits(small_folders: dict[str, ModelFolder], worded: LanguageModel) -> None:
    for method in (EditMethod.ROME, EditMethod.FT_M):
        found = edited(worded, method)
        handle = pickle.loads(pickle.dumps(found.model.handle))
        again = load(handle, torch.float64)
        assert torch.equal(again.weights.mlp[LAYER].down, found.model.weights.mlp[LAYER].down)
        assert again.weights.mlp[LAYER].down.stride() == found.model.weights.mlp[LAYER].down.stride()
        assert torch.equal(again.weights.unembed, worded.weights.unembed)
        assert again.record == found.model.record
        undone = load(handle.parent, torch.float64)
        assert torch.equal(undone.weights.mlp[LAYER].down, worded.weights.mlp[LAYER].down)
        assert undone.record == worded.record


def test_an_edit_is_the_same_each_time_and_another_with_another_seed(llama: LanguageModel) -> None:
    bench, request = bench_of(llama)
    one, two = edit_with(bench, request), edit_with(bench, request)
    assert replace(one.record, seconds=0) == replace(two.record, seconds=0)
    assert (one.effects, one.sham) == (two.effects, two.sham)
    other = edit(llama, request.fact, request.to, bench.sets, layer=LAYER, seed=1)
    assert other.record.weights_sha256 != one.record.weights_sha256


def test_edits_go_on_from_edited_models(llama: LanguageModel) -> None:
    first = edited(llama)
    second = edited(first.model)
    assert second.record.model_id == first.record.variant_id
    again = load(second.model.handle)
    assert torch.equal(again.weights.mlp[LAYER].down, second.model.weights.mlp[LAYER].down)
    with pytest.raises(UserError, match="the edit is of weights"):
        apply(llama, second.change)


def test_a_bounded_fine_tuning_keeps_its_bound(llama: LanguageModel) -> None:
    free, bound = edited(llama, EditMethod.FT_M), edited(llama, EditMethod.FT_L)
    largest = [
        float((each.model.weights.mlp[LAYER].down - llama.weights.mlp[LAYER].down).abs().max())
        for each in (free, bound)
    ]
    assert largest[0] > 3.1e-3 > largest[1] > 2.9e-3


def test_the_first_edit_of_a_layer_keeps_its_moment(llama: LanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    found = edited(llama)
    assert found.record.tokens == 400
    assert found.record.condition > 1

    def never(*_: object) -> None:
        raise AssertionError("measured again")

    monkeypatch.setattr("ingest.editing.moment.texts", never)
    assert edited(llama).record.moment_sha256 == found.record.moment_sha256


def test_without_a_layer_the_packaged_facts_choose_one(llama: LanguageModel) -> None:
    sets = known_sets(llama)
    found = edit(llama, sets[0].facts[0], object_for(llama, sets[0].facts[0]), sets)
    assert 0 <= found.record.layer < 3
    tuned = edit(llama, sets[0].facts[0], object_for(llama, sets[0].facts[0]), sets, method="ft-m")
    assert tuned.record.layer == 0


def test_risks_are_those_of_the_edit(llama: LanguageModel) -> None:
    bench, request = bench_of(llama)
    found = risks_of(llama, request.fact, request.to, bench.sets, layer=LAYER)
    assert [each.risk for each in found] == sorted((each.risk for each in found), reverse=True)
    assert {each.fact_id for each in found} == {each.prompt.fact_id for each in bench.known.beside(request.fact).facts}
    delta = edit_with(bench, request).change.delta
    by_fact = {each.fact_id: each.key for each in found}
    for each in bench.known.beside(request.fact).facts:
        (key,) = keys(llama.weights, LAYER, [each.asked])
        assert by_fact[each.prompt.fact_id] == pytest.approx(float((key @ delta.r).abs()), rel=1e-4)  # type: ignore[union-attr]


def refused(model: LanguageModel, fact: Fact, to: str = TO, **given: object) -> str:
    with pytest.raises(UserError) as error:
        edit(model, fact, to, known_sets(model), **given)  # type: ignore[arg-type]
    assert "\n" not in str(error.value)
    return str(error.value)


def test_what_cannot_be_edited_is_refused_in_a_line(llama: LanguageModel) -> None:
    fact = known_sets(llama)[0].facts[0]
    assert "method 'rom' is unknown; nearest: rome" in refused(llama, fact, method="rom")
    assert f"layer 3 is unknown: model {llama.record.id} has layers 0 to 2" in refused(llama, fact, layer=3)
    assert "layer -1 is unknown" in refused(llama, fact, layer=-1)
    assert "the model already gives" in refused(llama, fact, fact.object)
    assert "has no template 7" in refused(llama, fact, template=7)
    assert "the new object ' ' is empty" in refused(llama, fact, " ")
    assert "subject 'w9' is not in the prompt 'w1 w2'" in refused(llama, replace(fact, subject="w9", prompt="w1 w2"))
    assert "at most 64 fit" in refused(llama, replace(fact, prompt="{} " + "w2 " * 60))


def test_a_model_of_few_bits_is_refused(small_folders: dict[str, ModelFolder]) -> None:
    model = load(small_folders["llama"], torch.bfloat16)
    assert "is open in bfloat16" in refused(model, known_sets(model)[0].facts[0])


def test_a_prompt_of_ones_own_is_a_fact(llama: LanguageModel) -> None:
    fact = own_fact("w1 w2 w7 w3", "w7")
    assert fact.prompt == "w1 w2 {} w3"
    found = edit(
        llama, fact, TO if known_sets(llama)[0].facts[0].object != TO else "w31", known_sets(llama), layer=LAYER
    )
    assert found.record.prompt == "w1 w2 w7 w3"
    assert found.effects.paraphrase_template is None
    assert (found.effects.neighbourhood, found.effects.n_neighbourhood) == (None, 0)
    assert found.effects.n_other == 10
    with pytest.raises(UserError, match="subject 'w8' is not in the prompt"):
        own_fact("w1 w2 w7 w3", "w8")


def test_positions_of_subjects(llama: LanguageModel) -> None:
    bench, request = bench_of(llama)
    asked = ask(llama, request.words, "w30 w31")
    assert asked.tokens[asked.at] == llama.encode(request.fact.subject)[0]
    assert asked.answer == (30, 31)
    for each in ask_behind(llama, bench.seen, request.words, TO):
        assert each.tokens[each.at] == asked.tokens[asked.at]
        assert each.tokens[-len(asked.tokens) :] == asked.tokens
