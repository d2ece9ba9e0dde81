"""Sitemaps: the contract, which addresses are news, and what is made of their pages."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from html import escape

import pytest

from connectors.sitemap import SitemapConnector
from connectors.sitemap.parse import is_article, lists_news, newest_first, read_sitemap
from hub.errors import ParseError
from hub.model import Batch, Cursor, Entry, Source
from hub.spec import Headers, Link, Probe, Response
from hub.testing import Answer, Asked, ConnectorContract, ConnectorHarness, Item
from hub.testing.connector_harness import make_items
from hub.testing.context import TestingContext
from hub.testing.stage import Stage

SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
NEWS = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'


def urlset(rows: str) -> Answer:
    return Answer(
        f'<?xml version="1.0" encoding="UTF-8"?><urlset {SPACE} {NEWS}>{rows}</urlset>'.encode(),
        200,
        "text/xml",
    )


FRAME = """<!DOCTYPE html><html lang="id"><head><meta charset="utf-8"><title>{title} | Desa Taan</title>
{head}</head><body><header><nav><ul><li><a href="/">Beranda</a></li><li><a href="/profil">Profil</a></li>
</ul></nav></header><main><article><h1>{title}</h1><div class="entry-content">{body}</div></article></main>
<aside><h3>Berita lain</h3><ul><li><a href="/berita/1">Kerja bakti</a></li></ul></aside>
<footer><p>Hak cipta Pemerintah Desa Taan, Kecamatan Kalukku</p></footer></body></html>"""


def page(title: str, body: str, head: str = "") -> Answer:
    text = FRAME.format(title=escape(title), body=body, head=head)
    return Answer(text.encode(), 200, "text/html; charset=utf-8")


class Index(ConnectorHarness):
    """An index with a sitemap of posts and one of categories, as Yoast and WordPress itself make them."""

    connector = SitemapConnector()
    url = "{stage}/sitemap_index.xml"
    lacks = frozenset({"auth", "deletions"})
    many = 40

    def answer(self, asked: Asked, items: Sequence[Item]) -> Answer:
        home = f"http://{asked.headers['host']}"
        if asked.path == "/sitemap_index.xml":
            return self.index(home)
        if asked.path == "/post-sitemap.xml":
            return urlset(f"<url><loc>{home}/</loc></url>" + "".join(self.row(home, item) for item in items))
        for item in items:
            if asked.path == f"/berita/{item.number}":
                stated = f'<meta property="article:published_time" content="{item.published.isoformat()}">'
                return page(item.title, item.html, stated)
        return Answer(b"<h1>404</h1>", 404, "text/html")

    @staticmethod
    def index(home: str) -> Answer:
        rows = "".join(
            f"<sitemap><loc>{home}/{kind}-sitemap.xml</loc></sitemap>"
            for kind in ("post", "page", "category")
        )
        return Answer(f"<sitemapindex {SPACE}>{rows}</sitemapindex>".encode(), 200, "application/xml")

    @staticmethod
    def row(home: str, item: Item) -> str:
        changed = (item.updated or item.published).isoformat()
        return f"<url><loc>{home}/berita/{item.number}</loc><lastmod>{changed}</lastmod></url>"


class TestIndex(ConnectorContract):
    @pytest.fixture
    def harness(self) -> ConnectorHarness:
        return Index()


def visit(stage: Stage, cursor: Cursor | None = None, **options: object) -> list[Batch]:
    source = Source(1, 1, "sitemap", f"{stage.url}/sitemap_index.xml", options=options)
    return list(SitemapConnector().harvest(source, cursor, TestingContext(stage.http())))


def entries(batches: Sequence[Batch]) -> list[Entry]:
    return [entry for batch in batches for entry in batch.entries]


def test_only_changed_pages_are_read_again() -> None:
    harness, items = Index(), make_items(range(1, 6))
    with Stage() as stage:
        stage.play(lambda asked: harness.answer(asked, items))
        cursor = visit(stage)[-1].cursor
        stage.requests.clear()
        items[2] = Item(3, items[2].title, items[2].html, items[2].published, items[0].published)
        visit(stage, cursor)
        assert [asked.path for asked in stage.requests] == [
            "/sitemap_index.xml",
            "/post-sitemap.xml",
            "/berita/3",
        ]


def test_the_text_is_the_articles_alone() -> None:
    harness, items = Index(), make_items([1])
    with Stage() as stage:
        stage.play(lambda asked: harness.answer(asked, items))
        (entry,) = entries(visit(stage))
    assert (entry.title, entry.html, entry.language) == (items[0].title, items[0].html, "id")
    assert entry.published == items[0].published


LONG = (
    "<p>Warga Desa Taan memperbaiki jalan tani bersama-sama sejak pagi sampai sore hari kemarin di dusun.</p>"
)


@pytest.mark.parametrize(
    "answer",
    [
        page("Rahasia", LONG, '<meta name="robots" content="noindex, follow">'),
        Answer(page("Rahasia", LONG).body, 200, "text/html", {"X-Robots-Tag": "noindex"}),
        page("Galeri", "<p>Foto</p>"),
        Answer(b"%PDF-1.7", 200, "application/pdf"),
    ],
    ids=["noindex", "noindex in the header", "no text", "no page"],
)
def test_pages_that_are_no_news_are_passed_over_once_and_for_all(answer: Answer) -> None:
    def play(asked: Asked) -> Answer:
        if asked.path == "/sitemap_index.xml":
            return urlset(f"<url><loc>http://{asked.headers['host']}/berita/1</loc></url>")
        return answer

    with Stage() as stage:
        stage.play(play)
        first = visit(stage)
        assert not entries(first)
        stage.requests.clear()
        visit(stage, first[-1].cursor)
        assert [asked.path for asked in stage.requests] == ["/sitemap_index.xml"]


def test_one_notice_in_place_of_all_pages_is_no_news() -> None:
    def play(asked: Asked) -> Answer:
        if asked.path == "/sitemap_index.xml":
            home = f"http://{asked.headers['host']}"
            return urlset("".join(f"<url><loc>{home}/berita/{n}</loc></url>" for n in range(4)))
        return page("Situs dalam perbaikan", LONG)

    with Stage() as stage:
        stage.play(play)
        batches = visit(stage)
    assert not entries(batches)
    assert any(batch.warnings for batch in batches)


def test_options_choose_addresses_and_bound_their_number() -> None:
    harness, items = Index(), make_items(range(1, 21))
    with Stage() as stage:
        stage.play(lambda asked: harness.answer(asked, items))
        assert len(entries(visit(stage, newest=3))) == 3
        assert len(entries(visit(stage, include=("/berita/1",), exclude=("/berita/19",)))) == 10
        assert not entries(visit(stage, include=("/artikel/",)))


# -- documents ----------------------------------------------------------------------------------------


def test_gzip_news_and_foreign_addresses() -> None:
    text = (
        f"<urlset {SPACE} {NEWS}><url><loc>https://taan.example/a</loc><news:news><news:publication_date>"
        "2026-11-20T08:00:00+08:00</news:publication_date><news:title>Judul</news:title>"
        "<news:keywords>Desa, Jalan</news:keywords></news:news></url>"
        "<url><loc>https://lain.example/b</loc></url><url><loc>/c</loc><lastmod>2026-11-21</lastmod></url>"
        "</urlset>"
    )
    read = read_sitemap(gzip.compress(text.encode()), "https://www.taan.example/sitemap.xml.gz")
    first, second = newest_first(read.places)
    assert (second.url, second.title, second.topics) == ("https://taan.example/a", "Judul", ("Desa", "Jalan"))
    assert (first.url, first.changed) == ("https://www.taan.example/c", "2026-11-21")


@pytest.mark.parametrize(
    "body",
    [b"", b"<html><body>x</body></html>", b"\x1f\x8bkaputt", b"<rss><channel/></rss>"],
    ids=["empty", "page", "broken gzip", "feed"],
)
def test_what_is_no_sitemap(body: bytes) -> None:
    with pytest.raises(ParseError, match="not_a_feed"):
        read_sitemap(body, "https://taan.example/sitemap.xml")


def test_bombs_do_not_go_off() -> None:
    with pytest.raises(ParseError, match="too_large"):
        read_sitemap(gzip.compress(b" " * 30 * 2**20), "https://taan.example/sitemap.xml.gz")
    entity = (
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><urlset><url><loc>/&a;</loc></url></urlset>'
    )
    read = read_sitemap(entity, "https://taan.example/s.xml")
    assert [place.url for place in read.places] == ["https://taan.example/"]


@pytest.mark.parametrize(
    ("path", "fits"),
    [
        ("/2026/08/posyandu.html", True),
        ("/berita/posyandu-di-dusun", True),
        ("/?p=12", True),
        ("/index.php/berita/12-posyandu", True),
        ("/", False),
        ("/category/berita", False),
        ("/tag/desa", False),
        ("/author/admin", False),
        ("/p/profil.html", False),
        ("/profil", False),
        ("/wp-content/uploads/a.pdf", False),
        ("/foto.jpg", False),
    ],
)
def test_which_addresses_are_articles(path: str, fits: bool) -> None:
    assert is_article(f"https://taan.example{path}") is fits


def test_which_sitemaps_of_an_index_are_read() -> None:
    fit = ["post-sitemap.xml", "post-sitemap2.xml.gz", "wp-sitemap-posts-post-1.xml", "sitemap.xml?page=2"]
    unfit = [
        "page-sitemap.xml",
        "wp-sitemap-posts-page-1.xml",
        "category-sitemap.xml",
        "wp-sitemap-users-1.xml",
    ]
    assert all(lists_news(f"https://taan.example/{name}") for name in fit)
    assert not any(lists_news(f"https://taan.example/{name}") for name in unfit)


# -- detection ----------------------------------------------------------------------------------------


def probe(url: str, text: str = "<p>Selamat datang</p>", *links: Link) -> Probe:
    return Probe(url, Response(url, 200, Headers(), text.encode()), links, "", "Desa Taan")


def test_it_is_found_by_robots_txt_and_ranks_last() -> None:
    harness, items = Index(), make_items([1])

    def play(asked: Asked) -> Answer:
        if asked.path == "/robots.txt":
            lines = f"User-agent: *\nSitemap: http://{asked.headers['host']}/peta.xml\n"
            return Answer(lines.encode(), 200, "text/plain")
        if asked.path == "/peta.xml":
            return harness.index(f"http://{asked.headers['host']}")
        return harness.answer(asked, items)

    with Stage() as stage:
        stage.play(play)
        (found,) = SitemapConnector().detect(probe(f"{stage.url}/"), TestingContext(stage.http()))
        assert (found.url, found.rank) == (f"{stage.url}/peta.xml", 90)


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("<p>x</p>", (Link("alternate", "https://taan.example/feed", "application/rss+xml"),)),
        ("<p>x</p>", (Link("https://api.w.org/", "https://taan.example/wp-json/"),)),
        ('<img src="/desa/logo/taan.png">', ()),
    ],
    ids=["a feed", "an interface", "OpenSID, whose sitemap lists drafts"],
)
def test_sites_with_a_better_door_are_not_asked(text: str, links: tuple[Link, ...]) -> None:
    with Stage() as stage:
        stage.play(lambda asked: urlset("<url><loc>/berita/1</loc></url>"))
        found = list(
            SitemapConnector().detect(probe(f"{stage.url}/", text, *links), TestingContext(stage.http()))
        )
        assert not found
        assert not stage.requests
