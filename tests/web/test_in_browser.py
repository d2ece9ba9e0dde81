"""The portal in a real browser, over a real server: screens, no JavaScript, nobody else asked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.web.world import World, portal

pytestmark = pytest.mark.browser

#: Kinds that answer with an error, which the browser notes on its console.
ERRORS = ("error", "withdrawn", "follow-gone")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with portal(tmp_path_factory.mktemp("browser"), "127.10.8.") as served:
        yield served


@pytest.mark.parametrize("width", [768, 1280])
def test_no_page_is_wider_than_the_screen(world: World, browser: Browser, width: int) -> None:
    """Narrower ones: see ``test_accessibility``."""
    page = browser.new_page(viewport={"width": width, "height": 800})
    wide = []
    for kind, path in world.kinds.items():
        page.goto(world.base + path)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wide.append(kind)
    page.close()
    assert wide == []


def test_a_resident_without_javascript_searches_narrows_and_reads(world: World, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(world.base + "/")
    page.fill("input[name=q]", "posyandu")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cari?*")
    assert "posyandu" in page.inner_text("h1").lower()
    page.click("article h3 a")
    page.wait_for_url("**/berita/*")
    assert "/berita/" in page.url
    assert len(page.inner_text("[data-post-body]")) > 200
    context.close()


def test_nothing_is_asked_of_third_parties_and_nothing_breaks(world: World, browser: Browser) -> None:
    """Not of the villages' own sites either: pictures come from the portal. And the policy of contents has
    nothing to object to, data for search engines included."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    foreign: list[str] = []
    troubles: list[str] = []
    page.on("request", lambda request: foreign.append(request.url))
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    answered = {kind: path for kind, path in world.kinds.items() if kind not in ERRORS}
    for path in answered.values():
        page.goto(world.base + path)
        page.evaluate(
            "document.querySelectorAll('[loading=lazy]').forEach((each) => { each.loading = 'eager'; })"
        )
    page.close()
    assert [url for url in foreign if not url.startswith((world.base, "data:", "blob:"))] == []
    assert troubles == []
