"""The sample store as the dashboard's own, and a real browser."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from dashboard.data import questions
from graphdb.store import Store
from tests import sample
from tests.conftest import Kept, empty, go_without

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def shown(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Let the dashboard of this process read the store."""
    monkeypatch.setenv("KCIRCUITS_STORE", store.target)
    forget()
    yield store
    forget()


@pytest.fixture
def empty_store(embedded_store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """An embedded store without a circuit."""
    empty(embedded_store)
    yield from shown(embedded_store, monkeypatch)


@pytest.fixture
def sample_on_each_engine(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The sample store, on each engine in turn, only to be read."""
    yield from shown(kept(sample.fill), monkeypatch)


@pytest.fixture
def sample_store(kept_embedded: Kept, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The sample store, embedded, only to be read."""
    yield from shown(kept_embedded(sample.fill), monkeypatch)


@pytest.fixture
def changed_store(empty_store: Store) -> Store:
    """The sample store, embedded, to be written into."""
    sample.fill(empty_store)
    return empty_store


def forget() -> None:
    """Let the next page open the store anew."""
    questions.store.clear()
    questions.forget()


def find_browser() -> str | None:
    """Path of a Chromium on this machine; None: Playwright's own, if it was downloaded."""
    named = os.environ.get("KCIRCUITS_BROWSER")
    found = [shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")]
    return named or next((path for path in found if path), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser | PlaywrightError]:
    """A running browser, or the reason why there is none."""
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        except PlaywrightError as error:
            yield error
        else:
            yield browser
            browser.close()


@pytest.fixture
def browser(chromium: Browser | PlaywrightError, request: pytest.FixtureRequest) -> Browser:
    if isinstance(chromium, PlaywrightError):
        go_without(request, "browser", chromium)
    return chromium
