"""A model cache of the test's own, and little to measure."""

from pathlib import Path

import pytest

from ingest.editing import layer, moment, samples


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what is measured out of the user's cache, and measure little."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for module in (layer, moment):
        monkeypatch.setattr(module, "TOKENS", 400)
    monkeypatch.setattr(samples, "LENGTH", 20)
