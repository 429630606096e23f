from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch

from graphdb.figures import figures_of
from graphdb.records import Circuit, Reason
from graphdb.topology import BoolArray, prune_dangling
from ingest.compute.prompt_runs import MEAN, Runs
from ingest.discovery.discovery import Found, discover, fingerprint
from ingest.discovery.search import LARGEST_SHARE
from ingest.facts.task import Task
from ingest.measures.measure import Reference, References
from ingest.model import LanguageModel
from ingest.settings import Settings
from tests.ingest.tasks import make_tasks

SINGLE = Settings(method="secant", robust=False)
ROBUST = Settings(method="secant", effort="quick")


@pytest.fixture(scope="module")
def tasks(llama: LanguageModel) -> list[Task]:
    """Four donors each: one finds, one chooses the size, two are unseen."""
    return make_tasks(llama, n_donors=4)


ALONE = References()
"""No fact that circuits are compared with."""


@pytest.fixture(scope="module")
def found(llama: LanguageModel, tasks: list[Task]) -> list[Found]:
    return discover(llama, tasks, ROBUST, ALONE, "run")


def circuits(found: Sequence[Found]) -> list[Circuit]:
    kept = [each.circuit for each in found if each.circuit]
    assert 0 < len(kept) == len(found)
    return kept


def mask_of(model: LanguageModel, circuit: Circuit) -> BoolArray:
    """The circuit's edges as a mask [s, t], from their names."""
    top = model.weights.topology
    mask = np.zeros(top.allowed.shape, bool)
    for edge in circuit.edges:
        mask[top.source_names.index(edge.source), top.slot_names.index((edge.target, edge.channel))] = True
    return mask


@pytest.mark.slow
@pytest.mark.parametrize("settings", [ROBUST, SINGLE, replace(ROBUST, ablation=MEAN)], ids=lambda each: each.label)
def test_a_fact_has_the_same_circuit_in_any_batch(llama: LanguageModel, tasks: list[Task], settings: Settings) -> None:
    together = discover(llama, tasks, settings, ALONE, "run")
    assert sum(each.circuit is not None for each in together) >= 4
    for task, one in zip(tasks, together, strict=True):
        (alone,) = discover(llama, [task], settings, ALONE, "run")
        assert alone.attempt == one.attempt
        if one.circuit is None or alone.circuit is None:
            continue
        assert np.allclose(np.asarray(alone.scores), np.asarray(one.scores), rtol=1e-2, atol=1e-4)  # float16
        assert {edge.id for edge in alone.circuit.edges} == {edge.id for edge in one.circuit.edges}
        for figure in (
            "faithfulness",
            "faithfulness_random",
            "completeness",
            "divergence",
            "stability",
            "needed",
            "loss_30",
        ):
            assert getattr(alone.circuit, figure) == pytest.approx(getattr(one.circuit, figure), abs=1e-4), figure


def test_figures_keep_to_the_range_of_their_unit(found: list[Found]) -> None:
    for circuit in circuits(found):
        for each in figures_of(Circuit):
            least, most = each.figure.unit.least, each.figure.unit.most
            given = getattr(circuit, each.name)
            for value in given if isinstance(given, tuple) else [given]:
                assert value is None or least is None or value >= least - 1e-4, each.name
                assert value is None or most is None or value <= most + 1e-4, each.name


def test_scores_of_a_fact_are_the_same_in_any_batch(small: LanguageModel) -> None:
    tasks = make_tasks(small, n_donors=2, count=4)
    together = discover(small, tasks, SINGLE, ALONE, "run")
    alone = [discover(small, [task], SINGLE, ALONE, "run")[0] for task in tasks]
    for one, two in zip(circuits(alone), circuits(together), strict=True):
        weights = {edge.id: edge.weight for edge in two.edges}
        assert {edge.id: edge.weight for edge in one.edges} == pytest.approx(weights, rel=1e-5)


