"""A real browser on a real server: every page, a node's click, and an address that holds the view."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from graphdb.engines.ports import free_port
from graphdb.store import Store
from tests import sample
from tests.conftest import empty

expect.set_options(timeout=30_000)  # of a page that a busy machine draws

KCIRCUITS = Path(sys.executable).with_name("kcircuits")
PAGES = ("Overview", "Relations", "Similarity", "Compare", "Components", "Before/after", "Query", "Trace")


@pytest.fixture(scope="module")
def address(embedded_store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard on the sample store, which these tests only read."""
    empty(embedded_store)
    sample.fill(embedded_store)
    yield from serving(embedded_store, tmp_path_factory.mktemp("dashboard"))


def serving(store: Store, folder: Path) -> Iterator[str]:
    """Address of a dashboard in a process of its own, on the store that this process owns."""
    port = free_port(0)
    command = [KCIRCUITS, "dashboard", "--port", str(port), "--store", store.target]
    with (folder / "log").open("w+") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
        try:
            _wait(server, f"http://127.0.0.1:{port}/_stcore/health")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(20)
        assert "Traceback" not in (folder / "log").read_text("utf-8")


def _wait(server: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert server.poll() is None, "the dashboard ended"
        try:
            with urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"no answer from {url}")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page whose errors, and requests to other hosts, fail the test."""
    faults: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        # Streamlit looks for its own path beneath a page's and takes the 404 for an answer.
        if message.type == "error" and "/_stcore/" not in message.location.get("url", ""):
            faults.append(message.text)

    def on_request(request: Request) -> None:
        if urlsplit(request.url).hostname not in ("127.0.0.1", None):
            faults.append(f"asks {request.url}")

    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.set_default_timeout(30_000)
    page.on("console", on_console)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", on_request)
    yield page
    page.close()
    assert not faults


def test_all_pages_in_a_browser(address: str, page: Page) -> None:
    page.goto(address)
    for title in PAGES:
        page.get_by_role("link", name=title).click()
        expect(page.locator("h1")).to_have_text(title)
        # Trace asks a worker, which imports torch, for the methods.
        expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=60_000)
        expect(page.get_by_test_id("stException")).to_have_count(0)
    page.get_by_role("link", name="Circuit").click()
    expect(page.locator("h1")).to_have_text("hot → cold")
    _choose_a_node(page)
    _open_the_same_view(page)


def _choose_a_node(page: Page) -> None:
    page.locator("[data-node=m1]").hover()
    expect(page.locator(".tip")).to_contain_text("in: 1 edges, Σ|weight| 0.750 logits")
    page.locator("[data-node=m1]").click()
    expect(page.get_by_text("3 of 5 facts use it, in 3 of 3 relations")).to_be_visible()
    page.wait_for_url("**/circuit?*node=m1*")


def _open_the_same_view(page: Page) -> None:
    page.goto(page.url.replace("/circuit?", "/circuit?relation=country_capital&fact=France&"))
    expect(page.locator("h1")).to_have_text("France → Paris")
    expect(page.locator("[data-node=m1].selected")).to_be_visible()
    expect(page.locator(".edge.lit")).to_have_count(2)
    _read_roles_and_lens(page)
    _read_the_controls(page)


def _read_roles_and_lens(page: Page) -> None:
    """Roles have shapes of their own, and the lens stands beside the layers."""
    expect(page.locator("[data-node='a1.h2'] path.mover")).to_have_count(1)
    expect(page.locator("[data-node='a0.h1'] path.relation")).to_have_count(1)
    page.locator("[data-node='a1.h2']").hover()
    expect(page.locator(".tip")).to_contain_text("M 2.25 here, 2.00 in the relation (null 0.06, q 0.031)")
    expect(page.locator(".lens-label")).to_have_text(["a1: first, largest rise"])
    page.locator(".lens-touch").nth(3).hover()
    expect(page.locator(".tip")).to_contain_text("object: 4.50")
    expect(page.locator(".colours .key")).to_have_text(
        ["helps the answer", "hinders it", "object", "other objects, median", "mover", "relation head"]
    )


def _read_the_controls(page: Page) -> None:
    """The charts of faithfulness and of its curve are drawn, and the donors unfold."""
    expect(page.get_by_test_id("stVegaLiteChart").locator("canvas, svg.marks")).to_have_count(2)
    page.get_by_text("Donors, and how each faithfulness was measured").click()
    expect(page.get_by_text("used for neither: Italy")).to_be_visible()


def test_a_cell_of_the_heat_map_opens_both_relations_in_one_drawing(address: str, page: Page, tmp_path: Path) -> None:
    page.goto(f"{address}/similarity")
    heat_map = page.get_by_test_id("stVegaLiteChart").locator("canvas, svg.marks")
    expect(heat_map).to_be_visible(timeout=60_000)  # the server starts
    _click_a_cell(page, heat_map)
    expect(page.locator("h1")).to_have_text("Compare", timeout=30_000)
    expect(page.locator(".node[data-node=m0]")).to_be_visible(timeout=30_000)
    expect(page.locator(".colours .key")).to_have_text(["both", "only A", "only B"])
    assert "a=" in urlsplit(page.url).query
    for kind, start in (("SVG", b"<svg "), ("PNG", b"\x89PNG")):
        with page.expect_download() as download:
            page.get_by_role("button", name=kind, exact=True).click()
        file = tmp_path / f"circuit.{kind.lower()}"
        download.value.save_as(file)
        assert file.read_bytes().startswith(start)


def _click_a_cell(page: Page, heat_map: Locator) -> None:
    """Click down the second column: its first cell is a pair, the second the diagonal."""
    box = heat_map.bounding_box()
    assert box is not None
    for below in range(75, int(box["height"]), 30):
        page.mouse.click(box["x"] + box["width"] * 0.55, box["y"] + below)
        try:
            page.wait_for_url("**/compare?*", timeout=5000)
        except PlaywrightTimeout:
            continue
        return
    pytest.fail("no cell was hit")
