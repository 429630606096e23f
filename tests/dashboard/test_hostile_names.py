"""Every page on a store of hostile names, in a real browser: they are seen as text, and nothing else happens."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Dialog, Locator, Page, expect

from dashboard.widgets.text import JOINER
from graphdb.plain_text import visible
from graphdb.store import Store
from graphdb.writing.demonstration_writers import write_demonstrations
from graphdb.writing.edit_writers import (
    write_edit_actions,
    write_edit_changes,
    write_edit_circuits,
    write_edit_effects,
    write_edit_lenses,
    write_edits,
)
from graphdb.writing.hop_writers import write_hops
from graphdb.writing.rival_writers import write_rivals
from graphdb.writing.writers import write_model
from tests import demonstration_sample, edit_sample, hop_sample, hostile_names, rival_sample
from tests.conftest import empty
from tests.dashboard.test_browser import page, serving

__all__ = ["page"]
PAGES = [each.stem for each in (Path(__file__).parents[2] / "dashboard" / "app_pages").glob("*.py")]
BEFORE, AFTER = '"<img src=x onerror=window.__pwned=1>', "</script><svg onload=window.__pwned=1>"
"""Around a name in an address, which anyone may write."""


@pytest.fixture(scope="module")
def address(embedded_store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard on a store of hostile names, which these tests only read."""
    empty(embedded_store)
    hostile_names.fill(embedded_store)
    hostile_names.fill_roles(embedded_store)
    _fill_conditions(embedded_store)
    yield from serving(embedded_store, tmp_path_factory.mktemp("dashboard"))


def _fill_conditions(store: Store) -> None:
    """Write an edit, wrong answers, demonstrations and two hops, whose objects, tokens and prompts are hostile."""
    model, everything = hostile_names.MODEL_NAME, "".join(hostile_names.NAMES)
    facts = [f"{hostile_names.relation(number)}/{part}" for number, part in enumerate(hostile_names.PARTS)]
    variant = replace(edit_sample.VARIANT, id=f"{model}~1", name=f"{model}~1", variant_of=model)
    named, said = {"variant_id": variant.id}, {"object": everything, "given": everything, "prompt": everything}
    write_model(store, variant)
    write_edits(store, [replace(edit_sample.EDIT, model_id=model, fact_id=facts[0], **said, **named)])
    write_edit_effects(store, [replace(each, **named) for each in (edit_sample.CHANGED, edit_sample.SHAM)])
    answers = dict.fromkeys(("answer_before", "answer", "answer_sham"), everything)
    write_edit_changes(store, [replace(edit_sample.CHANGES[1], bystander=each, **answers, **named) for each in facts])
    tokens = {"answer_before": everything, "answer": everything}
    write_edit_circuits(store, [replace(each, fact_id=facts[0], **tokens, **named) for each in edit_sample.CIRCUITS])
    write_edit_lenses(store, [replace(each, **named) for each in edit_sample.LENSES])
    write_edit_actions(store, [replace(each, old=everything, new=everything, **named) for each in edit_sample.ACTIONS])
    of = [
        {"model_id": model, "fact_id": fact, "wording": name}
        for fact, name in zip(facts, hostile_names.NAMES, strict=True)
    ]
    write_rivals(store, [replace(rival_sample.RIVALS[1], object=everything, rival=everything, **each) for each in of])
    model_and_relation = {"model_id": model, "relation_id": hostile_names.relation(0)}
    hop = {"bridge": everything, "choice": everything, "choice_by_hops": everything}
    check = replace(hop_sample.CHECK, first=everything, **model_and_relation)
    shown = replace(demonstration_sample.OWN, chosen_on=hostile_names.NAMES, **model_and_relation)
    write_demonstrations(store, [shown], [])
    write_hops(store, check, [replace(hop_sample.KNOWN, **each | hop) for each in of])


@pytest.fixture
def dialogs(page: Page) -> list[str]:
    """What dialogs said, and names that scripts of the data gave away."""
    seen: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        seen.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", dismiss)
    page.on("popup", lambda other: seen.append(other.url))
    page.on("download", lambda file: seen.append(file.url))
    return seen


