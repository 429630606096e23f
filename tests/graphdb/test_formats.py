"""Files that the peers' own code wrote (`benchmarks/peers/circuit_files.py`) are read as they were meant."""

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from graphdb.errors import UserError
from graphdb.formats.auto_circuit import arrays_of, read_arrays
from graphdb.formats.content import Content, content_of, read_npz, read_object
from graphdb.formats.eap_ig import document, read_json
from graphdb.formats.foreign import Foreign, group, strongest, ungroup
from graphdb.formats.importing import model_of
from graphdb.formats.reading import read_circuit
from graphdb.formats.shapes import known_models
from graphdb.topology import Topology

PEERS = Path(__file__).parents[1] / "formats" / "peers"
PAPER = Path(__file__).parents[1] / "formats" / "paper_circuits"
EDGES = 12
GROUPED = Topology(2, 4, 2)


def read(name: str) -> Foreign:
    return read_json(PEERS / name, read_object(PEERS / name))


def theirs(name: str) -> dict[str, dict[str, float]]:
    return json.loads((PEERS / name).read_text())["edges"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("peers/gpt2.json", Content.EAP_JSON),
        ("peers/gpt2.pt", Content.EAP_TORCH),
        ("peers/auto_circuit.npz", Content.NPZ),
        ("peers/auto_circuit.safetensors", Content.SAFETENSORS),
        ("paper_circuits/hallucination.gv", Content.GRAPHVIZ),
    ],
)
def test_a_format_is_told_from_the_content(name: str, content: Content, tmp_path: Path) -> None:
    plain = tmp_path / "file"
    plain.write_bytes((PEERS.parent / name).read_bytes())
    assert content_of(plain) is content


def test_every_edge_of_eap_ig_has_its_place() -> None:
    found, edges = read("gpt2.json"), theirs("gpt2.json")
    top = found.shape
    assert (top, found.d_model, found.source) == (Topology(2, 3, 3), 24, "EAP-IG 2.0")
    assert len(edges) == top.n_edges
    assert found.member.sum() == sum(edge["in_graph"] for edge in edges.values()) > 0
    assert found.scores is not None
    for name, edge in edges.items():
        source, _, target = name.replace("input", "embed").partition("->")
        head, _, channel = target.rstrip(">").partition("<")
        slot = top.slot_numbers[head, channel or {"m": "mlp", "l": "logits"}[head[0]]]
        place = top.source_numbers[source], slot
        assert found.scores[place] == np.float32(edge["score"])
        assert bool(found.member[place]) is edge["in_graph"]


def test_a_file_of_scores_alone_takes_the_strongest() -> None:
    scores, marked = read("gpt2_scores.json"), read("gpt2.json")
    with pytest.raises(UserError, match="--edges N"):
        strongest(PEERS, scores, None)
    taken = strongest(PEERS, scores, 5)
    assert taken.member.sum() == 5
    assert scores.scores is not None
    least = np.abs(scores.scores[taken.member]).min()
    assert (np.abs(scores.shape.pack(scores.scores)) > least).sum() == 4
    assert strongest(PEERS, marked, None) is marked
    with pytest.raises(UserError, match="--edges 1000"):
        strongest(PEERS, scores, 1000)


def test_query_heads_edges_become_those_of_their_kv_head() -> None:
    found, edges = read("grouped.json"), theirs("grouped.json")
    native = group(found, 2)
    assert native.scores is not None
    split = 0
    for source, kv, channel in product(("input", "a0.h3", "m0"), (0, 1), "kv"):
        heads = [edges[f"{source}->a1.h{head}<{channel}>"] for head in (2 * kv, 2 * kv + 1)]
        place = GROUPED.places([(source.replace("input", "embed"), f"a1.kv{kv}", channel)])
        assert native.scores[place][0] == pytest.approx(sum(head["score"] for head in heads), rel=1e-6)
        assert native.member[place][0] == any(head["in_graph"] for head in heads)
        split += len({head["in_graph"] for head in heads}) - 1
    assert native.split >= split
    assert native.member.sum() <= found.member.sum()


def test_what_goes_out_comes_back() -> None:
    native = group(read("grouped.json"), 2)
    assert native.scores is not None
    about = {"d_model": 24, "model": "m", "fact": "r/s", "object": "o", "prompt": "p"}
    back = read_json(Path("x"), json.loads(json.dumps(document(native, native.scores, about))))
    again = group(back, back.kv_heads or 0)
    assert (back.said.fact, back.said.prompt, again.split) == ("r/s", "p", 0)
    assert (again.member == native.member).all()
    np.testing.assert_allclose(again.scores, native.scores, rtol=1e-6)  # type: ignore[arg-type]
    arrays = read_arrays(Path("x"), arrays_of(native, native.scores))
    of_members = group(arrays, 2)
    assert (of_members.member == native.member).all()
    np.testing.assert_allclose(of_members.scores[native.member], native.scores[native.member], rtol=1e-6)  # type: ignore[index]
    assert ungroup(native.member, native.top).shape == back.member.shape


@pytest.mark.parametrize("name", ["auto_circuit", "auto_positions"])
def test_auto_circuit_marks_the_edges_that_it_was_given(name: str) -> None:
    found = read_arrays(PEERS / f"{name}.npz", read_npz(PEERS / f"{name}.npz"))
    wanted = set((PEERS / f"{name}.txt").read_text().split("\n")) - {""}
    top = found.shape
    named = {f"{_theirs(source)}->{_theirs(*reader)}" for source, *reader in top.edge_names(found.member)}
    assert named == wanted
    assert found.lost == (("positions: their scores are added up",) if name == "auto_positions" else ())


def _theirs(name: str, channel: str = "") -> str:
    if name in ("embed", "logits"):
        return "Resid Start" if name == "embed" else "Resid End"
    if name.startswith("m"):
        return f"MLP {name[1:]}"
    layer, _, head = name[1:].partition(".h")
    return f"A{layer}.{head}" + (f".{channel.upper()}" if channel else "")


def test_old_eap_files_are_told_by_their_nodes() -> None:
    value = read_object(PEERS / "gpt2.json")
    value["nodes"] = {name: node["in_graph"] for name, node in value["nodes"].items()}
    old = read_json(PEERS / "gpt2.json", value)
    assert (old.source, old.method) == ("EAP", "eap")
    assert (old.member == read("gpt2.json").member).all()


def test_the_model_is_that_of_the_shape_or_of_the_name() -> None:
    gpt2 = known_models()["gpt2-medium"]
    found = read_circuit(PAPER / "hallucination.gv", Content.GRAPHVIZ, gpt2)
    assert model_of(found, PAPER, "").id == "gpt2-medium"
    assert model_of(found, PAPER, "openai-community/GPT2-medium").id == "gpt2-medium"
    with pytest.raises(UserError, match="gpt2 12 layers of 12 heads"):
        model_of(found, PAPER, "gpt2")
    with pytest.raises(UserError, match="say which with --model"):
        model_of(read("grouped.json"), PAPER, "")
    assert model_of(read("grouped.json"), PAPER, "mine").n_edges == Topology(2, 4, 4).n_edges


def test_known_shapes_can_be() -> None:
    for each in known_models().values():
        assert each.n_heads % each.n_kv_heads == 0
        assert each.n_edges == Topology(each.n_layers, each.n_heads, each.n_kv_heads).n_edges
    assert known_models()["smollm2-135m"].n_edges == 70_651
