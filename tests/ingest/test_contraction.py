import pytest
import torch

from ingest.compute.contraction import FEW, carry

N_FACTS, N_TO, N_ALL, WIDTH = 3, 5, 40, 7


@pytest.mark.parametrize("share", [0.0, FEW / 3, 0.5, 1.0])
@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
@pytest.mark.parametrize("part", [slice(0, N_ALL), slice(0, 30), slice(7, 33)])
def test_edges_carry_what_the_dense_product_gives(share: float, dtype: torch.dtype, part: slice) -> None:
    torch.manual_seed(0)
    everything = torch.randn(N_FACTS, N_ALL, WIDTH).to(dtype)
    mask = (torch.rand(N_FACTS, N_ALL, N_TO) < share).to(dtype) * torch.randint(1, 4, (N_FACTS, N_ALL, N_TO))
    mask, values = mask.to(dtype)[:, part].mT, everything[:, part]
    expected = torch.einsum("bxy,byw->bxw", mask.double(), values.double())
    tolerance = 1e-9 if dtype == torch.float64 else 0.02
    assert torch.allclose(carry(mask, values).double(), expected, atol=tolerance, rtol=tolerance)


def test_a_fact_without_edges_carries_nothing_and_the_others_what_they_would_alone() -> None:
    torch.manual_seed(0)
    values, mask = torch.randn(N_FACTS, N_ALL, WIDTH), torch.zeros(N_FACTS, N_TO, N_ALL)
    mask[0, 1, 2] = mask[2, 4, 39] = mask[2, 4, 0] = 1
    carried = carry(mask, values)
    assert not carried[1].any()
    assert torch.equal(carried[0, 1], values[0, 2])
    assert torch.equal(carried[2, 4], values[2, 0] + values[2, 39])
    assert torch.equal(carry(mask[2:], values[2:]), carried[2:])
