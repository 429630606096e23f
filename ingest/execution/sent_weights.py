"""Weights as bytes and arrays, in which they go to another machine and are mapped there without a copy.

Strides and shared storages stay as they are: a product of matrices that lie in memory in another way is summed in
another order.
"""

import io
import pickle
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ingest.model.weights import Weights


@dataclass(frozen=True, slots=True)
class SentWeights:
    """Weights on their way: all but their tensors, and the bytes of each storage that tensors lie in."""

    rest: bytes
    storages: tuple[NDArray[np.uint8], ...]


def sent(weights: Weights) -> SentWeights:
    """Return weights to be sent; on a CPU the arrays are views of them."""
    file = io.BytesIO()
    pickler = _Pickler(file)
    pickler.dump(weights)
    return SentWeights(file.getvalue(), tuple(pickler.storages.values()))


def received(weights: SentWeights, device: str) -> Weights:
    """Return the weights on a device, `cpu` or `cuda`; on a CPU they are views of the arrays, not to be written."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The given NumPy array is not writable")
        storages = [torch.from_numpy(each).to(device) for each in weights.storages]
    return _Unpickler(io.BytesIO(weights.rest), storages).load()


class _Pickler(pickle.Pickler):
    """Puts tensors aside: each becomes the number of its storage, and how it lies there."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file, protocol=5)
        self.storages = dict[int, NDArray[np.uint8]]()
        self._numbers = dict[int, int]()

    def persistent_id(self, obj: Any) -> Any:
        if not isinstance(obj, Tensor):
            return None
        storage = obj.untyped_storage()
        number = self._numbers.setdefault(storage.data_ptr(), len(self._numbers))
        if number not in self.storages:
            self.storages[number] = torch.empty(0, dtype=torch.uint8, device=obj.device).set_(storage).cpu().numpy()
        return number, obj.dtype, obj.storage_offset(), obj.size(), obj.stride()


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, storages: Sequence[Tensor]) -> None:
        super().__init__(file)
        self._storages = storages

    def persistent_load(self, pid: Any) -> Tensor:
        number, dtype, *place = pid
        storage = self._storages[number]
        return torch.empty(0, dtype=dtype, device=storage.device).set_(storage.untyped_storage(), *place)
