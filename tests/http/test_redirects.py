"""Redirects are followed by hand: few, each one checked, and never with somebody else's credentials."""

from __future__ import annotations

import time

import pytest

from hub.errors import FetchError
from hub.http import HttpClient
from tests.http.conftest import MakeClient
from tests.http.villages import Canary, Seen, Village, answering, redirect, reply, serving

GENEROUS = 5.0


def test_redirects_are_followed_to_the_end(client: HttpClient) -> None:
    pages = {"/": redirect("satu"), "/satu": redirect("/dua?q=1#x"), "/dua?q=1": reply(b"sampai")}
    with serving(lambda seen: pages[seen.path]) as village:
        answer = client.get(village.url)
    assert (answer.url, answer.body) == (f"{village.url}dua?q=1", b"sampai")
    assert answer.moved_to is None


@pytest.mark.parametrize(
    ("statuses", "moved"),
    [
        (["301 Moved Permanently"], True),
        (["308 Permanent Redirect", "301 Moved Permanently"], True),
        (["301 Moved Permanently", "302 Found"], False),
        (["307 Temporary Redirect", "308 Permanent Redirect"], False),
        (["303 See Other"], False),
    ],
)
def test_moved_only_when_every_hop_is_permanent(statuses: list[str], moved: bool, client: HttpClient) -> None:
    def answer(seen: Seen) -> bytes:
        step = int(seen.path.strip("/") or 0)
        return redirect(f"/{step + 1}", statuses[step]) if step < len(statuses) else reply(b"baru")

    with serving(answer) as village:
        found = client.get(village.url)
    assert found.moved_to == (f"{village.url}{len(statuses)}" if moved else None)


def test_a_304_behind_a_permanent_redirect_still_tells_the_move(client: HttpClient) -> None:
    def answer(seen: Seen) -> bytes:
        if seen.path == "/":
            return redirect("/baru", "301 Moved Permanently")
        return (
            reply(status="304 Not Modified") if "if-none-match" in seen.headers else reply(b"x", etag='"1"')
        )

    with serving(answer) as village:
        first = client.get(village.url)
        second = client.get(village.url, since=first.validators)
    assert (second.unchanged, second.moved_to) == (True, f"{village.url}baru")


def test_a_round_trip_is_no_move(client: HttpClient) -> None:
    visits = iter(range(9))

    def answer(seen: Seen) -> bytes:
        if next(visits) == 2:
            return reply(b"kembali")
        return redirect("/b" if seen.path == "/" else "/", "301 Moved Permanently")

    with serving(answer) as village:
        assert client.get(village.url).moved_to is None


def test_four_redirects_are_followed_and_no_fifth(make_client: MakeClient) -> None:
    """The hops of one fetch are one visit: they are not made to wait for each other."""

    def answer(seen: Seen) -> bytes:
        step = int(seen.path.strip("/") or 0)
        return reply(b"sampai") if step == 4 else redirect(f"/{step + 1}")

    with serving(answer) as village:
        assert make_client(host_delay=30.0).get(village.url).body == b"sampai"
    with serving(lambda seen: redirect("/lagi")) as loop:
        began = time.monotonic()
        with pytest.raises(FetchError) as caught:
            make_client(host_delay=30.0).get(loop.url)
        assert time.monotonic() - began < GENEROUS
    assert caught.value.reason == "unreachable"
    assert len(loop.seen) == 5


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://127.0.0.1:{port}/", "blocked_address"),
        ("//127.66.0.1:{port}/", "blocked_address"),
        ("http://[::1]:{port}/", "blocked_address"),
        ("http://2130706433:{port}/", "blocked_address"),
        ("http://169.254.169.254/latest/meta-data/", "blocked_address"),
        ("file:///etc/passwd", "bad_url"),
        ("gopher://127.0.0.1:{port}/", "bad_url"),
        ("ftp://127.0.0.1:{port}/", "bad_url"),
        ("data:text/plain,halo", "bad_url"),
        ("http://good@127.0.0.1:{port}/", "bad_url"),
        ("http://[::1", "bad_url"),
    ],
)
def test_a_redirect_inside_is_refused_at_the_hop(
    location: str, reason: str, client: HttpClient, canary: Canary
) -> None:
    with serving(lambda seen: redirect(location.format(port=canary.port))) as village:
        with pytest.raises(FetchError) as caught:
            client.get(village.url)
        assert caught.value.reason == reason
        assert len(village.seen) == 1
        assert not caught.value.permanent


