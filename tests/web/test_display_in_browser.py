"""Display choices and pictures in a real browser: without a script, on a narrow phone, nothing moving."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.web.world import World, portal

pytestmark = pytest.mark.browser

NIGHT, DAY = "rgb(16, 23, 22)", "rgb(253, 252, 248)"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with portal(tmp_path_factory.mktemp("display"), "127.10.45.") as served:
        while served.hub.pictures.fetch_ahead():
            pass
        yield served


def phone(browser: Browser, **options: object) -> BrowserContext:
    return browser.new_context(
        viewport={"width": 360, "height": 740},
        service_workers="block",
        **options,  # type: ignore[arg-type]
    )


def paper(page: Page) -> str:
    colour: str = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return colour


def asked_pictures(page: Page) -> list[str]:
    found: list[str] = []
    page.on("request", lambda request: found.append(request.url) if "/gambar/" in request.url else None)
    return found


def test_an_elder_without_javascript_sets_the_page_for_her_eyes(world: World, browser: Browser) -> None:
    context = phone(browser, java_script_enabled=False, color_scheme="light")
    page = context.new_page()
    page.goto(world.base + "/")
    page.click("footer >> text=Tampilan")
    page.check("input[name=hemat][value=ya]")
    page.check("input[name=huruf][value=besar]")
    page.check("input[name=warna][value=gelap]")
    page.click("main button[type=submit]")
    page.wait_for_url("**/tampilan?tersimpan=1")
    assert "sudah disimpan" in page.inner_text("main")
    pictures = asked_pictures(page)
    page.goto(world.base + "/")
    assert paper(page) == NIGHT
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "20px"
    assert pictures == []
    page.click("footer .saver button")
    page.wait_for_url(world.base + "/")
    page.locator(".lead img").wait_for()
    assert paper(page) == NIGHT, "the switch leaves the other choices as they are"
    context.close()


@pytest.mark.parametrize("device", ["light", "dark"])
@pytest.mark.parametrize(
    ("letters", "wanted"), [("", None), ("t", DAY), ("g", NIGHT)], ids=["device", "t", "g"]
)
def test_a_chosen_colour_wins_over_the_device(
    world: World, browser: Browser, device: str, letters: str, wanted: str | None
) -> None:
    context = phone(browser, color_scheme=device)
    if letters:
        context.add_cookies([{"name": "tampilan", "value": letters, "url": world.base}])
    page = context.new_page()
    page.goto(world.base + "/tampilan")
    assert paper(page) == (wanted or (NIGHT if device == "dark" else DAY))
    context.close()


def test_large_letters_fit_the_narrowest_phone(world: World, browser: Browser) -> None:
    context = phone(browser)
    context.add_cookies([{"name": "tampilan", "value": "hb", "url": world.base}])
    page = context.new_page()
    wide = []
    for kind, path in world.kinds.items():
        page.goto(world.base + path)
        if page.evaluate("document.documentElement.scrollWidth") > 360:
            wide.append(kind)
    context.close()
    assert wide == []


def test_nothing_moves_when_pictures_come(world: World, browser: Browser) -> None:
    context = phone(browser)
    page = context.new_page()
    for kind in ("home", "search", "post", "village"):
        page.goto(world.base + world.kinds[kind])
        page.evaluate(
            "document.querySelectorAll('[loading=lazy]').forEach((each) => { each.loading = 'eager'; })"
        )
        page.wait_for_load_state("networkidle")
        moved = page.evaluate(
            """() => new Promise((done) => {
              let sum = 0;
              new PerformanceObserver((list) => list.getEntries().forEach((each) => { sum += each.value; }))
                .observe({ type: "layout-shift", buffered: true });
              requestAnimationFrame(() => requestAnimationFrame(() => done(sum)));
            })"""
        )
        assert moved < 0.01, kind
        shown = page.locator("main article img")
        assert all(each.evaluate("e => e.naturalWidth") > 0 for each in shown.all())
    context.close()


def test_a_phone_takes_the_small_picture(world: World, browser: Browser) -> None:
    context = phone(browser, device_scale_factor=1.5)
    page = context.new_page()
    pictures = asked_pictures(page)
    page.goto(world.base + "/")
    page.wait_for_load_state("networkidle")
    assert pictures
    assert {url.split("/gambar/")[1].split("/")[1] for url in pictures} <= {"208", "640"}
    context.close()
