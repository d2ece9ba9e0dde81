"""WCAG 2.2 AA on every kind of page: axe, keyboard, landmarks, targets, zoom, spacing, motion, language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.web.world import World, portal
from web.app import make_flask

pytestmark = pytest.mark.browser

#: All rules of axe, and that of WCAG 2.2 which it leaves out by default.
RULES = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
#: In the dark theme nothing but colours differs.
COLOURS = {"resultTypes": ["violations"], "runOnly": {"type": "rule", "values": ["color-contrast"]}}
#: Of the portal's blueprint: pages that nobody but a KIM or a messenger's user gets to, data, redirects.
ELSEWHERE = {
    *("confirmation", "inbox", "follow_invitation"),
    *("sent_file", "short", "suggestions", "points"),
}

# -- what is asked of a page, in its own language -----------------------------------------------------

#: Landmarks, headings and labels.
STRUCTURE = """() => {
    const faults = [];
    const count = (css) => document.querySelectorAll(css).length;
    if (count('main') !== 1) faults.push(count('main') + ' main');
    const shown = [...document.querySelectorAll('h1')].filter((each) => each.checkVisibility()).length;
    if (shown !== 1) faults.push(shown + ' h1');
    let level = 0;
    for (const each of document.querySelectorAll('h1, h2, h3, h4, h5, h6')) {
        if (!each.checkVisibility()) continue;
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
#: Controls that stand alone and whose touched area is lower than 44 px. Links within a line of text are
#: allowed to be lower (WCAG 2.5.8); a title's link covers its card.
SMALL = """() => {
    const faults = [];
    const css = 'a[href], button, input:not([type=hidden]), select, summary';
    for (const each of document.querySelectorAll(css)) {
        if (!each.checkVisibility() || getComputedStyle(each).display === 'inline') continue;
        if (each.matches('.skip, .onward a, h2 a, h3 a, svg a, [data-post-body] *')) continue;
        const touched = each.matches('[type=radio], [type=checkbox]') ? each.closest('label') : each;
        if (each.getBoundingClientRect().width <= 1) continue;
        touched.scrollIntoView({block: 'center'});
        const box = touched.getBoundingClientRect();
        const x = box.left + box.width / 2, middle = box.top + box.height / 2;
        const hit = (y) => touched.contains(document.elementFromPoint(x, y));
        let up = middle, down = middle;
        while (up > middle - 48 && hit(up - 1)) up -= 1;
        while (down < middle + 48 && hit(down + 1)) down += 1;
        if (down - up < 43) faults.push(`${down - up} px: ${each.outerHTML.slice(0, 100)}`);
    }
    return faults;
}"""
#: A page wider than the screen, and elements that cut off their own text.
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
#: What a reader may set (WCAG 1.4.12). Sheets made by script, for the portal's policy allows no other.
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
USUAL = "() => { document.adoptedStyleSheets = []; }"
#: Elements that move although the reader wants no motion.
MOVING = """() => [...document.querySelectorAll('body, body *')].filter((each) => {
    const style = getComputedStyle(each);
    const times = (style.transitionDuration + ',' + style.animationDuration).split(',').map(parseFloat);
    return Math.max(...times) > 0.01 || style.scrollBehavior === 'smooth';
}).map((each) => each.outerHTML.slice(0, 80))"""
#: Texts of KIM on an English page that no lang marks as Indonesian.
UNMARKED = """() => [...document.querySelectorAll(
    'article h3 a, article h2 a, .brief, .lead .brief, [data-post-body], .post h1, figcaption'
)].filter((each) => each.checkVisibility() && !each.closest('[lang="id"]') && !each.closest('.text'))
    .map((each) => each.outerHTML.slice(0, 100))"""
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


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with portal(tmp_path_factory.mktemp("accessible"), "127.10.48.") as served:
        yield served


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """As on a phone, where nothing moves that could be looked at too early."""
    opened = browser.new_page(viewport={"width": 360, "height": 740}, reduced_motion="reduce")
    yield opened
    opened.close()


def violations(page: Page, rules: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """What axe finds."""
    result = Axe().run(page, options=rules)
    return [
        (each["id"], [node["html"][:120] for node in each["nodes"]]) for each in result.response["violations"]
    ]


def resized(page: Page, width: int, change: str = USUAL) -> Any:
    """What is cut off in a window of ``width`` after ``change``. 1,280 px at 400 % are 320 px, at 200 %
    they are 640."""
    page.set_viewport_size({"width": width, "height": 512})
    page.evaluate(change)
    return page.evaluate(CUT)


LOOKS: dict[str, Any] = {
    "structure": lambda page: page.evaluate(STRUCTURE),
    "targets": lambda page: page.evaluate(SMALL),
    "motion": lambda page: page.evaluate(MOVING),
    "axe, light": lambda page: violations(page, RULES),
    "320 px": lambda page: resized(page, 320),
    "zoom of 200 %": lambda page: resized(page, 640),
    "text of 200 %": lambda page: resized(page, 640, LARGER),
    "text spacing": lambda page: resized(page, 360, SPACED),
}


@pytest.fixture(scope="module")
def survey(world: World, browser: Browser) -> dict[str, dict[str, Any]]:
    """What each look finds, by kind of page: each page is opened once, and once in the dark."""
    found: dict[str, dict[str, Any]] = {name: {} for name in (*LOOKS, "axe, dark")}
    page = browser.new_page(reduced_motion="reduce")
    for kind, path in world.kinds.items():
        page.set_viewport_size({"width": 360, "height": 740})
        page.goto(world.base + path)
        for name, look in LOOKS.items():
            if faults := look(page):
                found[name][kind] = faults
        page.evaluate(USUAL)
        page.emulate_media(color_scheme="dark")
        if faults := violations(page, COLOURS):
            found["axe, dark"][kind] = faults
        page.emulate_media(color_scheme="light")
    page.close()
    found["structure"].pop("embed", None)  # a frame inside another's page
    return found


@pytest.mark.parametrize("look", [*LOOKS, "axe, dark"])
def test_every_kind_of_page_stands_every_look(survey: dict[str, dict[str, Any]], look: str) -> None:
    assert not survey[look], "\n".join(f"{kind}: {faults}" for kind, faults in survey[look].items())


def test_every_public_page_is_among_the_kinds(world: World) -> None:
    """A page that is added is looked at by all of these tests."""
    routes = make_flask(world.hub).url_map
    adapter = routes.bind("127.0.0.1")
    addresses = [path.partition("?")[0] for kind, path in world.kinds.items() if kind != "error"]
    seen = {adapter.match(each, method="GET")[0] for each in addresses}
    wanted = {
        rule.endpoint
        for rule in routes.iter_rules()
        if rule.endpoint.startswith("portal.") and "GET" in (rule.methods or ())
    }
    assert wanted - {f"portal.{name}" for name in ELSEWHERE} - seen == set()


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


@pytest.mark.parametrize("kind", ["home", "search", "post", "village", "announcements", "announcement"])
def test_what_kim_wrote_is_marked_as_indonesian_on_english_pages(world: World, page: Page, kind: str) -> None:
    path = world.kinds[kind]
    page.goto(f"{world.base}{path}{'&' if '?' in path else '?'}lang=en")
    assert page.get_attribute("html", "lang") == "en"
    assert page.evaluate(UNMARKED) == []


def test_notices_are_said_to_who_does_not_see_them(world: World, page: Page) -> None:
    page.goto(world.base + world.kinds["search-too-long"])
    assert page.locator("main .notice[role=status]").count() == 1
