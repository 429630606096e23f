"""The formulas of an edit, on toys worked by hand and as what they promise."""

import math

import pytest
import torch

from ingest.editing.change import RankOne, Whole
from ingest.editing.layer import overlap
from ingest.editing.moment import DAMPING, Moment, damped, moment_of
from ingest.editing.risk import reached
from ingest.editing.updates.rome import rank_one, with_added
from ingest.editing.updates.sham import sham

UNDAMPED = 1 / (1 + DAMPING)


def drawn(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def diagonal(*values: float) -> Moment:
    """A moment that is these values once it is damped."""
    wanted = torch.tensor(values, dtype=torch.float64)
    mean = wanted.mean() * UNDAMPED
    return Moment(torch.diag(wanted - DAMPING * mean), 10, 1.0)


def test_the_second_moment_is_not_centred() -> None:
    found = moment_of(torch.tensor([[[1.0, 0.0], [3.0, 2.0]]]))
    assert torch.equal(found.matrix, torch.tensor([[5.0, 3.0], [3.0, 2.0]]))
    assert found.tokens == 2
    # damped: [[5.035, 3], [3, 2.035]]; its eigenvalues are 3.535 ± sqrt(1.5² + 3²)
    root = math.sqrt(1.5**2 + 3**2)
    assert found.condition == pytest.approx((3.535 + root) / (3.535 - root), rel=1e-6)


def test_solving_takes_the_damped_moment() -> None:
    found = diagonal(1.0, 4.0)
    assert damped(found.matrix).diagonal().tolist() == pytest.approx([1, 4])
    solved = found.solve(torch.tensor([[2.0, 2.0], [0.0, 1.0]], dtype=torch.float64))
    assert solved.flatten().tolist() == pytest.approx([2, 0.5, 0, 0.25])


def test_a_rank_one_change_by_hand() -> None:
    # C = diag(1, 4), k* = (1, 2): C⁻¹k* = (1, .5), k*ᵀC⁻¹k* = 2
    key, added = torch.tensor([1.0, 2.0], dtype=torch.float64), torch.tensor([6.0, 0.0, -2.0], dtype=torch.float64)
    change = rank_one(key, added, diagonal(1.0, 4.0))
    assert change.r.tolist() == pytest.approx([0.5, 0.25])
    assert change.apply(torch.zeros(2, 3, dtype=torch.float64)).flatten().tolist() == pytest.approx(
        [3, 0, -1, 1.5, 0, -0.5]
    )
    # the original has k_own = (4, 0) below the line: k_ownᵀC⁻¹k* = 4
    own = rank_one(key, added, diagonal(1.0, 4.0), torch.tensor([4.0, 0.0], dtype=torch.float64))
    assert own.r.tolist() == pytest.approx([0.25, 0.125])


def test_the_edited_key_gets_its_value_and_orthogonal_keys_keep_theirs() -> None:
    down, keys, added = drawn(12, 5), drawn(200, 12, seed=1), drawn(5, seed=2)
    found, key, other = moment_of(keys), drawn(12, seed=3), drawn(12, seed=4)
    change = rank_one(key, added, found)
    after = change.apply(down)
    assert (key @ after - (key @ down + added)).abs().max() < 1e-4
    solved = found.solve(key)
    orthogonal = other - key * (other @ solved) / (key @ solved)
    assert (orthogonal @ after - orthogonal @ down).abs().max() < 1e-10
    assert (other @ after - other @ down).norm() > 1e-3


def test_the_original_gives_the_prompts_own_key_the_value() -> None:
    down, found = drawn(12, 5), moment_of(drawn(200, 12, seed=1))
    key, own, added = drawn(12, seed=3), drawn(12, seed=5), drawn(5, seed=2)
    after = rank_one(key, added, found, own).apply(down)
    assert (own @ after - (own @ down + added)).abs().max() < 1e-10
    assert (key @ after - (key @ down + added)).norm() > 1e-2


def test_an_edit_is_of_least_size_under_the_moment() -> None:
    """Of all changes that give the key its value, equation 2 changes the values of the sampled keys least."""
    keys, key, added = drawn(200, 12, seed=1), drawn(12, seed=3), drawn(5, seed=2)
    found = moment_of(keys)
    change = rank_one(key, added, found).apply(torch.zeros(12, 5, dtype=torch.float64))
    matrix = damped(found.matrix)

    def cost(each: torch.Tensor) -> float:
        return float(torch.einsum("md,mn,nd->", each, matrix, each))

    for seed in range(5):
        aside = drawn(12, 5, seed=10 + seed)
        aside -= key[:, None] * (key @ aside) / (key @ key)
        assert cost(change) < cost(change + 0.01 * aside)


def test_overlap_by_hand() -> None:
    # C = diag(1, 4): products of (1, 0), (1, 2) and (0, -2) are [[1, 1, 0], [1, 2, -1], [0, -1, 1]]
    keys = torch.tensor([[1.0, 0.0], [1.0, 2.0], [0.0, -2.0]], dtype=torch.float64)
    shares = (1 + 0, 0.5 + 0.5, 0 + 1)
    assert float(overlap(keys, diagonal(1.0, 4.0))) == pytest.approx(sum(shares) / 6)


def test_what_reaches_another_key_by_hand() -> None:
    # C⁻¹k* = (1, .5), k*ᵀC⁻¹k* = 2: of (2, 0) there is 2 / 2, of (1, -4) there is abs(1 - 2) / 2
    others = torch.tensor([[2.0, 0.0], [1.0, -4.0]], dtype=torch.float64)
    key = torch.tensor([1.0, 2.0], dtype=torch.float64)
    assert reached(others, key, diagonal(1.0, 4.0)).tolist() == pytest.approx([1, 0.5])


def test_a_value_is_added_at_the_subject_alone() -> None:
    out = drawn(2, 3, 4)
    after = with_added(out, torch.ones(4, dtype=torch.float64))
    assert torch.equal(after[:, 1:], out[:, 1:])
    assert torch.equal(after[:, 0], out[:, 0] + 1)


@pytest.mark.parametrize("delta", [RankOne(drawn(5, seed=9), drawn(12, seed=1)), Whole(drawn(12, 5, seed=2))])
def test_a_sham_is_as_large_at_every_key_and_says_something_else(delta: RankOne | Whole) -> None:
    down, keys = drawn(12, 5, seed=3), drawn(20, 12, seed=4)
    edit, control = delta.apply(down) - down, sham(delta, down, seed=0).apply(down) - down
    assert float(control.norm()) == pytest.approx(float(edit.norm()))
    assert (keys @ control).norm(dim=1).tolist() == pytest.approx((keys @ edit).norm(dim=1).tolist())
    cosine = (control * edit).sum() / edit.norm() ** 2
    assert float(cosine) < 0.9
    assert not torch.equal(control, sham(delta, down, seed=1).apply(down) - down)
    assert torch.equal(control, sham(delta, down, seed=0).apply(down) - down)
