"""An ingest that cannot be done: one line, and no store is begun."""

import errno
import json
import sys
from pathlib import Path
from typing import Never

import pytest

from ingest import model_files
from tests.cli.conftest import Cli

FACTS = "relation,subject,object,prompt\nnext,w1,w2,after {}\nnext,w3,w4,after {}\n"


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    (tmp_path / "facts.csv").write_text(FACTS)
    return tmp_path / "facts.csv"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--faithfulness", "0"], ["faithfulness 0", "above 0"]),
        (["--faithfulness", "-0.5"], ["faithfulness -0.5"]),
        (["--faithfulness", "1.2"], ["--faithfulness"]),
        (["--faithfulness", "most"], ["--faithfulness"]),
        (["--known-rank", "0"], ["--known-rank"]),
        (["--batch", "0"], ["--batch"]),
        (["--contrast", "relations"], ["'relations'", "relation"]),
        (["--contrast", "both", "--template", "1"], ["template 1"]),
        (["--method", "secand"], ["'secand'", "secant"]),
        (["--model", "smolm2-135m"], ["'smolm2-135m'", "smollm2-135m"]),
        (["--model", "weights.gguf"], ["weights.gguf"]),
    ],
)
def test_options_out_of_range(cli: Cli, facts: Path, tmp_path: Path, options: list[str], expected: list[str]) -> None:
    complaint = cli("ingest", facts, *options, "--store", tmp_path / "store").complaint
    for part in expected:
        assert part in complaint
    assert not (tmp_path / "store").exists()


def test_a_folder_that_holds_no_model(cli: Cli, facts: Path, tmp_path: Path) -> None:
    complaint = cli("ingest", facts, "--model", tmp_path, "--store", tmp_path / "store").complaint
    assert "config.json" in complaint
    assert not (tmp_path / "store").exists()


@pytest.mark.slow
def test_a_file_that_is_no_gguf(shell: Cli, facts: Path, tmp_path: Path) -> None:
    (tmp_path / "weights.gguf").write_bytes(b"GGUF and then nothing")
    cache = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    model = ("--model", tmp_path / "weights.gguf")
    answer = shell("ingest", facts, *model, "--store", tmp_path / "store", **cache)
    assert "weights.gguf" in answer.err
    assert (answer.status, answer.out) == (2, "")
    assert not (tmp_path / "store").exists()
    assert [*(tmp_path / "cache").rglob("*.safetensors")] == []


def test_an_architecture_that_is_not_supported(cli: Cli, facts: Path, tmp_path: Path) -> None:
    model = tmp_path / "bert"
    model.mkdir()
    (model / "config.json").write_text(json.dumps({"model_type": "bert", "architectures": ["BertModel"]}))
    (model / "model.safetensors").write_bytes(b"")
    complaint = cli("ingest", facts, "--model", model, "--store", tmp_path / "store").complaint
    assert "BertModel" in complaint
    assert "LlamaForCausalLM" in complaint


@pytest.mark.slow
def test_a_hub_name_without_a_network(shell: Cli, facts: Path, tmp_path: Path) -> None:
    offline = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)}
    answer = shell("ingest", facts, "--model", "nobody/nothing", "--store", tmp_path / "store", **offline)
    assert answer.status == 2
    assert "'nobody/nothing'" in answer.err.splitlines()[-1]
    assert not (tmp_path / "store").exists()


def test_a_full_disk_while_the_model_is_converted(
    cli: Cli, facts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> Never:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(model_files, "_convert", full)
    (tmp_path / "weights.gguf").write_bytes(b"GGUF")
    answer = cli("ingest", facts, "--model", tmp_path / "weights.gguf", "--store", tmp_path / "store")
    assert (answer.status, answer.out) == (2, "")
    assert "the disk is full" in answer.err.splitlines()[-1]
    assert [*(tmp_path / "cache" / "kcircuits" / "models").iterdir()] == []
    assert not (tmp_path / "store").exists()


def test_a_store_folder_that_cannot_be_written(cli: Cli, facts: Path, small_folder: Path) -> None:
    target = ("--model", small_folder, "--store", "/proc/1/store")
    assert "/proc/1/store" in cli("ingest", facts, *target).complaint


def test_a_store_folder_that_is_not_ours(cli: Cli, facts: Path, small_folder: Path, tmp_path: Path) -> None:
    complaint = cli("ingest", facts, "--model", small_folder, "--store", tmp_path).complaint
    assert f"{tmp_path} holds other files" in complaint
    assert [file.name for file in tmp_path.iterdir()] == ["facts.csv"]


def test_packages_that_are_not_installed(
    cli: Cli, facts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ingest.model", None)  # what an import finds where torch is missing
    complaint = cli("ingest", facts, "--store", tmp_path / "store").complaint
    assert "pip install 'knowledge-circuits[ingest]'" in complaint


def test_a_ray_without_its_extra(shell: Cli, facts: Path, tmp_path: Path) -> None:
    without = tmp_path / "without"
    without.mkdir()
    (without / "ray.py").write_text("raise ModuleNotFoundError(name='ray')")  # what an import finds where it is missing
    complaint = shell(
        "ingest", facts, "--ray", "local", "--store", tmp_path / "store", PYTHONPATH=str(without)
    ).complaint
    assert complaint == "the package 'ray' is missing; run: pip install 'knowledge-circuits[ray]'"
    assert not (tmp_path / "store").exists()


def test_a_ray_at_no_address(cli: Cli, facts: Path, small_folder: Path, tmp_path: Path) -> None:
    target = ("--model", small_folder, "--store", tmp_path / "store")
    assert "ray 'nowhere' is no address" in cli("ingest", facts, *target, "--ray", "nowhere").complaint
    assert not (tmp_path / "store").exists()
