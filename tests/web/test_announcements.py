"""Announcements on the portal: what residents, village sites, alert receivers and forgers get."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import feedparser
import pytest
from lxml import etree, html
from PIL import Image
from werkzeug.test import Client, TestResponse

from hub.app import Hub, open_hub
from hub.config import build
from hub.model import Actor, Announcement, Attachment, Manuscript
from hub.spec import FetchError
from tests.clock import Clock
from tests.web import asking
from tests.web.asking import LOCAL
from web.app import make_app, make_flask
from web.notices import fetches
from web.notices.blocks import blocks
from web.notices.cap import NAMESPACE, sender
from web.notices.letters import printable
from web.notices.qr import matrix
from web.paths import Paths
from web.portal.checking import asked_for

EDITOR = Actor("siti", "editor", "10.0.0.7")
TAPALANG, TAAN, BINANGA = "76.02.02", "76.02.02.2010", "76.02.01.1002"
CAP = {"c": NAMESPACE}

KTP = Manuscript(
    number="400.12/102/XI/2026",
    subject="Pelayanan KTP-el keliling",
    to=(f"kec:{TAPALANG}",),
    text="Warga **wajib** membawa KTP.\n\n1. KK asli\n2. Surat\n\n|Hari|Desa|\n|---|---|\n|Senin|Taan|",
    agency="Dinas Kependudukan",
    contact="Ibu Rahma 0812",
)


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 11, 24, 1, 0, tzinfo=UTC))


@pytest.fixture
def hub(tmp_path: Path, clock: Clock) -> Iterator[Hub]:
    opened = open_hub(build({"web": {"rate_limit": 0}}, root=tmp_path), now=clock)
    yield opened
    opened.close()


def publish(hub: Hub, **changes: Any) -> Announcement:
    return hub.announcing.announce(replace(KTP, **changes), EDITOR)


def correct(hub: Hub, announcement: Announcement, **changes: Any) -> Announcement:
    return hub.announcing.correct(announcement.id, replace(announcement.manuscript, **changes), EDITOR)


def get(hub: Hub, path: str, **headers: str) -> TestResponse:
    """A first visitor: a page cache of their own, so that nothing is half a second old."""
    return asking.get(Client(make_app(hub)), path, **headers)


def text(hub: Hub, path: str) -> str:
    """What the page says, without its markup."""
    answer = get(hub, path)
    assert answer.status_code == 200, path
    (main,) = html.fromstring(answer.get_data(as_text=True)).xpath("//main")
    return re.sub(r"\s+", " ", main.text_content()).strip()


def picture(kind: str = "PNG") -> bytes:
    out = BytesIO()
    Image.new("RGB", (40, 30), (11, 90, 94)).save(out, kind)
    return out.getvalue()


# -- pages ------------------------------------------------------------------------------------------


def test_residents_read_what_an_official_letter_says(hub: Hub) -> None:
    until = datetime(2026, 12, 4, 7, 30, tzinfo=UTC)
    one = publish(hub, valid_until=until)
    page = text(hub, f"/pengumuman/{one.id}")
    for words in (
        "400.12/102/XI/2026",
        "24 November 2026",
        "Dinas Kependudukan",
        "Kecamatan Tapalang",
        "sampai 4 Desember 2026, 15.30 WITA",
        "Ibu Rahma 0812",
        "Warga wajib membawa KTP.",
        one.mark,
    ):
        assert words in page, words


def test_an_emergency_stands_first_on_the_front_page_and_in_its_villages_only(hub: Hub) -> None:
    publish(hub, number="1", subject="Jadwal posyandu", to=("all",))
    publish(hub, number="2", subject="Banjir bandang", nature="darurat")
    for path in ("/", f"/desa/{TAAN}"):
        tree = html.fromstring(get(hub, path).get_data(as_text=True))
        (alarm,) = tree.xpath("//main/article[contains(@class, 'alarm')]")
        assert "Darurat" in alarm.text_content()
        assert "Banjir bandang" in alarm.text_content()
        assert tree.xpath("//main/*[not(contains(@class, 'vh'))]")[0] is alarm, path
        assert [each.text_content() for each in tree.xpath("//section[@class='notices']//h3")] == [
            "Jadwal posyandu"
        ]
    elsewhere = text(hub, f"/desa/{BINANGA}")
    assert "Banjir bandang" not in elsewhere
    assert "Jadwal posyandu" in elsewhere


def test_the_list_is_narrowed_by_what_people_know(hub: Hub) -> None:
    publish(hub)
    publish(hub, number="7/BPBD", subject="Simulasi gempa", agency="BPBD", nature="penting", to=("all",))

    def found(**filters: str) -> list[str]:
        tree = html.fromstring(get(hub, f"/pengumuman?{urlencode(filters)}").get_data(as_text=True))
        return [each.text_content() for each in tree.xpath("//article//h3")]

    both = ["Simulasi gempa", "Pelayanan KTP-el keliling"]
    assert found() == both
    assert (
        found(q="gempa") == found(nature="penting") == found(agency="BPBD") == found(q="7/BPBD") == both[:1]
    )
    assert found(village=BINANGA) == both[:1]
    assert found(village=TAAN) == found(year="2026") == both
    assert found(year="2025") == found(q="tidakada") == []


@pytest.mark.parametrize(
    "query",
    [
        "page=999999999999",
        "page=-1",
        "page=1e309",
        "year=1e9",
        "nature=x",
        "village=x'",
        "q=%00%ff",
        "agency=%0d%0a",
    ],
)
def test_nonsense_in_the_list_is_no_error(hub: Hub, query: str) -> None:
    publish(hub)
    assert get(hub, f"/pengumuman?{query}").status_code == 200


def test_long_lists_have_pages(hub: Hub) -> None:
    for number in range(25):
        publish(hub, number=f"{number}/X", subject=f"Kabar {number}")
    first = html.fromstring(get(hub, "/pengumuman?q=kabar").get_data(as_text=True))
    (following,) = first.xpath("//a[@rel='next']/@href")
    assert following == "/pengumuman?q=kabar&page=2"
    second = html.fromstring(get(hub, following).get_data(as_text=True))
    assert len(first.xpath("//article")) + len(second.xpath("//article")) == 25


def test_a_correction_shows_the_new_words_and_keeps_the_old_ones_apart(hub: Hub, clock: Clock) -> None:
    one = publish(hub)
    clock.forward(hours=2)
    correct(hub, one, text="Warga membawa KTP **dan KK**.")
    page = get(hub, f"/pengumuman/{one.id}").get_data(as_text=True)
    tree = html.fromstring(page)
    (body,) = tree.xpath("//div[@data-post-body]")
    assert body.text_content().strip() == "Warga membawa KTP dan KK."
    assert "Diperbaiki pada Selasa, 24 November 2026, 11.00 WITA" in page
    (old,) = tree.xpath("//details[@class='old']")
    assert "KK asli" in old.text_content()


def test_a_withdrawn_announcement_says_so_and_no_more_of_its_text(hub: Hub, clock: Clock) -> None:
    file = hub.announcing.keep_file("jadwal.png", picture())
    one = publish(hub, attachments=(file,))
    address = f"/pengumuman/{one.id}/lampiran/{file.sha256}/{file.name}"
    assert get(hub, address).status_code == 200
    clock.forward(hours=1)
    hub.announcing.withdraw(one.id, EDITOR, "Tanggalnya keliru.")
    page = text(hub, f"/pengumuman/{one.id}")
    assert page.startswith("Sudah ditarik")
    assert "Dinas Kependudukan menarik pengumuman ini pada Selasa, 24 November 2026, 10.00 WITA" in page
    assert "Tanggalnya keliru." in page
    assert "wajib membawa" not in page
    assert get(hub, address).status_code == 404
    assert get(hub, f"/pengumuman/{one.id}/lembar.pdf").status_code == 200
    for elsewhere in ("/", f"/desa/{TAAN}", f"/embed/pengumuman?village={TAAN}", "/sitemap-pengumuman.xml"):
        assert one.subject not in get(hub, elsewhere).get_data(as_text=True)


def test_drafts_rehearsals_and_unknown_ones_are_nowhere(hub: Hub) -> None:
    draft = hub.announcing.save(KTP, EDITOR)
    rehearsal = hub.announcing.announce(replace(KTP, number="9", nature="darurat"), EDITOR, rehearsal=True)
    for key in (draft.id, rehearsal.id, 999_999):
        for tail in ("", "/lembar.pdf", "/qr.svg", "/cap.xml"):
            assert get(hub, f"/pengumuman/{key}{tail}").status_code == 404, (key, tail)
    for path in ("/", "/pengumuman", f"/desa/{TAAN}", "/pengumuman/feed.json", "/pengumuman/cap.xml"):
        assert KTP.subject not in get(hub, path).get_data(as_text=True)


def test_search_engines_get_the_facts_and_the_addresses(hub: Hub) -> None:
    one = publish(hub, subject='Air "bersih" & </script><script>alert(1)</script>')
    tree = html.fromstring(get(hub, f"/pengumuman/{one.id}").get_data(as_text=True))
    (data,) = tree.xpath("//script[@type='application/ld+json']")
    assert json.loads(data.text)["name"] == one.subject
    assert json.loads(data.text)["spatialCoverage"]["name"] == "Kecamatan Tapalang"
    assert f"/pengumuman/{one.id}</loc>" in get(hub, "/sitemap-pengumuman.xml").get_data(as_text=True)


def test_it_can_be_shared_in_one_message(hub: Hub) -> None:
    one = publish(hub)
    tree = html.fromstring(get(hub, f"/pengumuman/{one.id}").get_data(as_text=True))
    (whatsapp,) = tree.xpath("//a[starts-with(@href, 'https://wa.me/?text=')]/@href")
    short = hub.noticeboard.notice(one.id).short
    assert whatsapp == f"https://wa.me/?{urlencode({'text': short})}"
    assert asked_for(short) == one.number, "what is forwarded can be pasted for checking"


# -- is it real? ------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", ["400.12/102/XI/2026", " 400.12 / 102 / xi / 2026 ", "40012102XI2026"])
def test_a_number_in_any_spelling_is_known(hub: Hub, asked: str) -> None:
    publish(hub)
    page = text(hub, f"/periksa?{urlencode({'nomor': asked})}")
    assert (
        "Asli Pengumuman ini diterbitkan Dinas Kependudukan pada 24 November 2026 dan masih berlaku." in page
    )


def test_every_verdict_in_words(hub: Hub, clock: Clock) -> None:
    now = clock()
    publish(hub, number="1/A")
    correct(hub, publish(hub, number="2/A"), subject="Lain")
    hub.announcing.withdraw(publish(hub, number="3/A").id, EDITOR)
    publish(hub, number="4/A", valid_from=now + timedelta(days=3))
    publish(hub, number="5/A", valid_until=now + timedelta(hours=1))
    clock.forward(hours=2)
    said = {
        "1/A": "dan masih berlaku",
        "2/A": "sudah diperbaiki",
        "3/A": "Sudah ditarik oleh Dinas Kependudukan pada 24 November 2026",
        "4/A": "baru berlaku mulai 27 November 2026",
        "5/A": "masa berlakunya habis pada 24 November 2026",
        "6/A": "Tidak kami kenal Jangan diteruskan sebelum bertanya ke",
    }
    for number, words in said.items():
        assert words in text(hub, f"/periksa?{urlencode({'nomor': number})}"), number


def test_a_forwarded_message_can_be_pasted_whole_and_an_altered_one_is_told(hub: Hub) -> None:
    one = publish(hub)
    whole = hub.noticeboard.notice(one.id).text
    assert "masih berlaku" in text(hub, f"/periksa?{urlencode({'nomor': whole})}")
    forged = f"*PENTING*\nTransfer Rp50.000 ke rekening ini.\nNomor: {one.number}\nSebarkan!"
    page = text(hub, f"/periksa?{urlencode({'nomor': forged})}")
    assert "Hati-hati" in page
    assert one.subject in page
    assert "Hati-hati" not in text(hub, f"/periksa?{urlencode({'nomor': whole})}")


@pytest.mark.parametrize(
    ("pasted", "wanted"),
    [
        ("", ""),
        ("470/12", "470/12"),
        ("kimhub-7602-01kb3w5m8q2xv7n4t6r9ycdzfg", "kimhub-7602-01kb3w5m8q2xv7n4t6r9ycdzfg"),
        (
            "baca ini\nKode: KIMHUB-7602-01KB3W5M8Q2XV7N4T6R9YCDZFG ya",
            "kimhub-7602-01kb3w5m8q2xv7n4t6r9ycdzfg",
        ),
        ("*Nomor:* 470/12/Dinsos/2026\nisi", "470/12/Dinsos/2026"),
        ("No. 470/12\r\nisi", "470/12"),
        ("lihat https://x.example/periksa?nomor=470%2F12%2B1&x=1 ya\nisi", "470/12+1"),
        ("sebarkan\nsekarang juga", ""),
        ("a" * 300, ""),
    ],
)
def test_what_is_looked_up_of_a_pasted_text(pasted: str, wanted: str) -> None:
    assert asked_for(pasted) == wanted


@pytest.mark.parametrize(
    "asked", ["<script>alert(1)</script>", "\x00\ud7ff%", "x" * 7000, "' OR 1=1 --", "\U0001f4a9" * 300]
)
def test_whatever_is_asked_gets_a_page(hub: Hub, asked: str) -> None:
    answer = get(hub, f"/periksa?{urlencode({'nomor': asked})}")
    assert answer.status_code == (200 if len(answer.request.query_string) <= 8192 else 400)
    assert "<script>alert" not in answer.get_data(as_text=True)


# -- what is attached -------------------------------------------------------------------------------


def test_attachments_run_nowhere(hub: Hub) -> None:
    image = hub.announcing.keep_file(
        '../../"; filename=x.html\r\nSet-Cookie: a=b.png', picture(), 'Poster "><b>'
    )
    paper = hub.announcing.keep_file("jadwal.pdf", b"%PDF-1.4\n1 0 obj\n%%EOF\n", "Jadwal")
    one = publish(hub, attachments=(image, paper))
    tree = html.fromstring(get(hub, f"/pengumuman/{one.id}").get_data(as_text=True))
    addresses = tree.xpath("//figure/a/@href") + tree.xpath("//ul[@class='files']//a/@href")
    assert len(addresses) == 2
    shown = get(hub, tree.xpath("//figure//img/@src")[0])
    assert (shown.status_code, shown.content_type) == (200, "image/webp")
    for address, file, kind in zip(addresses, (image, paper), ("inline", "attachment"), strict=True):
        answer = get(hub, address)
        assert answer.status_code == 200
        assert answer.content_type == file.type
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Content-Disposition"].startswith(kind)
        assert answer.headers["Content-Disposition"].count("filename=") == 1
        assert "Set-Cookie" not in answer.headers
        assert hub.noticeboard.file(file.sha256).content == answer.get_data()
    assert get(hub, f"/pengumuman/{one.id}/lampiran/{image.sha256}/lain.html").status_code == 404
    assert get(hub, f"/pengumuman/{one.id}/lampiran/{'0' * 64}/{image.name}").status_code == 404
    other = publish(hub, number="2")
    assert get(hub, f"/pengumuman/{other.id}/lampiran/{image.sha256}/{image.name}").status_code == 404


def test_the_sheet_is_paper_and_the_same_as_long_as_nothing_changes(hub: Hub, clock: Clock) -> None:
    one = publish(hub, subject="Rapat 😀 “desa” — السلام \u200b\x07 ✓")
    first = get(hub, f"/pengumuman/{one.id}/lembar.pdf")
    assert first.content_type == "application/pdf"
    assert first.get_data().startswith(b"%PDF-")
    assert first.get_data().count(b"/Type /Page\n") == 1
    clock.forward(hours=5)
    assert get(hub, f"/pengumuman/{one.id}/lembar.pdf").get_data() == first.get_data()


def test_a_long_text_takes_more_sheets_whatever_is_in_it(hub: Hub) -> None:
    rows = "\n".join(f"| {n} | {'panjang ' * 40} | x | y | z | w | v |" for n in range(30))
    head = "| a | b | c | d | e | f | g |\n|---|---|---|---|---|---|---|"
    wild = f"{'kata ' * 4000}\n\n{'w' * 3000}\n\n{head}\n{rows}\n\n"
    one = publish(hub, text=wild + "".join(f"{'  ' * n}- butir {n}\n" for n in range(12)))
    paper = get(hub, f"/pengumuman/{one.id}/lembar.pdf").get_data()
    assert paper.count(b"/Type /Page\n") > 5


@pytest.mark.parametrize(
    ("given", "printed"),
    [
        ("“Desa” – Pati’di… €", "“Desa” – Pati’di… €"),
        ("gotong\u2011royong → ≥ 3", "gotong-royong -> >= 3"),
        ("Ya 😀 ✓ bisa", "Ya bisa"),
        ("ثاني السلام", "[...]"),
        ("Łódź ﬁ ①", "Lódz fi 1"),
        ("a\x00b\ud800", "a b"),
    ],
)
def test_what_the_sheet_can_print(given: str, printed: str) -> None:
    assert printable(given) == printed


def test_the_code_holds_the_address_for_checking(hub: Hub) -> None:
    one = publish(hub)
    answer = get(hub, f"/pengumuman/{one.id}/qr.svg")
    assert answer.content_type.startswith("image/svg+xml")
    drawn = etree.fromstring(answer.get_data())
    side = len(matrix(hub.noticeboard.notice(one.id).check_url)) + 8
    assert drawn.get("width") == str(side * 8)


# -- feeds ------------------------------------------------------------------------------------------


def test_village_sites_know_an_announcement_again_through_its_corrections(hub: Hub, clock: Clock) -> None:
    one = publish(hub)

    def seen(village: str = TAAN) -> dict[str, Any]:
        rss = feedparser.parse(get(hub, f"/pengumuman/feed.xml?village={village}").get_data())
        atom = feedparser.parse(get(hub, f"/pengumuman/feed.atom?village={village}").get_data())
        plain = json.loads(get(hub, f"/pengumuman/feed.json?village={village}").get_data())
        assert not rss.bozo
        assert not atom.bozo
        assert (rss.version, atom.version) == ("rss20", "atom10")
        assert plain["version"] == "https://jsonfeed.org/version/1.1"
        ids = [each.id for each in rss.entries]
        assert ids == [each["id"] for each in plain["items"]]
        assert [f"urn:kimhub:{each}" for each in ids] == [each.id for each in atom.entries]
        return {each.id: each for each in rss.entries}

    before = seen()
    assert list(before) == [one.mark]
    assert one.mark in before[one.mark].content[0].value, "the source line stays with every copy"
    clock.forward(hours=1)
    correct(hub, one, subject="Pelayanan KTP-el keliling (jadwal baru)")
    after = seen()
    assert list(after) == [one.mark]
    assert after[one.mark].title == "Pelayanan KTP-el keliling (jadwal baru)"
    assert seen(BINANGA) == {}
    hub.announcing.withdraw(one.id, EDITOR)
    assert seen() == {}


def test_a_feed_of_no_village_is_refused(hub: Hub) -> None:
    publish(hub)
    for village in ("76.02.02.9999", "32.01.01.2001", "x", TAPALANG):
        for path in (*fetches.FEEDS, *fetches.EMBEDS):
            assert get(hub, f"{path}?village={village}").status_code == 404, (path, village)


def test_an_unchanged_feed_is_an_unchanged_document(hub: Hub, clock: Clock) -> None:
    publish(hub, nature="darurat")
    for path in (*fetches.FEEDS, "/pengumuman/cap.xml"):
        first = get(hub, path).get_data()
        clock.forward(minutes=1)
        assert get(hub, path).get_data() == first, path


# -- who fetched ------------------------------------------------------------------------------------


def last_fetch(hub: Hub, village: str = TAAN) -> tuple[str, datetime] | None:
    with hub.store.read() as tx:
        return tx.targets.fetches([village]).get(village)


def test_a_fetch_is_proof_also_from_the_cache_and_as_a_304(hub: Hub, clock: Clock) -> None:
    publish(hub)
    client = Client(make_app(hub))
    agent = {"User-Agent": "WordPress/6.1.9; https://desa-taan.example.id"}
    feed = f"/pengumuman/feed.xml?village={TAAN}"
    first = client.get(feed, base_url=LOCAL, headers=agent)
    assert last_fetch(hub) == ("desa-taan.example.id (WordPress)", clock())
    later = clock.forward(hours=1)
    client = Client(make_app(hub))
    for headers in ({}, {"If-None-Match": first.headers["ETag"], **agent}):
        answer = client.get(feed, base_url=LOCAL, headers=headers)
    assert answer.status_code == 304
    assert last_fetch(hub) == ("desa-taan.example.id (WordPress)", later)


def test_what_is_no_fetch_of_the_village_is_not_noted(hub: Hub) -> None:
    publish(hub)
    agent = {"User_Agent": "WordPress/6.1.9; https://desa-taan.example.id"}
    Client(make_app(hub)).head(f"/pengumuman/feed.xml?village={TAAN}", base_url=LOCAL)
    get(hub, "/pengumuman/feed.xml", **agent)
    get(hub, "/pengumuman/feed.xml?village=76.02.02.9999", **agent)
    get(hub, f"/embed/pengumuman?village={TAAN}")
    get(hub, f"/embed/pengumuman?village={TAAN}", Referer=f"{hub.settings.hub.base_url}/pengumuman")
    assert last_fetch(hub) is None
    get(hub, f"/embed/pengumuman?village={TAAN}", Referer="https://desa-taan.example.id/")
    assert last_fetch(hub) is not None


def test_an_answer_from_before_a_change_proves_nothing() -> None:
    """The cache may be half a second behind: what was shown then was not the new announcement."""
    noted: list[tuple[str, str]] = []

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        environ["kimhub.generation"] = 6
        start_response("200 OK", [])
        return [b"old"]

    for generation, count in ((7, 0), (6, 1)):
        log = fetches.FetchLog(
            app, lambda *seen: noted.append(seen), lambda now=generation: now, "hub.example"
        )
        Client(log).get(f"/pengumuman/feed.xml?village={TAAN}", headers={"User-Agent": "Feedly/1.0"})
        assert len(noted) == count


def test_a_busy_embed_is_noted_once_a_minute_and_a_failing_note_breaks_nothing() -> None:
    noted: list[tuple[str, str]] = []
    now = [0.0]

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        environ["kimhub.generation"] = 1
        start_response("200 OK", [])
        return [b"x"]

    log = fetches.FetchLog(
        app, lambda *seen: noted.append(seen), lambda: 1, "hub.example", clock=lambda: now[0]
    )
    for _ in range(50):
        Client(log).get(f"/embed/pengumuman?village={TAAN}", headers={"Referer": "https://desa.example/"})
    assert noted == [(TAAN, "desa.example (embed)")]
    now[0] = fetches.AGAIN
    Client(log).get(f"/embed/pengumuman?village={TAAN}", headers={"Referer": "https://desa.example/"})
    assert len(noted) == 2

    def fails(*_: str) -> None:
        raise FetchError("timeout")

    broken = fetches.FetchLog(app, fails, lambda: 1, "hub.example")
    assert Client(broken).get(f"/pengumuman/feed.xml?village={TAAN}").status_code == 200


@pytest.mark.parametrize(
    ("agent", "who"),
    [
        ("WordPress/6.1.9; https://Desa-Taan.example.id", "desa-taan.example.id (WordPress)"),
        ("Feedly/1.0 (+http://www.feedly.com/fetcher.html)", "www.feedly.com (Feedly)"),
        ("Mozilla/5.0 (compatible; FreshBot/2.1; +https://bot.example/info)", "bot.example (FreshBot)"),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/120", "browser"),
        ("curl/8.5.0", "curl"),
        ("", "?"),
        ("<script>alert(1)</script>", "?"),
        ("x; https://evil<b>.example/", "x"),
    ],
)
def test_who_asks_in_one_short_line(agent: str, who: str) -> None:
    assert fetches.asker({"HTTP_USER_AGENT": agent}) == who


# -- emergencies for machines -----------------------------------------------------------------------


def alert(hub: Hub, key: int) -> Any:
    answer = get(hub, f"/pengumuman/{key}/cap.xml")
    assert answer.content_type.startswith("application/cap+xml")
    return etree.fromstring(answer.get_data())


def said(element: Any, name: str) -> list[str]:
    return [each.text for each in element.iterfind(f".//c:{name}", CAP)]


@pytest.mark.corpora
def test_alerts_hold_the_standard_through_correction_and_withdrawal(
    hub: Hub, clock: Clock, shared_data: Path
) -> None:
    schema = etree.XMLSchema(etree.parse(shared_data / "corpora/alerts-cap/CAP-v1.2-schema.xsd"))
    paper = hub.announcing.keep_file("peta.pdf", b"%PDF-1.4\n%%EOF\n", "Peta")
    now = clock()
    one = publish(
        hub,
        subject="Banjir & longsor <segera> mengungsi",
        nature="darurat",
        attachments=(paper,),
        to=(f"kec:{TAPALANG}", f"village:{BINANGA}"),
        valid_from=now,
        valid_until=now + timedelta(days=1),
    )
    clock.forward(minutes=30)
    documents = [alert(hub, one.id)]
    correct(hub, one, text="Air turun.")
    documents.append(alert(hub, one.id))
    clock.forward(minutes=30)
    hub.announcing.withdraw(one.id, EDITOR, "Sudah aman")
    documents.append(alert(hub, one.id))
    for each in documents:
        schema.assertValid(each)
        assert not re.search(r"T[\d:]+Z<", etree.tostring(each).decode())
        assert said(each, "status") == ["Actual"]
    assert [said(each, "msgType")[0] for each in documents] == ["Alert", "Update", "Cancel"]
    first, second, last = documents
    names = [
        f"{said(each, 'sender')[0]},{said(each, 'identifier')[0]},{said(each, 'sent')[0]}"
        for each in documents
    ]
    assert said(first, "references") == []
    assert said(second, "references") == [names[0]]
    assert said(last, "references") == [" ".join(names[:2])]
    assert said(first, "sent") == ["2026-11-24T09:00:00+08:00"]
    assert said(first, "event") == ["Banjir"]
    assert said(first, "mimeType") == ["application/pdf"]
    codes = said(first, "geocode/c:value")
    assert TAPALANG in codes
    assert {TAAN, BINANGA} <= set(codes)
    assert "76.02.01" not in codes, "one village is not its kecamatan"


@pytest.mark.corpora
def test_the_list_of_alerts_has_what_is_in_force_and_what_was_withdrawn_of_late(
    hub: Hub, clock: Clock, shared_data: Path
) -> None:
    schema = etree.XMLSchema(etree.parse(shared_data / "corpora/alerts-cap/CAP-v1.2-schema.xsd"))
    publish(hub, number="1", subject="Biasa saja")
    publish(hub, number="2", subject="Gempa", nature="darurat", to=("all",))
    gone = publish(hub, number="3", subject="Tsunami", nature="darurat", to=("all",))
    hub.announcing.withdraw(gone.id, EDITOR)

    def listed() -> dict[str, str]:
        root = etree.fromstring(get(hub, "/pengumuman/cap.xml").get_data())
        alerts = root.findall(f".//{{{NAMESPACE}}}alert")
        for each in alerts:
            schema.assertValid(etree.fromstring(etree.tostring(each)))
        return {said(each, "headline")[0]: said(each, "msgType")[0] for each in alerts}

    assert listed() == {"Gempa": "Alert", "Tsunami": "Cancel"}
    clock.forward(days=8)
    assert listed() == {"Gempa": "Alert"}
    assert get(hub, "/pengumuman/1/cap.xml").status_code == 404, "ordinary ones are no alerts"


def test_a_sender_is_one_word() -> None:
    assert sender("humas@mamuju.example.id", "https://kabar.example.id") == "humas@mamuju.example.id"
    assert sender("a, b@c", "https://kabar.example.id") == "kabar.example.id"


# -- embeds -----------------------------------------------------------------------------------------


def test_a_village_may_frame_its_announcements_and_nothing_else(hub: Hub) -> None:
    publish(hub)
    frame = get(hub, f"/embed/pengumuman?village={TAAN}")
    assert "frame-ancestors *" in frame.headers["Content-Security-Policy"]
    page = frame.get_data(as_text=True)
    assert KTP.subject in page
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=", page)
    assert "frame-ancestors 'none'" in get(hub, "/pengumuman").headers["Content-Security-Policy"]
    script = get(hub, "/embed/pengumuman.js")
    assert script.content_type.startswith("text/javascript")
    assert script.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


# -- confirmed by hand ------------------------------------------------------------------------------


def test_opening_the_link_confirms_nothing_the_button_does(hub: Hub, clock: Clock) -> None:
    site = hub.registering.add_site(
        "KIM Taan",
        "https://taan.example/",
        TAAN,
        probe=False,
        connector="feed",
        feed_url="https://taan.example/f",
    ).site
    target = hub.targets.add(site.id, "feed", EDITOR, check=False)
    one = publish(hub)
    link = hub.noticeboard._confirmations.url(hub.noticeboard.notice(one.id), target.id)
    path = link.removeprefix(hub.settings.hub.base_url)

    def confirmed() -> datetime | None:
        with hub.store.read() as tx:
            return tx.targets.confirmed_at(one.id, target.id, one.version)

    page = get(hub, path)
    assert page.headers["Cache-Control"] == "no-store"
    tree = html.fromstring(page.get_data(as_text=True))
    assert "KIM Taan" in tree.text_content()
    assert confirmed() is None
    form = {each.get("name"): each.get("value") for each in tree.xpath("//form[@method='post']//input")}
    client = Client(make_app(hub))
    answer = client.post("/pengumuman/konfirmasi", data=form, base_url=LOCAL)
    assert answer.status_code == 303
    assert confirmed() == clock()
    assert "Terima kasih" in get(hub, answer.headers["Location"]).get_data(as_text=True)
    forged = client.post("/pengumuman/konfirmasi", data={"kunci": form["kunci"][:-2] + "xx"}, base_url=LOCAL)
    assert forged.status_code == 404


# -- words and addresses ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("to", "words"),
    [
        (("all",), "Seluruh Kabupaten Mamuju"),
        (("kec:76.02.01", "kec:76.02.02"), "Kecamatan Mamuju, Tapalang"),
        ((f"village:{TAAN}",), "Desa Taan (Kecamatan Tapalang)"),
        (("kec:76.02.01", f"village:{TAAN}"), "Kecamatan Mamuju; Desa Taan (Kecamatan Tapalang)"),
        (
            tuple(f"village:76.02.02.{number}" for number in (2003, 2006, 2009, 2010, 2011)),
            "5 desa dan kelurahan di Kecamatan Tapalang",
        ),
    ],
)
def test_whom_it_is_for_in_one_line(hub: Hub, to: tuple[str, ...], words: str) -> None:
    one = publish(hub, to=to)
    assert f"Untuk warga{words} Kontak" in text(hub, f"/pengumuman/{one.id}")


@pytest.mark.parametrize("lang", ["", "en"])
def test_every_address_is_a_route(hub: Hub, lang: str) -> None:
    routes = make_flask(hub).url_map.bind("x")
    paths = Paths(lang)
    file = Attachment("a" * 64, "jadwal posyandu.pdf", "application/pdf", 1)
    made = [paths.announcements({"q": "a b"}), paths.announcement(1), paths.sheet(1), paths.check("1/2 & 3")]
    made += [paths.notice_feed(kind, {"village": TAAN}) for kind in ("xml", "atom", "json")]
    for address in made:
        routes.match(address.partition("?")[0])
        assert ("lang=en" in address) is bool(lang), address
    routes.match(paths.attachment(1, file))


def test_blocks_of_a_text_are_read_in_order(hub: Hub) -> None:
    one = publish(
        hub,
        text="# Judul\n\nSatu **dua**\ntiga [a](https://b.example).\n\n3. c\n4. d\n   - e\n\n***\n\n`f`",
    )
    found = [(each.kind, each.marker, each.depth, each.text) for each in blocks(one.body)]
    assert found == [
        ("heading", "", 0, "Judul"),
        ("text", "", 0, "Satu dua\ntiga a (b.example)."),
        ("item", "3.", 1, "c"),
        ("item", "4.", 1, "d"),
        ("item", "•", 2, "e"),
        ("rule", "", 0, ""),
        ("text", "", 0, "f"),
    ]
    assert [run.text for run in blocks(one.body)[1].runs if run.bold] == ["dua"]
