"""The feed connector against real HTTP servers on loopback."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from connectors.feed.detect import MAX_TRIED
from connectors.feed.harvest import MAX_TRIES, FeedConnector
from hub.http import HttpClient
from hub.spec import Batch, Cursor, FetchError, Headers, Link, ParseError, Probe, Proposal, Response, Source
from hub.testing.context import TestingContext
from hub.text.page import read_head

Answer = tuple[int, dict[str, str], str]
RSS, ATOM, JSON = "application/rss+xml", "application/atom+xml", "application/feed+json"
WORDPRESS = "<generator>https://wordpress.org/?v=6.6</generator>"


@dataclass
class Village:
    """A web server whose pages are set by the test; it remembers what it was asked."""

    url: str = ""
    pages: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    conditional: list[str] = field(default_factory=list)

    def page(self, path: str, body: str, kind: str = RSS, status: int = 200, **headers: str) -> None:
        self.pages[path] = (status, {"Content-Type": kind} | headers, body)

    def front(self, *links: str, generator: str = "", body: str = "") -> None:
        """A front page with ``<link>`` elements."""
        meta = f'<meta name="generator" content="{generator}">' if generator else ""
        html = f"<!doctype html><head><title>Desa</title>{meta}{''.join(links)}</head><body>{body}</body>"
        self.page("/", html, "text/html")


@contextmanager
def serving(address: str = "127.10.9.1") -> Iterator[Village]:
    village = Village()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            village.asked.append(self.path)
            status, headers, body = village.pages.get(
                self.path, (404, {"Content-Type": "text/html"}, "tidak ada")
            )
            if "ETag" in headers and self.headers.get("If-None-Match") == headers["ETag"]:
                village.conditional.append(self.path)
                status, body = 304, ""
            content = body.encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 304:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer((address, 0), Handler)
    village.url = f"http://{address}:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield village
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def http() -> Iterator[HttpClient]:
    client = HttpClient(user_agent="kimhub tests", allow_private=("127.10.0.0/16",), host_delay=0)
    yield client
    client.close()


@pytest.fixture
def village() -> Iterator[Village]:
    with serving() as village:
        yield village


def rss(*ids: object, head: str = "", full: bool = True) -> str:
    body = "<c:encoded>Isi lengkap</c:encoded>" if full else "<description>Ringkas</description>"
    items = "".join(
        f"<item><guid>{each}</guid><title>Berita {each}</title>{body}"
        f"<pubDate>Wed, 05 Aug 2026 09:00:{int(str(each)) % 60:02d} +0800</pubDate></item>"
        for each in ids
    )
    namespace = 'xmlns:c="http://purl.org/rss/1.0/modules/content/"'
    return f'<rss version="2.0" {namespace}><channel><title>KIM</title>{head}{items}</channel></rss>'


def visit(
    village: Village, http: HttpClient, cursor: Cursor | None = None, *, path: str = "/feed/", **kw: Any
) -> list[Batch]:
    seconds = kw.pop("deadline_seconds", 60.0)
    source = Source(1, 1, "feed", village.url + path, options=kw)
    context = TestingContext(http, deadline_seconds=seconds)
    return list(FeedConnector().harvest(source, cursor, context))


def ids(batches: list[Batch]) -> list[str]:
    return [entry.id for batch in batches for entry in batch.entries]


def detect(village: Village, http: HttpClient, path: str = "/") -> list[Proposal]:
    response = http.get(village.url + path)
    head = read_head(response.body, url=response.url, link_header=response.headers.get("link", ""))
    links = tuple(Link(each.rel, each.url, each.type, each.title) for each in head.links)
    village.asked.clear()
    probe = Probe(response.url, response, links, head.generator, head.title)
    return list(FeedConnector().detect(probe, TestingContext(http)))


def link(href: str, kind: str = RSS, title: str = "Desa") -> str:
    return f'<link rel="alternate" type="{kind}" href="{href}" title="{title}">'


# -- visits -----------------------------------------------------------------------------------------


def test_a_visit_a_304_and_a_new_post(village: Village, http: HttpClient) -> None:
    village.page("/feed/", rss(2, 1), ETag='"a"')
    (first,) = visit(village, http)
    assert (ids([first]), first.skipped, first.unchanged) == (["2", "1"], 0, False)

    (same,) = visit(village, http, first.cursor)
    assert village.conditional == ["/feed/"]
    assert (same.unchanged, same.skipped, same.entries) == (True, 2, ())

    village.page("/feed/", rss(3, 2, 1), ETag='"b"')
    (newer,) = visit(village, http, same.cursor)
    assert (ids([newer]), newer.skipped) == (["3"], 2)


def test_the_same_body_with_200_is_unchanged(village: Village, http: HttpClient) -> None:
    village.page("/feed/", rss(1))
    (first,) = visit(village, http)
    (same,) = visit(village, http, first.cursor)
    assert same.unchanged


@pytest.mark.parametrize(
    "cursor", [{}, {"validators": 3, "items": "x", "page": "y"}, {"items": None, "next": 0}]
)
def test_a_strange_cursor_costs_a_full_reading_only(
    village: Village, http: HttpClient, cursor: Cursor
) -> None:
    village.page("/feed/", rss(2, 1, head=WORDPRESS))
    assert ids(visit(village, http, cursor)) == ["2", "1"]


def test_warnings_and_a_move_are_passed_on(village: Village, http: HttpClient) -> None:
    village.page("/lama", "", status=301, Location="/feed/")
    village.page("/feed/", rss(2, 1)[:-60])
    (batch,) = visit(village, http, path="/lama")
    assert batch.moved_to == f"{village.url}/feed/"
    assert [oddity.reason for oddity in batch.warnings] == ["degraded"]
    assert ids([batch]) == ["2"]


@pytest.mark.parametrize("body", ["", "<html><body>Domain dijual</body></html>", "\x89PNG"])
def test_what_is_no_feed_raises(village: Village, http: HttpClient, body: str) -> None:
    village.page("/feed/", body, "text/html")
    with pytest.raises(ParseError) as refused:
        visit(village, http)
    assert refused.value.reason == "not_a_feed"


def test_gone(village: Village, http: HttpClient) -> None:
    village.page("/feed/", "", status=410)
    with pytest.raises(FetchError) as gone:
        visit(village, http)
    assert gone.value.reason == "gone"


def test_an_expired_json_feed_gives_its_items_and_is_gone(village: Village, http: HttpClient) -> None:
    village.page(
        "/feed/",
        '{"version": "https://jsonfeed.org/version/1.1", "expired": true, "items": [{"id": "1"}]}',
        JSON,
    )
    source = Source(1, 1, "feed", f"{village.url}/feed/")
    batches = FeedConnector().harvest(source, None, TestingContext(http))
    assert ids([next(batches)]) == ["1"]
    with pytest.raises(FetchError) as gone:
        next(batches)
    assert (gone.value.reason, gone.value.permanent) == ("gone", True)


# -- the past ---------------------------------------------------------------------------------------


def test_wordpress_pages_are_followed_on_the_first_visit_only(village: Village, http: HttpClient) -> None:
    village.page("/feed/", rss(6, 5, head=WORDPRESS))
    village.page("/feed/?paged=2", rss(4, 3, head=WORDPRESS))
    village.page("/feed/?paged=3", rss(2, 1, head=WORDPRESS))
    batches = visit(village, http)
    assert ids(batches) == ["6", "5", "4", "3", "2", "1"]
    assert village.asked[-1] == "/feed/?paged=4"
    assert not batches[-1].more
    village.asked.clear()
    visit(village, http, batches[-1].cursor)
    assert village.asked == ["/feed/"]


def test_history_can_be_switched_off(village: Village, http: HttpClient) -> None:
    village.page("/feed/", rss(2, 1, head=WORDPRESS))
    visit(village, http, full_history=False)
    assert village.asked == ["/feed/"]


def test_a_feed_that_ignores_paging_ends_at_once(village: Village, http: HttpClient) -> None:
    for path in ("/feed/", "/feed/?paged=2", "/feed/?paged=3"):
        village.page(path, rss(2, 1, head=WORDPRESS))
    batches = visit(village, http)
    assert ids(batches) == ["2", "1"]
    assert village.asked == ["/feed/", "/feed/?paged=2"]
    assert "next" not in batches[-1].cursor


def test_next_links_are_followed_on_the_same_host_and_never_in_circles(
    village: Village, http: HttpClient
) -> None:
    def linked(number: int, following: str) -> str:
        next_link = f'<a:link xmlns:a="http://www.w3.org/2005/Atom" rel="next" href="{following}"/>'
        return rss(number, head=next_link)

    village.page("/feed/", linked(3, "/lama/2"))
    village.page("/lama/2", linked(2, "/lama/1"))
    village.page("/lama/1", linked(1, "/lama/2"))
    assert ids(visit(village, http)) == ["3", "2", "1"]
    assert village.asked == ["/feed/", "/lama/2", "/lama/1"]
    with serving("127.10.9.2") as other:
        village.page("/feed/", linked(3, f"{other.url}/feed/"))
        assert ids(visit(village, http)) == ["3"]
        assert not other.asked


def test_a_visit_that_runs_out_of_time_resumes_where_it_was(village: Village, http: HttpClient) -> None:
    village.page("/feed/", rss(4, 3, head=WORDPRESS), ETag='"a"')
    village.page("/feed/?paged=2", rss(2, 1, head=WORDPRESS))
    short = visit(village, http, deadline_seconds=-1)
    assert ids(short) == ["4", "3"]
    assert short[-1].more
    rest = visit(village, http, short[-1].cursor)
    assert ids(rest) == ["2", "1"]
    assert not rest[0].unchanged
    assert (rest[-1].more, rest[-1].cursor.get("next")) == (False, None)


def test_a_failing_page_of_the_past_is_tried_again_and_then_given_up(
    village: Village, http: HttpClient
) -> None:
    village.page("/feed/", rss(2, 1, head=WORDPRESS), ETag='"a"')
    village.page("/feed/?paged=2", "rusak", status=500)
    last: Batch | None = None
    for turn in range(1, MAX_TRIES + 1):
        last = visit(village, http, last.cursor if last else None)[-1]
        assert last.more == (turn < MAX_TRIES)
    assert last is not None
    assert [oddity.reason for oddity in last.warnings] == ["degraded"]
    village.asked.clear()
    visit(village, http, last.cursor)
    assert village.asked == ["/feed/"]


def test_check_stores_nothing_and_names_the_newest(village: Village, http: HttpClient) -> None:
    village.page("/feed/", rss(1, 3, 2))
    check = FeedConnector().check(Source(1, 1, "feed", f"{village.url}/feed/"), TestingContext(http))
    assert (check.entries, check.newest, check.detail) == (3, "Berita 3", "KIM")
    village.page("/feed/", rss())
    assert (
        FeedConnector().check(Source(1, 1, "feed", f"{village.url}/feed/"), TestingContext(http)).entries == 0
    )


# -- detection --------------------------------------------------------------------------------------


def test_a_wordpress_front_page(village: Village, http: HttpClient) -> None:
    village.front(
        link("/wp-json/wp/v2/pages/2", "application/json", "JSON"),
        link("/wp-json/oembed/1.0/embed?url=x", "application/json+oembed"),
        link("/comments/feed/", title="Desa » Umpan Komentar"),
        link("/feed/", title="Desa » Umpan"),
        generator="WordPress 6.6",
    )
    village.page("/feed/", rss(1, head=WORDPRESS))
    (proposal,) = detect(village, http)
    assert village.asked == ["/feed/"]
    assert (proposal.connector, proposal.url) == ("feed", f"{village.url}/feed/")
    assert (proposal.platform, proposal.title, proposal.rank) == ("WordPress", "KIM", 50)


def test_the_address_is_itself_a_feed(village: Village, http: HttpClient) -> None:
    village.page("/kabar.xml", '<feed xmlns="http://www.w3.org/2005/Atom"><title>Kabar</title></feed>', ATOM)
    (proposal,) = detect(village, http, "/kabar.xml")
    assert (proposal.url, proposal.platform) == (f"{village.url}/kabar.xml", "Atom")
    assert village.asked == []


@pytest.mark.parametrize("place", ["/feed", "/feed.xml", "/index.php/feed"])
def test_opensid_where_its_rewrites_fail(village: Village, http: HttpClient, place: str) -> None:
    village.front(body='<img src="/desa/logo/logo.png"><a href="/index.php/artikel/2026/8/5/x">')
    village.page(place, rss(1))
    (proposal,) = detect(village, http)
    assert (proposal.url, proposal.platform) == (village.url + place, "OpenSID")
    assert proposal.rank > 50


def test_full_texts_are_preferred_to_summaries(village: Village, http: HttpClient) -> None:
    village.front(link("/ringkas"), link("/lengkap"))
    village.page("/ringkas", rss(1, full=False))
    village.page("/lengkap", rss(1))
    short, full = detect(village, http)
    assert short.url.endswith("/ringkas")
    assert full.url.endswith("/lengkap")
    assert full.rank < short.rank


def test_blogger(village: Village, http: HttpClient) -> None:
    village.front(generator="blogger")
    entry = "<entry><id>1</id><title>x</title><content>y</content></entry>"
    village.page(
        "/feeds/posts/default",
        f'<feed xmlns="http://www.w3.org/2005/Atom"><title>B</title><generator>Blogger</generator>{entry}</feed>',
        ATOM,
    )
    (proposal,) = detect(village, http)
    assert (proposal.url, proposal.platform) == (f"{village.url}/feeds/posts/default", "Blogger")


def test_json_links_count_only_if_they_are_json_feeds(village: Village, http: HttpClient) -> None:
    village.front(link("/data.json", "application/json"), link("/feed.json", JSON))
    village.page("/data.json", '{"version": 1}', "application/json")
    village.page(
        "/feed.json", '{"version": "https://jsonfeed.org/version/1.1", "title": "J", "items": []}', JSON
    )
    (proposal,) = detect(village, http)
    assert (proposal.url, proposal.platform) == (f"{village.url}/feed.json", "JSON Feed")


def test_a_permanent_redirect_is_adopted_at_once(village: Village, http: HttpClient) -> None:
    village.front(link("/rss.php"))
    village.page("/rss.php", "", status=301, Location="/feed/")
    village.page("/feed/", rss(1))
    assert [each.url for each in detect(village, http)] == [f"{village.url}/feed/"]


def test_the_usual_places_of_a_site_in_a_folder(village: Village, http: HttpClient) -> None:
    village.page("/blog/", "<!doctype html><title>Blog</title>", "text/html")
    village.page("/blog/feed/", rss(1))
    assert [each.url for each in detect(village, http, "/blog/")] == [f"{village.url}/blog/feed/"]


def test_nothing_found_is_no_error(village: Village, http: HttpClient) -> None:
    village.front()
    assert detect(village, http) == []


def test_hostile_links_are_few_and_lead_nowhere(village: Village, http: HttpClient) -> None:
    """TRUST S32: ten at most are tried, and none inside the hub's own network."""
    with serving("127.66.9.1") as canary:
        village.front(
            link(f"{canary.url}/"),
            link("file:///etc/passwd"),
            *(link(f"/{number}.xml") for number in range(100)),
        )
        assert detect(village, http) == []
        assert canary.asked == []
    assert len(village.asked) <= MAX_TRIED


