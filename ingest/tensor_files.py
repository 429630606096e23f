"""Circuits of other tools in torch's own files and in safetensors: tensors are read, and nothing in a file is run."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.numpy import load

from graphdb.errors import UserError
from graphdb.formats import eap_ig
from graphdb.formats.auto_circuit import read_arrays
from graphdb.formats.content import LARGEST, check_size, damaged, read_bytes
from graphdb.formats.foreign import MOST_CELLS, Foreign, Native, Scores, ungroup

NEEDED = ("cfg", "src_nodes", "edges_scores", "edges_in_graph")
KEPT = (*NEEDED, "dst_nodes", "nodes_in_graph")


def read_pt(path: Path) -> Foreign:
    """Return the circuit of a file of `Graph.to_pt`; UserError for another, a damaged or a hostile one."""
    value = _load(path)
    if not isinstance(value, dict) or not all(name in value for name in NEEDED):
        raise UserError(f"{path}: holds no circuit; expected {', '.join(NEEDED)}, as EAP-IG's `to_pt` writes")
    scores, member = (_array(path, name, value[name]) for name in ("edges_scores", "edges_in_graph"))
    extras = tuple(sorted(name.replace("_", " ") for name in map(str, value) if name not in KEPT))
    nodes = value["src_nodes"]
    tables = eap_ig.Tables(value["cfg"], scores, member, isinstance(nodes, dict), extras)
    return eap_ig.read_tables(path, tables)


def read_safetensors(path: Path) -> Foreign:
    """Return the circuit of auto-circuit's prune scores; UserError for a damaged file, and where they do not fit."""
    content = read_bytes(path)
    try:
        arrays = load(content)
    except (SafetensorError, ValueError, KeyError, TypeError, OverflowError, AttributeError) as error:
        raise damaged(path, error) from None
    return read_arrays(path, arrays)


def encode_pt(native: Native, scores: Scores, about: Mapping[str, Any]) -> bytes:
    """Return a file that EAP-IG's `Graph.from_pt` reads; arguments as of `graphdb.formats.eap_ig.document`."""
    member = ungroup(native.member, native.top)
    value = {
        "cfg": eap_ig.config(native.top, about),
        "src_nodes": eap_ig.source_names(native.top),
        "dst_nodes": eap_ig.slot_names(native.top),
        "edges_scores": torch.from_numpy(ungroup(scores, native.top)),
        "edges_in_graph": torch.from_numpy(member),
        "nodes_in_graph": torch.from_numpy(eap_ig.nodes_in_graph(member)),
    }
    stream = io.BytesIO()
    torch.save(value, stream)
    return stream.getvalue()


def _load(path: Path) -> Any:
    check_size(path)
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(info.file_size for info in archive.infolist())
        if size > LARGEST:
            raise UserError(f"{path}: expands to {size >> 20} MiB; expected a circuit of at most {LARGEST >> 20} MiB")
        return torch.load(path, map_location="cpu", weights_only=True)
    except UserError:
        raise
    except Exception as error:  # whatever damaged or hostile bytes lead torch to
        said = str(error)
        if "weights_only" in said or "Weights only" in said:
            raise UserError(
                f"{path}: holds more than tensors and plain values, which could run anything when it is read: "
                "save it with EAP-IG's `to_json`"
            ) from None
        raise damaged(path, error) from None


def _array(path: Path, name: str, value: Any) -> Any:
    """Return a tensor as an array; its shape is checked by who takes it."""
    if not isinstance(value, torch.Tensor) or value.layout != torch.strided or value.numel() > MOST_CELLS:
        raise UserError(f"{path}: {name} is no tensor of a size that is read; expected [source, slot]")
    value = value.detach().resolve_conj().resolve_neg()
    if value.is_complex() or value.is_quantized or value.is_meta:
        raise UserError(f"{path}: {name} holds {value.dtype}; expected real numbers")
    return (value.float() if value.is_floating_point() else value).numpy()
