"""What a first visit costs on a phone: all that the browser asks for by itself, the worker's files too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from hub.testing.serving import served
from tests.web.world import World, portal
from web.app import make_app

pytestmark = pytest.mark.browser

#: Bytes of a first visit, with everything, as sent.
MOST = 50_000
PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
#: Bytes of an answer's first line, and of what the server adds to its headers.
FIRST_LINE = 90


@dataclass(frozen=True)
class Answers:
    """An application that notes what it answered: (path, bytes with headers)."""

    app: Any
    sent: list[tuple[str, int]]

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        heads: list[int] = []

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            heads.append(FIRST_LINE + sum(len(name) + len(value) + 4 for name, value in headers))
            return start_response(status, headers, *more)

        body = b"".join(self.app(environ, start))
        self.sent.append((environ["PATH_INFO"], heads[-1] + len(body)))
        return [body]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with portal(tmp_path_factory.mktemp("weight"), "127.10.58.", villages=20) as found:
        yield found


def arrived(page: Page) -> dict[str, float]:
    """Notes what the page's requests brought over the line: address -> bytes, headers too."""
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    asked: dict[str, str] = {}
    found: dict[str, float] = {}
    line.on(
        "Network.requestWillBeSent", lambda each: asked.update({each["requestId"]: each["request"]["url"]})
    )
    line.on(
        "Network.loadingFinished",
        lambda each: found.update({asked.get(each["requestId"], "?"): each["encodedDataLength"]}),
    )
    return found


def warm(browser: Browser, base: str) -> None:
    """Pictures are made for the first who asks, and take their time."""
    context = browser.new_context(**PHONE, service_workers="block")
    context.new_page().goto(base + "/", wait_until="networkidle")
    context.close()


def test_a_first_visit_on_a_phone_weighs_under_fifty_kilobytes(world: World, browser: Browser) -> None:
    answers = Answers(make_app(world.hub), [])
    with served(answers) as base:
        warm(browser, base)
        context = browser.new_context(**PHONE)
        page = context.new_page()
        came = arrived(page)
        answers.sent.clear()
        page.goto(base + "/", wait_until="networkidle")
        page.evaluate("navigator.serviceWorker.ready")
        page.wait_for_function("caches.has('kimhub-1-front')")
        page.wait_for_load_state("networkidle")
        shown = page.evaluate(
            "[...document.images].filter((each) => each.complete && each.currentSrc).length"
        )
        context.close()
    assert shown >= 2, "the first story's picture and those not far below"
    assert sum(came.values()) < 0.85 * MOST, came
    assert sum(size for _, size in answers.sent) < MOST, answers.sent
    assert {"/", "/sw.js", "/luring"} <= {path for path, _ in answers.sent}, "the worker is counted"
    assert "/pengumuman" not in {path for path, _ in answers.sent}, "this waits for the next page"


def test_pictures_have_two_pixels_a_px_and_no_more(world: World, browser: Browser) -> None:
    """On a phone of three pixels a px too."""
    for scale in (2, 3):
        context = browser.new_context(**PHONE | {"device_scale_factor": scale}, service_workers="block")
        page = context.new_page()
        page.goto(world.base + "/", wait_until="networkidle")
        forms = page.evaluate(
            "[...document.images].filter((each) => each.complete && each.currentSrc)"
            ".map((each) => each.currentSrc.split('/')[5])"
        )
        context.close()
        assert set(forms) == {"640", "208"}, (scale, forms)
