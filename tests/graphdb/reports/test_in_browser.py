"""Reports as files in a real browser: they ask for nothing, complain of nothing, and names in them do nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from graphdb.formats.exports import Kind, export
from graphdb.plain_text import visible
from graphdb.reports.pair import PairReport
from graphdb.store import Store
from tests import hostile_names, sample
from tests.conftest import empty


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of which every error, message, dialog and request for another file fails the test."""
    faults: list[str] = []
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: faults.append(dialog.message))
    page.on("request", lambda request: faults.extend([] if request.is_navigation_request() else [request.url]))
    yield page
    page.close()
    assert not faults


def test_a_report_opens_sorts_and_lights_up_on_its_own(embedded_store: Store, page: Page, tmp_path: Path) -> None:
    empty(embedded_store)
    sample.fill(embedded_store)
    export(embedded_store, "France", Kind.HTML, tmp_path / "france.html")
    page.goto((tmp_path / "france.html").as_uri())
    expect(page.locator("h1")).to_have_text("France → Paris")
    ranks = page.locator(".sortable tbody td:first-child")
    assert ranks.all_inner_texts() == list("123456")
    page.get_by_role("columnheader", name="rank").click()
    page.get_by_role("columnheader", name="rank").click()
    assert ranks.all_inner_texts() == list("654321")
    page.get_by_role("columnheader", name="weight").click()
    weights = [float(weight) for weight in page.locator(".sortable tbody td:last-child").all_inner_texts()]
    assert weights == sorted(weights)
    page.locator("[data-node=m1]").hover()
    expect(page.locator(".edge.lit")).to_have_count(2)
    expect(page.locator("[data-node='a1.h2'] path.mover")).to_have_count(1)
    expect(page.locator("[data-node=m1] title")).to_contain_text("in: 1 edges")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_report_is_dark_where_the_reader_is(
    embedded_store: Store, browser: Browser, tmp_path: Path, scheme: str
) -> None:
    empty(embedded_store)
    sample.fill(embedded_store)
    export(embedded_store, "France", Kind.HTML, tmp_path / "france.html")
    page = browser.new_page(color_scheme="dark" if scheme == "dark" else "light")
    page.goto((tmp_path / "france.html").as_uri())
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 21, 27)"}[scheme]
    page.close()


def test_the_index_leads_to_every_report(embedded_store: Store, page: Page, tmp_path: Path) -> None:
    empty(embedded_store)
    sample.fill(embedded_store)
    export(embedded_store, "", Kind.HTML, tmp_path / "all")
    page.goto((tmp_path / "all" / "index.html").as_uri())
    expect(page.locator("h1")).to_have_text("5 circuits")
    page.get_by_role("link", name="hot → cold").click()
    expect(page.locator("h1")).to_have_text("hot → cold")


def test_hostile_names_are_seen_and_do_nothing(embedded_store: Store, page: Page, tmp_path: Path) -> None:
    empty(embedded_store)
    hostile_names.fill(embedded_store)
    hostile_names.fill_roles(embedded_store)
    export(embedded_store, "", Kind.HTML, tmp_path / "all")
    page.goto((tmp_path / "all" / "index.html").as_uri())
    for name in hostile_names.NAMES:
        expect(page.locator(".sortable")).to_contain_text(" ".join(visible(name).split()))
    for file in sorted((tmp_path / "all").iterdir()):
        page.goto(file.as_uri())
        assert page.evaluate("window.__pwned") is None
        assert page.locator("img, iframe, object, embed, form, svg svg, a[href^=javascript]").count() == 0
        assert page.locator("script").count() == 1


def test_a_pair_and_notebooks_of_hostile_names_do_nothing(embedded_store: Store, page: Page, tmp_path: Path) -> None:
    empty(embedded_store)
    hostile_names.fill(embedded_store)
    first, second = hostile_names.RELATIONS
    pair = embedded_store.pair(first, second)
    assert isinstance(pair, PairReport)
    circuit = embedded_store.circuit(hostile_names.NAMES[0])
    files = {"pair": pair.page(), "pair_cell": pair._repr_html_(), "circuit_cell": circuit._repr_html_()}
    for name, written in files.items():
        (tmp_path / f"{name}.html").write_text(written, "utf-8")
        page.goto((tmp_path / f"{name}.html").as_uri())
        expect(page.locator("h1")).to_have_count(1)
        assert page.evaluate("window.__pwned") is None
        assert page.locator("img, iframe, object, embed").count() == 0
