"""Charts in a real browser that open what is clicked: a fact of the strip, a head of the matrix."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

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


def click(page: Page, chart: Locator, across: float, down: float) -> None:
    """Click a place of a chart, in parts of its width and height."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=60_000)
    drawn = chart.locator("canvas, svg.marks").first
    expect(drawn).to_be_visible(timeout=60_000)
    drawn.scroll_into_view_if_needed()
    box = drawn.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * across, box["y"] + box["height"] * down)


def test_a_click_on_a_fact_opens_its_circuit(address: str, page: Page) -> None:
    page.goto(f"{address}/conditions")
    expect(page.get_by_text("One drawing of before and after")).to_be_visible(timeout=60_000)
    click(page, page.get_by_test_id("stVegaLiteChart").nth(2), 0.25, 0.4)  # the first of three bars
    page.wait_for_url("**/circuit?*", timeout=30_000)
    expect(page.locator("h1")).to_have_text("Italy → Rome", timeout=30_000)


def test_a_click_on_a_cell_opens_its_head(address: str, page: Page) -> None:
    page.goto(f"{address}/components")
    click(page, page.locator(".st-key-heads_mover"), 0.6, 0.45)
    page.wait_for_url("**component=a*", timeout=30_000)
    expect(page.get_by_test_id("stException")).to_have_count(0)
