"""The ridge lens: a linear map for each block takes its residual stream to the final one, then the raw lens reads it.

The tuned lens of Belrose et al. 2023 ("Eliciting Latent Predictions from Transformers with the Tuned Lens") in closed
form: least squares on the streams in place of a trained divergence, so that it takes no gradients. The relation that
is read is left out of the fit, so that the map cannot have learned its answers.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.linalg import solve
from torch import Tensor

from graphdb.errors import UserError
from ingest.lens.ridge_rows import Rows

PENALTY = 0.03
"""Weight of the ridge on coefficients of standardised inputs, beside a mean squared error: a coordinate of the stream
counts by how it varies, not by its size, in which a few of them exceed the others many times over. Chosen among .003,
.03 and .3 by the divergence after m23 of SmolLM2, on relations left out of the fit."""


@dataclass(frozen=True)
class Maps:
    """Affine maps [n - 1] of the blocks before the last: x -> (x - centre) weight + target."""

    centre: Tensor  # [n - 1, d]
    weight: Tensor  # [n - 1, d, d]
    target: Tensor  # [d]

    def translate(self, streams: Tensor) -> Tensor:
        """Take the streams [b, n, d] to where the final one lies; the final one itself stays."""
        centred = streams[:, :-1] - self.centre
        return torch.cat((torch.einsum("bnd,nde->bne", centred, self.weight) + self.target, streams[:, -1:]), 1)

    def to(self, like: Tensor) -> "Maps":
        """Return the maps in the precision and on the device of a tensor."""
        return Maps(*(each.to(like) for each in (self.centre, self.weight, self.target)))


def fit(rows: Rows, without: str, penalty: float = PENALTY) -> Maps:
    """Fit the map of every block on the finite rows of all relations but `without`, in float64.

    Raises UserError where there are none.
    """
    chosen = np.array([relation != without for relation in rows.relations], np.bool_)
    chosen &= np.isfinite(rows.streams[-1]).all(1)
    if not chosen.any():
        raise UserError("no packaged prompt gives the model a finite run to fit a ridge lens on: read the closed lens")
    y = np.array(rows.streams[-1][chosen], np.float64)
    target = y.mean(0)
    found = [_fit(np.array(x[chosen], np.float64), y - target, penalty) for x in rows.streams[:-1]]
    centres, weights = (np.stack(each) for each in zip(*found, strict=True))
    return Maps(*map(torch.from_numpy, (centres, weights, target)))


def _fit(
    x: NDArray[np.float64], y: NDArray[np.float64], penalty: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean of x [rows, d] and the ridge regression [d, d] of the centred y [rows, d] on it.

    A coordinate that never varies has no coefficient.
    """
    centre, spread = x.mean(0), x.std(0)
    z = (x - centre) / np.where(spread > 0, spread, 1)
    gram = z.T @ z / len(z)
    gram[np.diag_indices_from(gram)] += penalty
    weight = solve(gram, z.T @ y / len(z), assume_a="pos")
    return centre, weight / np.where(spread > 0, spread, 1)[:, None]
