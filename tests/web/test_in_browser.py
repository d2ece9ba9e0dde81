"""The portal in a real browser, over a real server: axe, narrow phones, no JavaScript."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright
from waitress import create_server

from hub.app import open_hub
from hub.config import build
from hub.testing.district import District
from tests.conftest import require
from web.app import make_app

pytestmark = pytest.mark.browser

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PAGES = ["/", "/cari?q=posyandu", "/cari?q=zzzz", "/berita/1", "/desa/76.02.02.2010", "/kecamatan/76.02.03"]
PAGES += ["/topik/kesehatan", "/sumber", "/sumber/1", "/tentang", "/bantuan/pencarian", "/tidak-ada"]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with District(8, "127.10.8.", 0, slow_seconds=0.05) as district:
        settings = {
            "network": {"allow_private": ["127.10.0.0/16"]},
            "harvest": {"host_delay": 0.0},
            "web": {"rate_limit": 0},
        }
        hub = open_hub(build(settings, root=tmp_path_factory.mktemp("browser")))
        for site in district.sites:
            hub.registering.add_site(site.name, site.url, site.code)
        hub.harvesting.run()
        server: Any = create_server(make_app(hub), host="127.0.0.1", port=0, threads=4)
        threading.Thread(target=server.run, daemon=True).start()
        yield f"http://127.0.0.1:{server.effective_port}"
        server.close()
        hub.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    require(CHROMIUM.exists(), "Chromium is absent (tests/servers/install.sh)")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield opened
        opened.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(base: str, browser: Browser, scheme: Any) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    found = {}
    for path in PAGES:
        page.goto(base + path)
        result = Axe().run(page)
        if result.violations_count:
            found[path] = [(each["id"], len(each["nodes"])) for each in result.response["violations"]]
    page.close()
    assert found == {}


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_no_page_is_wider_than_the_screen(base: str, browser: Browser, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    wide = []
    for path in PAGES:
        page.goto(base + path)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wide.append(path)
    page.close()
    assert wide == []


def test_a_resident_without_javascript_searches_narrows_and_reads(base: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(base + "/")
    page.fill("input[name=q]", "posyandu")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cari?*")
    assert "posyandu" in page.inner_text("h1").lower()
    page.click("article h3 a")
    page.wait_for_url("**/berita/*")
    assert "/berita/" in page.url
    assert len(page.inner_text("[data-post-body]")) > 200
    context.close()


def test_nothing_is_asked_of_third_parties_and_nothing_breaks(base: str, browser: Browser) -> None:
    """Only the portal itself and, for pictures, the villages' own sites."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    foreign: list[str] = []
    troubles: list[str] = []
    page.on("request", lambda request: foreign.append(request.url))
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    for path in PAGES[:-1]:
        page.goto(base + path)
    page.close()
    allowed = (base, "http://127.10.8.", "data:")
    assert [url for url in foreign if not url.startswith(allowed)] == []
    assert troubles == []
