"""A thousand damaged files of each format end in one line, or are read; nothing else happens, and nothing is run."""

import io
import json
import pickle
import zipfile
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
import torch

from graphdb.errors import UserError
from graphdb.formats import content
from graphdb.formats.content import Content, content_of
from graphdb.formats.foreign import Foreign
from graphdb.formats.reading import read_circuit
from graphdb.formats.shapes import known_models
from ingest.tensor_files import read_pt, read_safetensors

DATA = Path(__file__).parents[1] / "formats"
FILES = {
    "EAP-IG JSON": DATA / "peers" / "grouped.json",
    "EAP-IG .pt": DATA / "peers" / "grouped.pt",
    ".gv": DATA / "paper_circuits" / "in_context_learning.gv",
    ".npz": DATA / "peers" / "auto_circuit.npz",
    ".safetensors": DATA / "peers" / "auto_circuit.safetensors",
}
WORDS = (b"", b"-1", b"1e999", b"NaN", b"999999999999", b"null", b"[]", b"{}", b"a9.h9", b"<q>", b"\x00", b"\xff", b'"')
DAMAGED = 1000


def read(file: Path) -> Foreign | None:
    """Read a file as the command does; None: a dump."""
    kind = content_of(file)
    match kind:
        case Content.DUMP:
            return None
        case Content.EAP_TORCH:
            return read_pt(file)
        case Content.SAFETENSORS:
            return read_safetensors(file)
        case _:
            return read_circuit(file, kind, known_models()["gpt2-medium"])


def complaint(file: Path) -> str | None:
    try:
        read(file)
    except UserError as error:
        return str(error)
    return None


def damaged(whole: bytes, chance: Random) -> bytes:
    """The file cut, with bytes changed, taken out or put in, or with a word in another's place."""
    place = chance.randrange(len(whole))
    match chance.randrange(5):
        case 0:
            return whole[:place]
        case 1:
            return whole[:place] + chance.randbytes(chance.randint(1, 8)) + whole[place + chance.randint(0, 8) :]
        case 2:
            return whole[:place] + whole[place + chance.randint(1, 64) :]
        case 3:
            words = whole.split(b" ")
            words[chance.randrange(len(words))] = chance.choice(WORDS)
            return b" ".join(words)
        case _:
            return whole[:place] + chance.choice(WORDS) + whole[place:]


@pytest.mark.soak
@pytest.mark.parametrize("kind", FILES)
def test_a_damaged_file_is_read_or_refused_in_a_line(kind: str, tmp_path: Path, soak: bool) -> None:
    whole, file, refused = FILES[kind].read_bytes(), tmp_path / "file", 0
    for seed in range(DAMAGED if soak or kind != ".gv" else 200):
        file.write_bytes(damaged(whole, Random(seed)))
        said = complaint(file)
        assert said is None or (str(file) in said and "\n" not in said), seed
        refused += said is not None
    assert refused > 50
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


class Hostile:
    """Writes a file when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self.mark,)


def hostile_files(mark: Path) -> dict[str, bytes]:
    pickled = pickle.dumps(Hostile(mark))
    torch_file, npz, zipped = io.BytesIO(), io.BytesIO(), io.BytesIO()
    torch.save({"cfg": Hostile(mark)}, torch_file)
    arrays: dict[str, Any] = {"blocks.0.hook_q_input": np.array([Hostile(mark)], dtype=object)}
    np.savez(npz, **arrays)
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("blocks.0.hook_q_input.npy", bytes(2**20 * 300))
    return {
        "edges.pkl": pickled,
        "acdc.pth": pickled,
        "circuit.pt": torch_file.getvalue(),
        "scores.npz": npz.getvalue(),
        "bomb.npz": zipped.getvalue(),
    }


def test_what_would_run_is_refused_and_does_not_run(tmp_path: Path) -> None:
    mark = tmp_path / "was run"
    said = {"edges.pkl": "pickle", "acdc.pth": "pickle", "circuit.pt": "could run"}
    said |= {"scores.npz": "could run", "bomb.npz": "expands"}
    for name, bytes_ in hostile_files(mark).items():
        (tmp_path / name).write_bytes(bytes_)
        with pytest.raises(UserError, match=said[name]):
            read(tmp_path / name)
    assert not mark.exists()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"cfg": {"n_layers": 10**9, "n_heads": 10**9}}, "no model that is read here"),
        ({"cfg": {"n_layers": True, "n_heads": 4}}, "no model that is read here"),
        ({"cfg": {"n_layers": 2, "n_heads": 4, "parallel_attn_mlp": True}}, "side by side"),
        ({"cfg": {"n_layers": 2, "n_heads": 4, "n_key_value_heads": 3}}, "divisor of 4"),
        ({"cfg": 3}, "'cfg' is 3"),
        ({"edges": []}, "are no objects"),
        ({"edges": {"a1.h0->a0.h0<q>": {"score": 1, "in_graph": True}}}, "no edge of the model"),
        ({"edges": {"input->m0": {"score": 1e300, "in_graph": True}}}, "expected a finite number"),
        ({"edges": {"input->m0": {"score": None, "in_graph": True}}}, "expected a finite number"),
        ({"edges": {"input->m0": {"score": 1, "in_graph": "yes"}}}, "expected true or false"),
    ],
)
def test_an_object_that_does_not_fit_is_refused(change: dict[str, object], expected: str, tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_text(json.dumps(json.loads(FILES["EAP-IG JSON"].read_text()) | change))
    with pytest.raises(UserError, match=expected):
        read(file)


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "LARGEST", 1000)
    for kind in (".npz", "EAP-IG JSON", ".gv"):
        with pytest.raises(UserError, match="expected a circuit of at most"):
            read(FILES[kind])
