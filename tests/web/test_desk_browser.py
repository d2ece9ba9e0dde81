"""The desk in a real browser, against the sample district: write, choose, send, watch, correct, withdraw."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

import web
from hub.app import Hub, open_hub
from hub.config import build
from hub.testing.district import District
from hub.testing.serving import address, loopback, served
from tests.services.back import ADMIN, EDITOR, MANUSCRIPT
from tests.web.staff import PASSWORD, staffed

pytestmark = pytest.mark.browser

TEXT = "Semua anak **usia 9-59 bulan** diundang.\n\n- bawa buku KIA"
#: Time for a page of the sample district to be delivered to and read back, in milliseconds.
SOON = 30_000


class DeskOffice:
    """A served hub with the sample district's WordPress sites as targets, and workers that deliver."""

    def __init__(self, hub: Hub, base: str, district: District) -> None:
        self.hub, self.base, self.district = hub, base, district

    def signed_in(self, chromium: Browser, name: str = "siti", **options: Any) -> BrowserContext:
        context = chromium.new_context(**options)
        page = context.new_page()
        page.goto(f"{self.base}/masuk")
        page.fill("#name", name)
        page.fill("#password", PASSWORD)
        page.click("main button[type=submit]")
        page.wait_for_url("**/meja")
        page.close()
        return context


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskOffice]:
    listening = loopback()
    with District(8, "127.10.62.", 0, slow_seconds=0.05) as district:
        settings = {
            "hub": {"base_url": address(listening)},
            "network": {"allow_private": ["127.10.0.0/16"]},
            "harvest": {"host_delay": 0.0},
            "web": {"rate_limit": 0},
            "publish": {"retry_base": 0.2},
        }
        hub = open_hub(build(settings, root=tmp_path_factory.mktemp("desk")))
        for site in district.sites:
            added = hub.registering.add_site(
                site.name, site.url, site.code, probe=False, connector="feed", feed_url=site.feed_url
            )
            if site.desk and site.trouble == "ok":
                hub.targets.add(
                    added.site.id, "wordpress", ADMIN, url=site.url, user=site.user, password=site.password
                )
        done = threading.Event()
        worker = threading.Thread(target=_deliver, args=(hub, done), daemon=True)
        with served(staffed(hub), listening) as base:
            worker.start()
            yield DeskOffice(hub, base, district)
            done.set()
            worker.join()
        hub.close()


def _deliver(hub: Hub, done: threading.Event) -> None:
    while not done.wait(0.1):
        hub.announcing.tick()
        hub.delivering.run()
        hub.proving.run()


def _write(page: Page, base: str, subject: str) -> None:
    page.goto(f"{base}/meja")
    page.click("text=Tulis pengumuman")
    page.fill("#subject", subject)
    page.fill("#number", "440/1207/DINKES/2026")
    page.fill("#text", TEXT)


def test_an_editor_announces_watches_corrects_and_withdraws(office: DeskOffice, browser: Browser) -> None:
    context = office.signed_in(browser, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))

    _write(page, office.base, "Imunisasi campak untuk balita")
    expect(page.locator("#pratinjau strong", has_text="usia 9-59 bulan")).to_be_visible()
    page.click("text=Simpan, lalu pilih sasaran")

    sites = [each for each in office.district.sites if each.desk and each.trouble == "ok"]
    page.check("input[name=whom][value=some]")
    for code in sorted({each.code.rpartition(".")[0] for each in sites})[:2]:
        page.check(f"input[name=kec][value='{code}']")
    chosen = {each.code.rpartition(".")[0] for each in sites}
    reached = [each for each in sites if each.code.rpartition(".")[0] in sorted(chosen)[:2]]
    expect(page.locator("#hasil")).to_contain_text(f"{len(reached)} situs atau kanal")
    page.click("text=Simpan, lalu periksa")

    expect(page.locator(".look[open] [data-post-body] strong", has_text="usia 9-59")).to_be_visible()
    page.click("text=Kirim pengumuman")
    board = page.url
    all_there = f"Terbukti tayang di {len(reached)} dari {len(reached)}"
    expect(page.locator(".headline")).to_have_text(all_there, timeout=SOON)
    expect(page.locator("[data-moving]")).to_have_attribute("data-moving", "0", timeout=SOON)
    mark = office.hub.noticeboard.get(int(board.rpartition("/")[2])).mark
    assert [each.copies(mark) for each in reached] == [1] * len(reached)

    copy = page.get_attribute("text=Buka salinan >> nth=0", "href")
    assert copy
    village = context.new_page()
    village.goto(copy)
    assert "usia 9-59 bulan" in village.inner_text("body")
    village.close()

    page.locator(".act--end >> text=Koreksi").click()
    page.fill("#text", TEXT.replace("9-59", "9-60"))
    page.click("text=Kirim koreksi ke semua salinan")
    expect(page.locator("text=bacaan ke-2").first).to_be_visible()
    expect(page.locator(".headline")).to_have_text(all_there, timeout=SOON)
    expect(page.locator("[data-moving]")).to_have_attribute("data-moving", "0", timeout=SOON)
    village = context.new_page()
    village.goto(copy)
    assert "usia 9-60 bulan" in village.inner_text("body")

    page.locator(".act--end >> text=Tarik").click()
    page.fill("#why", "Vaksin belum datang")
    page.click("text=Tarik dari semua situs")
    gone = f"Ditarik dari {len(reached)} dari {len(reached)}"
    expect(page.locator(".headline")).to_have_text(gone, timeout=SOON)
    answer = village.goto(copy)
    assert answer
    assert answer.status in (404, 410)
    assert troubles == []
    context.close()


