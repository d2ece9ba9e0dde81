"""The portal without a connection, in a real browser against a real process that is really killed."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image, ImageChops
from playwright.sync_api import Browser, BrowserContext, Page, expect

import web
from hub.app import open_hub
from hub.config import load
from hub.model import Actor, Manuscript
from hub.testing.district import District
from tests.web import icons
from tests.web.staff import PASSWORD

pytestmark = pytest.mark.browser
# a server that starts and a worker that installs take their time where many tests run at once
expect.set_options(timeout=20_000)

CONFIG = """
[network]
allow_private = ["127.10.46.0/24"]
[harvest]
host_delay = 0.0
[web]
rate_limit = 0
"""
PROJECT = Path(web.__file__).parents[1]
ANNOUNCEMENT = Manuscript("400.12/7", "Jadwal posyandu bulan ini", ("all",), "Bawalah **buku KIA**.")
ADMIN = Actor("ani", "administrator", "127.0.0.1")


class Served:
    """``kimhub serve`` on a folder, at one address through deaths and releases."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.base, self.folder = f"http://127.0.0.1:{self.port}", folder
        self.code = [PROJECT]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "hub", "--config", str(self.folder / "config.toml"), "serve"]
        environment = dict(os.environ, PYTHONPATH=os.pathsep.join(map(str, self.code)))
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--no-schedule", "--port", str(self.port)],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=environment,
            )
        for _ in range(900):  # a busy machine takes its time
            assert self._process.poll() is None, (self.folder / "log").read_text()
            with suppress(urllib.error.URLError, OSError):
                urllib.request.urlopen(self.base + "/healthz", timeout=2).close()
                return
            time.sleep(0.1)
        raise AssertionError("it does not answer")

    def kill(self) -> None:
        """As a power cut: nothing is said, and the next connection is refused."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause(self, paused: bool = True) -> None:
        """A line so bad that answers do not come: connections open, and nothing follows."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP if paused else signal.SIGCONT)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A hub with news, one announcement, and somebody at the desk."""
    folder = tmp_path_factory.mktemp("offline")
    (folder / "config.toml").write_text(CONFIG)
    with District(6, "127.10.46.", 0, slow_seconds=0.05) as district:
        hub = open_hub(load(folder / "config.toml"))
        for site in district.sites:
            hub.registering.add_site(site.name, site.url, site.code)
        hub.harvesting.run()
        hub.announcing.announce(ANNOUNCEMENT, ADMIN)
        hub.people.add("ani", PASSWORD, by=ADMIN)
        hub.close()
        yield folder


@pytest.fixture
def served(folder: Path) -> Iterator[Served]:
    server = Served(folder)
    try:
        server.start()
        yield server
    finally:
        server.kill()


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 360, "height": 740}, service_workers="allow")
    yield context
    context.close()


def at_work(page: Page) -> None:
    """Wait until the worker answers for this page."""
    page.evaluate(
        """() => navigator.serviceWorker.ready.then(() => new Promise(done => {
            if (navigator.serviceWorker.controller) return done();
            navigator.serviceWorker.addEventListener("controllerchange", done);
        }))"""
    )


def shelves(page: Page) -> dict[str, list[str]]:
    """Name of each cache -> the addresses in it."""
    found: dict[str, list[str]] = page.evaluate(
        """async () => {
            const found = {};
            for (const name of await caches.keys()) {
                found[name] = (await (await caches.open(name)).keys()).map(key => key.url);
            }
            return found;
        }"""
    )
    return found


def until(page: Page, fulfilled: Callable[[dict[str, list[str]]], bool]) -> None:
    """Wait until the shelves are so."""
    for _ in range(600):
        if fulfilled(shelves(page)):
            return
        page.wait_for_timeout(50)
    raise AssertionError(shelves(page))


def keeps(page: Page, *paths: str) -> None:
    """Wait until these pages are kept."""
    base = page.url.split("/", 3)[:3]
    wanted = {"/".join(base) + path for path in paths}
    until(page, lambda found: wanted <= {url for urls in found.values() for url in urls})


def dark_is_noted(page: Page) -> None:
    """Wait until the worker knows how the page that was just opened looks."""
    page.wait_for_function(
        """async () => {
            const noted = await (await caches.open("kimhub-1-look")).match("/");
            return noted && (await noted.text()).includes("dark");
        }"""
    )


def fetched(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=5) as answer:
        body: bytes = answer.read()
    return body


