"""A real browser for what leaves the store."""

from tests.dashboard.conftest import browser, chromium

__all__ = ["browser", "chromium"]
