"""EAP-IG 2.0's circuit files, the MIB benchmark's too, and those of EAP before it: read, and written for 2.0.

Names as `hannamw/EAP-IG`, `src/eap/graph.py`, has them: `input`, `a0.h1`, `m0`, `logits`, edges `input->a0.h1<q>`.
Torch's own files are read and written by `ingest.tensor_files`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from graphdb.errors import UserError
from graphdb.formats.foreign import Foreign, Native, Said, Scores, check_shape, ungroup
from graphdb.topology import BoolArray, Topology

NEW, OLD = "EAP-IG 2.0", "EAP"
LARGEST = float(np.finfo(np.float32).max)
KV_HEADS = "n_key_value_heads"
"""Key of `cfg` that their graph keeps and does not read."""
ABOUT = ("model", "fact", "object", "prompt")
"""Further keys, of texts: what our own files say of the circuit."""


@dataclass(frozen=True, slots=True)
class Tables:
    """What torch's own file holds, before it is checked against the shape that it states."""

    cfg: Any
    scores: Any
    """[source, slot]"""
    member: Any
    old: bool
    extras: tuple[str, ...] = ()
    """What is not kept."""


def read_json(path: Path, value: Mapping[str, Any]) -> Foreign:
    """Return the circuit of a file's object. Raises UserError for what does not fit the format, naming the place."""
    edges, nodes = value.get("edges"), value.get("nodes")
    if not isinstance(edges, dict) or not isinstance(nodes, dict):
        raise UserError(f"{path}: 'edges' and 'nodes' are no objects; expected a file of EAP-IG's `to_json`")
    old = any(isinstance(each, bool) for each in nodes.values())
    top = shape_of(path, value.get("cfg"))
    names = _places(top)
    scores, member = np.zeros(top.allowed.shape, np.float32), np.zeros(top.allowed.shape, bool)
    scored = 0
    for name, said in edges.items():
        place = names.get(name)
        if place is None:
            raise UserError(f"{path}: {_short(name)} is no edge of the model in 'cfg'")
        if not isinstance(said, dict) or not isinstance(said.get("in_graph"), bool):
            raise UserError(f"{path}: edge {name}: in_graph is {_short(said)}; expected true or false")
        member[place], score = said["in_graph"], said.get("score", 0.0)
        if isinstance(score, bool) or not isinstance(score, int | float) or not abs(score) <= LARGEST:
            raise UserError(f"{path}: edge {name}: score is {_short(score)}; expected a finite number")
        scores[place], scored = score, scored + ("score" in said)
    return _foreign(path, value["cfg"], top, scores if scored else None, member, old, _node_extras(nodes))


def read_tables(path: Path, tables: Tables) -> Foreign:
    """Return the circuit of matrices [source, slot], as `to_pt` writes them; UserError where they do not fit."""
    top = shape_of(path, tables.cfg)
    wanted = (top.n_sources, top.n_slots)
    for what, matrix in (("edges_scores", tables.scores), ("edges_in_graph", tables.member)):
        if getattr(matrix, "shape", None) != wanted or matrix.dtype.kind not in "fiub":
            raise UserError(f"{path}: {what} is {_short(getattr(matrix, 'shape', matrix))}; expected numbers {wanted}")
    scores, member = np.asarray(tables.scores, np.float32), np.asarray(tables.member) != 0
    if not np.isfinite(scores[top.allowed]).all():
        raise UserError(f"{path}: edges_scores holds what is not finite; expected a number for each edge")
    scores = np.where(top.allowed, scores, np.float32(0))
    return _foreign(path, tables.cfg, top, scores, member & top.allowed, tables.old, tables.extras)


def shape_of(path: Path, cfg: Any) -> Topology:
    """Return the shape that `cfg` states."""
    if not isinstance(cfg, dict):
        raise UserError(f"{path}: 'cfg' is {_short(cfg)}; expected n_layers, n_heads, parallel_attn_mlp and d_model")
    if cfg.get("parallel_attn_mlp"):
        raise UserError(f"{path}: its model runs attention and MLP side by side; models that run them in turn are read")
    return check_shape(path, cfg.get("n_layers"), cfg.get("n_heads"))


