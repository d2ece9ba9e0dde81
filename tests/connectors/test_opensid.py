"""OpenSID: the contract for feeds of today and of years ago, and the quirks of both.

Documents are written by hand after the templates of OpenSID's public releases; none was recorded.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta, timezone
from email.utils import format_datetime
from html import escape
from pathlib import Path
from urllib.parse import quote

import pytest

from connectors.opensid import OpenSidConnector
from hub.model import Source
from hub.spec import Entry, Headers, Link, Probe, Response
from hub.testing import Answer, Asked, ConnectorContract, ConnectorHarness, Item
from hub.testing.connector_harness import make_items
from hub.testing.context import TestingContext
from hub.testing.stage import Stage

WIB = timezone(timedelta(hours=7))
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "fixtures"
MONTHS = "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember"
IN_FEED = 20


def in_words(item: Item) -> str:
    at = item.published.astimezone(WIB)
    return f"{at.day:02} {MONTHS.split()[at.month - 1]} {at.year} {at:%H:%M:%S}"


class Today(ConnectorHarness):
    """Releases since 2020: everything in the feed, the past in the archive."""

    connector = OpenSidConnector()
    url = "{stage}/feed"
    lacks = frozenset({"auth", "deletions"})
    many = 60

    def answer(self, asked: Asked, items: Sequence[Item]) -> Answer:
        if asked.path == "/feed":
            return self.feed(items)
        if asked.path == "/internal_api/arsip":
            return self.archive(asked, items)
        for item in items:
            if asked.path == self.path(item):
                return self.page(item)
        return Answer(b"<html><h1>404</h1></html>", 404, "text/html")

    @staticmethod
    def path(item: Item) -> str:
        at = item.published.astimezone(WIB)
        return f"/artikel/{at.year}/{at.month}/{at.day}/kabar-{item.number}"

    def feed(self, items: Sequence[Item]) -> Answer:
        text = (
            '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
            'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Desa Taan & Sekitarnya</title>'
            f"<link>https://taan.desa.id/</link><dc:language>id</dc:language>"
            f"{''.join(map(self.item, items[:IN_FEED]))}</channel></rss>"
        )
        return Answer(text.encode(), 200, "text/xml; charset=UTF-8")

    def item(self, item: Item) -> str:
        link = f"https://taan.desa.id{self.path(item)}"
        return (
            f"<item><title>{escape(item.title)}</title><link>{link}</link><guid>{link}</guid>"
            f"<pubDate>{format_datetime(item.published.astimezone(WIB))}</pubDate>"
            "<category><![CDATA[Berita Desa]]></category>"
            f"<description><![CDATA[{escape('Kabar&nbsp;desa')}[...]]]></description>"
            f"<content:encoded><![CDATA[{item.html}]]></content:encoded><dc:creator>Admin</dc:creator></item>"
        )

    def archive(self, asked: Asked, items: Sequence[Item]) -> Answer:
        size, number = int(asked.query["page[size]"]), int(asked.query["page[number]"])
        rows = items[(number - 1) * size : number * size]
        data = [
            {
                "id": str(item.number),
                "attributes": {
                    "judul": item.title,
                    "url_slug": self.path(item),
                    "tgl_upload_local": in_words(item),
                    "author": {"nama": "Admin"},
                },
            }
            for item in rows
        ]
        return Answer.json({"data": data, "meta": {"pagination": {"total": len(items)}}})

    def page(self, item: Item) -> Answer:
        text = (
            '<!DOCTYPE html><html><head><meta charset="UTF-8"><link rel="canonical" href="https://taan.desa.id/">'
            '<meta property="og:type" content="article"></head><body>'
            '<nav class="breadcrumb"><ol><li><a href="/">Beranda</a></li>'
            '<li><a href="/artikel/kategori/berita">Berita Desa</a></li></ol></nav>'
            f"<article><h1>{escape(item.title)}</h1><span><span>Admin</span><span>{in_words(item)}</span>"
            f'</span></article><div class="content space-y-2 py-4">{item.html}</div>'
            '<div class="widget"><h3>Arsip</h3><p>01 Januari 2020</p></div></body></html>'
        )
        return Answer(text.encode(), 200, "text/html; charset=UTF-8")


class YearsAgo(ConnectorHarness):
    """Releases before 2020: items behind the channel, no dates, the beginning of the text only."""

    connector = OpenSidConnector()
    url = "{stage}/index.php/feed"
    lacks = frozenset({"auth", "deletions", "paging", "edits"})
    many = 20

    def answer(self, asked: Asked, items: Sequence[Item]) -> Answer:
        if asked.path == "/index.php/feed":
            return self.feed(asked, items)
        for item in items:
            if asked.path == f"/index.php/first/artikel/{item.number}":
                return self.page(item)
        return Answer(b"<html><h1>404</h1></html>", 404, "text/html")

    def feed(self, asked: Asked, items: Sequence[Item]) -> Answer:
        home = f"http://{asked.headers['host']}/index.php"
        rows = "".join(
            f"<item><title>{escape(item.title)}</title><link>{home}/first/artikel/{item.number}</link>"
            f"<description>Taan, {escape(item.html[:60])}</description></item>"
            for item in items
        )
        text = (
            '<?xml version="1.0" encoding="UTF-8" ?><rss version="2.0"><channel><title>Desa Taan</title>'
            "<link>https://taan.desa.id/</link><language>ID</language>"
            f"<generator>Sistem Informasi Desa</generator></channel>{rows}</rss>"
        )
        return Answer(text.encode(), 200, "text/xml")

    def page(self, item: Item) -> Answer:
        text = (
            '<!DOCTYPE html><html><head><meta charset="utf-8"></head><body><div class="single_page_area">'
            f'<h4 class="catg_titile"><font color="#FFFFFF">{escape(item.title)}</font></h4>'
            f'<span class="meta_date">{in_words(item)}&nbsp;<i class="fa fa-user"></i>Admin'
            '<a href="/first/kategori/1"><i class="fa fa-tag"></i>Kegiatan</a></span>'
            '<div class="single_page_content"><div class="sampul"></div>'
            f'<div class="teks">{item.html}</div></div></div>'
            '<div class="fb-comments"></div><ul><li>Berita lain</li></ul></body></html>'
        )
        return Answer(text.encode(), 200, "text/html; charset=utf-8")


class TestToday(ConnectorContract):
    @pytest.fixture
    def harness(self) -> ConnectorHarness:
        return Today()


class TestYearsAgo(ConnectorContract):
    @pytest.fixture
    def harness(self) -> ConnectorHarness:
        return YearsAgo()


def harvested(harness: ConnectorHarness, items: Sequence[Item]) -> list[Entry]:
    with Stage() as stage:
        stage.play(lambda asked: harness.answer(asked, items))
        source = Source(1, 1, "opensid", harness.url.format(stage=stage.url))
        batches = list(harness.connector.harvest(source, None, TestingContext(stage.http())))
    return [entry for batch in batches for entry in batch.entries]


def test_articles_of_old_releases_get_text_date_and_category_from_their_page() -> None:
    items = make_items(range(1, 4))
    for entry, item in zip(harvested(YearsAgo(), items), items, strict=True):
        assert entry.id == f"opensid:{item.number}"
        assert entry.html == item.html
        assert entry.published == item.published
        assert entry.topics == ("Kegiatan",)
        assert entry.summary.startswith("<p>Kabar")
        assert "Berita lain" not in entry.html


def test_the_past_comes_from_the_archive() -> None:
    items = make_items(range(1, 31))
    found = {entry.id: entry for entry in harvested(Today(), items)}
    assert len(found) == 30
    oldest = found["opensid:kabar-1"]
    assert (oldest.html, oldest.published, oldest.author) == (items[-1].html, items[-1].published, "Admin")


def test_an_edit_that_moves_the_date_in_the_address_keeps_the_id() -> None:
    (item,) = make_items([7])
    before, after = (
        harvested(Today(), [each])[0]
        for each in (item, Item(7, item.title, item.html, item.published + timedelta(days=3)))
    )
    assert before.id == after.id
    assert before.link != after.link


@pytest.mark.corpora
@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is absent")
def test_the_excerpt_that_is_escaped_twice_is_put_right() -> None:
    body = (SHARED / "opensid_feed_SYNTHETIC.xml").read_bytes()
    with Stage() as stage:
        stage.play(
            lambda asked: Answer(body, 200, "text/xml") if asked.path == "/feed" else Answer(status=404)
        )
        source = Source(1, 1, "opensid", f"{stage.url}/feed")
        (entry,) = next(iter(OpenSidConnector().harvest(source, None, TestingContext(stage.http())))).entries
    assert entry.id == "opensid:posyandu-kelas-ibu-hamil"
    assert "Kegiatan &nbsp; posyandu di Dusun Lasa&#039; dihadiri" in entry.summary
    assert entry.topics == ("Berita Desa",)


def front(url: str, text: str, *links: Link, generator: str = "") -> Probe:
    return Probe(url, Response(url, 200, Headers(), text.encode()), links, generator, "Desa Taan")


@pytest.mark.parametrize(
    ("place", "text", "generator"),
    [
        ("/feed", '<img src="/desa/logo/taan.png">', ""),
        ("/index.php/feed", '<a href="/index.php/artikel/2026/8/5/x">x</a>', ""),
        ("/feed.xml", "<p>x</p>", "OpenSID v24.10"),
        ("/sitemap", '<a href="https://github.com/OpenSID/OpenSID">OpenSID</a>', ""),
    ],
    ids=["feed", "without rewriting", "feed.xml", "sitemap of old"],
)
def test_the_feed_is_found_where_releases_have_it(place: str, text: str, generator: str) -> None:
    harness, items = Today(), make_items([1, 2])

    def answer(asked: Asked) -> Answer:
        if asked.path == place:
            return harness.feed(items)
        if "sitemap" in asked.path:
            return Answer(b'<?xml version="1.0"?><urlset><url><loc>x</loc></url></urlset>', 200, "text/xml")
        return Answer(b"<html>Halaman tidak ditemukan</html>", 404, "text/html")

    with Stage() as stage:
        stage.play(answer)
        probe = front(f"{stage.url}/", text, generator=generator)
        (found,) = OpenSidConnector().detect(probe, TestingContext(stage.http()))
    assert (found.connector, found.rank, found.platform) == ("opensid", 30, "OpenSID")
    assert found.url == f"{stage.url}{place}"


def test_other_sites_are_left_alone() -> None:
    with Stage() as stage:
        stage.play(lambda asked: Answer(b"", 404))
        probe = front(f"{stage.url}/", "<p>Kami memakai OpenSID di desa</p>", generator="WordPress 6.6")
        assert not list(OpenSidConnector().detect(probe, TestingContext(stage.http())))
        assert not stage.requests


def test_a_page_that_is_an_error_is_no_text() -> None:
    harness, items = YearsAgo(), make_items([1, 2])
    broken = b"<html><h1>A Database Error Occurred</h1><p>Unable to connect to your database.</p></html>"

    def answer(asked: Asked) -> Answer:
        if asked.path.endswith("/artikel/2"):
            return Answer(broken, 200, "text/html")
        return harness.answer(asked, items)

    cursor, seen = None, []
    with Stage() as stage:
        stage.play(answer)
        source = Source(1, 1, "opensid", f"{stage.url}/index.php/feed")
        for _ in range(4):
            batches = list(OpenSidConnector().harvest(source, cursor, TestingContext(stage.http())))
            cursor = json.loads(json.dumps(batches[-1].cursor))
            seen.append([entry for batch in batches for entry in batch.entries])
    assert [[entry.id for entry in each] for each in seen] == [["opensid:1"], [], ["opensid:2"], []]
    assert "Database" not in f"{seen[2][0].html}{seen[2][0].summary}"


def test_the_feed_connector_still_reads_it() -> None:
    from connectors.feed import FeedConnector

    harness, items = Today(), make_items([1, 2])
    with Stage() as stage:
        stage.play(lambda asked: harness.answer(asked, items))
        source = Source(1, 1, "feed", f"{stage.url}/feed")
        (batch, *_) = FeedConnector().harvest(source, None, TestingContext(stage.http()))
    assert [entry.title for entry in batch.entries] == [item.title for item in items]
    assert quote("kabar-2") in batch.entries[0].id
