"""Attribution graphs for Neuronpedia and circuit-tracer: valid, complete, and nodes where the components act."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from graphdb.formats.exports import Kind, export
from graphdb.formats.neuronpedia import last_of, scan_of
from graphdb.store import Store
from tests import hostile_names, sample
from tests.conftest import Kept, empty

SCHEMA = json.loads(Path(__file__).with_name("neuronpedia_graph.json").read_text())


@pytest.fixture
def filled(kept: Kept) -> Store:
    """Only to be read."""
    return kept(sample.fill)


def read(file: Path) -> dict[str, Any]:
    """Read a graph that is valid, whose nodes differ as their viewers tell them apart, and whose links have ends."""
    graph = json.loads(file.read_text("utf-8"))
    jsonschema.Draft7Validator(SCHEMA).validate(graph)
    nodes = graph["nodes"]
    ids = {node["node_id"] for node in nodes}
    assert len(ids) == len(nodes)
    assert len({(node["layer"], node["feature"], node["ctx_idx"]) for node in nodes}) == len(nodes)
    assert {link[end] for link in graph["links"] for end in ("source", "target")} == ids
    assert all(node["ctx_idx"] < len(graph["metadata"]["prompt_tokens"]) for node in nodes)
    return graph


def test_a_circuit_as_a_graph(filled: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "france.json"
    assert export(filled, "country_capital/France", Kind.NEURONPEDIA, file) == 1
    assert capsys.readouterr().err == (
        "Neuronpedia is not known to have toy: circuit-tracer shows the file, Neuronpedia may not\n"
    )
    graph = read(file)
    (france, *_) = sample.CIRCUITS
    assert graph["metadata"]["slug"] == "country_capital-France-secant"
    assert graph["metadata"]["prompt"] == france.contrast.clean_prompt
    assert graph["metadata"]["prompt_tokens"] == list(france.contrast.tokens)
    assert graph["metadata"]["generation_settings"]["faithfulness_random"] == france.faithfulness_random
    assert graph["metadata"]["scan"] == "toy"
    names = {node["clerp"].partition(";")[0].partition(":")[0]: node for node in graph["nodes"]}
    assert names["a1.h2"]["layer"] == "1"
    assert "mover for this fact" in names["a1.h2"]["clerp"]
    assert names["embed"]["layer"] == "E"
    assert names["embed"]["feature_type"] != "embedding"
    (output,) = (node for node in graph["nodes"] if node["feature_type"] == "logit")
    assert (output["layer"], output["clerp"]) == ("3", 'Output " Paris" (p=0.500)')
    weights = {(link["source"], link["target"]): link["weight"] for link in graph["links"]}
    assert len(weights) == 6 + 2, "two heads read kv-heads"
    for source, target, _, weight in sample.FRANCE_EDGES:
        ends = names.get(source, output)["node_id"], names.get(target, output)["node_id"]
        assert weights[ends] == pytest.approx(weight)


def test_edges_into_one_component_by_several_channels_are_one_link(store: Store, tmp_path: Path) -> None:
    top = replace(sample.MODEL, n_kv_heads=sample.MODEL.n_heads)
    rows = (("embed", "a0.h1", "q", 1.0), ("embed", "a0.h1", "v", -0.25), ("a0.h1", "logits", "logits", 2.0))
    sample.write_model(store, top)
    sample.write_relations(store, sample.RELATIONS)
    sample.write_facts(store, sample.FACTS)
    sample.write_run(store, sample.RUN)
    sample.write_batch(store, [], [replace(sample.CIRCUITS[0], edges=sample.edges(rows), artifact="")])
    export(store, "", Kind.NEURONPEDIA, tmp_path / "one.json")
    graph = read(tmp_path / "one.json")
    assert sorted(link["weight"] for link in graph["links"]) == [0.75, 2.0]
    assert "(p=?)" in "".join(node["clerp"] for node in graph["nodes"]), "no recall is stored"


def test_several_circuits_are_a_folder_that_circuit_tracer_lists(filled: Store, tmp_path: Path) -> None:
    folder = tmp_path / "graphs"
    assert export(filled, "country_capital", Kind.NEURONPEDIA, folder) == 3
    listed = json.loads((folder / "graph-metadata.json").read_text())["graphs"]
    assert {f"{graph['slug']}.json" for graph in listed} | {"graph-metadata.json"} == {
        file.name for file in folder.iterdir()
    }
    for graph in listed:
        assert read(folder / f"{graph['slug']}.json")["metadata"] == graph


def test_hostile_names_are_text_in_valid_graphs(embedded_store: Store, tmp_path: Path) -> None:
    empty(embedded_store)
    hostile_names.fill(embedded_store)
    hostile_names.fill_roles(embedded_store)
    assert export(embedded_store, "", Kind.NEURONPEDIA, tmp_path / "graphs") == len(hostile_names.NAMES)
    files = [file for file in (tmp_path / "graphs").iterdir() if file.name != "graph-metadata.json"]
    assert len(files) == len(hostile_names.NAMES)
    for file in files:
        read(file)
        assert "\u202e" not in file.read_text("utf-8")


@pytest.mark.parametrize(
    ("model", "scan"),
    [
        ("gemma-3-270m-q4_k_m", "gemma-3-270m"),
        ("google/gemma-3-270m", "gemma-3-270m"),
        ("openai-community/gpt2", "gpt2-small"),
        ("smollm2-135m-instruct-q4_1", None),
    ],
)
def test_models_by_their_ids_there(model: str, scan: str | None) -> None:
    assert scan_of(model) == scan


def test_the_last_token_of_a_subject() -> None:
    tokens = ("The", " capital", " of", " C", "ôte", " d'Ivoire", " is")
    assert last_of("Côte d'Ivoire", tokens) == 5
    assert last_of("capital", tokens) == 1
    assert last_of("Chad", tokens) is None
    assert last_of("", tokens) is None
