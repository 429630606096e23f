"""A model before it is opened: who it is, and how to get at it. What goes through the pipeline in place of weights.

Two kinds: `ingest.model_files.ModelFolder`, which `resolve` returns, and `ChangedModel`, weights that were changed in
memory. Both can be sent to another process.
"""

import copy
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import torch

from graphdb.errors import UserError

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


class ModelHandle(Protocol):
    """Identity of a model, and its transformers module on demand."""

    @property
    def id(self) -> str:
        """Name in a store."""
        ...

    @property
    def name(self) -> str:
        """Name for people."""
        ...

    @property
    def source(self) -> str:
        """Where the weights came from."""
        ...

    @property
    def weights_sha256(self) -> str:
        """Hash of the weights."""
        ...

    @property
    def variant_of(self) -> str:
        """Id of the model that was changed to get this one; empty: of none."""
        ...

    @property
    def architecture(self) -> str:
        """Class of the transformers module."""
        ...

    def open(self, dtype: torch.dtype | None = None) -> "tuple[PreTrainedModel, PreTrainedTokenizerBase]":
        """Return a module and a tokenizer of the caller's own, in their own precision unless a `dtype` is given."""
        ...


@dataclass(frozen=True, slots=True)
class ChangedModel:
    """A transformers module whose weights were changed in memory; `changed` makes one."""

    id: str
    weights_sha256: str
    variant_of: str
    module: "PreTrainedModel" = field(repr=False)
    tokenizer: "PreTrainedTokenizerBase" = field(repr=False)

    @property
    def name(self) -> str:
        """Its id: it has no folder to be called after."""
        return self.id

    @property
    def source(self) -> str:
        """Says what was changed."""
        return f"{self.variant_of}, changed in memory"

    @property
    def architecture(self) -> str:
        """Class of the module."""
        return type(self.module).__name__

    def open(self, dtype: torch.dtype | None = None) -> "tuple[PreTrainedModel, PreTrainedTokenizerBase]":
        """Return a copy of the module, and the tokenizer. Raises UserError if the weights have changed since."""
        if weights_hash(self.module) != self.weights_sha256:
            raise UserError(
                f"model {self.id}: its weights have been changed since it was named; call `changed` after every change"
            )
        module: Any = copy.deepcopy(self.module).eval()
        module.set_attn_implementation("eager")
        return (module.to(dtype=dtype) if dtype else module), self.tokenizer


def changed(
    parent: ModelHandle,
    module: "PreTrainedModel",
    tokenizer: "PreTrainedTokenizerBase",
    model_id: str = "",
) -> ChangedModel:
    """Name a module that was opened from `parent` and whose weights were changed since.

    Without a `model_id` it is called after its parent and its weights. The module is not copied here: whoever changes
    it again has to name it again.
    """
    sha256 = weights_hash(module)
    return ChangedModel(model_id or f"{parent.id}~{sha256[:8]}", sha256, parent.id, module, tokenizer)


def weights_hash(module: torch.nn.Module) -> str:
    """SHA-256 over the names, types, shapes and values of a module's weights."""
    digest = hashlib.sha256()
    for name, tensor in sorted(module.state_dict().items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
