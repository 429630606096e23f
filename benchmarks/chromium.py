"""A real browser, for benchmarks and tests: one a process, as Playwright starts no second loop beside its first."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Error as PlaywrightError

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find() -> str | None:
    """Path of a Chromium on this machine; None: Playwright's own, if it was downloaded."""
    named = os.environ.get("KCIRCUITS_BROWSER")
    found = [shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")]
    return named or next((path for path in found if path), None)


@contextmanager
def running() -> Iterator[Browser | PlaywrightError]:
    """A running browser, or the reason why there is none."""
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=find(), args=FLAGS)
        except PlaywrightError as error:
            yield error
        else:
            yield browser
            browser.close()
