"""What a file holds, told from its content; read within limits, and never run."""

import io
import json
import stat
import struct
import zipfile
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

from graphdb.dump.line_reader import MAGIC
from graphdb.dump.record_format import FORMAT
from graphdb.errors import UserError
from graphdb.formats.auto_circuit import Arrays

LARGEST = 256 * 2**20
"""Bytes of a file, and of what an archive expands to: EAP-IG's JSON of an 8B Llama has half of it."""
_START = 4096
_PICKLES = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
_FORMATS = "EAP-IG JSON or .pt, Knowledge Circuits .gv, auto-circuit .npz or .safetensors, or a dump"


class Content(StrEnum):
    """What is read."""

    DUMP = "dump"
    EAP_JSON = "EAP-IG JSON"
    EAP_TORCH = "EAP-IG .pt"
    GRAPHVIZ = ".gv"
    NPZ = ".npz"
    SAFETENSORS = ".safetensors"


def content_of(path: Path) -> Content:
    """Return what a file holds. Raises UserError for what is no file, and what is not read, pickles by name."""
    start = _start(path)
    if start.startswith(_PICKLES):
        raise UserError(
            f"{path}: is a pickle, which could run anything when it is read: save the circuit as {_FORMATS}"
        )
    if start.startswith(b"PK\x03\x04"):
        return _archive(path)
    if start.startswith(MAGIC) or FORMAT.encode() in start.partition(b"\n")[0]:
        return Content.DUMP
    if start[8:9] == b"{" and 0 < struct.unpack("<Q", start[:8])[0] <= LARGEST:
        return Content.SAFETENSORS
    text = start.lstrip()
    if text.startswith(b"{"):
        return Content.EAP_JSON if b'"cfg"' in start else Content.DUMP
    if text.startswith((b"strict digraph", b"digraph")):
        return Content.GRAPHVIZ
    if path.suffix in (".jsonl", ".gz") or not text:
        return Content.DUMP
    raise UserError(f"{path}: holds none of the formats that are read: {_FORMATS}")


def read_text(path: Path) -> str:
    """Return a file's text; UserError where it is too large or no UTF-8."""
    try:
        return read_bytes(path).decode()
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: byte {error.start} is no UTF-8; take a whole copy of the file") from None


def read_object(path: Path) -> dict[str, Any]:
    """Return the object of a JSON file; UserError, with the line, where it is none."""
    try:
        value = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise UserError(f"{path}:{error.lineno}: no JSON: {error.msg}; take a whole copy of the file") from None
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise UserError(f"{path}:1: no object of JSON; expected a file of EAP-IG's `to_json`")
    return value


def read_npz(path: Path) -> Arrays:
    """Return the arrays of an `.npz`; UserError for one that is damaged, too large, or holds pickled objects."""
    try:
        with zipfile.ZipFile(io.BytesIO(read_bytes(path))) as archive:
            _check_size(path, archive)
            return {info.filename.removesuffix(".npy"): _array(archive, info.filename) for info in archive.infolist()}
    except UserError:
        raise
    except Exception as error:  # zipfile and numpy raise whatever damaged bytes lead them to
        raise damaged(path, error) from None


def check_size(path: Path) -> None:
    """Raise UserError for what is no file, or larger than is read."""
    try:
        found = path.stat()
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}; name a file") from None
    if not stat.S_ISREG(found.st_mode):
        raise UserError(f"{path}: is not a file; name a file")
    if found.st_size > LARGEST:
        raise UserError(f"{path}: has {found.st_size >> 20} MiB; expected a circuit of at most {LARGEST >> 20} MiB")


def _start(path: Path) -> bytes:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise UserError(f"{path}: is not a file; name a file")
        with path.open("rb") as file:
            return file.read(_START)
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}; name a file") from None


def read_bytes(path: Path) -> bytes:
    """Return a file's content; UserError where it is too large."""
    check_size(path)
    return path.read_bytes()


def _archive(path: Path) -> Content:
    """Tell torch's own archives and numpy's by the names in them."""
    check_size(path)
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except Exception as error:
        raise damaged(path, error) from None
    if any(name.endswith("/data.pkl") or name == "data.pkl" for name in names):
        return Content.EAP_TORCH
    if names and all(name.endswith(".npy") for name in names):
        return Content.NPZ
    raise UserError(f"{path}: is an archive of none of the formats that are read: {_FORMATS}")


def _array(archive: zipfile.ZipFile, name: str) -> Any:
    with archive.open(name) as member:
        return np.lib.format.read_array(member, allow_pickle=False)


def _check_size(path: Path, archive: zipfile.ZipFile) -> None:
    size = sum(info.file_size for info in archive.infolist())
    if size > LARGEST:
        raise UserError(f"{path}: expands to {size >> 20} MiB; expected a circuit of at most {LARGEST >> 20} MiB")


def damaged(path: Path, error: Exception) -> UserError:
    """Return the line for a file that a library cannot read."""
    said = (str(error).splitlines() or [type(error).__name__])[0][:120]
    if "pickle" in said.lower():
        return UserError(
            f"{path}: holds pickled objects, which could run anything when they are read: save numbers alone"
        )
    return UserError(f"{path}: damaged ({said}); take a whole copy of the file")
