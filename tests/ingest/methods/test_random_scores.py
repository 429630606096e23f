from dataclasses import replace

import torch

from ingest.compute.prompt_runs import Runs
from ingest.methods import EFFORTS, METHODS
from ingest.model import LanguageModel
from tests.ingest.pairs import pair_tasks


def test_random_scores_are_a_facts_own_whatever_batch_it_is_in(llama: LanguageModel) -> None:
    one, two = pair_tasks()
    score, effort = METHODS["random"].score_edges, EFFORTS["default"]
    both = score(Runs(llama.weights, [one, two]), [[0, 0]], effort)
    assert both.shape == (2, llama.weights.topology.n_edges)
    assert torch.equal(score(Runs(llama.weights, [two]), [[0]], effort)[0], both[1])
    assert not torch.equal(both[0], both[1])
    assert abs(float(both.mean()) - 0.5) < 0.05


def test_other_donors_give_other_random_scores(llama: LanguageModel) -> None:
    """So that the overlap of two random circuits of a fact is that of two draws."""
    task = pair_tasks()[0]
    task = replace(task, donors=(*task.donors, pair_tasks()[1].donors[0]), n_size=1)
    runs, effort = Runs(llama.weights, [task]), EFFORTS["default"]
    first, second = (METHODS["random"].score_edges(runs, [[donor]], effort) for donor in (0, 1))
    assert not torch.equal(first, second)