def test_a_kim_connects_its_site_by_a_click_in_its_own_dashboard(
    office: DeskOffice,
    browser: Browser,
    caplog: pytest.LogCaptureFixture,
) -> None:
    site = next(each for each in office.district.sites if each.desk and each.trouble == "ok")
    key = next(each.site.id for each in office.hub.reading.sites() if each.site.url == site.url)
    for target in office.hub.targets.list(key):
        office.hub.targets.remove(target.id, ADMIN)
    context = office.signed_in(browser)
    page = context.new_page()
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.headers.get("referer", "")))
    page.goto(f"{office.base}/meja/kanal/{key}")
    page.click("text=Mulai menyambungkan")
    page.click("main >> text=Buka dasbor WordPress")
    assert page.url.startswith(site.url)
    with page.expect_request(f"{office.base}/meja/kanal/tersambung?**") as answered:
        page.click("text=Ya, saya setuju")
    page.wait_for_url(f"**/meja/kanal/{key}")
    expect(page.locator("main")).to_contain_text("Tersambung.")
    (made,) = office.hub.targets.list(key)
    assert (made.publisher, made.user, made.has_password, made.reason) == (
        "wordpress",
        site.user,
        True,
        None,
    )
    secret = re.search(r"password=([^&]+)", answered.value.url)
    assert secret
    plain = secret[1].replace("+", " ")
    assert not [each for each in seen if "password" in each]
    assert plain not in caplog.text
    assert plain not in page.content()
    page.goto(f"{office.base}/meja/kanal/ubah/{made.id}")
    assert plain not in page.content()
    assert page.input_value("#password") == ""
    rows = office.hub.audit.rows(limit=50)
    assert plain not in str(rows)

    page.goto(answered.value.url)
    expect(page.locator("main")).to_contain_text("kedaluwarsa")
    assert len(office.hub.targets.list(key)) == 1, "the same answer is good once"
    context.close()


def test_a_phone_without_javascript_is_enough(office: DeskOffice, browser: Browser) -> None:
    context = office.signed_in(browser, viewport={"width": 360, "height": 740}, java_script_enabled=False)
    page = context.new_page()
    _write(page, office.base, "Pemadaman listrik di Tapalang")
    page.click("text=Perbarui pratinjau")
    assert "usia 9-59 bulan" in page.inner_text("#pratinjau")
    page.click("text=Simpan, lalu pilih sasaran")
    page.check("input[value=some]")
    page.check("input[name=kec][value='76.02.02']")
    page.click("text=Hitung ulang")
    assert "10 desa" in page.inner_text("#hasil")
    page.click("text=Simpan, lalu periksa")
    page.click("text=Kirim pengumuman")
    assert page.locator("table.rows tbody tr, .without li").count() == 10
    # the page renews itself without a script
    expect(page.locator(".headline")).to_have_text("Terbukti tayang di 1 dari 1", timeout=SOON)
    context.close()


def _pages(office: DeskOffice) -> list[str]:
    key = office.hub.noticeboard.list(states=("published",), limit=1)[0].id
    one = office.hub.noticeboard.deliveries(key)[0].id
    site = office.hub.targets.list()[0]
    pages = ["/meja", "/meja/pengumuman", "/meja/pengumuman/baru", f"/meja/pengumuman/{key}"]
    pages += [f"/meja/pengumuman/{key}/koreksi", f"/meja/pengumuman/{key}/tarik", f"/meja/kiriman/{one}"]
    pages += ["/meja/kanal", f"/meja/kanal/{site.site_id}", f"/meja/kanal/ubah/{site.id}"]
    pages += [f"/meja/kanal/{site.site_id}?publisher=telegram"]
    pages += ["/meja/orang", "/meja/kunci", "/meja/jejak", "/meja/akun", "/meja/tidak-ada"]
    drafts = office.hub.noticeboard.list(states=("draft",), limit=1)
    for each in drafts:
        pages += [f"/meja/pengumuman/{each.id}{part}" for part in ("", "/ubah", "/sasaran", "/kirim")]
    return pages


@pytest.fixture
def written(office: DeskOffice) -> DeskOffice:
    """An office with a published announcement and an urgent draft."""
    office.hub.announcing.announce(MANUSCRIPT, EDITOR, idempotency_key="once")
    urgent = replace(MANUSCRIPT, nature="darurat", to=("kec:76.02.02",))
    office.hub.announcing.announce(urgent, EDITOR, draft=True, idempotency_key="draft")
    return office


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_no_page_is_wider_than_a_phone(
    written: DeskOffice,
    browser: Browser,
    scheme: Any,
) -> None:
    context = written.signed_in(browser, "ani", viewport={"width": 360, "height": 740}, color_scheme=scheme)
    page = context.new_page()
    found: dict[str, Any] = {}
    for path in _pages(written):
        page.goto(written.base + path)
        result = Axe().run(page)
        if result.violations_count:
            found[path] = [(each["id"], len(each["nodes"])) for each in result.response["violations"]]
        if page.evaluate("document.documentElement.scrollWidth") > 360:
            found[f"{path} is wide"] = page.evaluate("document.documentElement.scrollWidth")
    page.goto(f"{written.base}/meja/akun")
    page.click("text=Keluar")
    page.wait_for_url("**/masuk")
    page.click("main button[type=submit]")
    if Axe().run(page).violations_count:
        found["/masuk"] = "violations"
    assert found == {}
    context.close()


def test_the_scripts_are_small() -> None:
    static = Path(web.__file__).parent / "static"
    assert (static / "desk.js").stat().st_size < 8 * 1024