def test_a_redirect_with_unquoted_letters_is_followed(client: HttpClient) -> None:
    def answer(seen: Seen) -> bytes:
        if seen.path == "/":
            return b"HTTP/1.1 302 Found\r\nLocation: /kabar d\xc3\xa9sa\r\nContent-Length: 0\r\n\r\n"
        return reply(seen.path.encode())

    with serving(answer) as village:
        assert client.get(village.url).body == b"/kabar%20d%C3%A9sa"


def test_credentials_stay_with_their_origin(client: HttpClient) -> None:
    with serving(lambda seen: reply(b"x"), "127.10.2.2") as other:
        pages = {"/": redirect("/sini"), "/sini": redirect(other.url)}
        with serving(lambda seen: pages[seen.path]) as village:
            client.get(
                village.url,
                auth=("desa", "CNRY abcd"),
                headers={"X-Api-Key": "rahasia", "Cookie": "a=b", "Accept-Language": "id"},
                accept="text/html",
            )
    for seen in village.seen:
        assert seen.headers["authorization"].startswith("Basic ")
        assert seen.headers["x-api-key"] == "rahasia"
    there = other.seen[0].headers
    assert not {"authorization", "x-api-key", "cookie"} & there.keys()
    assert (there["accept"], there["accept-language"]) == ("text/html", "id")


def test_a_request_with_credentials_never_steps_down_to_http(make_client: MakeClient, authority: str) -> None:
    client = make_client(ca_file=authority, resolver=lambda host: ["127.10.1.1"])
    with serving(lambda seen: reply(b"telanjang")) as plain:
        script = answering(lambda seen: redirect(f"http://a.desa.test:{plain.port}/"))
        with Village(script, certificate="good") as village:
            url = f"https://a.desa.test:{village.port}/"
            with pytest.raises(FetchError) as caught:
                client.get(url, auth=("desa", "rahasia"))
            assert (caught.value.reason, plain.seen) == ("bad_url", [])
            with pytest.raises(FetchError):
                client.get(url, headers={"authorization": "Bearer rahasia"})
            assert plain.seen == []
            assert client.get(url).body == b"telanjang"  # without credentials there is nothing to lose


def test_credentials_over_plain_http_need_an_exception(client: HttpClient) -> None:
    for headers, auth in [(None, ("desa", "rahasia")), ({"AUTHORIZATION": "Bearer rahasia"}, None)]:
        with serving(lambda seen: reply(b"x")) as village:
            assert client.get(village.url, headers=headers, auth=auth).status == 200
            assert "rahasia" not in repr(client.stats())


def test_only_reading_follows_redirects(client: HttpClient) -> None:
    with serving(lambda seen: redirect("/lain")) as village:
        with pytest.raises(FetchError) as caught:
            client.request("POST", village.url, body=b"halo")
        assert (caught.value.reason, caught.value.status) == ("moved", 302)
        answer = client.request("PUT", village.url, body=b"halo", ok_only=False)
        assert (answer.status, answer.headers["location"]) == (302, "/lain")
    assert [seen.path for seen in village.seen] == ["/", "/"]


def test_head_follows_redirects_and_keeps_the_connection(client: HttpClient) -> None:
    def answer(seen: Seen) -> bytes:
        return redirect("/b") if seen.path == "/" else b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"

    with serving(answer) as village:
        for _ in range(2):
            found = client.request("HEAD", village.url)
            assert (found.status, found.body, found.headers["content-length"]) == (200, b"", "5000")
    assert village.connections == 1


def test_a_redirect_without_an_address_is_an_error(client: HttpClient) -> None:
    with serving(lambda seen: reply(b"pilih", "300 Multiple Choices")) as village:
        with pytest.raises(FetchError) as caught:
            client.get(village.url)
        assert (caught.value.reason, caught.value.status) == ("moved", 300)


def test_the_page_of_a_redirect_is_not_unpacked(client: HttpClient) -> None:
    def answer(seen: Seen) -> bytes:
        if seen.path == "/":
            return reply(b"\x1f\x8bbukan gzip", "302 Found", location="/b", content_encoding="gzip")
        return reply(b"sampai")

    with serving(answer) as village:
        assert client.get(village.url).body == b"sampai"
