"""A model cache of the test's own, and little to measure."""

from dataclasses import replace
from pathlib import Path

import pytest

from ingest.editing import layer, moment, samples
from ingest.model import LanguageModel


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is kept is named by all that it follows from, so that tests can share it."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def own_cache(shared_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what is measured out of the user's cache, and measure little."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(shared_cache))
    for module in (layer, moment):
        monkeypatch.setattr(module, "TOKENS", 400)
    monkeypatch.setattr(samples, "LENGTH", 20)


@pytest.fixture
def worded(small: LanguageModel, llama: LanguageModel) -> LanguageModel:
    """One small model after the other, each with the tokenizer of w0 ... w59: transformers gives some another one."""
    return replace(small, tokenizer=llama.tokenizer)
