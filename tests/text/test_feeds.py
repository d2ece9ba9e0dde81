"""Feeds as village sites send them, and as attackers would."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from hub.errors import ParseError
from hub.model import Image, ParsedFeed
from hub.text.feeds import MAX_BYTES, MAX_ITEMS, parse_feed

URL = "https://contoh.desa.id/feed/"
WIB = timezone(timedelta(hours=7))
FIXTURES = Path(__file__).parents[2] / "../shared/data/fixtures"
NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom"'
)


def parse(body: str | bytes, *, content_type: str = "", known: tuple[str, ...] = ()) -> ParsedFeed:
    raw = body.encode() if isinstance(body, str) else body
    return parse_feed(raw, url=URL, content_type=content_type, known=known, zone=WIB)


def rss(*items: str, head: str = "<title>Desa Beru-Beru</title>") -> str:
    joined = "".join(f"<item>{item}</item>" for item in items)
    return f'<?xml version="1.0"?><rss version="2.0" {NAMESPACES}><channel>{head}{joined}</channel></rss>'


def atom(*entries: str, head: str = "", attributes: str = "") -> str:
    joined = "".join(f"<entry>{entry}</entry>" for entry in entries)
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}>{head}{joined}</feed>'


def json_feed(*items: dict[str, Any], **members: object) -> str:
    return json.dumps(
        {"version": "https://jsonfeed.org/version/1.1", "title": "KIM", "items": items, **members}
    )


def reason(body: str | bytes, content_type: str = "") -> str:
    with pytest.raises(ParseError) as refused:
        parse(body, content_type=content_type)
    return refused.value.reason


def degraded(feed: ParsedFeed) -> bool:
    return [oddity.reason for oddity in feed.warnings] == ["degraded"]


# -- what an item says ------------------------------------------------------------------------------


def test_a_wordpress_item() -> None:
    feed = parse(
        rss(
            "<title>Posyandu &amp; Kelas Ibu Hamil</title><link>https://contoh.desa.id/2026/08/posyandu/</link>"
            '<guid isPermaLink="false">https://contoh.desa.id/?p=12</guid>'
            "<pubDate>Wed, 05 Aug 2026 09:00:00 +0800</pubDate><dc:creator><![CDATA[Nurhayati]]></dc:creator>"
            "<category><![CDATA[Kesehatan]]></category><category>Berita</category>"
            "<description><![CDATA[Ringkas [&#8230;]]]></description>"
            "<content:encoded><![CDATA[<p>Isi <img src='/a.jpg'></p>]]></content:encoded>"
            '<post-id xmlns="com-wordpress:feed-additions:1">12</post-id>'
            '<enclosure url="https://contoh.desa.id/surat.pdf" length="1234" type="application/pdf"/>'
            '<media:content url="https://contoh.desa.id/b.jpg" medium="image" width="640" height="480"/>',
            head="<title>KIM</title><link>https://contoh.desa.id</link><language>id</language>"
            '<atom:link rel="self" href="https://contoh.desa.id/feed/"/>'
            '<atom:link rel="hub" href="https://hub.example/"/>'
            "<generator>https://wordpress.org/?v=6.6</generator>",
        )
    )
    assert (feed.title, feed.home, feed.kind) == ("KIM", "https://contoh.desa.id", "rss20")
    assert (feed.self_url, feed.hub_url) == ("https://contoh.desa.id/feed/", "https://hub.example/")
    assert "wordpress" in feed.generator
    (entry,) = feed.entries
    assert entry.id == "https://contoh.desa.id/?p=12"
    assert entry.link == "https://contoh.desa.id/2026/08/posyandu/"
    assert entry.title == "Posyandu & Kelas Ibu Hamil"
    assert entry.html == "<p>Isi <img src='/a.jpg'></p>"
    assert entry.summary == "Ringkas [&#8230;]"
    assert entry.author == "Nurhayati"
    assert entry.published == datetime(2026, 8, 5, 1, tzinfo=UTC)
    assert entry.topics == ("Kesehatan", "Berita")
    assert entry.images == (Image("https://contoh.desa.id/b.jpg", "", 640, 480),)
    assert [(each.url, each.type, each.length) for each in entry.enclosures] == [
        ("https://contoh.desa.id/surat.pdf", "application/pdf", 1234)
    ]
    assert (entry.language, entry.base) == ("id", entry.link)
    assert not feed.warnings


@pytest.mark.corpora
@pytest.mark.usefixtures("shared_data")
def test_opensid() -> None:
    body = (FIXTURES / "opensid_feed_SYNTHETIC.xml").read_text(encoding="utf-8")
    feed = parse(body.replace("Desa Beru-Beru", "Desa Beru-Beru & Dusun Lasa"))  # as OpenSID writes it
    assert feed.title == "Desa Beru-Beru & Dusun Lasa"
    assert not feed.warnings
    (entry,) = feed.entries
    assert entry.title == "Posyandu & Kelas Ibu Hamil"
    assert '<img src="/desa/upload/media/2.jpg"' in entry.html
    assert entry.base.startswith("https://contoh.desa.id/")
    assert entry.published == datetime(2026, 8, 5, 2, tzinfo=UTC)


def test_opensid_cuts_its_excerpt_within_a_character() -> None:
    whole = rss("<guid>1</guid><title>Béla negara</title><description><![CDATA[Harga “naik…]]></description>")
    cut = whole.encode().replace("…]]>".encode(), "…".encode()[:2] + b"]]>")
    (entry,) = parse(cut, content_type="text/xml; charset=utf-8").entries
    assert (entry.title, entry.summary) == ("Béla negara", "Harga “naik")


def test_atom() -> None:
    feed = parse(
        atom(
            "<id>tag:x,2026:1</id><title type='html'>Gotong &lt;b&gt;royong&lt;/b&gt;</title>"
            "<link rel='alternate' href='berita/1'/><updated>2026-08-05T09:00:00Z</updated>"
            "<category term='desa' label='Kabar Desa'/>"
            "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>Isi</p></div></content>",
            "<id>tag:x,2026:2</id><title>Dua</title><content type='text'>a &lt; b &amp; c\n\nakhir</content>",
            head="<link rel='next' href='?page=2'/>",
            attributes='xml:base="https://contoh.desa.id/kim/"',
        )
    )
    first, second = feed.entries
    assert feed.next_url == "https://contoh.desa.id/kim/?page=2"
    assert (first.link, first.base) == ("https://contoh.desa.id/kim/berita/1", "https://contoh.desa.id/kim/")
    assert first.html == "<p>Isi</p>"
    assert first.topics == ("Kabar Desa",)
    assert first.published == first.updated == datetime(2026, 8, 5, 9, tzinfo=UTC)
    assert second.html == "<p>a &lt; b &amp; c</p><p>akhir</p>"


def test_youtube() -> None:
    (entry,) = parse(
        atom(
            "<id>yt:video:abc</id><title>Video</title><link rel='alternate' href='https://youtu.be/abc'/>"
            '<media:group xmlns:media="http://search.yahoo.com/mrss/"><media:title>Video</media:title>'
            '<media:thumbnail url="https://i.ytimg.com/abc.jpg" width="480" height="360"/>'
            "<media:description>Liputan desa</media:description></media:group>"
        )
    ).entries
    assert entry.images == (Image("https://i.ytimg.com/abc.jpg", "", 480, 360),)
    assert entry.summary == "Liputan desa"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Rab, 05 Agu 2026 09:00:00 WIB", datetime(2026, 8, 5, 2, tzinfo=UTC)),
        ("Rabu, 05 Agustus 2026 09:00 WITA", datetime(2026, 8, 5, 1, tzinfo=UTC)),
        ("2026-08-05 09:00:00", datetime(2026, 8, 5, 2, tzinfo=UTC)),
        ("31 Februari 2026", None),
    ],
)
def test_dates_of_villages(given: str, expected: datetime | None) -> None:
    (entry,) = parse(rss(f"<guid>1</guid><title>x</title><pubDate>{given}</pubDate>")).entries
    assert (entry.published, entry.published_as_given) == (expected, given)


def test_mail_addresses_are_not_authors() -> None:
    (entry,) = parse(rss("<guid>1</guid><author>noreply@blogger.com (Pak Amir)</author>")).entries
    assert entry.author == "Pak Amir"
    (entry,) = parse(rss("<guid>1</guid><author>redaksi@kim-taan.online (Redaksi KIM Taan)</author>")).entries
    assert entry.author == "Redaksi KIM Taan"
    (entry,) = parse(rss("<guid>1</guid><author>KIM Taan &lt;redaksi@kim-taan.website&gt;</author>")).entries
    assert entry.author == "KIM Taan"
    (entry,) = parse(rss("<guid>1</guid><author>amir@desa.id</author>")).entries
    assert entry.author == ""


def test_addresses_that_lead_nowhere_are_no_media() -> None:
    (entry,) = parse(
        rss(
            '<guid>1</guid><enclosure url="javascript:alert(1)" type="image/png"/>'
            '<enclosure url="file:///etc/passwd" type="text/html"/>'
            '<enclosure url="/a.mp3" type="audio/mpeg" length="-1"/>'
            f'<enclosure url="/b.mp3" type="audio/mpeg" length="{10**18}"/><image>https://x.id/c.jpg</image>'
        )
    ).entries
    assert entry.images == (Image("https://x.id/c.jpg"),)
    assert [(each.url, each.length) for each in entry.enclosures] == [
        ("https://contoh.desa.id/a.mp3", None),
        ("https://contoh.desa.id/b.mp3", None),
    ]


def test_relative_addresses_refer_to_the_site_not_to_where_its_feed_is_served() -> None:
    (entry,) = parse(
        rss(
            "<guid>1</guid><link>https://lain.example/berita</link>", head="<link>https://kim.desa.id/</link>"
        )
    ).entries
    assert entry.base == "https://kim.desa.id/"


# -- identity ---------------------------------------------------------------------------------------


def test_without_guid_the_link_is_the_id_and_without_link_title_and_date() -> None:
    linked, bare, again = parse(
        rss(
            "<title>A</title><link>https://contoh.desa.id/a</link>",
            "<title>B</title><pubDate>5 Aug 2026 09:00:00 +0700</pubDate><description>satu</description>",
            "<title>C</title>",
        )
    ).entries
    edited = parse(
        rss("<title>B</title><pubDate>5 Aug 2026 09:00:00 +0700</pubDate><description>dua</description>")
    )
    assert linked.id == "https://contoh.desa.id/a"
    assert edited.entries[0].id == bare.id != again.id


def test_one_guid_on_two_posts() -> None:
    one = "<guid>1</guid><title>Satu</title><link>https://contoh.desa.id/satu</link>"
    two = "<guid>1</guid><title>Dua</title><link>https://contoh.desa.id/dua</link>"
    feed = parse(rss(one, two))
    assert [entry.id for entry in feed.entries] == [
        "1#https://contoh.desa.id/satu",
        "1#https://contoh.desa.id/dua",
    ]
    assert degraded(feed)
    # An edit of one keeps its id although the other one is skipped as known.
    edited = parse(rss(one, two.replace("Dua", "Dua, disunting")), known=feed.hashes)
    assert [entry.id for entry in edited.entries] == ["1#https://contoh.desa.id/dua"]


def test_one_post_twice_is_one() -> None:
    item = "<guid>1</guid><title>Satu</title><link>https://contoh.desa.id/satu</link>"
    feed = parse(rss(item, item + "<description>lagi</description>"))
    assert [entry.id for entry in feed.entries] == ["1"]
    assert not feed.warnings


# -- skipping what is known -------------------------------------------------------------------------


def test_known_items_are_skipped_and_an_edited_one_is_read() -> None:
    items = [f"<guid>{number}</guid><title>Berita {number}</title>" for number in range(5)]
    first = parse(rss(*items))
    assert len(first.hashes) == len(set(first.hashes)) == 5
    same = parse(rss(*items), known=first.hashes)
    assert (same.entries, same.skipped, same.hashes, same.title) == ((), 5, first.hashes, first.title)
    items[3] += "<description>disunting</description>"
    edited = parse(rss(*items), known=first.hashes)
    assert ([entry.id for entry in edited.entries], edited.skipped) == (["3"], 4)


def test_items_in_cdata_and_comments_are_not_cut_at() -> None:
    tricky = "<guid>1</guid><title>x</title><description><![CDATA[<item></item></item><item>]]></description>"
    feed = parse(rss(tricky, "<guid>2</guid><title>y</title><!-- </item> -->"))
    assert [entry.id for entry in feed.entries] == ["1", "2"]
    assert feed.entries[0].summary == "<item></item></item><item>"
    assert parse(rss(tricky, "<guid>3</guid>"), known=feed.hashes).entries[0].id == "3"


def test_items_inside_items_go_to_the_parser_whole() -> None:
    nested = (
        "<id>1</id><title>x</title><content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>"
        "<x:entry xmlns:x='urn:x'>kutipan</x:entry></div></content>"
    )
    feed = parse(atom(nested, "<id>2</id><title>y</title>"))
    assert (len(feed.entries), feed.hashes) == (2, ())


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-le", "utf-32", "cp1252"])
def test_skipping_works_in_any_charset(charset: str) -> None:
    text = rss("<guid>1</guid><title>Kafé</title>", "<guid>2</guid><title>Dua</title>")
    text = text.replace('"1.0"', f'"1.0" encoding="{charset}"')
    first = parse(text.encode(charset))
    assert [entry.title for entry in first.entries] == ["Kafé", "Dua"]
    assert parse(text.encode(charset), known=first.hashes).skipped == 2


def test_of_too_many_items_the_newest_are_read() -> None:
    def item(day: int) -> str:
        date = (datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=day)).strftime(
            "%a, %d %b %Y %H:%M:%S +0000"
        )
        return f"<guid>{day}</guid><title>x</title><pubDate>{date}</pubDate>"

    days = range(MAX_ITEMS + 100)
    falling = parse(rss(*map(item, reversed(days))))
    rising = parse(rss(*map(item, days)))
    assert {int(entry.id) for entry in falling.entries} == set(days[100:])
    assert {int(entry.id) for entry in rising.entries} == set(days[100:])
    assert len(rising.hashes) == MAX_ITEMS
    assert degraded(rising)


# -- flaws ------------------------------------------------------------------------------------------


def test_a_feed_without_items_is_a_feed() -> None:
    feed = parse(rss())
    assert (feed.entries, feed.warnings, feed.title) == ((), (), "Desa Beru-Beru")
    assert parse("<rss/>").entries == ()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \n\t ",
        b"<!doctype html><html><body>Akun ditangguhkan <rss></rss></body></html>",
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 400,
        bytes(range(255, 0, -1)) * 500,
        b'{"items": []}',
        b"[1, 2",
        b"<opml version='2.0'><body/></opml>",
        b"<!-- <rss> --><note/>",
        b"<!-- <rss><channel/></rss>",
    ],
)
def test_what_is_no_feed(body: bytes) -> None:
    assert reason(body) == "not_a_feed"


def test_too_large() -> None:
    assert reason(b"<rss>" + b" " * MAX_BYTES) == "too_large"


@pytest.mark.parametrize("at", ["<title>Berita 6", "<guid>6</", "</guid><title>Berita 6</title>"])
def test_of_a_cut_document_whole_items_are_kept(at: str) -> None:
    body = rss(*(f"<guid>{number}</guid><title>Berita {number}</title>" for number in range(10)))
    feed = parse(body[: body.index(at) + 4])
    assert [entry.id for entry in feed.entries] == ["0", "1", "2", "3", "4", "5"]
    assert degraded(feed)


def test_a_cut_head_brings_nothing_and_says_so() -> None:
    feed = parse('<rss version="2.0"><channel><title>Desa</title><link>https://x.')
    assert feed.entries == ()
    assert degraded(feed)


def test_what_stands_around_the_document_is_left_out() -> None:
    before = "\ufeff\n<br />\n<b>Warning</b>:  Undefined variable in <b>/var/www/feed.php</b><br />\n"
    feed = parse(before + rss("<guid>1</guid><title>x</title>") + "\n<script>iklan()</script>")
    assert [entry.id for entry in feed.entries] == ["1"]
    assert not feed.warnings


def test_small_flaws_are_put_right_without_a_word() -> None:
    feed = parse(
        rss(
            "<guid>1</guid><title>A & B &nbsp;&hellip; &#8; &#xD800; \x08\x00 C</title><link>https://x.id/?a=1&b=2</link>"
            "<description><![CDATA[&nbsp; tetap & utuh]]></description>"
        )
    )
    (entry,) = feed.entries
    assert " ".join(entry.title.split()) == "A & B … C"
    assert entry.link == "https://x.id/?a=1&b=2"
    assert entry.summary == "&nbsp; tetap & utuh"
    assert not feed.warnings


def test_malformed_xml_is_read_as_far_as_it_goes() -> None:
    feed = parse(rss("<guid>1</guid><title>Satu</title><b>", "<guid>2</guid><title>Dua</title>"))
    assert "Satu" in [entry.title for entry in feed.entries]
    assert degraded(feed)


# -- charsets ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("charset", "content_type"),
    [
        ("cp1252", "application/rss+xml; charset=utf-8"),
        ("cp1252", "text/xml"),
        ("utf-8", "text/xml; charset=iso-8859-1"),
        ("utf-8", "text/xml"),
        ("utf-8-sig", ""),
        ("utf-16", "text/xml; charset=utf-8"),
        ("iso8859-15", "text/xml; charset=iso-8859-15"),
    ],
)
def test_the_text_is_readable_whatever_is_declared(charset: str, content_type: str) -> None:
    body = rss("<guid>1</guid><title>Kafé Ibu Sitti</title>").encode(charset)
    title = parse(body, content_type=content_type).entries[0].title
    # UTF-8 that is declared as Latin-1 is undone by feedparser.
    assert title == "Kafé Ibu Sitti"


def test_utf7_never_becomes_markup() -> None:
    hidden = "+ADw-script+AD4-"
    body = rss(f"<guid>1</guid><title>{hidden}</title>").encode()
    for declared in ("text/xml; charset=utf-7", "text/xml; charset=unicode_escape"):
        assert parse(body, content_type=declared).entries[0].title == hidden
    assert reason(body.replace(b"<title>", b"<title>\xe9"), "text/xml; charset=utf-7") == "bad_charset"


def test_a_text_that_breaks_its_charset_is_refused() -> None:
    body = rss("<guid>1</guid><title>x</title>").encode("utf-16")
    assert reason(body + b"\x00\xd8" * len(body)) == "bad_charset"


# -- JSON Feed --------------------------------------------------------------------------------------


def test_json_feed() -> None:
    feed = parse(
        "\ufeff"
        + json_feed(
            {
                "id": 12,
                "url": "/a",
                "title": "A",
                "content_text": "a < b",
                "date_published": "2026-08-05T09:00:00+08:00",
            },
            {
                "id": "b",
                "external_url": "https://lain.id/",
                "content_html": "<p>b</p>",
                "tags": ["x", 3, "x"],
            },
            {
                "id": "c",
                "attachments": [{"url": "c.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 10**400}],
            }
            | {
                "attachments": [{"url": "c.jpg", "mime_type": "image/jpeg"}, {"url": "data:,x"}],
                "image": "d.png",
            },
            author={"name": "Redaksi"},
            expired=True,
            hubs=[{"type": "rssCloud", "url": "https://a/"}, {"type": "WebSub", "url": "https://hub.id/"}],
            next_url="https://contoh.desa.id/feed.json?page=2",
            feed_url="https://contoh.desa.id/feed.json",
        )
    )
    one, two, three = feed.entries
    assert (one.id, one.html, one.author) == ("12", "a &lt; b", "Redaksi")
    assert one.published == datetime(2026, 8, 5, 1, tzinfo=UTC)
    assert (two.link, two.topics) == ("https://lain.id/", ("x",))
    assert [image.url for image in three.images] == [
        "https://contoh.desa.id/feed/d.png",
        "https://contoh.desa.id/feed/c.jpg",
    ]
    assert (feed.kind, feed.expired, feed.hub_url) == ("json11", True, "https://hub.id/")
    assert feed.next_url == "https://contoh.desa.id/feed.json?page=2"


def test_json_items_are_skipped_too() -> None:
    items = [{"id": str(number), "content_text": "x"} for number in range(4)]
    first = parse(json_feed(*items))
    items[1]["content_text"] = "y"
    again = parse(json_feed(*items), known=first.hashes)
    assert ([entry.id for entry in again.entries], again.skipped) == (["1"], 3)


@pytest.mark.parametrize(
    "items",
    [
        "[" * 1000 + "]" * 1000,
        "[" * 500_000,
        '[{"id": 1' + "0" * 400 + "}]",
        '[{"id": 1e999}]',
        '[{"id": "1", "id": "2"}]',
        '{"id": "1"}',
        "[" + '{"a":' * 80 + "1" + "}" * 80 + "]",
    ],
)
def test_json_that_is_refused(items: str) -> None:
    started = time.perf_counter()
    assert reason('{"version": "https://jsonfeed.org/version/1.1", "items": ' + items + "}") == "not_a_feed"
    assert time.perf_counter() - started < 5


# -- attacks ----------------------------------------------------------------------------------------


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("rahasia")
    item = rss("<guid>1</guid><title>a&x;b&big;</title>").partition("?>")[2]
    feed = parse(f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{secret.as_uri()}"><!ENTITY big "{"b" * 1000}">]>{item}')
    assert "rahasia" not in str(feed)
    assert "bbb" not in str(feed)


def _laughs() -> str:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE x [<!ENTITY l0 "lol">{entities}]>' + rss("<title>&l9;</title>").partition("?>")[2]


HOSTILE = {
    "billion laughs": _laughs(),
    "quadratic blow-up": f'<!DOCTYPE x [<!ENTITY a "{"a" * 200_000}">]>'
    + rss("<title>" + "&a;" * 50_000 + "</title>"),
    "nested elements": rss("<a>" * 20_000 + "</a>" * 20_000),
    "angle brackets": rss("<description>" + "<" * 200_000 + "</description>"),
    "ampersands": rss("<description>" + "&a" * 200_000 + "</description>"),
    "end tags": rss("<description>" + "</a" * 500_000 + "</description>"),
    "attributes": rss("<x " + " ".join(f'a{n}="1"' for n in range(100_000)) + "/>"),
    "long attribute": rss('<x a="' + "b" * 4_000_000 + '"/>'),
    "open quotes": rss("<description>" + "<a b='" * 300_000 + "</description>"),
    "open CDATA": "<rss><channel><item>" + "<![CDATA[" * 400_000,
    "open comments": "<!--" + "<rss " * 900_000,
    "roots": "<rss" * 1_000_000,
    "categories": rss("".join(f"<category>{n}</category>" for n in range(30_000))),
    "keywords": rss(f"<media:keywords>{','.join(map(str, range(400_000)))}</media:keywords>"),
    "author": rss("<author>" + "a" * 4_000_000 + "</author>"),
    "date": rss("<pubDate>" + "1 " * 2_000_000 + "</pubDate>"),
    "xml:base": rss('<x xml:base="http://x/' + "b" * 1_000_000 + '">' + "<y/>" * 200_000 + "</x>"),
    "namespaces": rss("".join(f'<x xmlns:n{n}="u{n}"/>' for n in range(60_000))),
    "unclosed items": "<rss><channel>" + "<item " * 800_000,
    "empty items": rss().replace("</channel>", "<item/>" * 400_000 + "</channel>"),
    "charrefs": rss("<title>" + "&#" * 200_000 + "&#x110000;&#99999999999;</title>"),
    "long title": rss("<title>" + "t" * 2**20 + "</title>", head="<title>" + "t" * 2**20 + "</title>"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_are_bounded(name: str) -> None:
    """Either entries within limits or ``not_a_feed``, in at most ten seconds (TRUST F05, F12, F33)."""
    started = time.process_time()
    try:
        feed = parse(HOSTILE[name])
    except ParseError as error:
        feed, why = ParsedFeed(), error.reason
    else:
        why = ""
    assert why in ("", "not_a_feed")
    assert len(feed.title) <= 2000
    assert len(feed.entries) <= MAX_ITEMS
    for entry in feed.entries:
        assert len(entry.topics) <= 50
        assert len(entry.title) <= 2000
        assert len(entry.author) <= 200
    assert time.process_time() - started < 10
