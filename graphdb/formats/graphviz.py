"""The `.gv` files of Knowledge Circuits and of ACDC: which edges a circuit has, queries, keys and values in one.

Nodes are `<embed>`, `<a9.6>`, `<m9>` and `<resid_post>`. Colours are random there, positions are the drawing's, and a
line's width is rounded and capped: none of it says how large an effect is.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from graphdb.components import ENDS
from graphdb.errors import UserError
from graphdb.formats.foreign import Foreign
from graphdb.topology import Topology

BARE = {"embed": "<embed>", "resid_post": "<resid_post>"}
"""Nodes that are drawn with a name of their own."""
SOURCE = "Knowledge Circuits .gv"
_TOKEN = re.compile(
    r'(?P<skip>\s+|//[^\n]*|\#[^\n]*|/\*.*?\*/)|"(?P<name>(?:[^"\\]|\\.)*)"|(?P<arrow>->)|(?P<word>[\w.+-]+)|(?P<mark>.)',
    re.DOTALL,
)
_NODE = re.compile(
    r"<(?:(?P<embed>embed)|a(?P<layer>\d+)\.(?P<head>\d+)|m(?P<mlp>\d+)|(?P<logits>resid_post))>", re.ASCII
)


def read_gv(path: Path, text: str, top: Topology) -> Foreign:
    """Return the circuit of a drawing, on the edges of a model of this shape.

    An edge to a head is its query, its key and its value: the file does not tell which. Raises UserError for what is
    no such drawing, and for edges that the model does not have; it names the line.
    """
    member, drawn = np.zeros(top.allowed.shape, bool), 0
    slots: dict[str, list[int]] = {}
    for number, (name, _) in enumerate(top.slot_names):
        slots.setdefault(name, []).append(number)
    for line, (source, target) in _edges(path, text):
        row, columns = top.source_numbers.get(source), slots.get(target, [])
        if row is None or not columns or not top.allowed[row, columns].all():
            shape = f"{top.n_layers} layers of {top.n_heads} heads"
            raise UserError(
                f"{path}:{line}: no edge leads from {source} to {target} in a model of {shape}: see --model"
            )
        member[row, columns] = True
        drawn += 1
    if not drawn:
        raise UserError(f"{path}: draws no edge; expected a circuit that Knowledge Circuits or ACDC drew")
    lost = (f"which of query, key and value reads: {drawn} edges became {int(member.sum())}", "colours and line widths")
    return Foreign(SOURCE, "knowledge-circuits", top, None, None, member, None, lost)


def _edges(path: Path, text: str) -> Iterator[tuple[int, tuple[str, str]]]:
    """Yield the edges that a drawing has, with their lines from 1."""
    tokens = _tokens(text)
    words = [next(tokens, ("", "", 1))[:2] for _ in range(4)]
    if [value for _, value in words if value not in ("", "strict")][:1] != ["digraph"]:
        raise UserError(f'{path}:1: no directed graph; expected `strict digraph "" {{` and a circuit')
    chain, arrow, depth, line = list[str](), False, 0, 1
    for kind, value, line in tokens:
        if value in "[]" and kind == "mark":
            depth += 1 if value == "[" else -1
            if depth not in (0, 1):
                raise UserError(f"{path}:{line}: brackets do not match; take a whole copy of the file")
        elif depth:
            continue
        elif value in BARE or (kind == "name" and value.startswith("<")):
            name = _component(path, line, BARE.get(value, value))
            chain, arrow = [*chain, name] if arrow else [name], False
            if len(chain) > 1:
                yield line, (chain[-2], chain[-1])
        elif kind == "arrow":
            arrow = True
        elif arrow:
            raise UserError(f'{path}:{line}: an arrow leads to {value[:20]!r}; expected a node such as "<a9.6>"')
        elif value == "}" and kind == "mark":
            return
    raise UserError(f"{path}:{line}: the file is cut here; take a whole copy of it")


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    line = 1
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if kind != "skip":
            yield kind, match[kind], line
        line += match.group().count("\n")


def _component(path: Path, line: int, name: str) -> str:
    match = _NODE.fullmatch(name)
    if match is None:
        raise UserError(
            f'{path}:{line}: {name[:20]!r} is no node; expected "<embed>", "<a9.6>", "<m9>" or "<resid_post>"'
        )
    if match["layer"]:
        return f"a{int(match['layer'])}.h{int(match['head'])}"
    return f"m{int(match['mlp'])}" if match["mlp"] else ENDS[bool(match["logits"])]
