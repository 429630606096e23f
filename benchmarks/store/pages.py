"""How long a visitor waits for the dashboard's pages, in a headless browser."""

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING
from urllib.request import urlopen

from benchmarks.processes import KCIRCUITS
from benchmarks.report import Row
from benchmarks.store.stores import Place
from graphdb.engines.ports import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PAGES = {
    "Overview": "",
    "Relations": "relations",
    "Components": "components",
    "Similarity": "similarity",
    "Compare": "compare",
    "Circuit": "circuit",
    "Before/after": "conditions",
    "Query": "query",
}
"""Pages that ask the store -> where they are."""
ROUNDS = 3
PATIENCE = 120.0
PAINTED = "() => document.querySelector('h1')"
DRAWN = """() => {
    const app = document.querySelector('[data-testid=stApp]')
    return document.querySelector('h1') && app?.dataset.testScriptState === 'notRunning'
}"""


def page_rows(place: Place, models: Sequence[str], what: str, log: Path) -> Iterator[Row]:
    """Yield the seconds of each page. Where there is no browser one row says so."""
    from playwright.sync_api import Error

    from benchmarks import chromium

    with chromium.running() as browser:
        if isinstance(browser, Error):
            yield Row(f"pages, {place.engine}", None, "", f"not measured: {str(browser).splitlines()[0]}")
            return
        for title, path in PAGES.items():
            times = [_seconds(browser, place, path, models, log) for _ in range(ROUNDS)]
            how = f"on {what}: from the address on, no answer cached; median of {ROUNDS}"
            first, whole = (median(each) for each in zip(*times, strict=True))
            yield Row(f"page {title}, first paint, {place.engine}", first, "s", f"to its title, {how}", at_most=2)
            yield Row(f"page {title}, drawn, {place.engine}", whole, "s", f"until nothing is drawn any more, {how}")


def _seconds(browser: "Browser", place: Place, path: str, models: Sequence[str], log: Path) -> tuple[float, float]:
    """Seconds until a page is painted, and drawn, by a server that has shown the overview of another model."""
    with dashboard(place, log) as address:
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.set_default_timeout(1000 * PATIENCE)
        page.goto(f"{address}/?model={models[-1]}")  # what a server imports once is no part of a page
        page.wait_for_function(DRAWN)
        start = time.perf_counter()
        page.goto(f"{address}/{path}?model={models[0]}")
        page.wait_for_function(PAINTED)
        first = time.perf_counter() - start
        page.wait_for_function(DRAWN)
        whole = time.perf_counter() - start
        page.close()
        return first, whole


@contextmanager
def dashboard(place: Place, log: Path) -> Iterator[str]:
    """Yield the address of a dashboard in a process of its own; raises RuntimeError if it ends."""
    port = free_port(0)
    login = place.store.login
    names = {"NEO4J_USERNAME": login.user, "NEO4J_PASSWORD": login.password} if "://" in place.store.target else {}
    command = [KCIRCUITS, "dashboard", "--port", str(port), "--store", place.store.target]
    with log.open("w") as stream:
        server = subprocess.Popen(command, stdout=stream, stderr=stream, env=os.environ | names)
        try:
            _wait(server, f"http://127.0.0.1:{port}/_stcore/health", log)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(20)


def _wait(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"the dashboard does not answer: {log.read_text()}")
