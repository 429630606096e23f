import pytest
import torch

from ingest.methods import eap, eap_ig
from ingest.model import LanguageModel
from tests.ingest.pairs import run_pairs


@pytest.mark.slow
@torch.no_grad()
def test_more_steps_come_closer_to_the_whole_effect(small: LanguageModel) -> None:
    """What leaves the embedding sums to the effect: the path from corrupt to clean is a straight line only there."""
    runs, pair = run_pairs(small)
    n_from_embedding = int(runs.allowed[0].sum())  # the first edges in row-major order
    totals = [eap_ig.pair_scores(runs, pair, steps)[:, :n_from_embedding].sum(1) for steps in (5, 80)]
    few, many = ((total - pair.effect).abs() for total in totals)
    assert float(many.norm()) < float(few.norm()) / 4
    assert bool((many < 0.1 * pair.effect.abs()).all())


@torch.no_grad()
def test_one_step_is_the_gradient_at_the_clean_run(small: LanguageModel) -> None:
    runs, pair = run_pairs(small)
    assert torch.allclose(eap_ig.pair_scores(runs, pair, 1), eap.pair_scores(runs, pair), atol=1e-9)