def test_a_batch_gives_the_same_bits_twice(llama: LanguageModel, tasks: list[Task], found: list[Found]) -> None:
    again = discover(llama, tasks, ROBUST, ALONE, "run")
    assert [each.circuit for each in again] == [each.circuit for each in found]
    for one, two in zip(again, found, strict=True):
        np.testing.assert_array_equal(one.scores, two.scores)


@torch.no_grad()
def test_stored_figures_are_those_of_the_stored_edges(
    llama: LanguageModel, tasks: list[Task], found: list[Found]
) -> None:
    """Run each circuit anew from its edge list, without the batch, the other donors and the search."""
    top = llama.weights.topology
    for task, circuit in zip(tasks, circuits(found), strict=True):
        mask = mask_of(llama, circuit)
        assert np.array_equal(prune_dangling(top, mask), mask)
        assert circuit.n_edges == mask.sum() <= LARGEST_SHARE * top.n_edges
        f, metrics = _alone(llama, task, mask)
        assert circuit.faithfulness == pytest.approx(np.mean(f[2:]), abs=1e-3)
        assert circuit.faithfulness_size == pytest.approx(f[1], abs=1e-3)
        assert (circuit.metric_clean, circuit.metric_ablated, circuit.metric_circuit) == pytest.approx(
            metrics[2], abs=1e-3
        )
        assert circuit.faithfulness_size is not None
        assert circuit.target is not None
        assert circuit.reached == (circuit.faithfulness_size >= circuit.target)
        assert circuit.faithfulness_lowest == pytest.approx(min(f[2:]), abs=1e-3)
        both_ways = np.mean([1 - min(1, abs(1 - each)) for each in f[2:]])
        assert circuit.faithfulness_both_ways == pytest.approx(both_ways, abs=1e-3)
        assert circuit.judges_reached == np.mean([each >= circuit.target for each in f[2:]])
        assert [edge.rank for edge in circuit.edges] == list(range(1, circuit.n_edges + 1))
        assert sorted(edge.search_rank for edge in circuit.edges) == list(range(1, circuit.n_edges + 1))
        assert np.all(np.diff([abs(edge.weight) for edge in circuit.edges]) <= 0)


def _alone(model: LanguageModel, task: Task, mask: BoolArray) -> tuple[list[float], list[tuple[float, float, float]]]:
    """Faithfulness against each donor, and the metric of model, empty circuit and circuit."""
    f, metrics = [], []
    for donor in task.donors:
        single = Task(task.prompt, (donor,), task.answer, task.rank, 1, 0)
        runs = Runs(model.weights, [single])
        pair = runs.pair([0])
        circuit = runs.metric(runs.run_circuit(pair, torch.from_numpy(mask[None]).float()).final, pair.direction)
        clean, ablated, alone = (float(each) for each in (pair.metric_clean, pair.metric_ablated, circuit))
        f.append((alone - ablated) / (clean - ablated))
        metrics.append((clean, ablated, alone))
    return f, metrics


def test_donors_are_named_by_what_they_are_used_for(tasks: list[Task], found: list[Found]) -> None:
    for task, circuit in zip(tasks, circuits(found), strict=True):
        names = tuple(donor.fact_id for donor in task.donors)
        contrast = circuit.contrast
        assert (contrast.donors_find, contrast.donors_size, contrast.donors_unseen) == (
            names[:1],
            names[1:2],
            names[2:],
        )
        assert (circuit.lacks, circuit.judged_on, circuit.donor) == ("", "unseen", names[2])
        assert circuit.corrupt_prompt == task.donors[2].text


def test_one_donor_does_everything_and_the_circuit_says_so(llama: LanguageModel) -> None:
    for circuit in circuits(discover(llama, make_tasks(llama, n_donors=1, count=3), SINGLE, ALONE, "run")):
        assert circuit.id.endswith("|secant/single")
        assert (circuit.contrast.donors_find, circuit.contrast.donors_size) == ((circuit.donor,), ())
        assert (circuit.contrast.donors_unseen, circuit.judged_on) == ((), "find")
        assert circuit.lacks == "size: 0 of 1, unseen: 0 of 2"
        assert circuit.faithfulness == pytest.approx(circuit.faithfulness_size)
        assert circuit.stability is None


