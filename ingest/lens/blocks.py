"""The points of a model at which a lens reads: the residual stream after the embedding and after each block.

Axes as in `ingest.model.forward`; n = block, attention and MLP apart; r = row of the unembedding.
"""

import torch
from torch import Tensor

from graphdb.topology import Topology
from ingest.compute.prompt_runs import reads
from ingest.model.forward import Trace


def block_names(top: Topology) -> tuple[str, ...]:
    """`embed`, `a0`, `m0`, `a1`, ...: 1 + 2 L names."""
    return ("embed", *(f"{kind}{layer}" for layer in range(top.n_layers) for kind in "am"))


def last_streams(trace: Trace) -> Tensor:
    """Residual stream after each block at the last position [b, n, d]; the last one is what the unembedding reads.

    What the next block reads is what is there after this one, so post-norms and output biases are in.
    """
    return torch.stack([stream[:, -1] for stream in reads(trace)], 1)
