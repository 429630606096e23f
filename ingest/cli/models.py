"""From what `--model` names to a model that is ready, for every command that runs one; says what takes long."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from graphdb.cli.extras import needs_extra

if TYPE_CHECKING:
    from ingest.model import LanguageModel, ModelHandle


def find_model(name: str) -> "ModelHandle":
    """Find the weights that `--model` names, and check that they are of a kind that can be read."""
    with needs_extra("ingest"):
        from ingest.cli.progress import shown_progress
        from ingest.model import check_architecture
        from ingest.model_files import resolve

    with shown_progress() as progress:
        handle = resolve(name, progress.note)
    check_architecture(handle)
    return handle


def open_model(handle: "ModelHandle", dtype: str = "float32", device: str = "cpu") -> "LanguageModel":
    """Load a model that was found."""
    import torch

    from ingest.model import load

    with at_work(f"loading {handle.id}"):
        return load(handle, getattr(torch, dtype), device)


@contextmanager
def at_work(doing: str) -> Iterator[None]:
    """Show a spinner where standard error is a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(doing):
        yield
