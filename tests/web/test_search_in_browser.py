"""The search field as a combobox, in a real browser: by keyboard, by touch, read aloud, on a bad line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from hub.testing.serving import served
from tests.clock import Clock
from tests.search.villages import TAAN, open_villages
from web.app import make_app

pytestmark = pytest.mark.browser

PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    hub = open_villages(tmp_path_factory.mktemp("typing"), Clock())
    with served(make_app(hub)) as base:
        yield base
    hub.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page(viewport=DESK)  # type: ignore[arg-type]
    yield opened
    opened.close()


def type_words(page: Page, words: str) -> None:
    page.click("#q")
    page.keyboard.type(words)


def chosen(page: Page) -> str | None:
    """The row that a screen reader is told of."""
    at = page.get_attribute("#q", "aria-activedescendant")
    return None if at is None else page.inner_text(f"#{at}").split("\n")[0]


def rows(page: Page) -> list[str]:
    expect(page.get_by_role("option").first).to_be_visible()
    return [each.split("\n")[0] for each in page.get_by_role("option").all_inner_texts()]


def test_a_village_is_reached_by_keyboard_alone(base: str, page: Page) -> None:
    page.goto(base)
    type_words(page, "taa")
    assert rows(page)[0] == "Desa Taan"
    field = page.get_by_role("combobox", name="Cari berita desa")
    expect(field).to_have_attribute("aria-expanded", "true")
    assert chosen(page) is None, "nothing is chosen before an arrow is pressed"
    page.keyboard.press("ArrowDown")
    assert chosen(page) == "Desa Taan"
    expect(page.get_by_role("option", selected=True)).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/desa/{TAAN}")


def test_the_arrows_go_round_through_the_field_itself(base: str, page: Page) -> None:
    page.goto(base)
    type_words(page, "taa")
    offered = rows(page)
    page.keyboard.press("ArrowUp")
    assert chosen(page) == offered[-1]
    page.keyboard.press("ArrowDown")
    assert chosen(page) is None
    assert page.evaluate("document.activeElement.id") == "q", "the focus stays in the field"


def test_enter_without_a_choice_searches_for_what_was_typed(base: str, page: Page) -> None:
    page.goto(base)
    type_words(page, "posyadu")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cari?q=posyadu")
    assert page.inner_text("h1") == "13 berita tentang posyandu"


def test_escape_closes_keeps_the_words_and_arrow_opens_again(base: str, page: Page) -> None:
    page.goto(base)
    type_words(page, "taa")
    rows(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(page.locator("#q")).to_have_attribute("aria-expanded", "false")
    assert page.input_value("#q") == "taa"
    page.keyboard.press("ArrowDown")
    assert chosen(page) == "Desa Taan"


def test_leaving_the_field_closes_the_list(base: str, page: Page) -> None:
    page.goto(base)
    type_words(page, "taa")
    rows(page)
    page.keyboard.press("Tab")
    expect(page.get_by_role("listbox")).to_be_hidden()
    assert page.evaluate("document.activeElement.tagName") == "BUTTON"


def test_how_many_there_are_is_said_aloud(base: str, page: Page) -> None:
    page.goto(base)
    type_words(page, "taa")
    said = page.locator("form.ask [role=status]")
    expect(said).to_have_text(f"Saran: {len(rows(page))}. Pilih dengan panah atas dan bawah.")
    page.keyboard.type("zzzz")
    expect(said).to_have_text("Tidak ada saran.")
    expect(page.get_by_role("listbox")).to_be_hidden()


def test_a_slow_answer_for_other_words_is_given_up(base: str, page: Page) -> None:
    page.route("**/cari/saran?*q=taa", lambda route: None)
    page.goto(base)
    with page.expect_request("**/cari/saran?*q=taa"):
        type_words(page, "taa")
    with page.expect_event("requestfailed", lambda request: request.url.endswith("q=taa")):
        page.fill("#q", "kasamb")
    assert rows(page)[0] == "Kelurahan Kasambang"


def test_on_a_dead_line_the_form_still_works(base: str, page: Page) -> None:
    page.route("**/cari/saran*", lambda route: route.abort())
    page.goto(base)
    with page.expect_request("**/cari/saran?*"):
        type_words(page, "posyandu")
    expect(page.get_by_role("listbox")).to_be_hidden()
    page.keyboard.press("Enter")
    page.wait_for_url("**/cari?q=posyandu")


TYPED_AT_ONCE = """letters => {
  const field = document.getElementById("q");
  field.focus();
  for (const letter of letters) { field.value += letter; field.dispatchEvent(new Event("input")); }
}"""


def test_typing_fast_asks_once(base: str, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/saran" in request.url else None)
    page.goto(base)
    page.evaluate(TYPED_AT_ONCE, "posyandu")
    rows(page)
    assert [url.rpartition("=")[2] for url in asked] == ["posyandu"]


def test_rows_are_wide_enough_for_a_thumb_and_move_nothing(base: str, browser: Browser) -> None:
    context = browser.new_context(viewport=PHONE, has_touch=True)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(base)
    before = page.locator("main").bounding_box()
    type_words(page, "pos")
    offered = rows(page)
    boxes = [option.bounding_box() for option in page.get_by_role("option").all()]
    assert len(offered) <= 8
    assert all(
        box and box["height"] >= 44 and box["x"] >= 0 and box["x"] + box["width"] <= 360 for box in boxes
    )
    assert page.locator("main").bounding_box() == before
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.get_by_role("option").first.tap()
    page.wait_for_url("**/cari?q=posyandu")
    context.close()


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_while_the_list_is_open(
    base: str, browser: Browser, scheme: Any, viewport: Any
) -> None:
    page = browser.new_page(viewport=viewport, color_scheme=scheme)
    page.goto(f"{base}/cari?q=posyadu&since=2026-01-01")
    page.fill("#q", "")
    type_words(page, "taa")
    rows(page)
    page.keyboard.press("ArrowDown")
    result = Axe().run(page)
    page.close()
    assert [(each["id"], len(each["nodes"])) for each in result.response["violations"]] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_kind_of_answer(base: str, browser: Browser, scheme: Any) -> None:
    page = browser.new_page(viewport=DESK, color_scheme=scheme)  # type: ignore[arg-type]
    found = {}
    for path in (f"/cari?q=banjir&village={TAAN}", "/cari?q=posiandu", "/cari?q=%22", "/bantuan/pencarian"):
        page.goto(base + path)
        result = Axe().run(page)
        if result.violations_count:
            found[path] = [each["id"] for each in result.response["violations"]]
    page.close()
    assert found == {}


def test_no_answer_is_wider_than_a_phone(base: str, browser: Browser) -> None:
    page = browser.new_page(viewport=PHONE)  # type: ignore[arg-type]
    for path in (f"/cari?q=banjir&village={TAAN}", "/cari?q=posyadu", "/cari?q=" + "panjang" * 30):
        page.goto(base + path)
        for summary in page.locator("main summary:visible").all():
            summary.click()
        assert page.evaluate("document.documentElement.scrollWidth") == 360, path
    page.close()


def test_a_month_is_chosen_without_script(base: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{base}/cari?q=posyandu")
    page.click("details.narrow > summary")
    page.click("details.narrow .months a >> text=Agustus 2026")
    assert page.inner_text("h1") == "1 berita tentang posyandu"
    assert "Agustus 2026" in page.inner_text(".chips")
    context.close()