def document(native: Native, scores: Scores, about: Mapping[str, Any]) -> dict[str, Any]:
    """Return the object that EAP-IG's `Graph.from_json` takes: one edge for each query head.

    The members of `native` are the circuit, `scores` [source, slot] those of its native edges; `about` holds d_model
    and what the circuit is of (`ABOUT`).
    """
    values, member, whole = ungroup(scores, native.top), ungroup(native.member, native.top), _whole(native.top)
    of_edges = {
        edge: {"score": float(values[place]), "in_graph": bool(member[place])} for edge, place in _places(whole).items()
    }
    used = dict(zip(whole.source_names, nodes_in_graph(member).tolist(), strict=True))
    nodes = {_theirs(name): {"in_graph": held} for name, held in used.items()}
    return {"cfg": config(native.top, about), "nodes": nodes | {"logits": {"in_graph": True}}, "edges": of_edges}


def config(top: Topology, about: Mapping[str, Any]) -> dict[str, Any]:
    """Return their `cfg`, with what an import of it takes for what it is not told."""
    return {
        "n_layers": top.n_layers,
        "n_heads": top.n_heads,
        "parallel_attn_mlp": False,
        "d_model": about["d_model"],
        KV_HEADS: top.n_kv_heads,
        **{name: about[name] for name in ABOUT},
    }


def nodes_in_graph(member: BoolArray) -> BoolArray:
    """Which sources an edge of the circuit leaves."""
    return np.asarray(member.any(1))


def slot_names(top: Topology) -> list[str]:
    """Return their names of the slots, in order."""
    return [f"{name}<{channel}>" if channel in "qkv" else name for name, channel in _whole(top).slot_names]


def source_names(top: Topology) -> list[str]:
    """Return their names of the sources, in order."""
    return [_theirs(name) for name in top.source_names]


def encode(value: Mapping[str, Any]) -> bytes:
    """Return the object as a file."""
    return json.dumps(value, allow_nan=False).encode() + b"\n"


def _foreign(
    path: Path, cfg: dict[str, Any], top: Topology, scores: Any, member: BoolArray, old: bool, extras: tuple[str, ...]
) -> Foreign:
    kv_heads, d_model = cfg.get(KV_HEADS), cfg.get("d_model")
    if kv_heads is not None and (type(kv_heads) is not int or kv_heads < 1 or top.n_heads % kv_heads):
        raise UserError(f"{path}: {KV_HEADS} is {_short(kv_heads)}; expected a divisor of {top.n_heads} heads")
    known = d_model if type(d_model) is int and d_model > 0 else None
    said = {name: text for name in ABOUT if isinstance(text := cfg.get(name), str)}
    how = (OLD, "eap") if old else (NEW, "eap-ig")
    return Foreign(*how, top, kv_heads, known, member, scores, extras, Said(**said))


def _node_extras(nodes: Mapping[str, Any]) -> tuple[str, ...]:
    """What is said of nodes that a circuit of edges does not have."""
    said = {name for each in nodes.values() if isinstance(each, dict) for name in each} - {"in_graph"}
    return tuple(sorted(f"nodes' {name.replace('_', ' ')}" for name in said))


@lru_cache(maxsize=4)
def _places(top: Topology) -> dict[str, tuple[int, int]]:
    """Their name of every edge -> its place in a matrix [source, slot]."""
    return {
        _name(source, name, channel): (row, slot)
        for slot, (name, channel) in enumerate(top.slot_names)
        for row, source in enumerate(top.source_names[: top.n_read[slot]])
    }


def _name(source: str, target: str, channel: str) -> str:
    return f"{_theirs(source)}->{target}" + (f"<{channel}>" if channel in "qkv" else "")


def _theirs(name: str) -> str:
    return "input" if name == "embed" else name


def _whole(top: Topology) -> Topology:
    return Topology(top.n_layers, top.n_heads, top.n_heads)


def _short(value: Any) -> str:
    shown = repr(value)
    return shown[:40] + "…" * (len(shown) > 40)
