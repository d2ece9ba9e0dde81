"""The benchmark's farm counts what it serves, and the faults are faulty."""

from __future__ import annotations

import gzip
import socket

import feedparser
import pytest
import urllib3

from hub.testing import faults
from hub.testing.district.farm import FarmProcess


def test_farm_serves_counts_and_changes() -> None:
    pool = urllib3.PoolManager()
    with FarmProcess(sites=3, posts=15, size=3000) as farm:
        assert len(farm.urls) == 3
        first = [pool.request("GET", url) for url in farm.urls]
        feeds = [feedparser.parse(answer.data) for answer in first]
        assert [len(feed.entries) for feed in feeds] == [15, 15, 15]
        assert len({entry.link for feed in feeds for entry in feed.entries}) == 45
        assert all(2500 < len(entry.content[0].value) < 5000 for feed in feeds for entry in feed.entries)

        tags = [answer.headers["ETag"] for answer in first]
        again = [
            pool.request("GET", url, headers={"If-None-Match": tag})
            for url, tag in zip(farm.urls, tags, strict=True)
        ]
        assert [answer.status for answer in again] == [304, 304, 304]
        assert farm.count()["unchanged"] == 3

        farm.etags(False)
        same = pool.request("GET", farm.urls[0], headers={"If-None-Match": tags[0]})
        assert (same.status, same.data) == (200, first[0].data)
        assert "ETag" not in same.headers

        farm.etags(True)
        farm.publish()
        new = pool.request("GET", farm.urls[0], headers={"If-None-Match": tags[0]})
        entries = feedparser.parse(new.data).entries
        assert [entry.id for entry in entries[1:]] == [entry.id for entry in feeds[0].entries[:-1]]
        assert entries[0].published_parsed > entries[1].published_parsed
        counts = farm.count(reset=True)
        assert counts["requests"] == 8
        assert counts["most_open"] >= 3
        assert farm.count()["requests"] == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.10.1.1", farm.port), timeout=1)


def ask(url: str, **options: float) -> urllib3.BaseHTTPResponse:
    return urllib3.request("GET", url, retries=False, redirect=False, decode_content=False, **options)  # type: ignore[arg-type]


def test_answers_with_a_status() -> None:
    with faults.serve(faults.rate_limited("7")) as site:
        answer = ask(site.url)
        assert (answer.status, answer.headers["Retry-After"]) == (429, "7")
        assert site.requests[0].startswith(b"GET / HTTP/1.1")
    with faults.serve(faults.gone()) as site:
        assert ask(site.url).status == 410
    with faults.serve(faults.html_with_200()) as site:
        assert b"<html>" in ask(site.url).data


def test_redirects_never_end() -> None:
    with faults.serve(faults.redirect_loop()) as site, pytest.raises(urllib3.exceptions.MaxRetryError):
        urllib3.request("GET", site.url, retries=urllib3.Retry(redirect=5))


def test_broken_bodies() -> None:
    with faults.serve(faults.wrong_length(100, b"abc")) as site, pytest.raises(urllib3.exceptions.HTTPError):
        ask(site.url)
    with faults.serve(faults.reset()) as site, pytest.raises(urllib3.exceptions.ProtocolError):
        ask(site.url)
    with faults.serve(faults.silent(5)) as site, pytest.raises(urllib3.exceptions.ReadTimeoutError):
        ask(site.url, timeout=0.2)
    with faults.serve(faults.drip(b"x" * 50, every=0.5)) as site:
        answer = urllib3.request("GET", site.url, retries=False, preload_content=False)
        assert answer.read1(10) == b"x"
        answer.close()
    with faults.serve(faults.endless()) as site:
        answer = urllib3.request("GET", site.url, retries=False, preload_content=False)
        assert len(answer.read(2**20)) == 2**20
        answer.close()
    with faults.serve(faults.gzip_bomb(4, layers=2)) as site:
        packed = ask(site.url).data
        assert len(packed) < 20_000
        assert len(gzip.decompress(gzip.decompress(packed))) == 4 * 2**20


def test_a_canary_hears_a_connect_without_a_request() -> None:
    with faults.Canary() as canary:
        assert canary.connects == 0
        with socket.create_connection(("127.66.0.1", canary.port), timeout=2) as client:
            client.shutdown(socket.SHUT_WR)
            client.recv(1)
        assert canary.connects == 1
        assert canary.requests == []
