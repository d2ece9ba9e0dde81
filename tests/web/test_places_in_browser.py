"""The map in a real browser: with the keyboard alone, without scripts, and "villages near me", which tells
nobody where the reader is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from hub.testing.serving import served
from tests.borders import SIDE, corner
from tests.web.atlas import TAAN, opened
from web.app import make_app

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 740}
#: In the middle of Taan's square; no other number on any page looks like these.
HERE = {"latitude": corner(TAAN)[1] - SIDE / 2 + 0.000123, "longitude": corner(TAAN)[0] + SIDE / 2 + 0.000123}
PAGES = ("/", "/peta", "/peta/76.02.01", "/sumber", f"/desa/{TAAN}", "/kecamatan/76.02.01")


@pytest.fixture(scope="module")
def bordered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with opened(tmp_path_factory.mktemp("bordered"), borders=True) as hub, served(make_app(hub)) as base:
        yield base


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with opened(tmp_path_factory.mktemp("plain"), borders=False) as hub, served(make_app(hub)) as base:
        yield base


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["bordered", "plain"])
def test_axe_finds_nothing_and_nothing_is_too_wide(
    request: pytest.FixtureRequest,
    browser: Browser,
    kind: str,
    scheme: Any,
) -> None:
    base = request.getfixturevalue(kind)
    page = browser.new_page(viewport=PHONE, color_scheme=scheme)  # type: ignore[arg-type]
    troubles: dict[str, Any] = {}
    page.on(
        "console",
        lambda message: troubles.update({page.url: message.text}) if message.type == "error" else None,
    )
    for path in PAGES:
        page.goto(base + path)
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        result = Axe().run(page)
        if result.violations_count:
            troubles[path] = [(each["id"], len(each["nodes"])) for each in result.response["violations"]]
        if page.evaluate("document.documentElement.scrollWidth") > 360:
            troubles[f"{path} is wide"] = True
    page.close()
    assert troubles == {}


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.getAttribute('href') || document.activeElement.tagName"))


@pytest.mark.parametrize("kind", ["bordered", "plain"])
def test_the_map_is_walked_with_the_keyboard(
    request: pytest.FixtureRequest,
    browser: Browser,
    kind: str,
) -> None:
    """Or passed over: the link before it leads to the list."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(request.getfixturevalue(kind) + "/peta")
    skip = page.locator(".onward a")
    while focused(page) != "#daftar":
        page.keyboard.press("Tab")
    assert skip.bounding_box()["x"] >= 0, "seen once it is reached"  # type: ignore[index]
    page.keyboard.press("Tab")
    if kind == "plain":
        page.keyboard.press("Tab")  # the kecamatan's own link
    first = page.locator(":focus")
    assert first.evaluate("each => each.namespaceURI") == "http://www.w3.org/2000/svg"
    shape = first.locator("path, rect")
    assert shape.evaluate("each => getComputedStyle(each).strokeWidth") == "6px", "the focus is seen"
    expect(first).to_have_accessible_name(re.compile(r"Kelurahan Binanga, 3 berita 30 hari terakhir"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/desa/76.02.01.1002")
    page.go_back()
    skip.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert focused(page) == "SUMMARY"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    if kind == "bordered":
        assert focused(page) == "/peta/76.02.01"
        page.keyboard.press("Tab")
    assert focused(page) == "/desa/76.02.01.1002"
    page.close()


def test_without_scripts_map_and_list_lead_to_villages(bordered: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(bordered + "/peta")
    assert page.get_by_role("button", name="Desa di sekitar saya").count() == 0
    number = page.locator(".names .number", has_text=re.compile("^2$"))
    number.scroll_into_view_if_needed()
    box = number.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url("**/peta/76.02.02")
    page.locator(f"svg a[href='/desa/{TAAN}']").click()
    page.wait_for_url(f"**/desa/{TAAN}")
    page.goto(bordered + "/peta")
    page.get_by_text("2. Tapalang").click()
    page.locator("details").get_by_role("link", name="Desa Taan 12 berita", exact=True).click()
    page.wait_for_url(f"**/desa/{TAAN}")
    context.close()


#: Side of the largest square within what each link of the page's map hits, in px, by its address. Looked at
#: every 2 px, so a side may be off by as much.
SQUARES = """() => {
    const map = document.querySelector('svg.map'), step = 2, found = {};
    map.scrollIntoView({block: 'center'});
    const box = map.getBoundingClientRect();
    for (const each of map.querySelectorAll('a')) {
        if (getComputedStyle(each).visibility === 'visible' && each.getClientRects().length) {
            found[each.getAttribute('href')] = 0;
        }
    }
    let above = [];
    for (let y = box.top; y < box.bottom; y += step) {
        const row = [];
        for (let x = box.left, n = 0; x < box.right; x += step, n += 1) {
            const hit = document.elementFromPoint(x, y), link = hit && hit.closest('a');
            const href = link && map.contains(link) ? link.getAttribute('href') : '';
            const beside = [row[n - 1], above[n], above[n - 1]];
            const same = beside.every((each) => each && each.href === href);
            row.push({href: href, side: same ? 1 + Math.min(...beside.map((each) => each.side)) : 1});
            if (href) found[href] = Math.max(found[href] || 0, row[n].side * step);
        }
        above = row;
    }
    return found;
}"""
#: WCAG 2.5.8; the smallest square that shows that something can be hit at all; and villages of Mamuju that
#: are large enough on the maps of their kecamatan.
ENOUGH, SOMETHING, LARGE = 24, 8, 80


def too_small(page: Page) -> dict[str, int]:
    """Links of the map that no square of 24 px fits into, and which no row of the list carries either."""
    listed = {
        each.get_attribute("href") or ""
        for each in page.locator(".places a").all()
        if (each.bounding_box() or {"height": 0})["height"] >= ENOUGH
    }
    found = page.evaluate(SQUARES)
    assert found
    assert min(found.values()) >= SOMETHING, found
    return {href: side for href, side in found.items() if side < ENOUGH - 2 and href not in listed}


@pytest.mark.corpora
def test_a_finger_finds_every_village_of_mamuju(
    tmp_path: Path,
    shared_data: Path,
    browser: Browser,
) -> None:
    """From the real map, on a phone: a kecamatan, then a village of it; what is too small for a finger stands
    in a row of the list on the same page."""
    with opened(tmp_path, borders=False) as hub:
        hub.borders.import_file(
            (shared_data / "mamuju" / "mamuju_desa_simplified.geojson").read_text("utf-8")
        )
        with served(make_app(hub)) as base:
            page = browser.new_page(viewport=PHONE, reduced_motion="reduce")  # type: ignore[arg-type]
            page.goto(base + "/peta")
            kecamatan = page.evaluate(SQUARES)
            assert set(kecamatan) == {f"/peta/{each.code}" for each in hub.gazetteer.kecamatan}
            page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
            assert too_small(page) == {}
            sides: dict[str, int] = {}
            for path in kecamatan:
                page.goto(base + path)
                assert too_small(page) == {}, path
                sides |= page.evaluate(SQUARES)
            page.close()
    assert len(sides) == 101
    assert sum(side >= ENOUGH - 2 for side in sides.values()) >= LARGE
    assert min(kecamatan.values()) >= ENOUGH - 2


def status(page: Page) -> Locator:
    return page.locator("[data-near]").get_by_role("status")


def watched(browser: Browser, **options: Any) -> tuple[BrowserContext, Page, list[str]]:
    """A page, and all that it asks for: addresses with what is sent along."""
    context = browser.new_context(viewport=PHONE, **options)  # type: ignore[arg-type]
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda each: asked.append(f"{each.url} {each.headers} {each.post_data or ''}"))
    return context, page, asked


def test_the_nearest_villages_are_found_and_nobody_is_told(bordered: str, browser: Browser) -> None:
    context, page, asked = watched(browser, geolocation=HERE, permissions=["geolocation"])
    page.goto(bordered + "/peta")
    before = len(asked)
    page.get_by_role("button", name="Desa di sekitar saya").click()
    expect(status(page)).to_have_text("Desa terdekat dari tempat Anda:")
    rows = page.locator("[data-near] li")
    expect(rows).to_have_count(6)
    expect(rows.first).to_have_text("Desa Taan, Tapalangkurang dari 1 km")
    expect(rows.nth(1)).to_have_text(re.compile(r"5,\d km"))
    assert rows.first.locator("a").get_attribute("href") == f"/desa/{TAAN}"
    since = [each.split()[0] for each in asked[before:] if "/static/" not in each]
    assert since == [f"{bordered}/peta/titik.json"]
    numbers = [f"{abs(each):.4f}"[:-1] for each in HERE.values()]
    assert not [each for each in asked if any(number in each for number in numbers)]
    assert context.cookies() == []
    stored = page.evaluate("JSON.stringify(localStorage) + JSON.stringify(sessionStorage)")
    assert not [number for number in numbers if number in stored]
    rows.first.locator("a").click()
    page.wait_for_url(f"**/desa/{TAAN}")
    assert not [each for each in asked if any(number in each for number in numbers)]
    context.close()


def test_far_from_the_district_it_says_so(bordered: str, browser: Browser) -> None:
    jakarta = {"latitude": -6.2, "longitude": 106.8}
    context, page, _ = watched(browser, geolocation=jakarta, permissions=["geolocation"])
    page.goto(bordered + "/peta")
    page.get_by_role("button", name="Desa di sekitar saya").click()
    expect(status(page)).to_contain_text("di luar Kabupaten Mamuju")
    expect(page.locator("[data-near] li").first).to_have_text(re.compile(r"1\.[34]\d\d km"))
    context.close()


def test_who_does_not_want_to_tell_is_shown_the_list(bordered: str, browser: Browser) -> None:
    context, page, asked = watched(browser)
    context.clear_permissions()
    page.goto(bordered + "/peta")
    button = page.get_by_role("button", name="Desa di sekitar saya")
    button.click()
    expect(status(page)).to_contain_text("tidak apa-apa")
    expect(status(page)).to_contain_text("daftar di bawah")
    expect(button).to_be_enabled()
    assert not [each for each in asked if "titik.json" in each]
    context.close()


def test_a_broken_line_is_said_kindly(bordered: str, browser: Browser) -> None:
    context, page, _ = watched(
        browser, geolocation=HERE, permissions=["geolocation"], service_workers="block"
    )
    page.goto(bordered + "/peta")
    page.route("**/peta/titik.json*", lambda route: route.abort())
    page.get_by_role("button", name="Desa di sekitar saya").click()
    expect(status(page)).to_contain_text("belum bisa ditemukan")
    expect(page.get_by_role("button", name="Desa di sekitar saya")).to_be_enabled()
    context.close()


def test_nobody_is_asked_before_pressing(bordered: str, plain: str, browser: Browser) -> None:
    script = """
        window.asked = 0;
        navigator.geolocation.getCurrentPosition = (...given) => { window.asked += 1; };
    """
    page = browser.new_page()
    page.add_init_script(script)
    page.goto(bordered + "/peta")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.asked") == 0
    page.get_by_role("button", name="Desa di sekitar saya").click()
    assert page.evaluate("window.asked") == 1
    page.goto(plain + "/peta")
    assert page.get_by_role("button", name="Desa di sekitar saya").count() == 0
    page.close()
