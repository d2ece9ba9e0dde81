"""Every feed of every kind of page keeps the rules of the W3C validator."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest
from lxml import etree
from werkzeug.test import Client

from hub.app import Hub
from hub.model import Batch, Enclosure
from hub.testing.scripted import ScriptedConnector, entry, scripted_hub
from tests.clock import Clock
from tests.web.feed_rules import faults_of
from tests.web.world import World, portal
from web.app import make_app

TAAN = "76.02.02.2010"
BASE = "http://127.0.0.1:8000"
KINDS = ("xml", "atom", "json")
FILTERS = (
    {},
    {"q": "posyandu"},
    {"q": '"bantuan beras" -judi & <b>'},
    {"q": "zzzzqq"},
    {"village": TAAN},
    {"kecamatan": "76.02.03", "since": "2026-01-01"},
    {"site": "1", "topic": "kesehatan"},
    {"lang": "en"},
)
#: What CMS put into feeds: markup in titles, characters that XML has not, addresses of every sort.
NASTY = (
    entry(1, title="<b>Gotong</b> royong & \x0bkerja \x00bakti ]]> <!--", author="admin@desa"),
    entry(
        2,
        title="",
        html='<p onclick="x()">Baca <a href="/profil">di sini</a> <img src="../foto.jpg" srcset="a.jpg 2x">'
        '<a href="javascript:alert(1)">x</a><script>alert(1)</script><iframe src="//x"></iframe></p>',
    ),
    entry(3, enclosures=(Enclosure("https://taan.example/a.mp3", "bukan mime", None),)),
    entry(4, enclosures=(Enclosure("/a.pdf", "application/pdf", 12), Enclosure("x:y", "", -3))),
    entry(5, html="", summary="Ringkasan saja \ufffe", topics=("", "Kesehatan & gizi", "Kesehatan & gizi")),
    entry(
        6,
        link="javascript:alert(1)",
        published=datetime(2031, 2, 20, tzinfo=UTC),
    ),
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with portal(tmp_path_factory.mktemp("feeds"), "127.10.50.") as served:
        yield served


@pytest.fixture
def nasty(tmp_path: Path) -> Iterator[Hub]:
    connector, url = ScriptedConnector(), "https://taan.example/"
    hub = scripted_hub(tmp_path, connector, now=Clock(), settings={"web": {"rate_limit": 0}})
    hub.registering.add_site(
        'KIM "Taan" & <kawan>', url, TAAN, probe=False, connector="scripted", feed_url=url
    )
    connector.plan(url, [Batch({}, NASTY)])
    hub.harvesting.run(everything=True)
    yield hub
    hub.close()


def got(hub: Hub, path: str) -> bytes:
    answer = Client(make_app(hub)).get(path, base_url=hub.settings.hub.base_url)
    assert answer.status_code == 200, path
    return answer.data


@pytest.mark.parametrize("kind", KINDS)
def test_feeds_of_news_keep_the_rules(world: World, kind: str) -> None:
    found = {}
    for params in FILTERS:
        path = f"/feed.{kind}" + (f"?{urlencode(params)}" if params else "")
        if faults := faults_of(got(world.hub, path), kind, world.base + path):
            found[path] = sorted(set(faults))
    assert found == {}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("query", ["", f"?village={TAAN}"], ids=["district", "village"])
def test_feeds_of_announcements_keep_the_rules(world: World, kind: str, query: str) -> None:
    path = f"/pengumuman/feed.{kind}{query}"
    assert faults_of(got(world.hub, path), kind, world.base + path) == []


def test_the_list_of_cap_alerts_keeps_them_too(world: World) -> None:
    path = "/pengumuman/cap.xml"
    assert faults_of(got(world.hub, path), "atom", world.base + path) == []


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_sites_send_the_rules_are_kept(nasty: Hub, kind: str) -> None:
    document = got(nasty, f"/feed.{kind}")
    assert faults_of(document, kind, f"{BASE}/feed.{kind}") == []
    assert document.count({"xml": b"<item>", "atom": b"<entry>", "json": b'"date_published"'}[kind]) == len(
        NASTY
    )


def test_pages_of_a_feed_follow_one_another(world: World) -> None:
    """RFC 5005 for Atom, ``next_url`` for JSON Feed: each post is on one page."""
    seen: list[str] = []
    address = "/feed.json"
    while address:
        page = json.loads(got(world.hub, address))
        seen += [each["id"] for each in page["items"]]
        address = page.get("next_url", "").removeprefix(world.base)
    assert len(seen) == len(set(seen)) > 30
    assert b'rel="next"' in got(world.hub, "/feed.atom")


def test_a_feed_names_the_kim_and_the_original(world: World) -> None:
    rss, atom = got(world.hub, "/feed.xml").decode(), got(world.hub, "/feed.atom").decode()
    original = json.loads(got(world.hub, "/feed.json"))["items"][0]["external_url"]
    assert "<dc:creator>KIM " in rss
    assert f'<source url="{original}">' in rss
    assert f'<link href="{original}" rel="via"/>' in atom


def test_what_belongs_to_an_item_is_told_with_its_kind(world: World, nasty: Hub) -> None:
    atom = etree.fromstring(got(nasty, "/feed.atom"))
    found = [dict(each.attrib) for each in atom.iter("{*}link") if each.get("rel") == "enclosure"]
    assert {"href": "https://taan.example/a.pdf", "type": "application/pdf", "length": "12"} in [
        {name: each[name] for name in ("href", "type", "length") if name in each} for each in found
    ]
    notices = got(world.hub, "/pengumuman/feed.atom").decode()
    assert 'rel="enclosure" type="application/pdf"' in notices


# -- the rules themselves ---------------------------------------------------------------------------

RSS = (
    '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>t</title>'
    "<link>https://x.example/</link><description>d</description><language>id</language>"
    '<atom:link rel="self" href="https://x.example/f"/><item><title>i</title><link>https://x.example/1</link>'
    '<guid isPermaLink="true">https://x.example/1</guid><pubDate>Tue, 24 Nov 2026 01:14:00 +0000</pubDate>'
    '<description>&lt;a href="https://x.example/"&gt;x&lt;/a&gt;</description>'
    '<enclosure url="https://x.example/a.mp3" length="1" type="audio/mpeg"/></item></channel></rss>'
)
ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><id>https://x.example/f</id><title>t</title>'
    "<updated>2026-11-24T01:14:00Z</updated>"
    '<link rel="self" href="https://x.example/f"/><entry><id>urn:uuid:1</id><title>i</title>'
    "<updated>2026-11-24T01:14:00Z</updated><author><name>n</name></author>"
    '<link rel="alternate" href="https://x.example/1"/><content type="html">x</content></entry></feed>'
)
JSON = (
    '{"version": "https://jsonfeed.org/version/1.1", "title": "t", "feed_url": "https://x.example/f", '
    '"items": [{"id": "1", "content_html": "x", "date_published": "2026-11-24T01:14:00Z", '
    '"attachments": [{"url": "https://x.example/a", "mime_type": "a/b"}]}]}'
)


@pytest.mark.parametrize(
    ("kind", "document", "good", "bad"),
    [
        ("xml", RSS, "<title>t</title>", ""),
        ("xml", RSS, "https://x.example/1</link>", "/1</link>"),
        ("xml", RSS, "Tue,", "Mon,"),
        ("xml", RSS, "+0000", "WITA"),
        ("xml", RSS, 'isPermaLink="true">https', 'isPermaLink="true">mark:'),
        ("xml", RSS, 'rel="self"', 'rel="next"'),
        ("xml", RSS, "x.example/f", "x.example/g"),
        ("xml", RSS, 'length="1"', 'length=""'),
        ("xml", RSS, "audio/mpeg", "audio"),
        ("xml", RSS, '&lt;a href="https://x.example/"', '&lt;a href="/profil"'),
        ("xml", RSS, '&lt;a href="https://x.example/"', "&lt;script"),
        ("xml", RSS, "<description>&lt;", "<summary>x</summary><description>&lt;"),
        ("xml", RSS, "<title>i</title>", "<title>i</title><author>KIM</author>"),
        ("atom", ATOM, "<id>urn:uuid:1</id>", "<id>satu</id>"),
        ("atom", ATOM, "<author><name>n</name></author>", ""),
        (
            "atom",
            ATOM,
            "<updated>2026-11-24T01:14:00Z</updated><author>",
            "<updated>kemarin</updated><author>",
        ),
        ("atom", ATOM, 'href="https://x.example/1"', 'href="1"'),
        ("atom", ATOM, 'rel="self"', 'rel="via"'),
        ("atom", ATOM, "</entry>", "<source><title>s</title></source></entry>"),
        ("json", JSON, '"id": "1"', '"id": 1'),
        ("json", JSON, '"content_html": "x", ', ""),
        ("json", JSON, "01:14:00Z", "01:14"),
        ("json", JSON, "a/b", "a"),
        ("json", JSON, '"title": "t", ', ""),
    ],
)
def test_a_broken_rule_is_seen(kind: str, document: str, good: str, bad: str) -> None:
    assert faults_of(document.encode(), kind, "https://x.example/f") == []
    broken = document.replace(good, bad, 1)
    assert broken != document
    assert faults_of(broken.encode(), kind, "https://x.example/f")


@pytest.mark.parametrize(("kind", "document", "item"), [("xml", RSS, "item"), ("atom", ATOM, "entry")])
def test_two_items_of_one_name_are_seen(kind: str, document: str, item: str) -> None:
    start, end = document.index(f"<{item}>"), document.index(f"</{item}>") + len(item) + 3
    twice = document[:end] + document[start:end] + document[end:]
    assert any("Duplicate" in each for each in faults_of(twice.encode(), kind, "https://x.example/f"))
