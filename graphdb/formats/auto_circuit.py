"""auto-circuit's `PruneScores`, as safetensors or `.npz`: a tensor [(position,) (head,) source] for each module.

Modules as `UFO-101/auto-circuit`, `auto_circuit/types.py`, has them: `blocks.0.hook_q_input`, `…hook_k_input`,
`…hook_v_input`, or `…hook_attn_in` for the three; `blocks.0.hook_mlp_in`, and `…hook_resid_post` of the last block.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphdb.errors import UserError
from graphdb.formats.foreign import Foreign, Native, Scores, check_shape, ungroup
from graphdb.topology import Topology

SOURCE = "auto-circuit PruneScores"
_MODULE = re.compile(r"blocks\.(?P<layer>\d{1,5})\.hook_(?P<what>[qkv]_input|attn_in|mlp_in|resid_post)", re.ASCII)
Arrays = Mapping[str, NDArray[Any]]


def read_arrays(path: Path, arrays: Arrays) -> Foreign:
    """Return the circuit of prune scores: the edges that are not 0, or none where these are more than half of all.

    Where all of them are 1 they are marks and no scores, as `circuit_prune_scores` of a set of edges writes them.

    Raises UserError for arrays that do not fit, naming the module.
    """
    top = _shape(path, arrays)
    scores, summed, merged = np.zeros(top.allowed.shape, np.float32), False, False
    for name, given in arrays.items():
        values = _numbers(path, name, given)
        layer, what = _parse(path, name)
        heads = what not in ("mlp_in", "resid_post")
        if values.ndim == (3 if heads else 2):
            values, summed = values.sum(0), True
        slots = _slots(path, name, top, layer, what)
        n_read = int(top.n_read[slots[0]])
        wanted = (top.n_heads, n_read) if heads else (n_read,)
        if values.shape != wanted:
            raise UserError(f"{path}: {name} has the shape {given.shape}; expected {wanted}, or positions before it")
        merged |= what == "attn_in"
        for part in range(0, len(slots), top.n_heads):
            scores[:n_read, slots[part : part + top.n_heads]] = values.T if heads else values[:, None]
    marked = scores != 0
    is_circuit = marked.sum() <= top.n_edges / 2
    binary = bool(np.isin(scores, (0, 1)).all())
    lost = ["positions: their scores are added up"] * summed + ["which of query, key and value reads"] * merged
    return Foreign(
        SOURCE, "auto-circuit", top, None, None, marked & is_circuit, None if binary else scores, tuple(lost)
    )


def arrays_of(native: Native, scores: Scores) -> dict[str, NDArray[np.float32]]:
    """Return prune scores: those of the circuit's edges, and 0 for every other, as auto-circuit's own `ps` has them."""
    values = ungroup(np.where(native.member, scores, np.float32(0)), native.top)
    top = Topology(native.top.n_layers, native.top.n_heads, native.top.n_heads)
    arrays: dict[str, NDArray[np.float32]] = {}
    for layer in range(top.n_layers):
        first = top.attention_slots(layer).start
        for place, channel in enumerate("qkv"):
            slots = slice(first + place * top.n_heads, first + (place + 1) * top.n_heads)
            arrays[f"blocks.{layer}.hook_{channel}_input"] = values[: top.n_read[first], slots].T.copy()
        slot = top.mlp_slot(layer)
        arrays[f"blocks.{layer}.hook_mlp_in"] = values[: top.n_read[slot], slot].copy()
    return arrays | {f"blocks.{top.n_layers - 1}.hook_resid_post": values[:, -1].copy()}


def _shape(path: Path, arrays: Arrays) -> Topology:
    ends = [name for name in arrays if name.endswith("hook_resid_post")]
    heads = [arrays[name] for name in arrays if name.endswith(("q_input", "attn_in"))]
    if len(ends) != 1 or not heads or heads[0].ndim < 2:
        raise UserError(
            f"{path}: no prune scores; expected arrays such as blocks.0.hook_q_input and one hook_resid_post"
        )
    return check_shape(path, _parse(path, ends[0])[0] + 1, heads[0].shape[-2])


def _parse(path: Path, name: str) -> tuple[int, str]:
    match = _MODULE.fullmatch(name)
    if match is None:
        raise UserError(f"{path}: {name[:60]!r} is no module of a factorised model; expected blocks.0.hook_q_input, …")
    return int(match["layer"]), match["what"]


def _slots(path: Path, name: str, top: Topology, layer: int, what: str) -> list[int]:
    """Numbers of the slots that a module's edges reach."""
    if layer >= top.n_layers:
        raise UserError(f"{path}: {name} is beyond the {top.n_layers} layers up to hook_resid_post")
    if what == "resid_post":
        return [top.n_slots - 1]
    if what == "mlp_in":
        return [top.mlp_slot(layer)]
    every = list(range(top.n_slots))[top.attention_slots(layer)]
    if what == "attn_in":
        return every
    first = "qkv".index(what[0]) * top.n_heads
    return every[first : first + top.n_heads]


def _numbers(path: Path, name: str, values: NDArray[Any]) -> NDArray[np.float32]:
    if values.dtype.kind not in "fiub" or not np.isfinite(values).all():
        raise UserError(f"{path}: {name} holds what is no finite number")
    with np.errstate(over="ignore"):
        numbers = np.asarray(values, np.float32)
    if not np.isfinite(numbers).all():
        raise UserError(f"{path}: {name} holds a number beyond float32")
    return numbers
