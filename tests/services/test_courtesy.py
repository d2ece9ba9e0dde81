"""What sites wish of search engines and of us is asked for politely, kept, and honoured."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import Client

from hub.app import Hub
from hub.model import Batch, Site, leaves_out
from hub.services.courtesy import MOST, read_robots
from hub.testing import faults
from hub.testing.faults import Server
from hub.testing.scripted import ScriptedConnector, entry, scripted_hub
from tests.clock import Clock
from web.app import make_app

TAAN = "76.02.02.2010"
FRONT = b"<!doctype html><html><head><title>Desa</title>%s</head><body></body></html>"
NOINDEX = b'<meta name="Robots" content="NoIndex, follow">'


class Village:
    """A site on loopback whose robots.txt and front page are set by the test."""

    def __init__(self) -> None:
        self.robots, self.front, self.header = b"", FRONT % b"", b""
        self.status, self.down = b"200 OK", False

    def __call__(self, client: socket.socket, head: bytes) -> None:
        path = head.split(b" ", 2)[1]
        status, body = self.status, self.front
        if path == b"/robots.txt":
            body, status = self.robots, b"200 OK" if self.robots else b"404 Not Found"
        if self.down:
            status, body = b"500 Internal Server Error", b""
        kind = b"text/plain" if path == b"/robots.txt" else b"text/html"
        client.sendall(
            b"HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n%sConnection: close\r\n\r\n%s"
            % (status, kind, len(body), self.header, body)
        )


@pytest.fixture
def village() -> Village:
    return Village()


@pytest.fixture
def server(village: Village) -> Iterator[Server]:
    with faults.serve(village, "127.10.48.2") as serving:
        yield serving


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hub(tmp_path: Path, clock: Clock, server: Server) -> Iterator[Hub]:
    connector = ScriptedConnector()
    settings = {
        "network": {"allow_private": ["127.10.0.0/16"]},
        "harvest": {"host_delay": 0.0},
        "web": {"rate_limit": 0},
    }
    opened = scripted_hub(tmp_path, connector, now=clock, settings=settings, http=None)
    opened.registering.add_site(
        "KIM Taan", server.url, TAAN, probe=False, connector="scripted", feed_url=server.url
    )
    hidden = entry(2, title="Tersembunyi", noindex=True)
    connector.plan(server.url, [Batch({}, (entry(1, title="Terbuka"), hidden))])
    opened.harvesting.run(everything=True)
    yield opened
    opened.close()


def site(hub: Hub) -> Site:
    return hub.reading.site(1).site


@pytest.mark.parametrize(
    ("directives", "expected"),
    [
        ("noindex", True),
        ("NoIndex, follow", True),
        ("none", True),
        ("googlebot: noindex", True),
        ("kimhub: none", True),
        ("otherbot: noindex", False),
        ("noarchive, nofollow", False),
        ("unavailable_after: 25 Jun 2027 15:00:00 PST", False),
        ("max-snippet:-1", False),
        ("", False),
    ],
)
def test_directives_as_search_engines_read_them(directives: str, expected: bool) -> None:
    assert leaves_out(directives) is expected


@pytest.mark.parametrize(
    ("robots", "path", "noindex", "unwelcome"),
    [
        ("User-agent: *\nDisallow: /\n", "/", True, False),
        ("User-agent: *\nDisallow: /wp-admin/\n", "/", False, False),
        ("User-agent: *\nDisallow:\n", "/", False, False),
        ("User-agent: KimHub\nDisallow: /\n\nUser-agent: *\nDisallow:\n", "/", True, True),
        ("User-agent: kimhub\nDisallow: /arsip\n\nUser-agent: *\nDisallow:\n", "/", False, False),
        ("User-agent: GPTBot\nDisallow: /\n", "/", False, False),
        ("User-agent: *\nDisallow: /\n", "/kim.taan", False, False),
        ("User-agent: kimhub\nDisallow: /\n", "/kim.taan", True, True),
        ("<html><body>Halaman tidak ada</body></html>", "/", False, False),
        ("", "/", False, False),
    ],
    ids=["all", "part", "empty", "us", "us-partly", "another", "host-of-many", "us-there", "no-file", "none"],
)
def test_what_a_robots_txt_wishes(robots: str, path: str, noindex: bool, unwelcome: bool) -> None:
    found = read_robots(robots, f"https://kim.example{path}")
    assert (found.noindex, found.unwelcome) == (noindex, unwelcome)


@pytest.mark.parametrize("where", ["robots.txt", "header", "page"])
def test_a_wish_is_found_wherever_it_stands_and_ends_when_it_is_taken_back(
    hub: Hub, village: Village, clock: Clock, where: str
) -> None:
    assert hub.courtesy.run() == 1
    assert not site(hub).noindex
    village.robots = b"User-agent: *\nDisallow: /\n" if where == "robots.txt" else b""
    village.header = b"X-Robots-Tag: noindex\r\n" if where == "header" else b""
    village.front = FRONT % (NOINDEX if where == "page" else b"")
    assert hub.courtesy.run() == 0, "once a day is enough"
    clock.forward(days=1)
    assert hub.courtesy.run() == 1
    assert site(hub).noindex
    village.down = True
    clock.forward(days=1)
    hub.courtesy.run()
    assert site(hub).noindex, "the last word stands while the site is down"
    village.down, village.robots, village.header, village.front = False, b"", b"", FRONT % b""
    clock.forward(days=1)
    hub.courtesy.run()
    assert not site(hub).noindex


def test_our_pages_of_such_a_site_ask_the_same_and_are_read_all_the_same(hub: Hub, village: Village) -> None:
    village.robots = b"User-agent: kimhub\nDisallow: /\n"
    before = Client(make_app(hub))
    assert b"/berita/1<" in before.get("/sitemap-1.xml").data
    assert b"/berita/2<" not in before.get("/sitemap-1.xml").data, "that one asks for itself"
    assert b"/berita/1<" in before.get("/sitemap-news.xml").data
    hub.courtesy.run()
    after = Client(make_app(hub))
    for number in (1, 2):
        page = after.get(f"/berita/{number}")
        assert page.status_code == 200
        assert page.headers["X-Robots-Tag"] == "noindex"
        assert b'<meta name="robots" content="noindex">' in page.data
        assert b'rel="canonical"' not in page.data
        for address in ("/sitemap-1.xml", "/sitemap-news.xml"):
            assert b"/berita/%d<" % number not in after.get(address).data
    assert b"robots.txt" in after.get("/sumber/1").data, "said where the site's health is told"
    (finding,) = [each for each in hub.upkeep.check() if each.part == "site 1"]
    assert "robots.txt" in finding.message
    assert "kimhub site remove 1" in finding.cure
    assert all(each.reason is None for each in hub.harvesting.run(everything=True).harvests), (
        "nothing is stopped behind anybody's back"
    )


def test_one_run_is_short_and_the_longest_unseen_come_first(hub: Hub, server: Server, clock: Clock) -> None:
    hub.courtesy.run()
    for number in range(MOST + 5):
        url = f"{server.url}kim/{number}"
        hub.registering.add_site(f"KIM {number}", url, TAAN, probe=False, connector="scripted", feed_url=url)
    clock.forward(days=1)
    assert hub.courtesy.run() == MOST
    assert hub.courtesy.run() == 6
    assert hub.courtesy.run() == 0


def test_a_page_elsewhere_says_nothing_of_the_site(hub: Hub, village: Village) -> None:
    """A login page to which a social network leads asks to be left out; the KIM there did not."""
    login = Village()
    login.front = FRONT % NOINDEX
    with faults.serve(login, "127.10.48.3") as other:
        village.status, village.header = b"302 Found", f"Location: {other.url}login\r\n".encode()
        assert hub.courtesy.look(site(hub).url).noindex is None
