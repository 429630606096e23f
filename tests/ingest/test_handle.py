"""Models that are handed in: weights that were changed in memory, under a name of their own."""

import pickle
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from graphdb.errors import UserError
from graphdb.records import Circuit
from graphdb.store import Store
from ingest.facts.sets import FactSet, read_facts
from ingest.measures.evaluate import evaluate, select_circuits
from ingest.model import ChangedModel, LanguageModel, changed, load
from ingest.model_files import ModelFolder
from ingest.options import Options, Silent
from ingest.pipeline import ingest
from ingest.settings import Settings
from ingest.trace import save, trace
from tests.conftest import empty
from tests.ingest.test_trace import CLEAN, CORRUPT, SECANT, answers

OPTIONS = Options(Settings(method="secant", effort="quick"), include_unknown=True)


def halved(parent: ModelFolder | ChangedModel, model_id: str = "") -> ChangedModel:
    """The model with half of what its second MLP writes."""
    module, tokenizer = parent.open()
    with torch.no_grad():
        module.model.layers[1].mlp.down_proj.weight.mul_(0.5)
    return changed(parent, module, tokenizer, model_id)


@pytest.fixture
def parent(small_folders: dict[str, ModelFolder]) -> ModelFolder:
    return small_folders["llama"]


@pytest.fixture
def facts(tmp_path: Path) -> list[FactSet]:
    rows = [f"first,w{number},w{number + 20},w40 w41 {{}} w42" for number in range(1, 8)]
    (tmp_path / "facts.csv").write_text("\n".join(["relation,subject,object,prompt", *rows]))
    return read_facts(tmp_path / "facts.csv")


def test_a_variant_is_named_after_its_parent_and_its_weights(parent: ModelFolder) -> None:
    one, two = halved(parent), halved(parent)
    assert (one.id, one.weights_sha256) == (two.id, two.weights_sha256)
    assert one.id == f"{parent.id}~{one.weights_sha256[:8]}"
    assert (one.variant_of, one.source) == (parent.id, f"{parent.id}, changed in memory")
    assert halved(one).variant_of == one.id
    assert halved(one).weights_sha256 != one.weights_sha256 != parent.weights_sha256
    assert halved(parent, "edited").id == "edited"


@pytest.mark.parametrize("name", ["gpt2", "llama", "qwen2", "qwen3", "gemma3"])
def test_a_model_handed_in_unchanged_computes_what_its_folder_does(
    name: str, small_folders: dict[str, ModelFolder]
) -> None:
    folder = small_folders[name]
    loaded, again = load(folder), load(changed(folder, *folder.open(), "again"))
    assert torch.equal(loaded.weights.attention[1].q, again.weights.attention[1].q)
    assert torch.equal(loaded.weights.unembed, again.weights.unembed)
    assert (again.record.id, again.record.variant_of, again.record.architecture) == (
        "again",
        folder.id,
        loaded.record.architecture,
    )


def test_a_loaded_model_gives_a_module_that_shares_nothing_with_it(parent: ModelFolder) -> None:
    variant = halved(parent)
    model = load(variant)
    before = model.weights.mlp[1].down.clone()
    for module in (model.handle.open()[0], variant.module):
        with torch.no_grad():
            module.model.layers[1].mlp.down_proj.weight.zero_()
    assert torch.equal(model.weights.mlp[1].down, before)


def test_weights_changed_after_they_were_named_are_refused(parent: ModelFolder) -> None:
    variant = halved(parent)
    with torch.no_grad():
        variant.module.model.layers[0].mlp.down_proj.weight.zero_()
    with pytest.raises(UserError, match=f"model {variant.id}: its weights have been changed since it was named"):
        load(variant)


def test_a_variant_can_be_sent_to_another_process(parent: ModelFolder) -> None:
    variant = halved(parent)
    sent = pickle.loads(pickle.dumps(variant))
    assert (sent.id, sent.weights_sha256) == (variant.id, variant.weights_sha256)
    assert torch.equal(load(sent).weights.mlp[1].down, load(variant).weights.mlp[1].down)


def test_circuits_of_a_variant_stand_beside_those_of_its_parent(
    embedded_store: Store, facts: Sequence[FactSet], parent: ModelFolder
) -> None:
    empty(embedded_store)
    variant = halved(parent)
    for handle in (parent, variant):
        assert ingest(facts, handle, OPTIONS, embedded_store, Silent()).circuits >= 3
    circuits = embedded_store.query("circuits")
    assert set(circuits["model"]) == {parent.id, variant.id}
    one, two = (circuits[circuits["model"] == each.id].set_index("fact")["metric_clean"] for each in (parent, variant))
    assert (one - two).dropna().abs().max() > 0.01
    assert ingest(facts, variant, OPTIONS, embedded_store, Silent()).circuits == len(two)
    (row,) = select_circuits(embedded_store, [circuits[circuits["model"] == variant.id]["circuit"].iloc[0]])
    figures = evaluate(embedded_store, load(variant), row)
    assert figures
    assert not [each for each in figures if each.differs]


def test_a_trace_in_a_variant_is_stored(embedded_store: Store, parent: ModelFolder) -> None:
    empty(embedded_store)
    variant = halved(parent)
    model: LanguageModel = load(variant)
    traced = trace(model, CLEAN, **answers(model), corrupt=CORRUPT, settings=SECANT)
    save(embedded_store, model, variant, traced)
    circuit: Circuit = traced.circuit
    assert list(embedded_store.query("circuits")["circuit"]) == [circuit.id]
    assert circuit.model_id == variant.id