def visited(phone: BrowserContext, served: Served, *paths: str) -> Page:
    """A page of a phone that has read these pages, the last one open."""
    page = phone.new_page()
    page.goto(served.base + "/")
    at_work(page)
    for path in paths:
        page.goto(served.base + path)
    keeps(page, "/", *paths)
    return page


# -- reading ----------------------------------------------------------------------------------------


def test_what_was_read_stays_readable(served: Served, phone: BrowserContext) -> None:
    page = visited(phone, served, "/berita/1", "/pengumuman", "/pengumuman/1", "/desa/76.02.02.2010")
    title = page.goto(served.base + "/berita/1") and page.inner_text("h1")
    served.kill()
    for path, words in (
        ("/", ""),
        ("/berita/1", title),
        ("/berita/1?fbclid=abc", title),
        ("/b/1", title),
        ("/pengumuman", ANNOUNCEMENT.subject),
        ("/pengumuman/1", "buku KIA"),
        ("/desa/76.02.02.2010", "Desa"),
    ):
        answer = page.goto(served.base + path)
        assert answer
        assert answer.status == 200, path
        assert answer.from_service_worker, path
        assert "script-src 'self'" in answer.headers["content-security-policy"], path
        assert words in page.inner_text("main"), path
        assert re.search(r"salinan yang disimpan (baru saja|.* lalu)\.", page.inner_text(".kept")), path
        assert page.evaluate("getComputedStyle(document.querySelector('.masthead .wrap')).display") == "grid"


def test_what_was_not_read_says_so_and_offers_what_was(served: Served, phone: BrowserContext) -> None:
    page = visited(phone, served, "/berita/1", "/pengumuman/1")
    title = page.goto(served.base + "/berita/1") and page.inner_text("h1")
    served.kill()
    answer = page.goto(served.base + "/berita/2")
    assert answer
    assert answer.status == 503
    assert page.inner_text("h1:visible") == "Sedang tidak ada sambungan"
    assert "belum pernah dibuka di ponsel ini" in page.inner_text("main")
    page.click(f"text={title}")
    assert page.url.endswith("/berita/1")
    assert page.inner_text("h1") == title


def test_offline_as_the_browser_says_it(served: Served, phone: BrowserContext) -> None:
    """The browser's own offline mode, as in aeroplane mode: no connection is even tried."""
    page = visited(phone, served, "/berita/1")
    title = page.inner_text("h1")
    phone.set_offline(True)
    page.goto(served.base + "/berita/1")
    assert page.inner_text("h1") == title
    expect(page.locator(".kept")).to_contain_text("salinan yang disimpan")
    phone.set_offline(False)
    page.reload()
    expect(page.locator(".kept")).to_have_count(0)


def test_the_page_of_a_first_visit_is_kept_too(served: Served, phone: BrowserContext) -> None:
    """A story opened from a message: the worker comes after the page, and the app opens offline later."""
    page = phone.new_page()
    page.goto(served.base + "/berita/3")
    title = page.inner_text("h1")
    keeps(page, "/berita/3", "/", "/pengumuman")
    served.kill()
    page.goto(served.base + "/berita/3")
    assert page.inner_text("h1") == title
    page.goto(served.base + "/")
    expect(page.locator(".kept")).to_contain_text("salinan yang disimpan")


def test_after_the_front_page_the_announcements_wait_for_the_next_page(
    served: Served, phone: BrowserContext
) -> None:
    """A first visit stays light; English readers get the page for times without a connection in English."""
    page = phone.new_page()
    page.goto(served.base + "/?lang=en")
    keeps(page, "/?lang=en")
    assert not page.evaluate("caches.has('kimhub-1-board')")
    page.wait_for_function("caches.match('/luring?lang=en', {ignoreVary: true}).then(Boolean)")
    page.goto(served.base + "/berita/2")
    keeps(page, "/berita/2", "/", "/pengumuman")


def test_on_a_line_that_does_not_answer_the_copy_is_shown_and_then_the_news(
    served: Served, phone: BrowserContext
) -> None:
    page = visited(phone, served, "/pengumuman/1")
    served.pause()
    try:
        page.goto(served.base + "/pengumuman/1")
        expect(page.locator(".kept")).to_contain_text("salinan yang disimpan")
    finally:
        served.pause(False)
    expect(page.locator(".kept")).to_contain_text("Yang terbaru sudah sampai.")
    page.click(".kept a")
    expect(page.locator(".kept")).to_have_count(0)
    assert "buku KIA" in page.inner_text("main")


