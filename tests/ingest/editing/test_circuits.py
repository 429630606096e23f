"""What an edit does inside a model: sums worked by hand, and what the figures promise on small models."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from graphdb.conditions.edits import Against, EditMethod, Stage
from graphdb.errors import UserError
from graphdb.role_records import RoleKind
from graphdb.topology import Topology
from ingest.editing.bench import Bench, bench_at, learn
from ingest.editing.circuits import cut as cutting
from ingest.editing.circuits.action import Pair, attribution, carried, places
from ingest.editing.circuits.contrast import contrasts
from ingest.editing.circuits.cut import Cut, by_layer, cut, jaccard, reweighted
from ingest.editing.circuits.inside import Inside, look_inside
from ingest.editing.circuits.pipeline import subject_of
from ingest.editing.circuits.subject import Subject
from ingest.editing.prompts.bystanders import known_facts
from ingest.editing.prompts.request import Request, check_request
from ingest.facts.sets import FactSet
from ingest.model import LanguageModel
from ingest.model.forward import last_logits, run
from tests.ingest.editing.known import known_sets

LAYER = 1
ROLES = {"a1.h0": RoleKind.MOVER, "a2.h3": RoleKind.MIXTURE, "a0.h1": RoleKind.RELATION}
TOY = Topology(1, 2, 2)
"""Sources embed, a0.h0, a0.h1, m0; the last slot is the logits."""


def subject_in(model: LanguageModel, method: EditMethod = EditMethod.ROME, layer: int = LAYER) -> Subject:
    bench, request, facts = asked_of(model, method, layer)
    return subject_of(bench, request, learn(bench, request).change, facts, 0, 2, ROLES)


def asked_of(model: LanguageModel, method: EditMethod, layer: int) -> tuple[Bench, Request, FactSet]:
    sets = known_sets(model)
    fact = sets[0].facts[0]
    to = next((each.object for each in sets[0].facts if each.object != fact.object), "w30")
    request = check_request(model, fact, to, sets, 0)
    return bench_at(model, sets, known_facts(model, sets), method, layer, 0), request, sets[0]


def pair_of(model: LanguageModel, subject: Subject) -> Pair:
    return Pair(model.encode(subject.request.fact.object)[0], subject.request.asked.answer[0])


def difference(model: LanguageModel, subject: Subject, pair: Pair) -> float:
    logits = last_logits(model.weights, run(model.weights, torch.tensor([subject.request.asked.tokens])).final)[0]
    return float(logits[pair.new] - logits[pair.old])


def toy(values: dict[tuple[str, tuple[str, str]], float]) -> Cut:
    """A circuit of the toy with these |scores|."""
    sizes = np.zeros(TOY.allowed.shape, np.float32)
    for (source, slot), value in values.items():
        sizes[TOY.source_numbers[source], TOY.slot_numbers[slot]] = value
    return Cut(TOY, sizes > 0, sizes)


def test_shares_and_overlaps_by_hand() -> None:
    logits, query, mlp = ("logits", "logits"), ("a0.h0", "q"), ("m0", "mlp")
    one = toy({("embed", query): 1.0, ("a0.h0", logits): 2.0, ("m0", logits): 1.0})
    two = toy({("embed", query): 1.0, ("embed", mlp): 3.0, ("m0", logits): 4.0})
    assert jaccard(one, two) == 2 / 4
    assert reweighted(one, two) == (0 + 3) / (1 + 1)
    assert (one.share(["m0"]), two.share(["m0"])) == (1 / 4, 4 / 8)
    assert one.share(["a0.h0", "a0.h1"]) == 2 / 4
    assert one.share([]) == 0
    assert by_layer(TOY, two.mask & ~one.mask) == (1, 0)
    assert by_layer(TOY, one.mask & ~two.mask) == (0, 1)
    empty = toy({})
    assert (empty.share(["m0"]), jaccard(empty, empty), reweighted(empty, one)) == (0, 1, None)


def test_a_circuit_is_cut_at_its_strongest_edges(monkeypatch: pytest.MonkeyPatch, llama: LanguageModel) -> None:
    top = llama.weights.topology
    scores = np.random.default_rng(0).normal(size=top.n_edges).astype(np.float32)
    whole = cut(top, scores)
    assert int(0.1 * top.n_edges) - 5 <= whole.mask.sum() <= 0.1 * top.n_edges
    assert np.array_equal(whole.sizes, np.abs(top.unpack(scores)) * whole.mask)
    monkeypatch.setattr(cutting, "SIZE", 5)
    assert cut(top, scores).mask.sum() <= 5


def test_what_components_carry_adds_up_to_the_change(worded: LanguageModel) -> None:
    subject = subject_in(worded)
    pair = pair_of(worded, subject)
    before, after = (model.weights for model in (worded, subject.after))
    asked = subject.request.asked
    acts = places(before, after, LAYER, asked, pair)
    assert acts.before == pytest.approx(difference(worded, subject, pair), abs=1e-9)
    assert acts.before + acts.everywhere == pytest.approx(difference(subject.after, subject, pair), abs=1e-9)
    parts = carried(before, after, LAYER, asked, pair, ["a1.h0", "a2.h3"])
    total = parts.direct + parts.movers + parts.heads + parts.mlps + parts.rest
    assert total == pytest.approx(acts.everywhere, abs=1e-9)
    one, two = (attribution(each, run(each, torch.tensor([asked.tokens])), pair) for each in (before, after))
    numbers = before.topology.source_numbers
    assert parts.direct == pytest.approx(float((two - one)[numbers["m1"]]))
    assert parts.movers == pytest.approx(float((two - one)[[numbers["a1.h0"], numbers["a2.h3"]]].sum()))
    assert parts.mlps == pytest.approx(float((two - one)[numbers["m2"]]))


def test_an_edit_of_the_last_layer_acts_at_the_last_position_and_directly(worded: LanguageModel) -> None:
    """Nothing behind it moves between positions; what other components carry is the final norm's scale alone."""
    subject = subject_in(worded, EditMethod.FT_M, layer=2)
    pair, asked = pair_of(worded, subject), subject.request.asked
    acts = places(worded.weights, subject.after.weights, 2, asked, pair)
    assert acts.at_last == pytest.approx(acts.everywhere, abs=1e-9)
    assert acts.at_subject == pytest.approx(0, abs=1e-9)
    assert abs(acts.everywhere) > 0.1


