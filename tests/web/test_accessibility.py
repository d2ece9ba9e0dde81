"""WCAG 2.2 AA on every kind of page: axe, keyboard, landmarks, targets, zoom, spacing, motion, language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import require
from tests.web.test_in_browser import CHROMIUM, FLAGS
from tests.web.world import World, portal
from web.app import make_flask

pytestmark = pytest.mark.browser

#: All rules of axe, and that of WCAG 2.2 which it leaves out by default.
RULES = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
#: In the dark theme nothing but colours differs.
COLOURS = {"resultTypes": ["violations"], "runOnly": {"type": "rule", "values": ["color-contrast"]}}
#: Pages of the portal's blueprint that residents do not read, or that are files.
ELSEWHERE = {"confirmation", "inbox", "sent_file"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with portal(tmp_path_factory.mktemp("accessible"), "127.10.48.") as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    require(CHROMIUM.exists(), "Chromium is absent (tests/servers/install.sh)")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """As on a phone, where nothing moves that could be looked at too early."""
    opened = browser.new_page(viewport={"width": 360, "height": 740}, reduced_motion="reduce")
    yield opened
    opened.close()


def on_each(world: World, page: Page, look: Any) -> dict[str, Any]:
    """What ``look(page)`` finds, by kind of page; those where it finds nothing are left out."""
    found = {}
    for kind, path in world.kinds.items():
        page.goto(world.base + path)
        if faults := look(page):
            found[kind] = faults
    return found


def violations(page: Page, rules: dict[str, Any]) -> list[tuple[str, list[str]]]:
    result = Axe().run(page, options=rules)
    return [
        (each["id"], [node["html"][:120] for node in each["nodes"]]) for each in result.response["violations"]
    ]


def test_every_public_page_is_among_the_kinds(world: World) -> None:
    """A page that is added is looked at by all of these tests."""
    routes = make_flask(world.hub).url_map
    adapter = routes.bind("127.0.0.1")
    seen = set()
    for path in world.kinds.values():
        with_rule = path.partition("?")[0]
        if with_rule != "/tidak-ada":
            seen.add(adapter.match(with_rule, method="GET")[0])
    wanted = {
        rule.endpoint
        for rule in routes.iter_rules()
        if rule.endpoint.startswith("portal.") and "GET" in (rule.methods or ())
    }
    assert wanted - {f"portal.{name}" for name in ELSEWHERE} <= seen


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(world: World, browser: Browser, scheme: Any) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    rules = RULES if scheme == "light" else COLOURS
    found = on_each(world, page, lambda each: violations(each, rules))
    page.close()
    assert found == {}


# -- structure --------------------------------------------------------------------------------------

STRUCTURE = """() => {
    const faults = [];
    const count = (css) => document.querySelectorAll(css).length;
    if (count('main') !== 1) faults.push(count('main') + ' main');
    if (count('h1') !== 1) faults.push(count('h1') + ' h1');
    let level = 0;
    for (const each of document.querySelectorAll('h1, h2, h3, h4, h5, h6')) {
        if (each.closest('[data-post-body], .alarm, .warnings')) continue;  // danger comes before all else
        const own = Number(each.tagName[1]);
        if (own > level + 1) faults.push('h' + level + ' then h' + own + ': ' + each.textContent.trim());
        level = own;
    }
    for (const each of document.querySelectorAll('nav')) {
        if (!each.getAttribute('aria-label') && !each.getAttribute('aria-labelledby')) {
            faults.push('nav without a name');
        }
    }
    const named = [...document.querySelectorAll('nav[aria-label]')].map((each) => each.ariaLabel);
    if (new Set(named).size !== named.length) faults.push('two nav of one name: ' + named);
    for (const each of document.querySelectorAll('input:not([type=hidden]), select, textarea')) {
        if (each.hidden) continue;
        if (!each.labels.length && !each.ariaLabel) faults.push('no label: ' + each.outerHTML);
    }
    if (document.querySelector('[tabindex]:not([tabindex="-1"], [tabindex="0"])')) faults.push('tabindex');
    return faults;
}"""


def test_pages_have_one_main_one_h1_and_no_jump_of_levels(world: World, page: Page) -> None:
    found = on_each(world, page, lambda each: each.evaluate(STRUCTURE))
    found.pop("embed", None)  # a frame inside another's page
    assert found == {}


# -- keyboard ---------------------------------------------------------------------------------------

#: Where the focus is: its place in the document, whether it can be seen, whether it looks focused.
FOCUSED = """() => {
    const each = document.activeElement;
    if (!each || each === document.body) return null;
    const box = each.getBoundingClientRect();
    const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    const x = Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 2);
    const y = Math.min(Math.max(box.top + box.height / 2, 1), innerHeight - 2);
    const top = document.elementFromPoint(x, y);
    const all = [...document.querySelectorAll('*')];
    const ringed = [each, each.closest('article')].some((one) => {
        const own = one && getComputedStyle(one);
        return own && own.outlineStyle !== 'none' && parseFloat(own.outlineWidth) >= 2;
    });
    return {
        place: all.indexOf(each),
        html: each.outerHTML.slice(0, 100),
        visible: inside && box.width > 1 && box.height > 1,
        covered: !top || !(each.contains(top) || top.contains(each)),
        ring: ringed || !!each.querySelector('path, rect, circle'),
    };
}"""


@pytest.mark.parametrize("kind", ["home", "search", "post", "check", "announcements"])
def test_the_whole_page_is_reached_with_the_tab_key_alone(world: World, page: Page, kind: str) -> None:
    page.goto(world.base + world.kinds[kind])
    faults: list[str] = []
    places: list[int] = []
    for _ in range(400):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        if at is None or (places and at["place"] == places[0]):
            break
        places.append(at["place"])
        faults += [f"{what}: {at['html']}" for what in ("visible", "ring") if not at[what]]
        faults += [f"covered: {at['html']}"] if at["covered"] else []
    else:
        faults.append("it never ends: a trap")
    assert faults == []
    assert len(places) > 15
    assert places == sorted(places), "in the order of reading"


def test_the_skip_link_leads_past_the_navigation(world: World, page: Page) -> None:
    page.goto(world.base + "/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("!!document.activeElement.closest('main')")


# -- targets ----------------------------------------------------------------------------------------

#: Controls that stand alone and whose touched area is lower than 44 px. Links within a line of text are
#: allowed to be lower (WCAG 2.5.8); a title's link covers its card; what has 44 px needs no other look.
SMALL = """() => {
    const faults = [];
    const css = 'a[href], button, input:not([type=hidden]), select, summary';
    for (const each of document.querySelectorAll(css)) {
        if (!each.checkVisibility() || getComputedStyle(each).display === 'inline') continue;
        if (each.matches('.skip, h2 a, h3 a, svg a, [data-post-body] *')) continue;
        if (each.getBoundingClientRect().width <= 1) continue;
        each.scrollIntoView({block: 'center'});
        const box = each.getBoundingClientRect();
        const x = box.left + box.width / 2, middle = box.top + box.height / 2;
        const hit = (y) => each.contains(document.elementFromPoint(x, y));
        let up = middle, down = middle;
        while (up > middle - 24 && hit(up - 1)) up -= 1;
        while (down < middle + 24 && hit(down + 1)) down += 1;
        if (down - up < 43) faults.push(`${down - up} px: ${each.outerHTML.slice(0, 100)}`);
    }
    return faults;
}"""


def test_controls_are_large_enough_for_a_thumb(world: World, page: Page) -> None:
    found = on_each(world, page, lambda each: each.evaluate(SMALL))
    assert found == {}


# -- enlarged, spaced, still ------------------------------------------------------------------------

#: Elements that reach over the right edge, and those that cut off their own text.
CUT = """() => {
    const faults = [];
    const width = document.documentElement.clientWidth;
    const whole = document.documentElement.scrollWidth;
    if (whole > width) faults.push('wide: ' + whole);
    for (const each of document.querySelectorAll('body *')) {
        const style = getComputedStyle(each);
        if (!each.checkVisibility() || each.closest('.vh, svg, [data-post-body]')) continue;
        if (each.clientWidth <= 1) continue;  // for those who listen
        if (style.overflow === 'hidden' && style.webkitLineClamp === 'none' && each.textContent.trim()
            && (each.scrollHeight > each.clientHeight + 2 || each.scrollWidth > each.clientWidth + 2)) {
            faults.push('cut: ' + each.outerHTML.slice(0, 100));
        }
    }
    return faults;
}"""
#: What a reader may set (WCAG 1.4.12). A sheet made by script, for the portal's policy allows no other.
SPACED = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important;
        word-spacing: .16em !important } p { margin-bottom: 2em !important }`);
    document.adoptedStyleSheets = [sheet];
}"""
LARGER = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('html { font-size: 200% !important }');
    document.adoptedStyleSheets = [sheet];
}"""


@pytest.mark.parametrize(
    ("width", "change"),
    [(320, ""), (640, ""), (640, LARGER), (360, SPACED)],
    ids=["320-px", "zoom-200", "text-200", "text-spacing"],
)
def test_nothing_is_cut_off_or_wider_than_the_screen(
    world: World, browser: Browser, width: int, change: str
) -> None:
    """1,280 px at 400 % are 320 px, at 200 % they are 640 px."""
    page = browser.new_page(viewport={"width": width, "height": 512})

    def look(each: Page) -> Any:
        if change:
            each.evaluate(change)
        return each.evaluate(CUT)

    found = on_each(world, page, look)
    page.close()
    assert found == {}


MOVING = """() => [...document.querySelectorAll('body, body *')].filter((each) => {
    const style = getComputedStyle(each);
    const times = (style.transitionDuration + ',' + style.animationDuration).split(',').map(parseFloat);
    return Math.max(...times) > 0.01 || style.scrollBehavior === 'smooth';
}).map((each) => each.outerHTML.slice(0, 80))"""


def test_who_wants_no_motion_gets_none(world: World, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 740}, reduced_motion="reduce")
    found = on_each(world, page, lambda each: each.evaluate(MOVING))
    page.close()
    assert found == {}


# -- language ---------------------------------------------------------------------------------------

#: Texts of KIM on an English page that no lang marks as Indonesian.
UNMARKED = """() => [...document.querySelectorAll(
    'article h3 a, article h2 a, .brief, .lead .brief, [data-post-body], .post h1, figcaption'
)].filter((each) => each.checkVisibility() && !each.closest('[lang="id"]') && !each.closest('.text'))
    .map((each) => each.outerHTML.slice(0, 100))"""


@pytest.mark.parametrize("kind", ["home", "search", "post", "village", "announcements", "announcement"])
def test_what_kim_wrote_is_marked_as_indonesian_on_english_pages(world: World, page: Page, kind: str) -> None:
    path = world.kinds[kind]
    page.goto(f"{world.base}{path}{'&' if '?' in path else '?'}lang=en")
    assert page.get_attribute("html", "lang") == "en"
    assert page.evaluate(UNMARKED) == []


def test_notices_are_said_to_who_does_not_see_them(world: World, page: Page) -> None:
    page.goto(world.base + world.kinds["search-too-long"])
    assert page.locator("[role=status]").count() == 1