CHANNEL = "UC0123456789abcdefghijkl"


@pytest.mark.parametrize(
    ("address", "body", "feed"),
    [
        (f"https://www.youtube.com/channel/{CHANNEL}", "", f"channel_id={CHANNEL}"),
        ("https://www.youtube.com/@desa", f'{{"externalId":"{CHANNEL}"}}', f"channel_id={CHANNEL}"),
        ("https://www.youtube.com/playlist?list=PLabc", "", "playlist_id=PLabc"),
    ],
)
def test_youtube(address: str, body: str, feed: str) -> None:
    """YouTube itself cannot be asked in a test; one page and one feed stand in for it."""
    expected = f"https://www.youtube.com/feeds/videos.xml?{feed}"

    class OneFeed:
        def get(self, url: str, **_: Any) -> Response:
            if url != expected:
                raise FetchError("http_4xx", "no such page", status=404)
            atom = b'<feed xmlns="http://www.w3.org/2005/Atom"><title>Desa</title></feed>'
            return Response(url, 200, Headers({"Content-Type": "text/xml"}), atom)

        def request(self, method: str, url: str, **_: Any) -> Response:
            raise AssertionError(f"{method} {url} is not called for")

    page = Response(address, 200, Headers({"Content-Type": "text/html"}), body.encode())
    (proposal,) = FeedConnector().detect(Probe(address, page), TestingContext(OneFeed()))
    assert (proposal.url, proposal.platform) == (expected, "YouTube")