def test_pictures_of_what_was_read_are_there_too(served: Served, phone: BrowserContext) -> None:
    page = visited(phone, served, "/pengumuman/1")
    code = page.locator("img[src$='qr.svg']")
    width = code.evaluate("each => each.naturalWidth")
    assert width > 0
    keeps(page, "/pengumuman/1/qr.svg")
    served.kill()
    page.goto(served.base + "/pengumuman/1")
    expect(code).to_have_js_property("naturalWidth", width)


def test_english_readers_are_told_in_english(served: Served, phone: BrowserContext) -> None:
    page = visited(phone, served, "/berita/1?lang=en")
    served.kill()
    page.goto(served.base + "/berita/2?lang=en")
    assert page.inner_text("h1:visible") == "There is no connection right now"
    page.goto(served.base + "/berita/1?lang=en")
    expect(page.locator(".kept")).to_contain_text("This copy was kept")


@pytest.mark.parametrize(("lang", "age"), [("", "disimpan 3 jam lalu."), ("?lang=en", "kept 3 hours ago.")])
def test_how_old_a_copy_is(served: Served, phone: BrowserContext, lang: str, age: str) -> None:
    page = visited(phone, served, f"/berita/1{lang}")
    page.evaluate(
        """async address => {
            const shelf = await caches.open("kimhub-1-post"), kept = await shelf.match(address);
            const headers = new Headers(kept.headers);
            headers.set("X-Kept-At", new Date(Date.now() - 3.5 * 3600 * 1000).toISOString());
            await shelf.put(address, new Response(await kept.text(), { headers }));
        }""",
        f"/berita/1{lang}",
    )
    served.kill()
    page.goto(f"{served.base}/berita/1{lang}")
    expect(page.locator(".kept")).to_contain_text(age)


def test_what_is_kept_looks_as_the_reader_chose_since(served: Served, phone: BrowserContext) -> None:
    page = visited(phone, served, "/berita/1")
    assert page.get_attribute("html", "data-theme") is None
    phone.add_cookies([{"name": "tampilan", "value": "gb", "url": served.base}])
    page.goto(served.base + "/pengumuman")
    assert page.get_attribute("html", "data-theme") == "dark"
    dark_is_noted(page)
    served.kill()
    for path in ("/berita/1", "/berita/2", "/pengumuman"):
        page.goto(served.base + path)
        assert page.get_attribute("html", "data-theme") == "dark", path
        assert page.get_attribute("html", "data-text") == "large", path


def test_a_page_fetched_for_later_does_not_undo_the_choice(served: Served, phone: BrowserContext) -> None:
    page = visited(phone, served, "/berita/1", "/pengumuman")
    phone.add_cookies([{"name": "tampilan", "value": "gb", "url": served.base}])
    page.goto(served.base + "/pengumuman")
    dark_is_noted(page)
    # as if it had been asked for before the choice and came after it
    phone.clear_cookies()
    page.evaluate("""async () => {
        await caches.delete("kimhub-1-front");
        (await navigator.serviceWorker.ready).active.postMessage({ kind: "first" });
    }""")
    keeps(page, "/")
    served.kill()
    page.goto(served.base + "/berita/1")
    assert page.get_attribute("html", "data-theme") == "dark"


def test_a_check_is_never_an_old_answer(served: Served, phone: BrowserContext) -> None:
    page = visited(phone, served)
    page.goto(served.base + f"/periksa?nomor={ANNOUNCEMENT.number}")
    assert "Asli" in page.inner_text("main")
    served.kill()
    answer = page.goto(served.base + f"/periksa?nomor={ANNOUNCEMENT.number}")
    assert answer
    assert answer.status == 503
    assert "tidak bisa diperiksa sekarang" in page.inner_text("main")
    assert "Asli." not in page.inner_text("main")


def test_what_is_gone_is_kept_no_longer(served: Served, phone: BrowserContext, folder: Path) -> None:
    page = visited(phone, served)
    page.goto(served.base + "/berita/999999")
    page.evaluate(
        """async () => (await caches.open("kimhub-1-post")).put("/berita/999999", new Response("lama"))"""
    )
    page.goto(served.base + "/berita/999999")
    until(page, lambda found: not any(url.endswith("/999999") for url in found["kimhub-1-post"]))


