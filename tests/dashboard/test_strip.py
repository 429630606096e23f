"""The strip of facts in a real browser: a click on a fact opens its circuit."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from graphdb.store import Store
from tests import condition_sample
from tests.conftest import empty
from tests.dashboard.test_browser import page, serving

__all__ = ["page"]


@pytest.fixture
def address(embedded_store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    empty(embedded_store)
    condition_sample.fill(embedded_store)
    yield from serving(embedded_store, tmp_path_factory.mktemp("dashboard"))


def test_a_click_on_a_fact_opens_its_circuit(address: str, page: Page) -> None:
    page.goto(f"{address}/conditions")
    expect(page.get_by_text("One drawing of before and after")).to_be_visible(timeout=60_000)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=60_000)
    strip = page.get_by_test_id("stVegaLiteChart").nth(2).locator("canvas, svg.marks").first
    expect(strip).to_be_visible()
    strip.scroll_into_view_if_needed()
    box = strip.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.4)  # the first of three bars
    page.wait_for_url("**/circuit?*", timeout=30_000)
    expect(page.locator("h1")).to_have_text("Italy → Rome", timeout=30_000)
