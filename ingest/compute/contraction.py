"""The product that running a circuit comes down to: what its edges carry, by a mask of each fact's own.

A circuit has a thousandth to a hundredth of the edges. Below `FEW` the edges are followed one by one, which costs
what they are; above it one dense product is faster.
"""

import torch
from torch import Tensor
from torch.nn.functional import embedding_bag

FEW = 0.05
"""Share of the edges up to which following each is faster."""


def carry(mask: Tensor, values: Tensor, some: Tensor | None = None) -> Tensor:
    """mask @ values: [b, x, w] from mask [b, x, y] and values [b, y, w], a slice along y of something contiguous.

    `some` [b]: the rows of `values`, in order, that the rows of the mask stand for; None: all.
    """
    if some is not None and len(some) == len(values):
        some = None
    batch, to, place = mask.nonzero(as_tuple=True)
    if len(to) > FEW * mask.numel():
        return mask @ (values if some is None else values[some])
    n_facts, n_to, width = *mask.shape[:2], values.shape[2]
    step = values.stride(0) // width  # rows from one fact to the next
    rows = values.as_strided(((len(values) - 1) * step + values.shape[1], width), (width, 1))
    of_fact = batch if some is None else some[batch]
    counts = torch.bincount(batch * n_to + to, minlength=n_facts * n_to)
    carried = embedding_bag(
        of_fact * step + place, rows, counts.cumsum(0) - counts, mode="sum", per_sample_weights=mask[batch, to, place]
    )
    return carried.view(n_facts, n_to, width)
