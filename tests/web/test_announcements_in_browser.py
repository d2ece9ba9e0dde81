"""Announcements in a real browser: hostile words, narrow phones, no JavaScript, frames on village sites."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser

from hub.app import Hub, open_hub
from hub.config import build
from hub.model import Actor, Manuscript
from hub.testing.serving import address, loopback, served
from web.app import make_app

pytestmark = pytest.mark.browser

EDITOR = Actor("siti", "editor", "10.0.0.7")
TAAN = "76.02.02.2010"
#: One payload for each place where it could break out: text, attribute, script, address, style.
EVIL = (
    '"><img src=x onerror=alert(1)><script>alert(1)</script></title></script><svg onload=alert(1)>'
    "{{7*7}}'-alert(1)-'\u2028<a href=javascript:alert(1)>x</a><style>*{display:none}</style>"
)
ORDINARY = Manuscript(
    number="400.12/102/XI/2026",
    subject="Pelayanan KTP-el keliling di Kecamatan Tapalang pada akhir bulan November dan awal Desember",
    to=("all",),
    text="Warga **wajib** membawa KTP.\n\n## Jadwal\n\n|Hari|Desa|Jam|\n|---|---|---|\n|Senin|Taan|8|",
    agency="Dinas Kependudukan dan Pencatatan Sipil",
    contact="0812-3456-7890",
)


class Portal:
    """A served hub with announcements of every standing, and their pages."""

    def __init__(self, hub: Hub, base: str) -> None:
        self.hub, self.base = hub, base
        self.keys = list(_announced(hub))
        self.pages = ["/", "/pengumuman", "/pengumuman?q=zzz", "/periksa", "/periksa?nomor=1/2"]
        self.pages += [f"/pengumuman/{key}" for key in self.keys]
        self.pages += [f"/periksa?nomor={number}" for number in ("1/A", "2/A", "3/A", "4/A")]
        self.pages += [f"/desa/{TAAN}", f"/embed/pengumuman?village={TAAN}"]


def _announced(hub: Hub) -> Iterator[int]:
    def announce(**changes: Any) -> int:
        fields = {name: getattr(ORDINARY, name) for name in ORDINARY.__dataclass_fields__} | changes
        return hub.announcing.announce(Manuscript(**fields), EDITOR).id

    out = BytesIO()
    Image.new("RGB", (900, 500), (11, 90, 94)).save(out, "PNG")
    poster = hub.announcing.keep_file("poster.png", out.getvalue(), "Poster")
    paper = hub.announcing.keep_file("jadwal.pdf", b"%PDF-1.4\n%%EOF\n")
    yield announce(number="1/A", attachments=(poster, paper), valid_until=hub.now() + timedelta(days=5))
    corrected = announce(number="2/A", nature="darurat", subject="Banjir bandang, segera mengungsi")
    manuscript = hub.noticeboard.get(corrected).manuscript
    hub.announcing.correct(corrected, Manuscript(**{**_fields(manuscript), "text": "Air surut."}), EDITOR)
    yield corrected
    withdrawn = announce(number="3/A", subject="Jadwal posyandu")
    hub.announcing.withdraw(withdrawn, EDITOR, "Tanggalnya keliru.")
    yield withdrawn
    yield announce(number="4/A", nature="penting", valid_from=hub.now() + timedelta(days=3))
    hostile = hub.announcing.keep_file(f"{EVIL}.png", out.getvalue(), EVIL[:190])
    yield announce(
        number=f"5/A {EVIL}"[:100],
        subject=EVIL,
        agency=EVIL[:150],
        contact=EVIL,
        text=f"{EVIL}\n\n[x](javascript:alert(1)) ![x](javascript:alert(1))\n\n"
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        attachments=(hostile,),
    )


def _fields(manuscript: Manuscript) -> dict[str, Any]:
    return {name: getattr(manuscript, name) for name in manuscript.__dataclass_fields__}


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    listening = loopback()
    settings = {"hub": {"base_url": address(listening)}, "web": {"rate_limit": 0}}
    hub = open_hub(build(settings, root=tmp_path_factory.mktemp("announced")))
    with served(make_app(hub), listening) as base:
        yield Portal(hub, base)
    hub.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(portal: Portal, browser: Browser, scheme: Any) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    found = {}
    for path in portal.pages:
        page.goto(portal.base + path)
        result = Axe().run(page)
        if result.violations_count:
            found[path] = [(each["id"], len(each["nodes"])) for each in result.response["violations"]]
    page.close()
    assert found == {}


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_no_page_is_wider_than_the_screen(portal: Portal, browser: Browser, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    wide = []
    for path in portal.pages:
        page.goto(portal.base + path)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wide.append(path)
    page.close()
    assert wide == []


def test_hostile_words_stay_words(portal: Portal, browser: Browser) -> None:
    page = browser.new_page()
    troubles: list[str] = []
    page.on("dialog", lambda dialog: (troubles.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", lambda asked: troubles.append(asked.url) if portal.base not in asked.url else None)
    for path in portal.pages:
        page.goto(portal.base + path)
    page.goto(f"{portal.base}/pengumuman/{portal.keys[-1]}")
    assert "<script>alert(1)</script>" in page.inner_text("h1")
    assert page.is_visible("[data-post-body]")
    page.close()
    assert troubles == []


def test_a_resident_without_javascript_checks_and_reads(portal: Portal, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(portal.base + "/periksa")
    page.fill("textarea[name=nomor]", "Terusan:\nNomor: 1/A\nsebarkan")
    page.click("form.probe button")
    page.wait_for_url("**/periksa?*")
    assert page.inner_text("section.verdict h2") == "Asli"
    page.click(".real h3 a")
    page.wait_for_url("**/pengumuman/*")
    assert "wajib" in page.inner_text("[data-post-body]")
    assert not page.is_visible("[data-copy]")
    context.close()


def test_the_text_for_forwarding_is_copied(portal: Portal, browser: Browser) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{portal.base}/pengumuman/{portal.keys[0]}")
    page.click("[data-copy]")
    page.wait_for_function("document.querySelector('[data-copy]').textContent === 'Sudah disalin'")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == portal.hub.noticeboard.notice(portal.keys[0]).short
    context.close()


class _Village(BaseHTTPRequestHandler):
    """A village's page with the embed in it."""

    page = b""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(self.page)

    def log_message(self, *_: object) -> None:
        pass


def test_a_village_site_shows_its_announcements_in_a_frame(portal: Portal, browser: Browser) -> None:
    _Village.page = (
        f'<!doctype html><h1>Desa Taan</h1><div data-kimhub-village="{TAAN}"></div>'
        f'<script src="{portal.base}/embed/pengumuman.js" async></script>'
    ).encode()
    site = ThreadingHTTPServer(("127.10.9.1", 0), _Village)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    page = browser.new_page(viewport={"width": 360, "height": 740})
    page.goto(f"http://127.10.9.1:{site.server_port}/")
    frame = page.frame_locator("iframe")
    frame.get_by_text("Banjir bandang").first.wait_for()
    page.wait_for_function("document.querySelector('iframe').style.height !== '26rem'")
    assert page.evaluate("document.querySelector('iframe').clientHeight") >= frame.locator("body").evaluate(
        "body => Math.floor(body.getBoundingClientRect().height)"
    )
    page.close()
    site.shutdown()
    with portal.hub.store.read() as tx:
        who, _ = tx.targets.fetches([TAAN])[TAAN]
    assert who == f"127.10.9.1:{site.server_port} (embed)"
