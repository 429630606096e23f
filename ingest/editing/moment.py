"""The second moment of a layer's keys, C = E[k kᵀ], over text that the model writes itself; kept in the model cache."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from graphdb.files import destination
from ingest.editing.keys import hidden_by_layer
from ingest.editing.layers import hidden, some_layers
from ingest.editing.samples import texts
from ingest.model import LanguageModel
from ingest.model.forward import run
from ingest.model_files import models_cache

TOKENS = 8000
"""Tokens that are sampled for it."""
DAMPING = 0.01
"""Share of the mean of its diagonal that is added to the diagonal."""
BATCH = 16
"""Texts that are run together."""


@dataclass(frozen=True)
class Moment:
    """The second moment of the keys of one layer, uncentred."""

    matrix: Tensor  # [m, m] float32, without damping
    tokens: int
    """Tokens behind it."""
    condition: float
    """Condition number with damping."""

    @property
    def sha256(self) -> str:
        """Hash of the matrix."""
        return hashlib.sha256(self.matrix.cpu().numpy().tobytes()).hexdigest()

    @cached_property
    def _factor(self) -> Tensor:
        """Of Cholesky, of the damped C [m, m]: a relation after the other is solved with it."""
        return torch.linalg.cholesky(damped(self.matrix))

    def solve(self, keys: Tensor) -> Tensor:
        """Return C⁻¹k of keys [..., m] with the damped C; computed in float64, in the keys' precision."""
        rows = keys.reshape(-1, keys.shape[-1]).double()
        return torch.cholesky_solve(rows.T, self._factor.to(keys.device)).T.reshape(keys.shape).to(keys.dtype)


def damped(matrix: Tensor) -> Tensor:
    """Return C + `DAMPING` mean(diag C) I in float64."""
    matrix = matrix.double()
    eye = torch.eye(len(matrix), dtype=matrix.dtype, device=matrix.device)
    return matrix + DAMPING * matrix.diagonal().mean() * eye


def moment_of(keys: Tensor) -> Moment:
    """Return the second moment of keys [..., m]."""
    rows = keys.reshape(-1, keys.shape[-1])
    matrix = (rows.T @ rows / len(rows)).float()
    values = torch.linalg.eigvalsh(damped(matrix))
    return Moment(matrix, len(rows), float(values[-1] / values[0]))


def moment(model: LanguageModel, layer: int, seed: int = 0) -> Moment:
    """Return the second moment of a layer's keys, from the model cache or measured and kept there.

    Takes up to a minute the first time. Raises UserError where the cache cannot be written.
    """
    return _kept(path := _path(model, layer, seed)) or _keep(path, _measured(model, layer, seed))


@torch.no_grad()
def moments(model: LanguageModel, seed: int = 0) -> Iterator[Moment]:
    """Yield the second moment of each layer's keys, measured in one run and not kept."""
    yield from map(moment_of, hidden_by_layer(model.weights, texts(model, TOKENS, seed)))


@torch.no_grad()
def _measured(model: LanguageModel, layer: int, seed: int) -> Moment:
    below, block = some_layers(model.weights, slice(layer + 1)), model.weights.mlp[layer]
    batches = texts(model, TOKENS, seed).split(BATCH)
    return moment_of(torch.cat([hidden(block, run(below, tokens).mlp[layer]) for tokens in batches]))


def _path(model: LanguageModel, layer: int, seed: int) -> Path:
    """Everything that a moment follows from is in the name."""
    kind = str(model.weights.embed.dtype).removeprefix("torch.")
    return models_cache() / f"keys-{model.record.weights_sha256}-{layer}-{kind}-{TOKENS}-{seed}.safetensors"


def _keep(path: Path, found: Moment) -> Moment:
    figures = {"tokens": str(found.tokens), "condition": repr(found.condition), "sha256": found.sha256}
    with destination(path) as file:
        file.write(safetensors.torch.save({"moment": found.matrix.cpu()}, figures))
    return found


def _kept(path: Path) -> Moment | None:
    """What the cache has; None where that is nothing, or damaged."""
    try:
        with safe_open(path, "pt") as file:
            figures, matrix = file.metadata(), file.get_tensor("moment")
        found = Moment(matrix, int(figures["tokens"]), float(figures["condition"]))
    except (OSError, SafetensorError, KeyError, ValueError):
        return None
    return found if found.sha256 == figures["sha256"] else None
