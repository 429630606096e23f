"""A peer's own environment: made once with uv, outside the repository."""

import os
import subprocess
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]
UV = ROOT / ".tools" / "bin" / "uv"
AUTO_CIRCUIT = (
    "auto-circuit==1.0.1",
    "transformer-lens==2.16.1",
    "transformers==4.51.3",
    "numpy<2",
    "pyarrow<19",
    "datasets<3.7",
    f"torch=={version('torch').partition('+')[0]}",
)
"""What auto-circuit runs with; torch is ours, so that the libraries differ in nothing else."""
EAP_IG = (*AUTO_CIRCUIT, "matplotlib==3.10.8")
"""What EAP-IG runs with, which is on no index: its source is named by who runs it."""


def environment(name: str, packages: Sequence[str]) -> Path:
    """Return the interpreter of an environment that holds the packages, after making it if it is not there.

    Raises CalledProcessError with uv's message, or OSError where uv itself is missing.
    """
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kcircuits" / "peers" / name
    python, made_of = folder / "bin" / "python", folder / "packages"
    if not made_of.exists() or made_of.read_text() != "\n".join(packages):
        _uv("venv", "--clear", "--python", "3.11", str(folder))
        _uv("pip", "install", "--python", str(python), *packages)
        made_of.write_text("\n".join(packages))
    return python


def _uv(*arguments: str) -> None:
    subprocess.run([UV, *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
