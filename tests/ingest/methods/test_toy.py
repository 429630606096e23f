"""Edge scores of a model so small that they can be worked out by hand.

One layer, one head, two dimensions, one position. The norms' eps is so large that they are linear, there is nothing
but the own position to attend to, and the MLP has no activation function: the model is linear.

    embed   clean (3, 1), corrupt (1, 1): the difference is (2, 0)
    a0.h0   swaps the two dimensions and doubles them: (0, 4)
    m0      adds the two dimensions of all that came before, (2, 0) + (0, 4), into the first: (6, 0)
    logits  answer less foil: 1 x + 10 y

    effect = 1 * 2 + 10 * 4 + 1 * 6 = 48
"""

import pytest
import torch
from torch import Tensor

from graphdb.topology import Topology
from ingest.compute.prompt_runs import Runs
from ingest.facts.task import Task
from ingest.methods import EFFORTS, METHODS
from ingest.model.weights import Attention, Mlp, Norm, Weights
from tests.ingest.pairs import prompt

TOP = Topology(n_layers=1, n_heads=1, n_kv_heads=1)
EXACT = {
    ("embed", "a0.h0", "q"): 0.0,
    ("embed", "a0.h0", "k"): 0.0,
    ("embed", "a0.h0", "v"): 44.0,  # 10 * 4 to the logits, 1 * 4 through the MLP
    ("embed", "m0", "mlp"): 2.0,
    ("a0.h0", "m0", "mlp"): 4.0,
    ("embed", "logits", "logits"): 2.0,
    ("a0.h0", "logits", "logits"): 40.0,
    ("m0", "logits", "logits"): 6.0,
}


def _tensor(*rows: list[float]) -> Tensor:
    return torch.tensor(rows, dtype=torch.float64)


LINEAR = Norm(weight=torch.full((2,), 1e6, dtype=torch.float64), bias=None, eps=1e12, centred=False)
"""x * 1e6 / sqrt(mean(x^2) + 1e12): x itself, to twelve digits."""
SWAP = _tensor([0, 1], [1, 0])[None]
HEAD = Attention(
    norm=LINEAR, q=SWAP, k=SWAP, v=SWAP, o=2 * _tensor([1, 0], [0, 1])[None],
    q_bias=None, k_bias=None, v_bias=None, o_bias=None, q_norm=None, k_norm=None, post_norm=None,
    cos=None, sin=None, scale=1.0, window=None, groups=(1,),
)  # fmt: skip
MLP = Mlp(
    norm=LINEAR, gate=None, up=_tensor([1], [1]), up_bias=None, down=_tensor([1, 0]), down_bias=None,
    post_norm=None, act=lambda x: x,
)  # fmt: skip
WEIGHTS = Weights(
    topology=TOP,
    embed=_tensor([3, 1], [1, 1]),
    embed_scale=1.0,
    positions=None,
    attention=(HEAD,),
    mlp=(MLP,),
    final_norm=LINEAR,
    unembed=_tensor([1, 10], [0, 0]),
    max_positions=1,
)
TASK = Task(prompt("r/clean", [0], 0), (prompt("r/corrupt", [1], 1),), answer=0, rank=1, n_find=1, n_size=0)


def _found(method: str) -> dict[tuple[str, str, str], float]:
    runs = Runs(WEIGHTS, [TASK])
    with torch.no_grad():
        (scores,) = METHODS[method].score_edges(runs, [[0]], EFFORTS["default"])
    matrix = TOP.unpack(scores.numpy())
    return {
        (name, *slot): float(matrix[source, place])
        for source, name in enumerate(TOP.source_names)
        for place, slot in enumerate(TOP.slot_names)
        if TOP.allowed[source, place]
    }


@pytest.mark.parametrize("method", ["eap", "eap-ig", "secant"])
def test_a_linear_model_is_scored_exactly(method: str) -> None:
    assert _found(method) == pytest.approx(EXACT, abs=1e-6)


def test_the_scores_sum_to_the_total_effect_over_every_cut() -> None:
    pair = Runs(WEIGHTS, [TASK]).pair([0])
    assert float(pair.metric_clean - pair.metric_ablated) == pytest.approx(48, abs=1e-6)
    found = _found("secant")
    leaving = sum(score for (source, *_), score in found.items() if source == "embed")
    around = sum(score for (_, target, _), score in found.items() if target == "m0") + sum(
        score for (source, target, _), score in found.items() if target == "logits" and source != "m0"
    )
    arriving = sum(score for (_, target, _), score in found.items() if target == "logits")
    assert [leaving, around, arriving] == pytest.approx([48, 48, 48], abs=1e-6)


def test_relp_gives_half_of_what_goes_through_a_head_to_its_pattern() -> None:
    """A head is a product of pattern and values, half for each; here the pattern is constant, and its half is lost."""
    assert _found("relp") == pytest.approx(EXACT | {("embed", "a0.h0", "v"): 22.0}, abs=1e-6)


def test_secant_and_relp_are_brought_to_the_same_total_and_averaged() -> None:
    secant, relp = _found("secant"), _found("relp")
    factor = sum(map(abs, secant.values())) / sum(map(abs, relp.values()))
    assert factor == pytest.approx(98 / 76)
    expected = {edge: (score + relp[edge] * factor) / 2 for edge, score in secant.items()}
    assert _found("secant+relp") == pytest.approx(expected)
