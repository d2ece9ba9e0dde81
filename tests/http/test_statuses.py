"""Statuses become reasons of the closed list."""

from __future__ import annotations

import gzip

import pytest

from hub.errors import FetchError
from hub.http import HttpClient
from tests.http.villages import Line, Village, reply, serving


@pytest.mark.parametrize(
    ("status", "reason", "permanent"),
    [
        ("400 Bad Request", "http_4xx", False),
        ("401 Unauthorized", "http_4xx", False),
        ("403 Forbidden", "http_4xx", False),
        ("404 Not Found", "http_4xx", False),
        ("410 Gone", "gone", True),
        ("500 Internal Server Error", "http_5xx", False),
        ("502 Bad Gateway", "http_5xx", False),
        ("503 Service Unavailable", "http_5xx", False),
    ],
)
def test_a_status_gives_a_reason(status: str, reason: str, permanent: bool, client: HttpClient) -> None:
    answer = reply(b'{"code":"rest_no_route"}', status)
    with serving(lambda seen: answer) as village, pytest.raises(FetchError) as caught:
        client.get(village.url)
    error = caught.value
    assert (error.reason, error.permanent, error.status) == (reason, permanent, int(status[:3]))
    assert (error.body, error.url) == (b'{"code":"rest_no_route"}', village.url)
    assert error.retry_after is None
    assert client.stats().errors == {reason: 1}


def test_ok_only_false_leaves_the_status_to_the_caller(client: HttpClient) -> None:
    with serving(lambda seen: reply(b"tiada", "404 Not Found")) as village:
        answer = client.get(village.url, ok_only=False)
    assert (answer.status, answer.body) == (404, b"tiada")


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
def test_requests_to_stop_are_always_raised(status: str, client: HttpClient) -> None:
    with serving(lambda seen: reply(status=status)) as village, pytest.raises(FetchError) as caught:
        client.get(village.url, ok_only=False)
    assert caught.value.status == int(status[:3])


def test_of_an_error_page_only_the_start_is_kept(client: HttpClient) -> None:
    page = b"<html>" + b"galat " * 100_000
    answer = reply(gzip.compress(page), "404 X", content_encoding="gzip")
    with serving(lambda seen: answer) as village, pytest.raises(FetchError) as caught:
        client.get(village.url)
    assert caught.value.body == page[: 64 * 1024]


def test_a_broken_error_page_is_no_second_error(client: HttpClient) -> None:
    def script(line: Line) -> None:
        line.request()
        line.send(b"HTTP/1.1 404 Not Found\r\nContent-Length: 100\r\n\r\nputus")

    with Village(script) as village, pytest.raises(FetchError) as caught:
        client.get(village.url)
    assert caught.value.reason == "http_4xx"


def test_a_body_can_be_sent(client: HttpClient) -> None:
    with serving(lambda seen: reply(seen.method.encode() + b" " + seen.body, "201 Created")) as village:
        answer = client.request("post", village.url, body=b"isi", headers={"Content-Type": "text/plain"})
        gone = client.request("DELETE", village.url)
    assert (answer.status, answer.body) == (201, b"POST isi")
    assert village.seen[0].headers["content-type"] == "text/plain"
    assert gone.body == b"DELETE "


@pytest.mark.parametrize(
    "headers", [{"X-Kim": "a\r\nX-Evil: b"}, {"X\nKim": "a"}, {"X-Kim": "漢"}, {"X Kim:": "a"}]
)
def test_a_header_cannot_smuggle_another(headers: dict[str, str], client: HttpClient) -> None:
    with serving(lambda seen: reply(b"x")) as village:
        with pytest.raises(FetchError) as caught:
            client.get(village.url, headers=headers)
        assert caught.value.reason == "bad_url"
        assert client.get(village.url).status == 200
    assert [seen.headers.get("x-evil") for seen in village.seen] == [None]


def test_no_secret_is_ever_in_an_error(client: HttpClient) -> None:
    answer = reply(status="401 Unauthorized")
    with serving(lambda seen: answer) as village, pytest.raises(FetchError) as caught:
        client.get(village.url + "?kunci=CNRY", auth=("desa", "CNRY abcd"))
    assert "CNRY" not in str(caught.value)
    assert "CNRY" not in repr(caught.value)
