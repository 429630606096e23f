"""An edited model: a handle that opens its parent and applies the change, and the same for a model that is open."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import torch

from graphdb.errors import UserError
from ingest.editing.change import Change, changed_down, with_down
from ingest.model import LanguageModel, ModelHandle

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


@dataclass(frozen=True, slots=True)
class EditedModel:
    """The model that a change gives; a handle, as `ingest.model.handle` says. It can be sent to another process."""

    parent: ModelHandle
    change: Change = field(repr=False)

    @property
    def id(self) -> str:
        """The parent's, and the beginning of the weights' hash."""
        return f"{self.parent.id}~{self.change.weights_sha256[:8]}"

    @property
    def name(self) -> str:
        """Its id: it has no folder to be called after."""
        return self.id

    @property
    def source(self) -> str:
        """Says what was changed."""
        return f"{self.parent.id}, edited in layer {self.change.layer}"

    @property
    def weights_sha256(self) -> str:
        """Hash of the parent's hash and the changed projection."""
        return self.change.weights_sha256

    @property
    def variant_of(self) -> str:
        """The model that was edited."""
        return self.parent.id

    @property
    def architecture(self) -> str:
        """Class of the transformers module."""
        return self.parent.architecture

    def open(self, dtype: torch.dtype | None = None) -> "tuple[PreTrainedModel, PreTrainedTokenizerBase]":
        """Open the parent, and put the changed projection in; without a `dtype` in that of the change.

        Raises UserError where the parent cannot be read, or the change is not of its weights.
        """
        _check_base(self.change, self.parent.weights_sha256, self.parent.id)
        module, tokenizer = self.parent.open(dtype or self.change.dtype)
        weight, transposed = _down_projection(module, self.architecture, self.change.layer)
        with torch.no_grad():
            down = changed_down(self.change, weight.T if transposed else weight)
            weight.copy_(down.T if transposed else down)
        return module, tokenizer


def _down_projection(module: Any, architecture: str, layer: int) -> tuple[torch.nn.Parameter, bool]:
    """The down projection of a layer, and whether it is kept as [d, m]."""
    if architecture == "GPT2LMHeadModel":
        return module.transformer.h[layer].mlp.c_proj.weight, False
    return module.model.layers[layer].mlp.down_proj.weight, True


def apply(model: LanguageModel, change: Change) -> LanguageModel:
    """Return the model that a change gives; `model` stays what it is, and its other weights are shared.

    Raises UserError where the change is of other weights.
    """
    _check_base(change, model.record.weights_sha256, model.record.id)
    handle = EditedModel(model.handle, change)
    weights = with_down(model.weights, change.layer, changed_down(change, model.weights.mlp[change.layer].down))
    record = replace(
        model.record,
        id=handle.id,
        name=handle.name,
        source=handle.source,
        weights_sha256=handle.weights_sha256,
        variant_of=handle.variant_of,
    )
    return replace(model, record=record, weights=weights, handle=handle)


def _check_base(change: Change, sha256: str, model_id: str) -> None:
    if change.base_sha256 != sha256:
        raise UserError(
            f"the edit is of weights {change.base_sha256[:12]}, model {model_id} has {sha256[:12]}: "
            "open it with the model that it was made in"
        )
