"""Unchanged things cost nothing: ETag, Last-Modified, and the hash of the body."""

from __future__ import annotations

import pytest

from hub.errors import FetchError
from hub.http import HttpClient
from hub.spec.http import Validators
from tests.http.villages import Seen, reply, serving

MODIFIED = "Tue, 24 Nov 2026 04:00:00 GMT"


def test_validators_go_back_and_a_304_is_unchanged(client: HttpClient) -> None:
    def answer(seen: Seen) -> bytes:
        if seen.headers.get("if-none-match") == '"v1"':
            return reply(status="304 Not Modified")
        return reply(b"<rss/>", etag='"v1"', last_modified=MODIFIED)

    with serving(answer) as village:
        first = client.get(village.url)
        second = client.get(village.url, since=first.validators)
    assert (first.status, first.body, first.unchanged) == (200, b"<rss/>", False)
    assert (second.status, second.body, second.unchanged) == (304, b"", True)
    assert second.validators == first.validators
    assert village.seen[1].headers["if-modified-since"] == MODIFIED
    assert client.stats().not_modified == 1


def test_a_304_may_bring_new_validators(client: HttpClient) -> None:
    with serving(lambda seen: reply(status="304 Not Modified", etag='"v2"')) as village:
        answer = client.get(village.url, since=Validators('"v1"', MODIFIED, "abc"))
    assert answer.validators == Validators('"v2"', MODIFIED, "abc")


def test_the_same_body_sent_again_is_unchanged(client: HttpClient) -> None:
    etags = iter(['"a"', '"b"', '"c"'])
    bodies = iter([b"sama", b"sama", b"lain"])
    with serving(lambda seen: reply(next(bodies), etag=next(etags))) as village:
        first = client.get(village.url)
        second = client.get(village.url, since=first.validators)
        third = client.get(village.url, since=second.validators)
    assert (second.status, second.unchanged, second.body) == (200, True, b"sama")
    assert second.validators.etag == '"b"'
    assert (third.unchanged, third.body) == (False, b"lain")


def test_no_condition_is_sent_without_validators(client: HttpClient) -> None:
    with serving(lambda seen: reply(b"x")) as village:
        client.get(village.url)
        client.get(village.url, since=Validators(digest="abc"))
    assert not any("if-none-match" in seen.headers for seen in village.seen)


def test_a_304_that_nobody_asked_for_is_no_empty_feed(client: HttpClient) -> None:
    answer = reply(status="304 Not Modified")
    with serving(lambda seen: answer) as village, pytest.raises(FetchError) as caught:
        client.get(village.url)
    assert (caught.value.reason, caught.value.status) == ("http_4xx", 304)


def test_absurdly_long_validators_are_not_sent_back(client: HttpClient) -> None:
    with serving(lambda seen: reply(b"x", etag='"' + "e" * 5000 + '"')) as village:
        assert client.get(village.url).validators.etag == ""


def test_a_client_says_who_it_is_and_what_it_wants(client: HttpClient) -> None:
    with serving(lambda seen: reply(b"x")) as village:
        client.get(village.url, accept="application/atom+xml", headers={"X-Kim": "1"})
    headers = village.seen[0].headers
    assert headers["user-agent"] == "kimhub-test/1 (+https://hub.example)"
    assert headers["accept"] == "application/atom+xml"
    assert headers["accept-encoding"] == "gzip, deflate, br"
    assert headers["x-kim"] == "1"
