"""The control of an edit: a change as large, at the same keys, that says nothing."""

import torch
from torch import Tensor

from ingest.editing.change import RankOne, Whole


def sham(delta: RankOne | Whole, down: Tensor, seed: int) -> RankOne | Whole:
    """Return the change with what it writes turned by a random rotation of the residual stream.

    It has the same Frobenius norm, and changes what the projection `down` [m, d] gives any key by as much as the edit
    does: only the direction says nothing. A random matrix of equal norm would miss the subject too, and be no control.
    """
    draw = torch.Generator().manual_seed(seed)
    if isinstance(delta, RankOne):
        random = torch.randn(len(delta.u), generator=draw, dtype=torch.float64).to(delta.u)
        return RankOne(random * (delta.u.norm() / random.norm()), delta.r)
    return Whole(down + (delta.down.to(down) - down) @ _rotation(down.shape[1], draw).to(down))


def _rotation(n: int, draw: torch.Generator) -> Tensor:
    """Draw an orthogonal matrix [n, n] uniformly: QR with the signs of R's diagonal put into Q (Mezzadri 2007)."""
    q, r = torch.linalg.qr(torch.randn(n, n, generator=draw, dtype=torch.float64))
    return q * r.diagonal().sign()
