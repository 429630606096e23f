"""Reads the circuit of a file that another tool wrote; `ingest.tensor_files` reads those of tensors."""

from pathlib import Path

from graphdb.errors import UserError
from graphdb.formats.auto_circuit import read_arrays
from graphdb.formats.content import Content, read_npz, read_object, read_text
from graphdb.formats.eap_ig import read_json
from graphdb.formats.foreign import Foreign
from graphdb.formats.graphviz import read_gv
from graphdb.records import Model
from graphdb.topology import Topology


def read_circuit(path: Path, content: Content, of: Model | None) -> Foreign:
    """Return the circuit of a file of this content; `of` is the model that the user names, which a `.gv` needs.

    Raises UserError, naming the place, for what is damaged, too large or does not fit.
    """
    match content:
        case Content.EAP_JSON:
            return read_json(path, read_object(path))
        case Content.NPZ:
            return read_arrays(path, read_npz(path))
        case Content.GRAPHVIZ:
            if of is None:
                raise UserError(f"{path}: does not say of which model it is: give --model, such as gpt2-medium")
            return read_gv(path, read_text(path), Topology(of.n_layers, of.n_heads, of.n_heads))
        case _:
            raise AssertionError(content)
