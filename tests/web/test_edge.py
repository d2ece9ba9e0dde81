"""The edge of the portal: hosts, limits, headers, and the page cache on its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from hub.app import Hub, open_hub
from hub.config import Settings, build
from tests.clock import Clock
from tests.web.asking import LOCAL
from web.app import make_app
from web.cache import DOCUMENT_SECONDS, LOOK_EVERY, PAGE_SECONDS, PageCache
from web.security import Guard


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return build({"web": {"rate_limit": 5}}, root=tmp_path_factory.mktemp("edge"))


@pytest.fixture(scope="module")
def hub(settings: Settings) -> Iterator[Hub]:
    opened = open_hub(settings)
    yield opened
    opened.close()


def served(hub: Hub, **web: Any) -> Client:
    """The portal of ``hub`` with other web settings."""
    settings = replace(hub.settings, web=replace(hub.settings.web, **web))
    return Client(make_app(replace(hub, settings=settings)))


# -- hosts ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "port", "known"),
    [
        ("kabar.example.id", "8000", True),
        ("KABAR.example.id", "8000", True),
        ("kabar.example.id:443", "8000", True),
        ("127.0.0.1:8000", "8000", True),
        ("localhost:8000", "8000", True),
        ("[::1]:8000", "8000", True),
        ("", "8000", True),
        ("127.0.0.1:9999", "8000", False),
        ("localhost", "8000", False),
        ("evil.test", "8000", False),
        ("kabar.example.id.evil.test", "8000", False),
        ("kabar.example.id@evil.test", "8000", False),
        ("user@localhost:8000", "8000", False),
        ("localhost:80000", "8000", False),
        ("[::1", "8000", False),
    ],
)
def test_hosts_that_are_answered(host: str, port: str, known: bool) -> None:
    settings = build({"hub": {"base_url": "https://kabar.example.id"}}, root=Settings().root)
    assert Guard(lambda *_: [], settings).knows(host, port) is known


def test_no_foreign_host_gets_into_a_page_that_is_kept(hub: Hub) -> None:
    client = served(hub, rate_limit=0)
    refused = client.get("/tentang", base_url="http://evil.test")
    assert refused.status_code == 400
    assert refused.headers["Content-Security-Policy"]
    for headers in (
        {"X-Forwarded-Host": "evil.test"},
        {"X-Original-URL": "/x"},
        {"Forwarded": "host=evil.test"},
    ):
        answer = client.get("/tentang", base_url=LOCAL, headers=headers)
        assert answer.status_code == 200
        assert "evil.test" not in answer.text
        assert answer.text == client.get("/tentang", base_url=LOCAL).text


def test_https_promises_to_stay_https(tmp_path: Any) -> None:
    settings = build({"hub": {"base_url": "https://kabar.example.id"}}, root=tmp_path)
    secure = open_hub(settings)
    answer = Client(make_app(secure)).get("/", base_url="https://kabar.example.id")
    assert int(answer.headers["Strict-Transport-Security"].split("=")[1].split(";")[0]) >= 31_536_000
    secure.close()


def test_oversized_query_strings_are_refused(hub: Hub) -> None:
    client = served(hub, rate_limit=0)
    many = "&".join(f"k{n}=1" for n in range(10_000))
    assert client.get(f"/cari?{many}", base_url=LOCAL).status_code == 400
    assert client.get("/api/v1/search?q=" + "a+OR+" * 3000, base_url=LOCAL).status_code == 400


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "TRACE"])
def test_the_reading_side_is_for_reading(hub: Hub, method: str) -> None:
    answer = served(hub, rate_limit=0).open("/cari", method=method, base_url=LOCAL)
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


# -- limits -----------------------------------------------------------------------------------------


def test_too_many_requests_are_told_to_wait_and_the_others_are_not(hub: Hub) -> None:
    client = served(hub, rate_limit=5, proxies=1)

    def ask(path: str, address: str, **headers: str) -> Any:
        return client.get(path, base_url=LOCAL, headers={"X-Forwarded-For": address, **headers})

    first = ask("/feed.xml", "192.0.2.1")
    statuses = [ask(f"/tentang?n={n}", "192.0.2.1").status_code for n in range(8)]
    assert statuses == [200] * 4 + [429] * 4
    told = ask("/tentang", "192.0.2.1")
    assert 1 <= int(told.headers["Retry-After"]) <= 60
    assert told.headers["Cache-Control"] == "no-store"
    assert ask("/api/v1/posts", "192.0.2.1").content_type == "application/problem+json"
    assert ask("/feed.xml", "192.0.2.1", **{"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert ask("/healthz", "192.0.2.1").status_code == 200
    assert ask("/tentang", "192.0.2.2").status_code == 200
    # one household is one /64, however many addresses it makes up
    same = [ask("/tentang", f"2001:db8:1:2::{n}").status_code for n in range(1, 8)]
    assert same.count(429) == 2


def test_a_claimed_address_counts_for_nothing_without_a_proxy(hub: Hub) -> None:
    client = served(hub, rate_limit=3)
    statuses = [
        client.get(f"/tentang?n={n}", base_url=LOCAL, headers={"X-Forwarded-For": f"10.0.0.{n}"}).status_code
        for n in range(5)
    ]
    assert statuses == [200, 200, 200, 429, 429]


# -- metrics ----------------------------------------------------------------------------------------


def test_metrics_are_for_this_machine_or_the_token(hub: Hub) -> None:
    client = served(hub, rate_limit=0, metrics_token="rahasia-sekali")
    far = {"REMOTE_ADDR": "192.0.2.1"}

    def ask(environ: dict[str, str], **headers: str) -> int:
        return client.get("/metrics", base_url=LOCAL, environ_overrides=environ, headers=headers).status_code

    near = {"REMOTE_ADDR": "127.0.0.1"}
    local = client.get("/metrics", base_url=LOCAL, environ_overrides=near)
    assert local.status_code == 200
    assert "kimhub_sites 0" in local.text
    assert ask(near, **{"X-Forwarded-For": "127.0.0.1"}) == 404
    assert ask(near, **{"X-Real-IP": "127.0.0.1"}) == 404
    assert ask(far) == 404
    assert ask(far, Authorization="Bearer salah") == 404
    assert ask(far, Authorization="Bearer rahasia-sekali") == 200


def test_metrics_stay_closed_behind_a_proxy(hub: Hub) -> None:
    client = served(hub, rate_limit=0, proxies=1)
    for address in ("127.0.0.1", "192.0.2.1", "127.0.0.1, 127.0.0.1"):
        headers = {"X-Forwarded-For": address}
        near = {"REMOTE_ADDR": "127.0.0.1"}
        answer = client.get("/metrics", base_url=LOCAL, headers=headers, environ_overrides=near)
        assert answer.status_code == 404


# -- the page cache ---------------------------------------------------------------------------------


class Pages:
    """An application that counts how often it is asked."""

    def __init__(self) -> None:
        self.made = 0
        self.broken = False
        self.generation = 1

    def __call__(self, environ: Any, start_response: Any) -> Any:
        self.made += 1
        request = Request(environ)
        body = f"<p>{request.full_path} {self.generation}</p>" + "kabar desa " * 200
        answer = Response(body, content_type=request.args.get("type", "text/html; charset=utf-8"))
        answer.headers["Cache-Control"] = request.args.get("control", "public, max-age=0")
        answer.status_code = 503 if self.broken else int(request.args.get("status", 200))
        if "cookie" in request.args:
            answer.set_cookie("a", "b")
        return answer(environ, start_response)


@pytest.fixture
def pages() -> Pages:
    return Pages()


@pytest.fixture
def cached(pages: Pages) -> tuple[Client, Any]:
    clock = Seconds()
    return Client(PageCache(pages, lambda: pages.generation, clock=clock)), clock


class Seconds:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_page_is_made_once_and_compressed_for_those_who_can(pages: Pages, cached: Any) -> None:
    client, _ = cached
    plain = client.get("/")
    zipped = client.get("/", headers={"Accept-Encoding": "gzip, deflate"})
    brotli = client.get("/", headers={"Accept-Encoding": "gzip, br"})
    refused = client.get("/", headers={"Accept-Encoding": "br;q=0, gzip;q=0"})
    head = client.head("/")
    assert pages.made == 1
    assert "Content-Encoding" not in plain.headers
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert brotli.headers["Content-Encoding"] == "br"
    assert len(brotli.data) < len(zipped.data) < len(plain.data)
    assert refused.data == plain.data
    assert head.data == b""
    assert int(head.headers["Content-Length"]) == len(plain.data)
    assert plain.headers["Vary"] == "Accept-Encoding"


def test_what_must_not_be_kept_is_not(pages: Pages, cached: Any) -> None:
    client, _ = cached
    for query in ("cookie=1", "control=no-store", "control=private", "status=404", "status=500"):
        before = pages.made
        assert "ETag" not in client.get(f"/?{query}").headers
        client.get(f"/?{query}")
        assert pages.made == before + 2, query


def test_change_is_seen_within_a_second_and_words_stay_true(pages: Pages, cached: Any) -> None:
    client, clock = cached
    etag = client.get("/").headers["ETag"]
    pages.generation = 2
    clock.now += LOOK_EVERY + 0.01
    changed = client.get("/", headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert pages.made == 2
    clock.now += PAGE_SECONDS + 1
    again = client.get("/", headers={"If-None-Match": changed.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert pages.made == 3
    client.get("/?type=application/rss%2Bxml")
    clock.now += DOCUMENT_SECONDS - 1
    client.get("/?type=application/rss%2Bxml")
    assert pages.made == 4


def test_an_old_page_is_better_than_an_error(pages: Pages, cached: Any) -> None:
    client, clock = cached
    shown = client.get("/").data
    pages.broken = True
    clock.now += PAGE_SECONDS + 1
    assert client.get("/").data == shown
    assert client.get("/never-seen").status_code == 503


def test_a_database_that_does_not_answer_does_not_empty_the_cache(pages: Pages) -> None:
    clock = Seconds()
    failing = False

    def generation() -> int:
        if failing:
            raise OSError("gone")
        return 1

    client = Client(PageCache(pages, generation, clock=clock))
    client.get("/")
    failing = True
    clock.now += LOOK_EVERY + 1
    assert client.get("/").status_code == 200
    assert pages.made == 1


def test_memory_is_bounded(pages: Pages) -> None:
    cache = PageCache(pages, lambda: 1, max_bytes=100_000)
    client = Client(cache)
    for number in range(200):
        client.get(f"/?n={number}", headers={"Accept-Encoding": "gzip"})
        assert cache.size <= 100_000
    client.get("/?n=199")
    assert pages.made == 200, "the newest is still there"


def test_the_clock_of_the_hub_is_on_the_page(tmp_path: Any) -> None:
    clock = Clock()
    opened = open_hub(build({}, root=tmp_path), now=clock)
    page = Client(make_app(opened)).get("/", base_url=LOCAL).text
    local = clock().astimezone(opened.settings.zone)
    assert f"{local.day} " in page
    assert str(local.year) in page
    opened.close()
