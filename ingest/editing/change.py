"""The change of an edit: applied to the model that it was made in, never subtracted, kept as a small file."""

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from graphdb.errors import UserError
from graphdb.files import destination
from ingest.model.weights import Weights

FORMAT = "kcircuits edit 1"
ABOUT = "about"
"""What a file says of itself, as JSON."""


@dataclass(frozen=True)
class RankOne:
    """A change of rank one of a down projection: down' = down + r uᵀ."""

    u: Tensor  # [d]
    r: Tensor  # [m]

    def apply(self, down: Tensor) -> Tensor:
        """Return the changed projection [m, d], in the layout and precision of `down`.

        Product and sum are rounded one after the other, so that the result is the same on every machine.
        """
        u, r = (each.to(down) for each in (self.u, self.r))
        return torch.add(down, r[:, None] * u, out=torch.empty_like(down))


@dataclass(frozen=True)
class Whole:
    """A down projection in another's place."""

    down: Tensor  # [m, d]

    def apply(self, down: Tensor) -> Tensor:
        """Return this projection in the layout and precision of `down`."""
        return torch.empty_like(down).copy_(self.down)


@dataclass(frozen=True)
class Change:
    """What an edit changes: the down projection of one MLP of one model."""

    base_sha256: str
    """Hash of the weights that it is of."""
    layer: int
    delta: RankOne | Whole
    weights_sha256: str
    """Hash of the weights that it gives."""

    @property
    def dtype(self) -> torch.dtype:
        """Precision that it was made in: in this one it gives the same bits again."""
        return (self.delta.u if isinstance(self.delta, RankOne) else self.delta.down).dtype


def make_change(base_sha256: str, layer: int, delta: RankOne | Whole, down: Tensor) -> Change:
    """Name the change `delta` of the projection `down` of a layer of the weights with this hash."""
    return Change(base_sha256, layer, delta, edited_hash(base_sha256, layer, delta.apply(down)))


def edited_hash(base_sha256: str, layer: int, down: Tensor) -> str:
    """SHA-256 over the hash of the weights before, and the changed projection [m, d] with its place."""
    digest = hashlib.sha256(f"{base_sha256} mlp.{layer}.down {down.dtype} {tuple(down.shape)}\n".encode())
    digest.update(down.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def with_down(weights: Weights, layer: int, down: Tensor) -> Weights:
    """Return the weights with another down projection in one layer; the others are shared, nothing is overwritten."""
    mlp = list(weights.mlp)
    mlp[layer] = replace(mlp[layer], down=down)
    return replace(weights, mlp=tuple(mlp))


def changed_down(change: Change, down: Tensor) -> Tensor:
    """Return the projection that the change gives. Raises UserError where it is not the one that was measured."""
    after = change.delta.apply(down)
    if down.dtype == change.dtype and edited_hash(change.base_sha256, change.layer, after) != change.weights_sha256:
        raise UserError(
            f"the change of layer {change.layer} gives other weights than when it was made: "
            "its file is damaged, make the edit again"
        )
    return after


def save_change(change: Change, path: Path) -> None:
    """Write a change as safetensors, whole or not at all, the same bytes each time. UserError where that fails."""
    delta = change.delta
    tensors = {"u": delta.u, "r": delta.r} if isinstance(delta, RankOne) else {"down": delta.down}
    about = {
        "format": FORMAT,
        "base_sha256": change.base_sha256,
        "layer": str(change.layer),
        "weights_sha256": change.weights_sha256,
    }
    held = {name: each.detach().cpu().contiguous() for name, each in tensors.items()}
    with destination(path) as file:
        # One entry: several would stand in the file in an order of their own each time.
        file.write(safetensors.torch.save(held, {ABOUT: json.dumps(about, sort_keys=True)}))


def open_change(path: Path) -> Change:
    """Read what `save_change` wrote. Raises UserError for a file that is missing, cut short or something else."""
    try:
        with safe_open(path, "pt") as file:
            about = json.loads((file.metadata() or {}).get(ABOUT, "{}"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except OSError as error:
        raise UserError(
            f"{path} cannot be read ({error.strerror or 'no such file'}): name the file of an edit"
        ) from error
    except (SafetensorError, json.JSONDecodeError) as error:
        raise UserError(f"{path} is no file of an edit, or is cut short: make the edit again") from error
    if about.get("format") != FORMAT:
        raise UserError(f"{path} is no file of an edit: expected one that says {FORMAT!r}")
    try:
        delta = RankOne(tensors["u"], tensors["r"]) if "u" in tensors else Whole(tensors["down"])
        return Change(about["base_sha256"], int(about["layer"]), delta, about["weights_sha256"])
    except (KeyError, ValueError) as error:
        raise UserError(f"{path} is no whole file of an edit: it lacks {error}; make the edit again") from error