def test_the_oldest_go_first(served: Served, phone: BrowserContext) -> None:
    page = visited(phone, served)
    page.evaluate(
        """async () => {
            const shelf = await caches.open("kimhub-1-post");
            for (let key = 1001; key <= 1050; key++) await shelf.put("/berita/" + key, new Response("x"));
        }"""
    )
    page.goto(served.base + "/berita/1")
    keeps(page, "/berita/1")
    until(page, lambda found: len(found["kimhub-1-post"]) == 50)
    keys = shelves(page)["kimhub-1-post"]
    assert served.base + "/berita/1001" not in keys
    assert served.base + "/berita/1002" in keys


# -- searches ---------------------------------------------------------------------------------------


def test_a_search_without_a_connection_is_done_when_it_is_back(served: Served, phone: BrowserContext) -> None:
    page = visited(phone, served)
    served.kill()
    page.fill("input[name=q]", "posyandu")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cari?*")
    assert "Pencarian posyandu sudah dicatat" in page.inner_text("main")
    expect(page.locator("[data-searches] li")).to_contain_text("menunggu sinyal")
    served.start()
    page.evaluate("window.dispatchEvent(new Event('online'))")
    line = page.locator("[data-found]")
    expect(line).to_contain_text("Hasil pencarian “posyandu” sudah ada.")
    page.goto(served.base + "/")
    expect(line).to_contain_text("Hasil pencarian “posyandu” sudah ada.")
    served.kill()
    line.locator("a").click()
    page.wait_for_url("**/cari?*")
    assert page.locator("article.card, article h3").count() > 0
    expect(page.locator(".kept")).to_contain_text("salinan yang disimpan")
    page.goto(served.base + "/")
    page.wait_for_timeout(300)
    expect(line).to_have_count(0)
    page.goto(served.base + "/luring")
    expect(page.locator("[data-searches] li")).to_contain_text("hasilnya sudah ada")


def test_the_browser_itself_may_do_what_waits(served: Served, phone: BrowserContext) -> None:
    """Background Sync: the browser wakes the worker, no page has to."""
    page = visited(phone, served)
    devtools = phone.new_cdp_session(page)
    registrations: list[str] = []
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: registrations.extend(each["registrationId"] for each in event["registrations"]),
    )
    devtools.send("ServiceWorker.enable")
    served.kill()
    page.goto(served.base + "/cari?q=posyandu")
    page.goto("about:blank")
    served.start()
    sync = {"origin": served.base, "registrationId": registrations[0], "tag": "searches", "lastChance": False}
    devtools.send("ServiceWorker.dispatchSyncEvent", sync)
    served_page = phone.new_page()
    served_page.goto(served.base + "/static/icon.svg")
    keeps(served_page, "/cari?q=posyandu")


def test_a_search_that_waits_can_be_removed(served: Served, phone: BrowserContext) -> None:
    page = visited(phone, served)
    served.kill()
    for words in ("posyandu", "bantuan beras", "posyandu"):
        page.goto(served.base + "/cari?q=" + words.replace(" ", "+"))
    expect(page.locator("[data-searches] li")).to_have_count(2)
    page.get_by_role("button", name="Hapus: posyandu").click()
    expect(page.locator("[data-searches] li")).to_have_count(1)
    page.goto(served.base + "/luring")
    expect(page.locator("[data-searches] li")).to_contain_text("bantuan beras")


def test_all_that_is_kept_can_be_removed(served: Served, phone: BrowserContext) -> None:
    page = visited(phone, served, "/berita/1")
    page.goto(served.base + "/luring")
    page.click("[data-clear]")
    expect(page.locator("[data-clear]")).to_have_text("Sudah dihapus")
    assert [name for name in shelves(page) if name.startswith("kimhub-1-")] == []


# -- what is never kept -----------------------------------------------------------------------------


def test_nothing_of_the_desk_stays_behind(served: Served, phone: BrowserContext) -> None:
    page = visited(phone, served)
    page.goto(served.base + "/masuk")
    page.fill("input[name=name]", "ani")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/meja")
    page.goto(served.base + "/meja/akun")
    page.goto(served.base + "/berita/1")
    keeps(page, "/berita/1")
    page.goto(served.base + "/api/v1/posts")
    page.goto(served.base + "/tidak-ada")
    page.goto(served.base + "/meja")
    page.click("form[action*='/keluar'] button")
    page.wait_for_url("**/masuk")
    kept = [url for urls in shelves(page).values() for url in urls]
    assert not [url for url in kept if re.search(r"/(meja|masuk|keluar|api|tidak-ada)", url)]
    served.kill()
    with pytest.raises(Exception, match="ERR_CONNECTION_REFUSED"):
        page.goto(served.base + "/meja")