def test_mean_ablation_gives_other_circuits_beside_the_first(
    llama: LanguageModel, tasks: list[Task], found: list[Found]
) -> None:
    against_mean = discover(llama, tasks, replace(ROBUST, ablation=MEAN), ALONE, "run")
    pairs = [
        (one.circuit, two.circuit) for one, two in zip(found, against_mean, strict=True) if one.circuit and two.circuit
    ]
    assert len(pairs) >= 4
    for corrupt, mean in pairs:
        assert mean.id == f"{corrupt.id}/mean"
        assert (corrupt.ablation, mean.ablation) == ("corrupt", "mean")
        assert mean.metric_ablated != corrupt.metric_ablated
        assert mean.metric_clean == pytest.approx(corrupt.metric_clean, abs=1e-4)
    assert any({e.id for e in one.edges} != {e.id for e in two.edges} for one, two in pairs)


def test_pruning_leaves_smaller_circuits_that_still_reach_the_target(llama: LanguageModel, tasks: list[Task]) -> None:
    settings = Settings(method="secant", effort="thorough", target=0.3)
    pruned = circuits(discover(llama, tasks, settings, ALONE, "run"))
    whole = circuits(discover(llama, tasks, replace(settings, effort="quick"), ALONE, "run"))
    assert sum(bool(circuit.reached) for circuit in whole) > len(whole) / 2
    for small, large in zip(pruned, whole, strict=True):
        assert large.n_edges == large.n_edges_searched == small.n_edges_searched
        if large.reached:
            assert small.reached
            assert small.n_edges <= large.n_edges
    edges = [sum(one.n_edges for one, two in zip(each, whole, strict=True) if two.reached) for each in (pruned, whole)]
    assert edges[0] < 0.9 * edges[1]


def test_a_circuit_stands_beside_one_of_another_relation(llama: LanguageModel, tasks: list[Task]) -> None:
    scores = np.random.default_rng(0).random(llama.weights.topology.n_edges).astype(np.float16)
    own, other = Reference("r", "r/own", scores), Reference("s", "s/other", scores)
    one, two = circuits(discover(llama, tasks[:2], ROBUST, References((own, other)), "run"))
    for circuit in (one, two):
        assert circuit.other == "s/other"
        assert circuit.faithfulness_other is not None
        assert circuit.stability_other is not None
    mate_scores = discover(llama, tasks[:2], ROBUST, ALONE, "run")[1].scores
    assert mate_scores is not None
    mate = Reference("s", "s/mate", mate_scores)
    (beside,) = circuits(discover(llama, tasks[:1], ROBUST, References((mate,)), "run"))
    assert one.stability_relation == pytest.approx(beside.stability_other, abs=0.02), "scores in float16 tie otherwise"
    assert beside.stability_relation is None, "no other fact is in the batch"
    (unasked, _) = circuits(discover(llama, [replace(tasks[0], again=False), tasks[1]], ROBUST, ALONE, "run"))
    assert unasked.stability_relation is None
    for circuit in circuits(discover(llama, tasks[:2], ROBUST, References((own,)), "run")):
        assert (circuit.other, circuit.faithfulness_other, circuit.stability_other) == ("", None, None)


def test_a_curve_on_request_stands_beside_its_baseline(llama: LanguageModel, tasks: list[Task]) -> None:
    (circuit,) = circuits(discover(llama, tasks[:1], replace(ROBUST, curve=True), ALONE, "run"))
    assert len(circuit.curve_sizes) == len(circuit.curve) == len(circuit.curve_random) == 10
    assert (circuit.curve[-1], circuit.curve_random[-1]) == pytest.approx((1, 1), abs=1e-4)
    areas = zip(circuit.curve_sizes, circuit.curve_sizes[1:], circuit.curve, circuit.curve[1:], strict=False)
    assert circuit.cmd == pytest.approx(sum((b - a) * (abs(1 - f) + abs(1 - g)) / 2 for a, b, f, g in areas))


