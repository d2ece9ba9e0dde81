"""Following in a real browser: by keyboard and without a script, the push choice where pushes work, and what
the service worker makes of a push."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from hub.app import Hub
from hub.model.following import Wish
from hub.testing.scripted import ScriptedConnector, scripted_hub
from hub.testing.serving import served
from tests.clock import Clock
from tests.connectors.test_notify_webpush import Browser as Subscriber
from web.app import make_app

pytestmark = pytest.mark.browser

FORM = "/ikuti?q=posyandu"
SHOWN = """navigator.serviceWorker.ready.then((r) => r.getNotifications()).then((all) =>
    all.map((n) => [n.title, n.body, n.tag, n.data.url]))"""


@dataclass(frozen=True)
class Portal:
    hub: Hub
    base: str


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    settings = {
        "mail": {"url": "smtp://127.0.0.1:9", "sender": "kabar@mamuju.example"},
        "hub": {"contact": "ops@mamuju.example"},
        "web": {"rate_limit": 0},
    }
    root = tmp_path_factory.mktemp("following")
    hub = scripted_hub(root, ScriptedConnector(), now=Clock(), settings=settings)
    with served(make_app(hub)) as base:
        yield Portal(hub, base)
    hub.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(viewport={"width": 360, "height": 740})
    opened.set_default_timeout(20_000)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def test_by_keyboard_alone(page: Page, portal: Portal) -> None:
    page.goto(portal.base + FORM)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # over the masthead
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "alamat":
            break
    page.keyboard.type("ani@contoh.id")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.value") == "weekly"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ikuti/terkirim")
    (waiting,) = portal.hub.following.all(("waiting",), 1)
    assert (waiting.notifier, waiting.rhythm) == ("mail", "weekly")


def test_without_a_script_the_browser_is_no_choice(browser: Browser, portal: Portal) -> None:
    plain = browser.new_context(java_script_enabled=False)
    opened = plain.new_page()
    opened.goto(portal.base + FORM)
    assert not opened.get_by_label("Peramban ini").is_visible()
    opened.get_by_label("Alamat surel").fill("budi@contoh.id")
    opened.get_by_role("button", name="Kabari saya").click()
    opened.wait_for_url("**/ikuti/terkirim")
    plain.close()


def test_saying_yes_and_stopping_by_the_buttons(page: Page, portal: Portal) -> None:
    """Pages that send no referrer, whose forms a browser therefore sends with the origin "null"."""
    portal.hub.following.ask(Wish("news", {"q": "beras"}), "mail", "soon", "id", "cici@contoh.id")
    (waiting,) = portal.hub.following.all(("waiting",), 1)
    page.goto(f"{portal.base}/ikuti/ya/{portal.hub.following.links.token('yes', waiting.id)}")
    page.get_by_role("button", name="Ya, kabari saya").click()
    page.get_by_text("Mulai sekarang Anda dikabari").wait_for()
    page.get_by_label("Sekali sehari").check()
    page.get_by_role("button", name="Simpan").click()
    page.get_by_text("Sudah disimpan").wait_for()
    assert portal.hub.following.get(waiting.id).rhythm == "daily"
    page.get_by_role("button", name="Berhenti").click()
    page.get_by_role("heading", name="Sudah berhenti").wait_for()
    assert portal.hub.following.get(waiting.id).state == "ended"


def test_where_pushes_do_not_work_they_are_not_offered(page: Page, portal: Portal) -> None:
    page.add_init_script("delete window.PushManager")
    page.goto(portal.base + FORM)
    assert not page.get_by_label("Peramban ini").is_visible()


def test_a_refused_permission_is_said_and_nothing_is_sent(page: Page, portal: Portal) -> None:
    page.add_init_script("Notification.requestPermission = () => Promise.resolve('denied')")
    page.goto(portal.base + FORM)
    before = len(portal.hub.following.all(("waiting",)))
    page.get_by_label("Peramban ini").check()
    page.get_by_role("button", name="Kabari saya").click()
    page.get_by_text("Peramban menolak pemberitahuan").wait_for()
    assert page.evaluate("document.activeElement.hasAttribute('data-push-refused')")
    assert Axe().run(page).response["violations"] == []
    assert len(portal.hub.following.all(("waiting",))) == before


def test_permission_is_asked_for_only_when_the_form_is_sent(page: Page, portal: Portal) -> None:
    """The push service of the browser's maker is out of reach here: its answer is put in at that edge."""
    given = Subscriber("https://push.example/send/abc").subscription
    page.add_init_script(f"""
        window.asked = 0;
        Notification.requestPermission = () => {{ window.asked += 1; return Promise.resolve("granted"); }};
        PushManager.prototype.subscribe = (options) => {{
            window.name = String(options.applicationServerKey.length);
            return Promise.resolve({{ toJSON: () => ({given}) }});
        }};""")
    page.goto(portal.base + FORM)
    page.get_by_label("Peramban ini").check()
    assert page.evaluate("window.asked") == 0
    page.get_by_role("button", name="Kabari saya").click()
    page.wait_for_url("**/ikuti/*-*")
    assert "Sebentar lagi ada pemberitahuan pertama" in page.inner_text("main")
    assert page.evaluate("window.name") == "65", "the hub's public key, uncompressed"
    (waiting,) = portal.hub.following.all(("waiting",), 1)
    assert (waiting.notifier, waiting.rhythm) == ("webpush", "daily")
    assert Axe().run(page).response["violations"] == []


def test_the_worker_shows_a_push(context: BrowserContext, page: Page, portal: Portal) -> None:
    context.grant_permissions(["notifications"], origin=portal.base)
    page.goto(f"{portal.base}/tentang")
    page.evaluate("navigator.serviceWorker.register('/sw.js').then(() => navigator.serviceWorker.ready)")
    session = context.new_cdp_session(page)
    registered: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: registered.extend(each["registrationId"] for each in event["registrations"]),
    )
    session.send("ServiceWorker.enable")
    while not registered:
        page.wait_for_timeout(20)
    # the browser clears a notification after 25 s; an urgent one stays, however slow the machine
    message = {"title": "Kerja bakti", "url": f"{portal.base}/berita/1", "tag": "k1", "urgent": True}
    first, again = (
        ["Kerja bakti", "Besok", "k1", message["url"]],
        ["Kerja bakti", "Lusa", "k1", message["url"]],
    )
    bare = [portal.hub.settings.hub.name, "", "kimhub", "/"]
    for data, expected in (
        (json.dumps(message | {"body": "Besok"}), [first]),
        (json.dumps(message | {"body": "Lusa"}), [again]),  # in place of the one before
        ("unreadable", [bare, again]),  # shown all the same
    ):
        push = {"origin": portal.base, "registrationId": registered[-1], "data": data}
        until, shown = time.monotonic() + 120, []
        while shown != expected and time.monotonic() < until:
            # as a push service does, once more: one may be lost or cleared while the machine is busy
            session.send("ServiceWorker.deliverPushMessage", push)
            patience = time.monotonic() + 10
            while (shown := sorted(page.evaluate(SHOWN))) != expected and time.monotonic() < patience:
                page.wait_for_timeout(50)
        assert shown == expected