# -- releases ---------------------------------------------------------------------------------------


def test_a_new_release_replaces_the_old_one_and_keeps_what_was_read(
    served: Served, phone: BrowserContext, tmp_path: Path
) -> None:
    page = visited(phone, served, "/berita/1")
    before = shelves(page)
    served.kill()
    shutil.copytree(Path(web.__file__).parent, tmp_path / "web")
    with (tmp_path / "web" / "static" / "portal" / "99-new.css").open("w") as style:
        style.write("main { outline: 7px solid rgb(1, 2, 3); }")
    served.code.insert(0, tmp_path)
    served.start()
    page.goto(served.base + "/pengumuman")

    def replaced(found: dict[str, list[str]]) -> bool:
        return any(name.startswith("kimhub-shell-") for name in found) and not any(
            name in found for name in before if name.startswith("kimhub-shell-")
        )

    until(page, replaced)
    served.kill()
    phone.new_cdp_session(page).send("Network.clearBrowserCache")
    page.goto(served.base + "/berita/1")
    expect(page.locator(".kept")).to_contain_text("salinan yang disimpan")
    outline = "getComputedStyle(document.querySelector('main')).outlineWidth"
    assert page.evaluate(outline) == "7px", "a page kept before is dressed in the style of today"


def test_the_worker_is_asked_for_anew_and_has_the_whole_portal(served: Served) -> None:
    with urllib.request.urlopen(served.base + "/sw.js", timeout=5) as answer:
        assert "no-cache" in answer.headers["Cache-Control"]
        assert answer.headers["Service-Worker-Allowed"] == "/"
        assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
        told = json.loads(answer.read().split(b"\n", 1)[0].removeprefix(b"const HUB = ").removesuffix(b";"))
    for path in (*told["shell"], *told["offline"].values(), *told["first"]):
        assert fetched(served.base + path), path


# -- the app ----------------------------------------------------------------------------------------


def test_the_portal_can_be_installed(served: Served, phone: BrowserContext) -> None:
    page = visited(phone, served)
    devtools = phone.new_cdp_session(page)
    manifest = devtools.send("Page.getAppManifest")
    assert manifest["errors"] == []
    # a private window is all that stands in the way
    troubles = devtools.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert {each["errorId"] for each in troubles} <= {"in-incognito"}
    told = json.loads(manifest["data"])
    assert {(each["sizes"], each["purpose"]) for each in told["icons"]} == {
        ("192x192", "any"),
        ("512x512", "any"),
        ("512x512", "maskable"),
        ("any", "any"),
    }
    for icon in told["icons"][:3]:
        with Image.open(BytesIO(fetched(served.base + icon["src"]))) as drawn:
            assert icon["sizes"] == f"{drawn.width}x{drawn.height}"
    for shortcut in told["shortcuts"]:
        answer = page.goto(served.base + shortcut["url"])
        assert answer
        assert answer.status == 200


@pytest.mark.parametrize("name", sorted(icons.ICONS))
def test_icons_are_drawn_from_the_one_motif(name: str) -> None:
    drawn = icons.draw(name).convert("RGBA")
    with Image.open(icons.STATIC / name) as stored:
        assert stored.size == drawn.size
        difference = ImageChops.difference(stored.convert("RGBA"), drawn)
    assert max(highest for _, highest in difference.getextrema()) < 40, (
        "a palette of 64 colours changes edges a little"
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_pages_without_a_connection(
    served: Served, phone: BrowserContext, scheme: Any
) -> None:
    page = visited(phone, served, "/berita/1", "/pengumuman/1", "/desa/76.02.02.2010")
    page.emulate_media(color_scheme=scheme)
    page.goto(served.base + "/luring")
    found = {"luring": Axe().run(page).violations_count}
    served.kill()
    for path in ("/berita/1", "/berita/2", "/cari?q=posyandu", "/periksa"):
        page.goto(served.base + path)
        expect(page.locator(".kept, [data-readable]:visible").first).to_be_visible()
        found[path] = [
            (each["id"], each["nodes"][0]["html"]) for each in Axe().run(page).response["violations"]
        ]
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
    assert not any(found.values()), found