def settled(page: Page) -> None:
    """Wait until the page is drawn; nothing on it failed, and no name became an element."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=60_000)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    page.wait_for_timeout(300)
    assert page.evaluate("window.__pwned") is None
    main = page.get_by_test_id("stMain")
    for made in (
        "script",
        "[onerror], [onload]",
        "a[href^=javascript]",
        "[src*='evil.example'], [href*='evil.example']",
    ):
        expect(main.locator(made)).to_have_count(0)


def test_what_components_write_is_text(address: str, page: Page, dialogs: list[str]) -> None:
    page.goto(f"{address}/circuit?relation={_quoted(hostile_names.relation(1))}&node=a1.h2")
    settled(page)
    expect(page.locator("[data-node='a1.h2'] path.mover")).to_have_count(1)
    page.locator("[data-node='a1.h2']").hover()
    expect(page.locator(".tip")).to_contain_text("writes ‘<script>")
    settled(page)
    assert "Writes ‘<script>" in said(page.get_by_test_id("stMain"))
    page.goto(f"{address}/components?component=a1.h2")
    settled(page)
    expect(page.get_by_test_id("stVegaLiteChart").locator("canvas, svg.marks").first).to_be_visible()
    page.goto(f"{address}/components?component={_quoted(BEFORE + AFTER)}&wording={_quoted(BEFORE)}")
    settled(page)
    assert not dialogs


def _quoted(text: str) -> str:
    return quote(text, safe="")


def said(shown: Locator) -> str:
    return shown.inner_text().replace(JOINER, "")


def test_names_are_text_on_every_page(address: str, page: Page, dialogs: list[str]) -> None:
    for name in (each.replace("overview", "") for each in PAGES):
        page.goto(f"{address}/{name}")
        settled(page)
    for number in (1, 7, 8, 9, 13):  # each kind of markup; a page takes a second or two
        _circuit(
            page, f"{address}/circuit?relation={_quoted(hostile_names.relation(number))}", hostile_names.NAMES[number]
        )
    assert not dialogs


def _circuit(page: Page, address: str, name: str) -> None:
    page.goto(f"{address}&fact={_quoted(name)}")
    settled(page)
    shown = visible(name)
    assert said(page.locator("h1")) == f"{shown} → {shown}"
    assert f"{shown} is {shown}, against the corrupt prompt" in said(page.get_by_test_id("stMain"))


def test_conditions_are_text(address: str, page: Page, dialogs: list[str]) -> None:
    for mode in ("Edits", "Wrong answers", "Demonstrations", "Two hops"):
        page.goto(f"{address}/conditions?mode={_quoted(mode)}")
        settled(page)
        assert "<script>" in said(page.get_by_test_id("stMain"))
    text = f"{BEFORE}{AFTER}"
    given = "&".join(f"{name}={_quoted(text)}" for name in ("mode", "edit", "moved", "edit_fact", "parts", "node"))
    page.goto(f"{address}/conditions?{given}")
    settled(page)
    assert not dialogs


def test_addresses_and_answers_are_text(address: str, page: Page, dialogs: list[str]) -> None:
    text = f"{BEFORE}{' '.join(hostile_names.NAMES)}{AFTER}"
    page.goto(f"{address}/relations?component={_quoted(text)}&relation={_quoted(text)}")
    settled(page)
    assert f"No fact of {visible(text)} uses {visible(text)}." in said(page.get_by_test_id("stMain"))
    page.goto(
        f"{address}/circuit?" + "&".join(f"{name}={_quoted(text)}" for name in ("fact", "node", "model", "method"))
    )
    settled(page)
    assert f"{visible(text)} has no circuit in" in said(page.get_by_test_id("stMain"))
    page.goto(f"{address}/query?query=own+Cypher")
    settled(page)
    page.get_by_role("textbox", name="Cypher").fill(f"RETURN 1 AS a {text}")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_test_id("stAlert")).to_have_count(1)
    settled(page)
    page.get_by_role("textbox", name="Cypher").fill(f"MATCH (n:Fact) RETURN n, n.subject AS `{BEFORE}{AFTER}`")
    page.get_by_role("button", name="Run", exact=True).click()
    settled(page)
    expect(page.get_by_test_id("stDataFrame")).to_have_count(1)
    page.get_by_test_id("stDataFrame").hover()
    expect(page.get_by_label("Search").first).to_be_visible()
    expect(page.locator("[aria-label^='Download as CSV']").first).to_be_hidden()
    assert not dialogs