def test_a_fact_whose_activations_are_no_numbers_has_a_reason_in_place_of_a_circuit(
    llama: LanguageModel, tasks: list[Task], found: list[Found]
) -> None:
    """One word of the vocabulary is broken: the fact that uses it is refused, and the others stay as they are."""
    words = [{token for prompt in (task.prompt, *task.donors) for token in prompt.tokens} for task in tasks]
    facts = (1, 4, 5)
    word = min(words[1] - words[4] - words[5])
    embed = llama.weights.embed.clone()
    embed[word] = torch.nan
    broken = replace(llama, weights=replace(llama.weights, embed=embed))
    for settings in (ROBUST, replace(ROBUST, ablation=MEAN)):
        expected = discover(llama, [tasks[fact] for fact in facts], settings, ALONE, "run")
        first, *rest = discover(broken, [tasks[fact] for fact in facts], settings, ALONE, "run")
        assert (first.circuit, first.scores) == (None, None)
        assert first.attempt is not None
        assert first.attempt.code is Reason.NOT_FINITE
        for one, two in zip(rest, expected[1:], strict=True):
            assert one.attempt == two.attempt
            assert one.circuit is not None
            assert two.circuit is not None
            assert [edge.id for edge in one.circuit.edges] == [edge.id for edge in two.circuit.edges]


def test_a_fact_on_which_a_donors_prompt_has_no_effect_has_a_reason_in_place_of_a_circuit(
    llama: LanguageModel, tasks: list[Task]
) -> None:
    good = tasks[0]
    same = replace(good.donors[3], answers=(good.answer,))
    kept, refused = discover(llama, [good, replace(good, donors=(*good.donors[:3], same))], ROBUST, ALONE, "run")
    assert kept.circuit is not None
    assert (refused.circuit, refused.scores) == (None, None)
    assert refused.attempt is not None
    assert refused.attempt.code is Reason.NO_EFFECT
    assert refused.attempt.detail == f"0.00 logits against {same.fact_id}, of 0.5 needed"


def test_the_fingerprint_follows_all_that_determines_a_circuit(llama: LanguageModel, tasks: list[Task]) -> None:
    task = tasks[0]
    other = Reference("s", "s/other", np.zeros(1, np.float16))
    others = [
        *(
            fingerprint(llama, task, replace(ROBUST, **change), ALONE)
            for change in ({"target": 0.9}, {"method": "eap"}, {"effort": "thorough"}, {"seed": 1}, {"ablation": MEAN})
        ),
        fingerprint(llama, task, replace(ROBUST, robust=False), ALONE),
        fingerprint(llama, task, replace(ROBUST, curve=True), ALONE),
        fingerprint(llama, task, ROBUST, References((other,))),
        fingerprint(llama, replace(task, answer=1), ROBUST, ALONE),
        fingerprint(llama, replace(task, donors=tasks[1].donors), ROBUST, ALONE),
        fingerprint(llama, replace(task, donors=task.donors[::-1]), ROBUST, ALONE),
        fingerprint(llama, replace(task, n_find=2, n_size=0), ROBUST, ALONE),
        fingerprint(llama, replace(task, twin=(task.prompt, task.donors[2])), ROBUST, ALONE),
        fingerprint(replace(llama, record=replace(llama.record, weights_sha256="0")), task, ROBUST, ALONE),
    ]
    assert len({fingerprint(llama, task, ROBUST, ALONE), *others}) == len(others) + 1
    assert fingerprint(llama, task, ROBUST, ALONE) == fingerprint(llama, replace(task, rank=1), ROBUST, ALONE)