def test_an_edit_at_the_subject_alone_is_that_of_a_run_with_it_there(llama: LanguageModel) -> None:
    """The model before up to the subject's last token, and from there on: one position has the changed MLP."""
    subject = subject_in(llama)
    pair, asked = pair_of(llama, subject), subject.request.asked
    assert asked.at < len(asked.tokens) - 1
    acts = places(llama.weights, subject.after.weights, LAYER, asked, pair)
    tokens = torch.tensor([asked.tokens])
    head = run(llama.weights, tokens[:, : asked.at])
    middle = run(subject.after.weights, tokens[:, asked.at : asked.at + 1], asked.at, head.keys_values())
    end = run(llama.weights, tokens[:, asked.at + 1 :], asked.at + 1, middle.keys_values())
    logits = last_logits(llama.weights, end.final)[0]
    assert float(logits[pair.new] - logits[pair.old]) == pytest.approx(acts.before + acts.at_subject, abs=1e-4)


def test_donors_serve_both_models_and_are_in_one_part(llama: LanguageModel) -> None:
    subject = subject_in(llama)
    new = subject.request.asked.answer[0]
    found = contrasts(subject, new)
    assert found
    for each in found:
        own, others = ([each.task.donors[row] for row in part] for part in (each.own, each.others))
        assert len(own) == len(others) > 0
        assert not {donor.tokens for donor in own} & {donor.tokens for donor in others}
        for donor in (*own, *others):
            assert new not in donor.answers
            end = run(subject.after.weights, torch.tensor([donor.tokens])).final
            assert int(last_logits(subject.after.weights, end)[0].argmax()) != new
    by_fact = {each.task.prompt.fact_id: each for each in found}
    if edited := by_fact.get(subject.request.fact.id):
        assert edited.after == new != edited.task.answer
    for each in subject.neighbours:
        assert each.id not in by_fact or by_fact[each.id].after == by_fact[each.id].task.answer


def looked(model: LanguageModel) -> tuple[Subject, Inside]:
    subject = subject_in(model)
    return subject, look_inside(subject)


def test_a_model_beside_itself_has_the_same_circuits(llama: LanguageModel) -> None:
    """All but the null of other donors, which is what chance does."""
    subject = subject_in(llama)
    found = look_inside(replace(subject, after=llama, sham=llama))
    neighbours = [each for each in found.circuits if each.fact_id != subject.request.fact.id]
    same = [each for each in neighbours if each.against is not Against.DONORS]
    assert same
    assert {(each.jaccard, each.reweighted, sum(each.came), sum(each.went)) for each in same} == {(1.0, 0.0, 0, 0)}
    assert all(each.mlp == each.mlp_before for each in same)
    assert all(each.jaccard < 1 for each in neighbours if each.against is Against.DONORS)
    assert [each.change for each in found.actions] == pytest.approx([0, 0], abs=1e-6)


def test_everything_has_its_null(worded: LanguageModel) -> None:
    subject, found = looked(worded)
    by_fact = {each.fact_id for each in found.circuits}
    assert by_fact <= {subject.request.fact.id, *(each.id for each in subject.neighbours)}
    assert [each.against for each in found.circuits] == list(Against) * len(by_fact)
    for each in found.circuits:
        assert len(each.came) == len(each.went) == 1 + worded.weights.topology.n_layers
        assert each.n_edges - sum(each.came) == each.n_edges_before - sum(each.went)
    assert [each.is_sham for each in found.actions] == [False, True]
    assert found.actions[0].n_movers == 2
    assert [each.stage for each in found.lenses] == list(Stage)
    edit = found.lenses[1]
    pair = pair_of(worded, subject)
    assert edit.new[-1] - edit.old[-1] == pytest.approx(difference(subject.after, subject, pair), abs=1e-6)
    assert len(edit.blocks) == 1 + 2 * worded.weights.topology.n_layers


def test_without_roles_no_share_is_given_to_them(llama: LanguageModel) -> None:
    subject = subject_in(llama)
    with_roles, without = (look_inside(each) for each in (subject, replace(subject, roles=None)))
    assert {(each.movers, each.relation) for each in without.circuits} == {(None, None)}
    assert all(each.movers is not None for each in with_roles.circuits)
    (one, _), (two, _) = with_roles.actions, without.actions
    assert (two.movers, two.n_movers) == (None, 0)
    assert two.heads == pytest.approx(one.heads + (one.movers or 0), abs=1e-5)


def test_objects_that_begin_alike_are_refused(llama: LanguageModel) -> None:
    subject = subject_in(llama)
    own = llama.encode(subject.request.fact.object)[0]
    asked = replace(subject.request.asked, answer=(own, 30))
    with pytest.raises(UserError, match="are not told apart by their first tokens"):
        look_inside(replace(subject, request=replace(subject.request, asked=asked)))
