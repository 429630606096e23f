from dataclasses import replace

import numpy as np
import pytest
import torch

from graphdb.topology import prune_dangling
from ingest.discovery import MIN_EFFECT, Found, Settings, Task, discover, fingerprint
from ingest.forward import last_logits, run, writes
from ingest.masked import Ablation, run_masked
from ingest.model import LanguageModel
from ingest.prompts import Prompt
from ingest.pruning import LARGEST_SHARE

SETTINGS = Settings()


@torch.no_grad()
def _task(model: LanguageModel, number: int, start: int) -> Task:
    """Prompts of seven tokens that differ from `start` on; answer and foil are what the corrupt one changes most."""
    tokens = np.random.default_rng(number).permutation(np.arange(1, 40))
    clean, corrupt = tokens[:7], np.concatenate((tokens[:start], tokens[20 : 27 - start]))
    logits = last_logits(model.weights, run(model.weights, torch.tensor(np.stack((clean, corrupt)))).final)
    effect = logits[0] - logits[1]
    prompt = Prompt(f"r/{number}", f"clean {number}", tuple(map(int, clean)), (int(effect.argmax()),))
    donor = Prompt(f"r/{number + 1}", f"corrupt {number}", tuple(map(int, corrupt)), (int(effect.argmin()),))
    return Task(prompt, donor, prompt.answers[0], rank=3)


@pytest.fixture(scope="module")
def tasks(llama: LanguageModel) -> list[Task]:
    return [_task(llama, number, start) for number, start in enumerate((0, 2, 3, 3, 5, 6, 6, 6))]


@pytest.fixture(scope="module")
def found(llama: LanguageModel, tasks: list[Task]) -> list[Found]:
    return discover(llama, tasks, SETTINGS, "run")


def test_a_fact_has_the_same_circuit_in_any_batch(llama: LanguageModel, tasks: list[Task], found: list[Found]) -> None:
    for task, together in zip(tasks, found, strict=True):
        (alone,) = discover(llama, [task], SETTINGS, "run")
        if together.scores is None or alone.scores is None:
            assert alone.reason == together.reason
            continue
        assert np.allclose(alone.scores, together.scores, rtol=1e-2, atol=1e-4)  # float16
        assert alone.circuit is not None
        assert together.circuit is not None
        assert {edge.id for edge in alone.circuit.edges} == {edge.id for edge in together.circuit.edges}
        assert alone.circuit.faithfulness == pytest.approx(together.circuit.faithfulness, abs=1e-4)
        assert alone.circuit.faithfulness_random == pytest.approx(together.circuit.faithfulness_random, abs=1e-4)


def test_a_batch_gives_the_same_bits_twice(llama: LanguageModel, tasks: list[Task], found: list[Found]) -> None:
    again = discover(llama, tasks, SETTINGS, "run")
    assert [each.circuit for each in again] == [each.circuit for each in found]
    for one, two in zip(again, found, strict=True):
        np.testing.assert_array_equal(one.scores, two.scores)


def test_stored_figures_are_those_of_the_stored_edges(
    llama: LanguageModel, tasks: list[Task], found: list[Found]
) -> None:
    """Run each circuit anew from its edge list, without the batch, the prefix and the search."""
    circuits = [(task, each.circuit) for task, each in zip(tasks, found, strict=True) if each.circuit]
    assert len(circuits) >= 4
    top = llama.weights.topology
    for task, circuit in circuits:
        mask = np.zeros(top.allowed.shape, bool)
        for edge in circuit.edges:
            mask[top.source_names.index(edge.source), top.slot_names.index((edge.target, edge.channel))] = True
        assert np.array_equal(prune_dangling(top, mask), mask)
        assert circuit.n_edges == mask.sum() <= LARGEST_SHARE * top.n_edges
        clean, corrupt, alone = _metrics(llama, task, mask)
        assert circuit.metric_clean == pytest.approx(clean, abs=1e-3)
        assert circuit.metric_corrupt == pytest.approx(corrupt, abs=1e-3)
        assert circuit.metric_circuit == pytest.approx(alone, abs=1e-3)
        assert circuit.faithfulness == pytest.approx((alone - corrupt) / (clean - corrupt), abs=1e-3)
        assert circuit.reached == (circuit.faithfulness >= circuit.target)
        assert [edge.rank for edge in circuit.edges] == list(range(1, circuit.n_edges + 1))
        assert np.all(np.diff([abs(edge.weight) for edge in circuit.edges]) <= 0)


@torch.no_grad()
def _metrics(model: LanguageModel, task: Task, mask: np.ndarray) -> tuple[float, float, float]:
    weights, answer, foil = model.weights, task.answer, task.donor.answers[0]
    clean, corrupt = (torch.tensor([prompt.tokens]) for prompt in (task.prompt, task.donor))
    trace = run(weights, corrupt)
    ablation = Ablation(0, [], trace, writes(weights, trace))
    alone = run_masked(weights, clean, ablation, torch.from_numpy(mask[None]).float())
    finals = (run(weights, clean).final, trace.final, alone)
    clean_metric, corrupt_metric, circuit_metric = (
        float(last_logits(weights, final)[0, answer] - last_logits(weights, final)[0, foil]) for final in finals
    )
    return clean_metric, corrupt_metric, circuit_metric


def test_a_fact_on_which_the_corrupt_prompt_has_no_effect_has_a_reason_in_place_of_a_circuit(
    llama: LanguageModel, tasks: list[Task]
) -> None:
    good, reversed_ = tasks[0], replace(tasks[0], answer=tasks[0].donor.answers[0])
    reversed_ = replace(reversed_, donor=replace(good.donor, answers=(good.answer,)))
    kept, refused = discover(llama, [good, reversed_], SETTINGS, "run")
    assert kept.circuit is not None
    assert (refused.circuit, refused.scores) == (None, None)
    assert f"-{kept.circuit.metric_clean - kept.circuit.metric_corrupt:.2f} logits" in refused.reason
    assert f"at least {MIN_EFFECT} are needed" in refused.reason


def test_the_fingerprint_follows_all_that_determines_a_circuit(llama: LanguageModel, tasks: list[Task]) -> None:
    task = tasks[0]
    others = [
        fingerprint(llama, task, replace(SETTINGS, target=0.9)),
        fingerprint(llama, task, replace(SETTINGS, method="eap")),
        fingerprint(llama, task, replace(SETTINGS, seed=1)),
        fingerprint(llama, replace(task, answer=1), SETTINGS),
        fingerprint(llama, replace(task, donor=tasks[1].donor), SETTINGS),
        fingerprint(replace(llama, record=replace(llama.record, weights_sha256="0")), task, SETTINGS),
    ]
    assert len({fingerprint(llama, task, SETTINGS), *others}) == len(others) + 1
    assert fingerprint(llama, task, SETTINGS) == fingerprint(llama, replace(task, rank=1), SETTINGS)
